"""How many messages were sent to the broker, for whom."""

from broker_proxy import BrokerProxy
from links import AVAILABLE, linked
from subscriber import Subscriber

from bridge.topics import Message


def test_messages_are_counted_as_sent_by_the_gateway_they_are_of(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with linked(proxy.port) as bench:
        observer.hear(AVAILABLE, "online")
        bench.link.publish(Message("own/a/level", "1", gateway="a"))
        bench.link.publish(Message("own/b/config", "full", 1, ahead=("gone",), gateway="b"))
        bench.link.publish(Message("own/bridge/info", "{}", 1))
        bench.link.publish_all()

        assert bench.link.sent == {"a": 2, "b": 3, "": 4}
        assert bench.link.figures["messages"] == 9


def test_what_waits_for_the_broker_counts_when_it_is_sent(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    proxy.refuse()
    with linked(proxy.port) as bench:
        for number in range(5):
            bench.link.publish(Message("own/a/level", str(number), gateway="a"))
        assert bench.link.sent["a"] == 0

        proxy.heal()
        observer.hear(AVAILABLE, "online")

        assert bench.link.sent["a"] == 1
