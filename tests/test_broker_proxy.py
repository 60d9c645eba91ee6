"""The proxy in front of a broker: each fault as a client meets it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import paho.mqtt.client as paho
import pytest
from broker_proxy import BrokerProxy
from brokers import LOOPBACK, Broker
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from subscriber import Subscriber, eventually

VERSIONS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
LARGE = "x" * 300_000


class Client:
    """A client through the proxy, within `with`; it keeps what happens to it."""

    def __init__(self, port: int, protocol: str = "5") -> None:
        self.answers: list[str] = []
        self.losses: list[str] = []
        self.fails = 0
        self.acknowledged: list[int] = []
        self.heard: list[tuple[int, str]] = []
        self.paho = paho.Client(CallbackAPIVersion.VERSION2, "probe", protocol=VERSIONS[protocol])
        self.paho.reconnect_delay_set(1, 1)
        self.paho.on_connect = self._on_connect
        self.paho.on_connect_fail = self._on_connect_fail
        self.paho.on_disconnect = self._on_disconnect
        self.paho.on_message = self._on_message
        self.paho.on_publish = self._on_publish
        self.paho.connect_async(LOOPBACK, port)

    def __enter__(self) -> Self:
        self.paho.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        self.answers.append(str(reason))
        client.subscribe("to/probe/#", qos=1)

    def _on_connect_fail(self, *_: object) -> None:
        self.fails += 1

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        self.losses.append(str(reason))

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.mid, message.payload.decode()))

    def _on_publish(self, _client: object, _data: object, mid: int, *_: object) -> None:
        self.acknowledged.append(mid)


@pytest.fixture
def client(proxy: BrokerProxy) -> Iterator[Client]:
    with Client(proxy.port) as client:
        eventually(lambda: client.answers)
        yield client


@pytest.mark.parametrize("protocol", VERSIONS)
def test_without_a_fault_all_goes_both_ways(
    proxy: BrokerProxy, observer: Subscriber, protocol: str
) -> None:
    with Client(proxy.port, protocol) as client:
        eventually(lambda: client.answers)
        client.paho.publish("from/probe", LARGE, qos=2)
        client.paho.publish("to/probe/itself", "small", qos=1)

        assert observer.hear("from/probe").payload == LARGE
        eventually(lambda: client.heard)

    assert [payload for _, payload in client.heard] == ["small"]
    assert (client.answers, proxy.connections, proxy.sent) == (["Success"], 1, 2)


def test_a_closed_port_refuses_and_ends_what_is_open(client: Client, proxy: BrokerProxy) -> None:
    proxy.refuse()

    eventually(lambda: client.losses)
    eventually(lambda: client.fails)
    proxy.heal()
    eventually(lambda: len(client.answers) == 2)
    assert proxy.connections == 2


def test_a_cut_ends_what_is_open_only(client: Client, proxy: BrokerProxy) -> None:
    proxy.cut()

    eventually(lambda: len(client.answers) == 2)
    assert client.fails == 0


def test_a_stall_holds_all_until_it_heals(
    client: Client, proxy: BrokerProxy, observer: Subscriber
) -> None:
    proxy.stall()
    client.paho.publish("from/probe", "held", qos=1)
    observer.publish("to/probe/a", "held")
    with Client(proxy.port) as second:
        eventually(lambda: proxy.connections == 2)
        observer.catch_up()

        assert observer.payloads("from/probe") == []
        assert (client.heard, client.losses, second.answers) == ([], [], [])
        proxy.heal()
        observer.hear("from/probe", "held")
        eventually(lambda: second.answers == ["Success"])


def test_a_stall_upwards_lets_the_broker_speak(
    client: Client, proxy: BrokerProxy, observer: Subscriber
) -> None:
    proxy.stall_up()
    client.paho.publish("from/probe", "held", qos=1)
    observer.publish("to/probe/a", "passes")

    eventually(lambda: client.heard)
    assert observer.payloads("from/probe") == []
    proxy.heal()
    observer.hear("from/probe", "held")


def test_a_delay_holds_each_packet_and_keeps_the_order(
    client: Client, proxy: BrokerProxy, observer: Subscriber
) -> None:
    proxy.delay(0.3)
    at_s = time.monotonic()
    for number in range(50):
        client.paho.publish("from/probe", str(number), qos=0)

    last = observer.hear("from/probe", "49")
    assert 0.3 <= last.at - at_s < 1
    assert observer.payloads("from/probe") == [str(number) for number in range(50)]


def test_a_network_that_repeats_gives_the_same_packet_twice(
    client: Client, proxy: BrokerProxy, observer: Subscriber
) -> None:
    eventually(lambda: client.paho.is_connected())
    proxy.duplicate()
    observer.publish("to/probe/a", "once")

    eventually(lambda: len(client.heard) == 2)
    assert client.heard[0] == client.heard[1]
    assert client.losses == []


def test_a_lost_acknowledgement_does_not_keep_the_message(
    client: Client, proxy: BrokerProxy, observer: Subscriber
) -> None:
    proxy.drop_acks()
    client.paho.publish("from/probe", "arrives", qos=1)

    observer.hear("from/probe", "arrives")
    client.paho.publish("from/probe", "next", qos=0)
    observer.hear("from/probe", "next")
    assert len(client.acknowledged) == 1
    proxy.heal()
    client.paho.publish("from/probe", "last", qos=1)
    eventually(lambda: len(client.acknowledged) == 2)


@pytest.mark.parametrize("protocol", VERSIONS)
def test_a_refused_connect_is_answered_in_the_words_of_its_protocol(
    proxy: BrokerProxy, protocol: str
) -> None:
    proxy.refuse_connect(5)
    with Client(proxy.port, protocol) as client:
        eventually(lambda: client.answers)
        proxy.heal()
        eventually(lambda: len(client.answers) == 2)

    assert client.answers == ["Not authorized", "Success"]


def test_a_slow_network_takes_its_time_upwards(
    client: Client, proxy: BrokerProxy, observer: Subscriber
) -> None:
    proxy.slow(1000)
    at_s = time.monotonic()
    client.paho.publish("from/probe", "x" * 300, qos=0)
    client.paho.publish("from/probe", LARGE, qos=0)

    assert 0.3 <= observer.hear("from/probe").at - at_s < 1
    proxy.heal()
    assert observer.hear("from/probe", LARGE).at - at_s < 5


def test_a_proxy_ends_at_once_with_clients_in_a_stall(broker: Broker) -> None:
    with BrokerProxy(broker.port) as proxy, Client(proxy.port) as client:
        eventually(lambda: client.answers)
        proxy.stall()
        client.paho.publish("from/probe", LARGE, qos=1)
        at_s = time.monotonic()

    assert time.monotonic() - at_s < 3


def test_a_proxy_without_a_broker_ends_each_connection(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, BrokerProxy(broker.port) as proxy:
        broker.kill()
        with Client(proxy.port) as client:
            eventually(lambda: proxy.connections >= 2)

            assert client.answers == []
