"""What goes ahead of a message is heard once: in a jam, without a broker, after a loss."""

from pathlib import Path

import pytest
from broker_proxy import BrokerProxy
from brokers import Broker
from links import AVAILABLE, PROTOCOLS, linked
from subscriber import Subscriber

from bridge.mqtt.heralds import Heralds
from bridge.topics import Message

CONFIG = "own/device/0/config"
LED = Message(CONFIG, "full", 1, ahead=("gone",))


def test_a_herald_is_due_once_and_is_not_retained() -> None:
    heralds = Heralds()

    due = [heralds.due(LED), heralds.due(LED)]

    assert due == [Message(CONFIG, "gone", 1, retain=False), None]


def test_a_herald_that_was_not_heard_is_due_again_after_a_loss() -> None:
    heralds = Heralds()
    herald = heralds.due(LED)

    heralds.begin()

    assert heralds.due(LED) == herald


def test_a_herald_that_was_heard_is_not_due_after_a_loss() -> None:
    heralds = Heralds()
    heralds.heard(heralds.due(LED) or LED)

    heralds.begin()

    assert heralds.due(LED) is None


def test_what_went_a_second_time_is_said_a_second_time() -> None:
    heralds = Heralds()
    herald = heralds.due(LED)
    heralds.heard(herald or LED)
    heralds.due(Message(CONFIG, "all is there again", 1))

    assert heralds.due(LED) == herald


def test_several_go_one_after_the_other() -> None:
    heralds = Heralds()
    message = Message(CONFIG, "full", 1, ahead=("known", "gone"))

    due = [heralds.due(message) for _ in range(3)]

    assert [herald and herald.payload for herald in due] == ["known", "gone", None]


def test_after_a_loss_it_goes_on_where_the_broker_heard_the_last() -> None:
    heralds = Heralds()
    message = Message(CONFIG, "full", 1, ahead=("known", "gone"))
    first = heralds.due(message)
    heralds.due(message)
    heralds.heard(first or message)

    heralds.begin()

    due = heralds.due(message)
    assert due is not None
    assert due.payload == "gone"


def test_who_knows_nothing_yet_is_told_all_of_it() -> None:
    heralds = Heralds()
    herald = heralds.due(LED)
    heralds.heard(herald or LED)

    heralds.forget()

    assert heralds.due(LED) == herald


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_in_a_jam_every_herald_arrives_ahead_of_its_message(tmp_path: Path, protocol: str) -> None:
    with (
        Broker(tmp_path) as broker,
        Subscriber(broker.side_door) as observer,
        linked(broker.port, protocol) as bench,
    ):
        observer.hear(AVAILABLE, "online")
        for number in range(17):
            bench.link.publish(Message(f"own/standing/{number}", "x", 1))
        for number in range(30):
            bench.link.publish(Message(f"own/device/{number}/config", "full", 1, ahead=("gone",)))
        observer.hear("own/device/29/config", "full")

        came = [observer.payloads(f"own/device/{number}/config") for number in range(30)]
        assert came == [["gone", "full"]] * 30


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_herald_waits_for_the_broker_and_is_not_repeated(tmp_path: Path, protocol: str) -> None:
    with (
        Broker(tmp_path) as broker,
        BrokerProxy(broker.port) as proxy,
        Subscriber(broker.side_door) as observer,
        linked(proxy.port, protocol) as bench,
    ):
        observer.hear(AVAILABLE, "online")
        proxy.refuse()
        bench.until(lambda: not bench.link.connected)
        bench.link.publish(LED)
        bench.link.publish(Message(CONFIG, "fuller", 1, ahead=("gone",)))
        for _ in range(2):
            since = observer.now
            proxy.heal()
            observer.hear(AVAILABLE, "online", since)
            proxy.cut()

        assert observer.payloads(CONFIG) == ["gone", "fuller", "fuller"]


def test_a_herald_of_which_nobody_knows_whether_it_arrived_is_repeated(tmp_path: Path) -> None:
    with (
        Broker(tmp_path) as broker,
        BrokerProxy(broker.port) as proxy,
        Subscriber(broker.side_door) as observer,
        linked(proxy.port) as bench,
    ):
        observer.hear(AVAILABLE, "online")
        proxy.drop_acks()
        bench.link.publish(LED)
        observer.hear(CONFIG, "full")
        since = observer.now
        proxy.cut()
        proxy.heal()
        observer.hear(AVAILABLE, "online", since)

        assert observer.payloads(CONFIG) == ["gone", "full"] * 2
