"""What is handed to paho, what waits, and what the log says of the rest."""

from dataclasses import dataclass

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties

from bridge.mqtt.outbox import MOST_ONCE, UNWRITTEN, WINDOW, Outbox, Terms
from bridge.topics import Message


@dataclass(frozen=True)
class Said:
    """What a broker says to a message."""

    words: str = "Success"

    @property
    def is_failure(self) -> bool:
        return self.words != "Success"

    def __str__(self) -> str:
        return self.words


class FakePaho(paho.Client):
    """Takes down what is published; hasty says that the answer is there before the id is known."""

    def __init__(self) -> None:
        super().__init__(CallbackAPIVersion.VERSION2)
        self.sent: list[Message] = []
        self.hasty: tuple[Outbox, Said] | None = None

    def publish(
        self,
        topic: str,
        payload: paho.PayloadType = None,
        qos: int = 0,
        retain: bool = False,  # noqa: FBT001, FBT002  # as paho has it
        properties: Properties | None = None,
    ) -> paho.MQTTMessageInfo:
        correlation = getattr(properties, "CorrelationData", None)
        self.sent.append(Message(topic, str(payload), qos, retain, correlation))
        mid = len(self.sent)
        if self.hasty is not None:
            outbox, said = self.hasty
            outbox.confirmed(mid, said)
        return paho.MQTTMessageInfo(mid)


@pytest.fixture
def client() -> FakePaho:
    return FakePaho()


@pytest.fixture
def outbox(client: FakePaho) -> Outbox:
    return begun(client)


def begun(client: FakePaho, patience_s: float = 10.0) -> Outbox:
    outbox = Outbox(client, five=True, patience_s=patience_s)
    outbox.begin(Terms())
    return outbox


def confirm(outbox: Outbox, client: FakePaho, said: Said | None = None) -> None:
    """Answer all that was sent, and let the outbox go on."""
    for mid in range(1, len(client.sent) + 1):
        outbox.confirmed(mid, said or Said())
    outbox.drain()


def values(client: FakePaho, topic: str) -> list[str]:
    return [message.payload for message in client.sent if message.topic == topic]


@pytest.mark.parametrize(("qos", "room"), [(0, UNWRITTEN), (1, WINDOW)])
def test_of_what_waits_only_the_newest_value_of_each_topic_is_kept(
    outbox: Outbox, client: FakePaho, qos: int, room: int
) -> None:
    for number in range(room):
        outbox.offer(Message(f"full/{number}", "x", qos))
    for number in range(5000):
        outbox.offer(Message(f"t/{number % 3}", str(number), qos))

    assert (outbox.under_way, outbox.waiting) == (room, 3)
    confirm(outbox, client)
    assert [values(client, f"t/{n}") for n in range(3)] == [["4998"], ["4999"], ["4997"]]


def test_a_jam_of_one_kind_does_not_hold_up_the_other(outbox: Outbox, client: FakePaho) -> None:
    for number in range(WINDOW + 1):
        outbox.offer(Message(f"config/{number}", "x", 1))
    outbox.offer(Message("reading", "1"))

    assert values(client, "reading") == ["1"]
    assert outbox.waiting == 1


def test_a_broker_that_takes_few_at_once_gets_no_more(outbox: Outbox, client: FakePaho) -> None:
    outbox.begin(Terms(window=5))
    for number in range(9):
        outbox.offer(Message(f"config/{number}", "x", 1))

    assert (len(client.sent), outbox.waiting) == (5, 4)


def test_what_is_not_retained_waits_in_full_and_to_a_bound(
    outbox: Outbox, client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(WINDOW + MOST_ONCE + 10):
        outbox.offer(Message("result", str(number), 1, retain=False))

    assert (outbox.waiting, outbox.dropped) == (MOST_ONCE, 10)
    assert len(caplog.messages) == 1
    while outbox.waiting:
        confirm(outbox, client)
    assert values(client, "result") == [str(number) for number in range(WINDOW + MOST_ONCE)]


def test_the_last_word_comes_when_nothing_waits(outbox: Outbox, client: FakePaho) -> None:
    for number in range(UNWRITTEN + 50):
        outbox.offer(Message(f"t/{number}", "x"))
    outbox.offer_last(Message("availability", "online", 1))
    assert values(client, "availability") == []

    confirm(outbox, client)

    assert client.sent[-1].topic == "availability"
    assert len(client.sent) == UNWRITTEN + 51


def test_what_was_to_be_last_does_not_come_after_all_was_sent(
    outbox: Outbox, client: FakePaho
) -> None:
    for number in range(UNWRITTEN + 50):
        outbox.offer(Message(f"t/{number}", "x"))
    outbox.offer_last(Message("availability", "online", 1))

    outbox.empty()
    outbox.drain()

    assert len(client.sent) == UNWRITTEN + 50
    assert values(client, "availability") == []


def test_a_new_connection_starts_with_nothing_of_the_old(outbox: Outbox, client: FakePaho) -> None:
    for number in range(UNWRITTEN + 50):
        outbox.offer(Message(f"t/{number}", "old"))
    outbox.offer_last(Message("availability", "online", 1))
    client.sent.clear()

    outbox.begin(Terms())
    outbox.drain()
    outbox.offer(Message("t/0", "new"))

    assert [message.payload for message in client.sent] == ["new"]
    assert (outbox.under_way, outbox.waiting) == (1, 0)


def test_an_answer_that_is_faster_than_its_question_counts(
    outbox: Outbox, client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    client.hasty = (outbox, Said("Not authorized"))

    outbox.offer(Message("t", "x", 1))

    assert (outbox.refused, outbox.under_way) == (1, 0)
    assert "t is refused by the broker (Not authorized)" in caplog.messages[0]


def test_a_refused_topic_is_named_once_however_often_it_is_sent(
    outbox: Outbox, client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        client.sent.clear()
        outbox.offer(Message("powerwall/main/availability", str(number), 1))
        confirm(outbox, client, Said("Not authorized"))
    outbox.tick(connected=True)

    assert outbox.refused == 5
    assert len(caplog.messages) == 1
    assert "MQTT_USERNAME" in caplog.messages[0]


def test_a_flood_of_refused_topics_is_summed_up_by_branch(
    outbox: Outbox, client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(200):
        outbox.offer(Message(f"powerwall/main/pack/{number}", "x", 1))
        outbox.offer(Message(f"homeassistant/device/{number}/config", "x", 1))
    while outbox.waiting or outbox.under_way:
        confirm(outbox, client, Said("Not authorized"))
    outbox.tick(connected=True)
    outbox.tick(connected=True)

    assert outbox.refused == 400
    assert len(caplog.messages) == 4
    assert "397 more are refused" in caplog.messages[3]
    assert "homeassistant/device/# (199)" in caplog.messages[3]
    assert "powerwall/main/# (198)" in caplog.messages[3]


@pytest.mark.parametrize(
    ("verdict", "remedy"),
    [("Not authorized", "access list"), ("Packet too large", "message_size_limit")],
)
def test_a_refusal_says_what_to_do_about_it(
    outbox: Outbox,
    client: FakePaho,
    caplog: pytest.LogCaptureFixture,
    verdict: str,
    remedy: str,
) -> None:
    outbox.offer(Message("t", "x", 1))

    confirm(outbox, client, Said(verdict))

    assert remedy in caplog.messages[0]


def test_what_is_too_large_is_not_sent_and_named_with_topic_and_size(
    outbox: Outbox, client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.begin(Terms(most_bytes=1000))
    for _ in range(3):
        outbox.offer(Message("t/large", "ä" * 500, 1))
    outbox.offer(Message("t/small", "x" * 900, 1))

    assert [message.topic for message in client.sent] == ["t/small"]
    assert outbox.dropped == 3
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("t/large is not sent; it has 1023 bytes")
    assert "takes 1000" in caplog.messages[0]


def test_the_correlation_counts_for_the_size(outbox: Outbox, client: FakePaho) -> None:
    outbox.begin(Terms(most_bytes=1000))

    outbox.offer(Message("answers/me", "x" * 800, 1, retain=False, correlation=b"c" * 300))

    assert client.sent == []


@pytest.mark.parametrize(("patience_s", "sent"), [(10.0, WINDOW), (0.0, 3 * WINDOW)])
def test_acknowledgements_are_waited_for_so_long(
    client: FakePaho, patience_s: float, sent: int
) -> None:
    outbox = begun(client, patience_s)
    for number in range(3 * WINDOW):
        outbox.offer(Message("result", str(number), 1, retain=False))

    for _ in range(3):
        outbox.tick(connected=True)

    assert values(client, "result") == [str(number) for number in range(sent)]


def test_missing_acknowledgements_are_said_once(
    client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = begun(client, patience_s=0)
    for number in range(3 * WINDOW):
        outbox.offer(Message("result", str(number), 1, retain=False))

    for _ in range(3):
        outbox.tick(connected=True)

    assert [m[:31] for m in caplog.messages] == ["the broker acknowledges nothing"]


def test_a_value_that_changes_all_the_time_comes_to_its_turn(
    outbox: Outbox, client: FakePaho
) -> None:
    """A slow way: of two hundred topics that change, fifty messages get through meanwhile."""
    through = 0
    for _ in range(10):
        for number in range(200):
            outbox.offer(Message(f"t/{number}", "x"))
        for _ in range(50):
            through += 1
            outbox.confirmed(through, Said())
            outbox.drain()

    assert {message.topic for message in client.sent[:through]} == {f"t/{n}" for n in range(200)}


@pytest.mark.parametrize(("older", "newer"), [(0, 1), (1, 0)])
def test_of_two_messages_of_a_topic_the_newer_is_the_last_whatever_their_qos(
    outbox: Outbox, client: FakePaho, older: int, newer: int
) -> None:
    for number in range(UNWRITTEN):
        outbox.offer(Message(f"reading/{number}", "x", 0))
        outbox.offer(Message(f"config/{number}", "x", 1))
    outbox.offer(Message("t", "older", older))
    outbox.offer(Message("t", "newer", newer))

    while outbox.waiting:
        confirm(outbox, client)
    assert values(client, "t") == ["newer"]


def test_a_topic_longer_than_the_protocol_has_is_named_and_not_sent(
    outbox: Outbox, client: FakePaho, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.offer(Message("powerwall/" + "x" * 70_000, "1"))
    outbox.offer(Message("powerwall/b", "2"))

    assert [message.topic for message in client.sent] == ["powerwall/b"]
    assert "its topic is too long" in caplog.text
    assert len(caplog.text) < 400
