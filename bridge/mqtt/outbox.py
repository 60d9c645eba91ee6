"""What is handed to paho, and what becomes of it there.

paho queues without end while a broker stalls. Here no more than MOST messages are under way; of
what comes on top only the newest value of each topic waits.
"""

import logging
from typing import Protocol

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bridge.topics import Message

log = logging.getLogger(__name__)

MOST = 2000
_HEAD = 64  # bytes: more than the head and the properties of our packets take


class Verdict(Protocol):
    """What the broker says to a message; MQTT 3.1.1 never says no."""

    @property
    def is_failure(self) -> bool: ...


class Outbox:
    """Messages on their way to the broker.

    All but `confirmed` belongs to who holds the lock of the link. `confirmed` runs on paho's
    thread while paho holds locks of its own, for which a publisher may wait: it takes none.
    """

    def __init__(self, client: paho.Client, *, five: bool) -> None:
        self._client = client
        self._five = five
        self._waiting: dict[str, Message] = {}
        self._topics: dict[int, str] = {}  # of what is to be confirmed, by packet id
        self._handed = self._done = 0
        self._limit: int | None = None
        self._said: set[tuple[str, str]] = set()
        self.published = self.refused = self.dropped = 0

    def begin(self, limit: int | None) -> None:
        """Forget what was under way: the connection is a new one. limit is the largest packet."""
        self._client.drop_out_messages()  # else paho sends them after, and over, the newest values
        self._waiting.clear()
        self._topics.clear()
        self._handed = self._done = 0
        self._limit = limit

    def offer(self, message: Message) -> None:
        """Send a message, or let it wait for its turn while too many are under way."""
        if self._waiting or self._full:
            self.drain()
        if not self._full:
            self._waiting.pop(message.topic, None)
            self.send(message)
        elif message.retain:
            self._waiting.pop(message.topic, None)
            self._waiting[message.topic] = message
        else:
            self.dropped += 1
            self._say(message.topic, "dropped: the broker takes nothing at present")

    def drain(self) -> None:
        """Send what waits, as far as there is room."""
        while self._waiting and not self._full:
            self.send(self._waiting.pop(next(iter(self._waiting))))

    def send(self, message: Message) -> None:
        """Hand a message to paho, unless the broker would break off because of its size."""
        size = len(message.topic) + len(message.payload.encode()) + _HEAD
        if self._limit is not None and size > self._limit:
            self.dropped += 1
            words = f"not sent: about {size} bytes, and the broker takes {self._limit}"
            self._say(message.topic, f"{words} (mosquitto: max_packet_size)")
            return
        properties = None
        if message.correlation is not None and self._five:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho
            properties.CorrelationData = message.correlation
        self.published += 1
        self._handed += 1
        info = self._client.publish(
            message.topic, message.payload, message.qos, message.retain, properties
        )
        if message.qos and self._five:
            self._topics[info.mid] = message.topic

    def confirmed(
        self, _client: object, _data: object, mid: int, verdict: Verdict, _properties: object
    ) -> None:
        """Take note that a message has left, or was refused."""
        self._done += 1
        topic = self._topics.pop(mid, None)
        if verdict.is_failure:
            self.refused += 1
            remedy = "let MQTT_USERNAME write it in the access list of the broker"
            self._say(topic or "a message", f"refused by the broker: {verdict}; {remedy}")

    @property
    def _full(self) -> bool:
        return self._handed - self._done >= MOST

    def _say(self, topic: str, words: str) -> None:
        """Log what becomes of a topic's messages, once."""
        kind = words.partition(":")[0]
        if (topic, kind) not in self._said:
            self._said.add((topic, kind))
            log.error("%s is %s", topic, words)
