"""Whether a broker takes what the bridge writes: one visit, in words, never a secret."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.listener import Arrival, visitor
from bridge.mqtt import KEEP_ALIVE_S, Broker, make_client, mute, refusal

TRIAL_S = 5.0
_TRANSPORT = "check MQTT_PORT, MQTT_TLS and MQTT_TRANSPORT"
_LIST = "in the broker's access list"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at; good is None when that could not be told."""

    good: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Forbidden(Verdict):
    """The broker was reached, and there is a topic that it does not take."""


def try_broker(broker: Broker, *topics: str) -> Verdict:
    """Connect once as the bridge would, under another client id, and write to some topics.

    What is written is empty and not retained. With MQTT 3.1.1 a broker does not say that it threw
    it away, so there it has to come back.
    """
    try:
        visit = _Visit(broker, topics)
        visit.begin()
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        return Verdict(good=False, words=f"{broker.place}: {words}; {_remedy(broker, error)}")
    visit.end(TRIAL_S)
    return visit.verdict


class _Visit:
    """A connection that writes to one topic after the other, until one of them is not taken."""

    def __init__(self, broker: Broker, topics: Sequence[str]) -> None:
        self._broker, self._topics = broker, list(topics)
        self._greeting: object = None
        self._objection: object = None
        self._acknowledged = self._thrown_out = False
        self._done = threading.Event()
        self._client = make_client(visitor(broker, "check"), "unused")
        self._client.will_clear()
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect

    def begin(self) -> None:
        """Connect; raises OSError and ValueError."""
        self._client.connect(self._broker.host, self._broker.port, KEEP_ALIVE_S)
        self._client.loop_start()

    def end(self, timeout_s: float) -> None:
        self._done.wait(timeout_s)
        self._done.set()  # what follows is our own doing
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def verdict(self) -> Verdict:
        """What it means that the broker did all this."""
        if self._greeting is None:
            return Verdict(good=False, words=mute(self._broker))
        if getattr(self._greeting, "is_failure", True):
            return Verdict(good=False, words=refusal(self._greeting))
        place = f"{self._broker.place}, MQTT {self._broker.protocol}"
        if not self._topics:
            return Verdict(good=True, words=place)
        topic = self._topics[0]
        if self._objection:
            words = f"{topic} is refused ({self._objection}); let MQTT_USERNAME write there {_LIST}"
        elif self._thrown_out:
            words = f"it ends the connection for {topic}; let MQTT_USERNAME write there {_LIST}"
        elif self._acknowledged:
            remedy = f"let MQTT_USERNAME write and read there {_LIST}"
            words = f"what is written to {topic} does not come back; {remedy}"
        else:
            return Verdict(good=False, words=f"{place}: it takes the connection and no message")
        return Forbidden(good=False, words=f"{place}: {words}")

    def _on_connect(
        self, _client: object, _data: object, _flags: object, reason: object, _more: object
    ) -> None:
        self._greeting = reason
        if getattr(reason, "is_failure", True):
            self._done.set()
        elif self._broker.five:
            self._write()
        else:
            self._client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(
        self, _client: object, _data: object, _mid: object, _reasons: object, _more: object
    ) -> None:
        self._write()

    def _write(self) -> None:
        self._client.publish(self._topics[0], "", 1)

    def _on_publish(
        self, _client: object, _data: object, _mid: object, reason: object, _more: object
    ) -> None:
        self._acknowledged = True
        if getattr(reason, "is_failure", False):
            self._objection = reason
            self._done.set()
        elif self._broker.five:
            self._go_on()

    def _on_message(self, _client: object, _data: object, message: Arrival) -> None:
        if not self._broker.five and self._topics and message.topic == self._topics[0]:
            self._go_on()

    def _go_on(self) -> None:
        del self._topics[0]
        self._acknowledged = False
        if self._topics:
            self._write()
        else:
            self._done.set()

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, _reason: object, _more: object
    ) -> None:
        if self._greeting is not None and not self._done.is_set():
            self._thrown_out = True
            self._done.set()


def _remedy(broker: Broker, error: Exception) -> str:
    text = f"{type(error).__name__} {error}".lower()
    if "certificate" in text:
        return "check MQTT_CA_FILE"
    reset = broker.tls and isinstance(error, ConnectionResetError)
    if reset or "ssl" in text or "websocket" in text:
        return _TRANSPORT
    return "check MQTT_HOST and MQTT_PORT"
