"""The connection to a real broker, with trouble on the way and at the broker."""

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from broker_proxy import BrokerProxy
from brokers import LOOPBACK, Broker, Options
from links import AVAILABLE, COMMAND, PROTOCOLS, frail, linked
from subscriber import Subscriber, eventually, retained

from bridge import mqtt
from bridge.mqtt import Link, Received
from bridge.topics import Message


@pytest.fixture(autouse=True)
def journal(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "bridge")
    return caplog


def counts(observer: Subscriber, topic: int, since: int) -> list[int]:
    return [int(payload) for payload in observer.payloads(f"own/count/{topic}", since)]


FAULTS: dict[str, Callable[[BrokerProxy], None]] = {
    "stall": BrokerProxy.stall,
    "stall up": BrokerProxy.stall_up,
    "slow": lambda proxy: proxy.slow(20_000),
    "delay": lambda proxy: proxy.delay(0.3),
    "lost acknowledgements": BrokerProxy.drop_acks,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_trouble_without_a_loss_the_newest_value_is_the_last(
    proxy: BrokerProxy, observer: Subscriber, fault: str
) -> None:
    with linked(proxy.port) as bench:
        bench.until(lambda: bench.link.connected)
        FAULTS[fault](proxy)
        since, until_s = observer.now, time.monotonic() + 1.5
        last = bench.counting_until(lambda: time.monotonic() > until_s)
        proxy.heal()

        for topic in range(20):
            observer.see(f"own/count/{topic}", str(last))
        came = counts(observer, 0, since)
        assert came == sorted(came)
        assert proxy.connections == 1


def test_in_a_stall_little_is_kept_however_much_is_published(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with linked(proxy.port) as bench:
        bench.until(lambda: bench.link.connected)
        proxy.stall()
        since = observer.now
        for number in range(10_000):
            bench.link.publish(Message(f"own/count/{number % 20}", f"{number:01000}"))
        proxy.heal()

        for topic in range(20):
            observer.see(f"own/count/{topic}", f"{9980 + topic:01000}")
        assert len(observer.log) - since < 1500
        assert bench.link.figures["dropped"] == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_after_a_stall_with_a_loss_no_stale_value_comes(
    proxy: BrokerProxy, observer: Subscriber, journal: pytest.LogCaptureFixture, protocol: str
) -> None:
    with linked(proxy.port, protocol, keep_alive_s=1) as bench:
        bench.counting_until(lambda: bench.link.connected)
        observer.hear(AVAILABLE, "online")
        proxy.stall()
        observer.catch_up()
        since = observer.now
        newest = bench.counting_until(lambda: proxy.connections == 2)
        proxy.heal()
        bench.until(lambda: bench.link.connected)

        observer.hear(AVAILABLE, "online", since)
        observer.catch_up()
        came = [counts(observer, topic, since) for topic in range(20)]
        assert {tuple(numbers) for numbers in came} == {(newest,)}
        assert observer.log[-1].topic == AVAILABLE
    assert "does not answer as a broker" not in journal.text


def test_a_large_tree_is_sent_at_once_at_each_return(
    proxy: BrokerProxy, observer: Subscriber, journal: pytest.LogCaptureFixture
) -> None:
    with linked(proxy.port) as bench:
        for number in range(400):
            bench.link.publish(Message(f"own/large/{number}", "x", int(number % 50 == 0)))
        for _ in range(3):
            since = observer.now
            observer.hear(AVAILABLE, "online", since)
            heard = [h.topic for h in observer.log[since:] if h.payload != "offline"]
            came = [topic for topic in heard if topic.startswith(("own/large/", AVAILABLE))]

            assert len(came) == 401
            assert came[-1] == AVAILABLE
            proxy.cut()
    assert "Caught exception" not in journal.text


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_cut_off_is_there_again_with_the_newest_value_and_online_last(
    proxy: BrokerProxy, observer: Subscriber, protocol: str
) -> None:
    with linked(proxy.port, protocol) as bench:
        bench.counting_until(lambda: bench.link.connected, 300)
        proxy.refuse()
        bench.until(lambda: not bench.link.connected)
        observer.catch_up()
        since = observer.now
        last = bench.counting_until(lambda: True, 300)
        proxy.heal()

        observer.hear(AVAILABLE, "online", since)
        came = [heard.topic for heard in observer.log[since:]]
        assert all(counts(observer, topic, since) == [last] for topic in range(300))
        assert came[-1] == AVAILABLE


def test_a_broker_that_takes_few_at_once_is_not_overrun(
    tmp_path: Path, journal: pytest.LogCaptureFixture
) -> None:
    with (
        Broker(tmp_path, Options(more=("max_inflight_messages 2",))) as broker,
        BrokerProxy(broker.port) as proxy,
        Subscriber(broker.side_door) as observer,
        linked(proxy.port) as bench,
    ):
        for number in range(200):
            bench.link.publish(Message(f"own/config/{number}", "x", 1))
        observer.hear(AVAILABLE, "online")
        for number in range(200):
            observer.hear(f"own/config/{number}")

        assert proxy.connections == 1
    assert "the broker is gone" not in journal.text


def test_results_and_availability_arrive_though_acknowledgements_get_lost(
    proxy: BrokerProxy, observer: Subscriber, journal: pytest.LogCaptureFixture
) -> None:
    with linked(proxy.port, keep_alive_s=2) as bench:
        observer.hear(AVAILABLE, "online")
        proxy.drop_acks()
        for number in range(45):
            bench.link.publish(Message("own/result", str(number), 1, retain=False))
        bench.link.publish(Message("own/main/availability", "offline", 1))

        bench.until(lambda: observer.tree.get("own/main/availability") == "offline")
        assert observer.payloads("own/result") == [str(number) for number in range(45)]
        assert (proxy.connections, bench.link.figures["dropped"]) == (1, 0)
        proxy.heal()
        bench.link.publish(Message("own/main/availability", "online", 1))
        observer.see("own/main/availability", "online")
    assert len([m for m in journal.messages if "acknowledges nothing" in m]) == 1


def test_offline_is_said_at_the_end_though_acknowledgements_get_lost(
    proxy: BrokerProxy, broker: Broker
) -> None:
    with linked(proxy.port) as bench:
        bench.until(lambda: retained(broker.side_door).get(AVAILABLE) == "online")
        proxy.drop_acks()
        for number in range(45):
            bench.link.publish(Message("own/result", str(number), 1, retain=False))

    eventually(lambda: retained(broker.side_door)[AVAILABLE] == "offline")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_two_with_one_client_id_say_so_and_do_not_fight_hotly(
    broker: Broker, journal: pytest.LogCaptureFixture, protocol: str
) -> None:
    with (
        BrokerProxy(broker.port) as one,
        BrokerProxy(broker.port) as two,
        linked(one.port, protocol, client_id="same") as first,
        linked(two.port, protocol, client_id="same"),
    ):
        since_s = time.monotonic()
        first.until(lambda: one.connections + two.connections >= 6, 30)

        lasted_s = time.monotonic() - since_s
        said = [message for message in journal.messages if "MQTT_CLIENT_ID" in message]
        assert len(said) == 2
        assert all("same" in message for message in said)
        assert lasted_s > 2
        assert len(journal.messages) <= 10
    assert retained(broker.side_door)[AVAILABLE] == "offline"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_command_that_the_network_repeats_is_heard_once(
    proxy: BrokerProxy, observer: Subscriber, protocol: str
) -> None:
    with linked(proxy.port, protocol) as bench:

        def at_least(number: int) -> bool:
            return len(bench.received) >= number

        observer.hear(AVAILABLE, "online")
        proxy.duplicate()
        for number, payload in enumerate(("a", "b", "b"), 1):
            observer.publish(COMMAND, payload)  # one by one: what travels together is one packet
            bench.until(partial(at_least, number))

        proxy.heal()
        observer.publish(COMMAND, "end")
        bench.until(lambda: bench.received[-1].payload == b"end")
        assert [r.payload for r in bench.received] == [b"a", b"b", b"b", b"end"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_command_of_the_time_without_connection_never_comes(
    proxy: BrokerProxy, observer: Subscriber, protocol: str
) -> None:
    with linked(proxy.port, protocol) as bench:
        observer.hear(AVAILABLE, "online")
        proxy.refuse()
        bench.until(lambda: not bench.link.connected)
        observer.publish(COMMAND, "missed")
        since = observer.now
        proxy.heal()
        observer.hear(AVAILABLE, "online", since)

        observer.publish(COMMAND, "heard")
        bench.until(lambda: bench.received)
        assert [received.payload for received in bench.received] == [b"heard"]


def test_a_retained_command_that_comes_while_stock_is_taken_is_known_as_one(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    link, heard = Link(mqtt.Broker(LOOPBACK, proxy.port, "own-link"), AVAILABLE), list[Received]()
    handlers = {"own/first": heard.append, "own/kept/set": heard.append}
    proxy.delay(0.3)
    link.start(handlers, heard.append, ["own/kept/#"])
    try:
        while not link.took_stock.wait(0.05):
            observer.publish("own/kept/set", "x", retain=True)
        observer.hear(AVAILABLE, "online")
    finally:
        link.stop()
        observer.publish("own/kept/set", retain=True)

    assert heard
    assert [received for received in heard if not received.stored] == []


def test_a_fault_of_paho_ends_the_connection_and_not_its_thread(
    proxy: BrokerProxy,
    observer: Subscriber,
    journal: pytest.LogCaptureFixture,
) -> None:
    faults = list[bool]()
    make = frail(lambda: bool(faults and faults.pop()))
    client = make(mqtt.Broker(LOOPBACK, proxy.port, "own-frail"), AVAILABLE)
    client.connect_async(LOOPBACK, proxy.port)
    client.loop_start()
    try:
        eventually(client.is_connected)
        faults.append(True)
        eventually(lambda: proxy.connections == 2 and client.is_connected())
        client.publish("own/frail", "works")
        observer.hear("own/frail", "works")
    finally:
        client.disconnect()
        client.loop_stop()
    assert len([m for m in journal.messages if "connecting again" in m]) == 1
