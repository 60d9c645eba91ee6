"""What was heard from a broker is remembered as long as a repetition could come, and no longer."""

import tracemalloc

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bridge.mqtt.subscriptions import REMEMBERED, Subscriptions


def made() -> Subscriptions:
    return Subscriptions(paho.Client(CallbackAPIVersion.VERSION2), five=True)


def packet(
    topic: str, payload: bytes = b"on", mid: int = 1, qos: int = 1, *, dup: bool = False
) -> paho.MQTTMessage:
    message = paho.MQTTMessage(mid, topic.encode())
    message.payload, message.qos, message.dup = payload, qos, dup
    return message


def test_a_packet_that_comes_again_at_once_is_repeated() -> None:
    heard = made()

    assert not heard.repeated(packet("a/set"))
    assert heard.repeated(packet("a/set"))


def test_another_packet_in_between_makes_the_same_words_new() -> None:
    heard = made()
    packets = [packet("a/set", b"on"), packet("a/set", b"off"), packet("a/set", b"on")]

    assert [heard.repeated(one) for one in packets] == [False, False, False]


def test_a_packet_of_another_topic_in_between_makes_the_same_words_new() -> None:
    """A broker may number all its packets 1, and another topic may command the same thing."""
    heard = made()
    packets = [packet("mode/set"), packet("set"), packet("mode/set")]

    assert [heard.repeated(one) for one in packets] == [False, False, False]


def test_what_a_broker_sends_again_is_repeated_whatever_came_in_between() -> None:
    heard = made()
    packets = [packet("a/set"), packet("b/set", mid=2), packet("a/set", dup=True)]

    assert [heard.repeated(one) for one in packets] == [False, False, True]


def test_the_same_words_in_another_packet_or_on_another_topic_are_new() -> None:
    heard = made()
    packets = [packet("a/set"), packet("a/set", mid=2), packet("b/set", mid=2)]

    assert [heard.repeated(one) for one in packets] == [False, False, False]


def test_what_came_without_an_acknowledgement_is_never_repeated() -> None:
    heard = made()

    assert not heard.repeated(packet("a/set", qos=0))
    assert not heard.repeated(packet("a/set", qos=0))


def test_many_topics_with_long_payloads_leave_little_behind() -> None:
    """Whoever may publish on a wildcard of ours could fill the memory otherwise."""
    heard = made()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(20 * REMEMBERED):
        heard.repeated(packet(f"powerwall/main/api/{number}/get", bytes(10_000), number))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert after - before < 100_000


def test_the_topics_heard_last_are_remembered() -> None:
    heard = made()
    for number in range(REMEMBERED):
        heard.repeated(packet(f"{number}/get"))
    heard.repeated(packet("more/get"))

    assert heard.repeated(packet("1/get", dup=True))
    assert not heard.repeated(packet("0/get", dup=True))
