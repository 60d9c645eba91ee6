"""What is handed to paho, and what becomes of it there.

paho queues without end while a broker stalls. Here few messages are under way at a time; of those
that wait, only the newest value of each topic is kept.
"""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from itertools import count

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bridge.mqtt.complaints import Complaints
from bridge.mqtt.heralds import Heralds, heralds_of
from bridge.mqtt.ledger import Ledger, Verdict
from bridge.topics import Message

log = logging.getLogger(__name__)

UNWRITTEN = 100  # messages of QoS 0 that are not in the hands of the system yet
WINDOW = 20  # messages of QoS 1 that are not acknowledged
MOST_ONCE = 500  # waiting messages that are not retained
LONGEST_TOPIC = 65_535  # bytes, by the protocol
_SHOWN = 80  # characters of one that is longer
_HEAD = 16  # bytes: what a packet of ours has at most beside topic, payload and correlation
_REMEDIES = (
    ("authori", "let MQTT_USERNAME write it in the access list of the broker"),
    ("too large", "raise the limit of the broker (mosquitto: message_size_limit)"),
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the broker of a connection takes: the largest packet, and how many at once."""

    most_bytes: int | None = None
    window: int = WINDOW

    @classmethod
    def of(cls, properties: object) -> "Terms":
        """Return what the properties of a CONNACK say."""
        most_bytes = getattr(properties, "MaximumPacketSize", None)
        return cls(most_bytes, getattr(properties, "ReceiveMaximum", WINDOW))


class Lane:
    """Messages of one QoS that wait: one of each retained topic, and some that are not."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._waiting: dict[str | int, Message] = {}
        self._numbers = count()
        self._once = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> bool:
        """Take a message in; return False when there is no place for it.

        A newer value takes the place of the older: in a queue that never ends a topic that
        changes all the time would else never come to its turn.
        """
        if message.retain:
            self._waiting[message.topic] = message
        elif self._once < MOST_ONCE:
            self._once += 1
            self._waiting[next(self._numbers)] = message
        else:
            return False
        return True

    @property
    def first(self) -> Message:
        """The one that waits longest."""
        return next(iter(self._waiting.values()))

    def take(self) -> Message:
        """Return the one that waits longest, and wait for it no more."""
        message = self._waiting.pop(next(iter(self._waiting)))
        self._once -= not message.retain
        return message

    def drop(self, topic: str) -> None:
        """Forget what is retained of a topic: there is something newer elsewhere."""
        self._waiting.pop(topic, None)

    def clear(self) -> None:
        self._waiting.clear()
        self._once = 0


class Outbox:
    """Messages on their way to the broker.

    All but `confirmed` and `ready` belongs to who holds the lock of the link. Those run on paho's
    thread while paho holds locks of its own, for which a publisher may wait: they take none that
    a publisher holds meanwhile.
    """

    def __init__(self, client: paho.Client, *, five: bool, patience_s: float) -> None:
        client.max_inflight_messages_set(0)  # paho's own queue: not wanted
        self._client = client
        self._five = five
        self._patience_s = patience_s
        self._terms = Terms()
        self._lanes = (Lane(UNWRITTEN), Lane(WINDOW))
        self._last: Message | None = None
        self._ledger = Ledger()
        self._heralds = Heralds()
        self._ended: dict[str, Message] = {}
        self._silence_said = False
        self._complaints = Complaints()
        self._largest_bytes = 0
        self.largest = "a message"
        self.sent: Counter[str] = Counter()  # by gateway
        self.refused = self.dropped = 0

    @property
    def figures(self) -> dict[str, int]:
        """How many messages were sent, refused and dropped."""
        return {"messages": self.sent.total(), "refused": self.refused, "dropped": self.dropped}

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lanes))

    @property
    def under_way(self) -> int:
        return sum(map(self._ledger.count, range(len(self._lanes))))

    @property
    def ready(self) -> bool:
        """Whether something waits that could be sent."""
        return any(lane and self._room(qos) for qos, lane in enumerate(self._lanes))

    def begin(self, terms: Terms) -> None:
        """Forget what was under way: the connection is a new one."""
        self._client.drop_out_messages()  # else paho sends them after, and over, the newest values
        self._ledger.clear()
        self._heralds.begin()
        self._ended.clear()  # the broker may have come back with old data
        for lane in self._lanes:
            lane.clear()
        self._terms, self._last, self._silence_said = terms, None, False
        self._lanes[1].room = min(terms.window, WINDOW)

    def begin_again(self) -> None:
        """Let all that has to go ahead of a message go once more, when it comes again."""
        self._heralds.forget()

    def offer(self, message: Message) -> None:
        """Send a message, or let it wait for its turn while too many are under way."""
        if not all(map(self._fits, heralds_of(message))):
            message = replace(message, ahead=())
        if self._fits(message):
            if message.retain:
                self._lanes[1 - message.qos].drop(message.topic)
            if not self._lanes[message.qos].put(message):
                self.dropped += 1
                remedy = "the broker takes nothing at present"
                self._complaints.about(message.topic, "dropped", remedy)
            self.drain()

    def offer_again(self, message: Message) -> None:
        """Send a message once more, but for the end of a topic that this broker has heard of."""
        if self._ended.get(message.topic) is not message:
            self.offer(message)

    def offer_last(self, message: Message) -> None:
        """Send a message when nothing waits any more."""
        self._last = message
        self.drain()

    def drain(self) -> None:
        """Send what waits, as far as there is room."""
        for qos, lane in enumerate(self._lanes):
            while lane and self._room(qos):
                self._send_from(lane)
        if self._last and not self.waiting:
            last, self._last = self._last, None
            self.offer(last)

    def empty(self) -> None:
        """Send all that waits, room or not: nothing comes after, not even what was to be last."""
        self._last = None
        for lane in self._lanes:
            while lane:
                self._send_from(lane)

    def tick(self, *, connected: bool) -> None:
        """Do what is due though nothing came."""
        if connected:
            self._forgive()
            self.drain()
        self._complaints.tick()

    def confirmed(self, mid: int, verdict: Verdict) -> None:
        """Take note that a message has left, or was refused."""
        if message := self._ledger.strike(mid, verdict):
            self._judge(message, verdict)

    def _room(self, qos: int) -> bool:
        return self._ledger.count(qos) < self._lanes[qos].room

    def _send_from(self, lane: Lane) -> None:
        """Send the first of a lane, or what has to go ahead of it; it keeps its place then."""
        self._send(self._heralds.due(lane.first) or lane.take())

    def _send(self, message: Message) -> None:
        properties = None
        if message.correlation is not None and self._five:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho
            properties.CorrelationData = message.correlation
        self.sent[message.gateway] += 1
        info = self._client.publish(
            message.topic, message.payload, message.qos, message.retain, properties
        )
        if verdict := self._ledger.enter(info.mid, message):
            self._judge(message, verdict)

    def _judge(self, message: Message, verdict: Verdict) -> None:
        if verdict.is_failure:
            self.refused += 1
            words = str(verdict)
            remedy = next((r for part, r in _REMEDIES if part in words.lower()), "see its log")
            self._complaints.about(message.topic, f"refused by the broker ({words})", remedy)
        else:
            self._heralds.heard(message)
            if message.retain and not (message.payload or message.ahead):
                self._ended[message.topic] = message

    def _fits(self, message: Message) -> bool:
        """Return whether the broker would not break off because of the size of a message."""
        size = len(message.topic.encode()) + len(message.payload.encode()) + _HEAD
        size += len(message.correlation or b"")
        limit = self._terms.most_bytes
        if len(message.topic.encode()) > LONGEST_TOPIC:
            self.dropped += 1
            self._complaints.about(message.topic[:_SHOWN], "not sent", "its topic is too long")
            return False
        if limit is not None and size > limit:
            self.dropped += 1
            remedy = f"it has {size} bytes and the broker takes {limit}: raise its limit"
            remedy += " (mosquitto: max_packet_size)"
            self._complaints.about(message.topic, "not sent", remedy)
            return False
        if size > self._largest_bytes:
            self._largest_bytes, self.largest = size, f"{message.topic} ({size} bytes)"
        return True

    def _forgive(self) -> None:
        """Wait no more for acknowledgements that do not come."""
        if self._ledger.silent_s < self._patience_s:
            return
        if not self._silence_said:
            self._silence_said = True
            log.warning("the broker acknowledges nothing; what it has got is unknown, sending on")
        self._client.drop_out_messages()
        self._ledger.give_up()
