"""The end of a topic is said once; who asks for all again is told what there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from broker_proxy import BrokerProxy
from brokers import Broker
from links import AVAILABLE, COMMAND, PROTOCOLS, Bench, linked
from subscriber import Subscriber

from bridge.topics import Message

VALUE, FORMER, CONFIG = "own/value", "former/value", "own/device/0/config"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Yield a broker for one test alone: what it retains is counted."""
    with Broker(tmp_path) as broker:
        yield broker


def ended(bench: Bench, observer: Subscriber) -> None:
    """Publish a value, and end the topic of a gateway that is none any more.

    A command that was sent after the broker had it arrives after the acknowledgement.
    """
    observer.hear(AVAILABLE, "online")
    bench.link.publish(Message(VALUE, "1", 1))
    bench.link.clear(FORMER)
    observer.hear(FORMER, "")
    observer.publish(COMMAND, "x")
    bench.until(lambda: bench.received)


def asked_again(bench: Bench, observer: Subscriber, *, anew: bool = False) -> list[str]:
    """Return which topics are sent again when somebody asks."""
    observer.catch_up()
    since = observer.now
    bench.link.publish_all(anew=anew)
    observer.hear(AVAILABLE, "online", since)
    return [heard.topic for heard in observer.log[since:]]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("anew", [False, True])
def test_an_end_that_the_broker_has_heard_is_not_repeated(
    proxy: BrokerProxy, observer: Subscriber, protocol: str, *, anew: bool
) -> None:
    with linked(proxy.port, protocol) as bench:
        ended(bench, observer)

        assert asked_again(bench, observer, anew=anew) == [VALUE, AVAILABLE]


def test_an_end_of_which_nobody_knows_whether_it_arrived_is_repeated(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with linked(proxy.port) as bench:
        observer.hear(AVAILABLE, "online")
        proxy.drop_acks()
        ended(bench, observer)

        assert asked_again(bench, observer) == [VALUE, FORMER, AVAILABLE]


def test_a_broker_that_comes_back_with_old_data_hears_of_an_end_again(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with linked(proxy.port) as bench:
        ended(bench, observer)
        observer.catch_up()
        since = observer.now
        proxy.cut()

        observer.hear(FORMER, "", since)


def test_a_topic_that_ended_has_its_value_sent_again_when_it_has_one_again(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with linked(proxy.port) as bench:
        ended(bench, observer)
        bench.link.publish(Message(FORMER, "2", 1))
        observer.hear(FORMER, "2")

        assert asked_again(bench, observer) == [VALUE, FORMER, AVAILABLE]


def test_the_end_of_a_device_is_told_again_to_who_knows_nothing_yet(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with linked(proxy.port) as bench:
        observer.hear(AVAILABLE, "online")
        bench.link.clear(CONFIG, ahead=("last",))
        observer.hear(CONFIG, "")

        assert asked_again(bench, observer, anew=True) == [CONFIG, CONFIG, AVAILABLE]
