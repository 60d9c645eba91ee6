"""What somebody else sees on the broker: retained trees, live messages, and their order."""

import threading
import time
import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self, TypeVar

import paho.mqtt.client as paho
from brokers import LOOPBACK
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

T = TypeVar("T")
PATIENCE_S = 8.0
MARKER = "test/marker/"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it arrived; stored says it was retained, at is time.monotonic() in seconds."""

    topic: str
    payload: str
    stored: bool
    at: float
    correlation: bytes | None = None


class Subscriber:
    """A client of the broker at a loopback port, within `with`; it takes all in order, at QoS 0.

    protocol is `5` or `3.1.1`.
    """

    def __init__(self, port: int, *filters: str, protocol: str = "5") -> None:
        self._port = port
        self._filters = filters or ("#",)
        self._five = protocol == "5"
        self._log: list[Heard] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._newest: dict[str, str] = {}
        self._markers: set[str] = set()
        self._news = threading.Condition()
        self._granted = 0
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            f"test-{uuid.uuid4().hex[:12]}",
            clean_session=None if self._five else True,
            protocol=MQTTProtocolVersion.MQTTv5 if self._five else MQTTProtocolVersion.MQTTv311,
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect(LOOPBACK, self._port, keepalive=60)
        self._client.loop_start()
        with self._news:
            if not self._news.wait_for(lambda: self._granted >= len(self._filters), PATIENCE_S):
                raise TimeoutError("the broker granted no subscription")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # Without a circle through us it goes, and closes its sockets, when the last of us does.
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None

    @property
    def log(self) -> list[Heard]:
        """Everything heard so far, in order."""
        with self._news:
            return list(self._log)

    @property
    def now(self) -> int:
        """The place in the log from which on all is new."""
        with self._news:
            return len(self._log)

    @property
    def tree(self) -> dict[str, str]:
        """The newest payload of each topic; an empty one takes its topic out."""
        with self._news:
            return dict(self._newest)

    def payloads(self, topic: str, since: int = 0) -> list[str]:
        return [heard.payload for heard in self.heard(topic, since)]

    def heard(self, topic: str, since: int = 0) -> list[Heard]:
        """Return the messages since then on a topic, in order."""
        with self._news:
            places = self._places.get(topic, [])
            return [self._log[place] for place in places[bisect_left(places, since) :]]

    def wait(self, what: Callable[[], T | None], within_s: float = PATIENCE_S) -> T:
        """Return what a condition gives as soon as that is true; it is asked after each message."""
        until_s = time.monotonic() + within_s
        with self._news:
            while not (found := what()):
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    raise TimeoutError(self._story(within_s))
                self._news.wait(min(left_s, 0.1))
        return found

    def hear(
        self, topic: str, payload: str | None = None, since: int = 0, within_s: float = PATIENCE_S
    ) -> Heard:
        """Return the first message since then on a topic, with this payload if one is given."""

        def first() -> Heard | None:
            fitting = self.heard(topic, since)
            return next((h for h in fitting if payload is None or h.payload == payload), None)

        try:
            return self.wait(first, within_s)
        except TimeoutError as error:
            raise TimeoutError(f"no {topic} = {payload}; {error}") from None

    def see(self, topic: str, payload: str, within_s: float = PATIENCE_S) -> None:
        """Wait until this is the newest payload of a topic."""
        try:
            self.wait(lambda: self._newest.get(topic) == payload, within_s)
        except TimeoutError:
            seen = self._newest.get(topic)
            raise TimeoutError(f"{topic} is {seen!r}, not {payload!r}") from None

    def publish(
        self, topic: str, payload: str | bytes = "", *, retain: bool = False, qos: int = 1
    ) -> None:
        self._client.publish(topic, payload, qos, retain).wait_for_publish(PATIENCE_S)

    def ask(self, topic: str, payload: str, response_topic: str, correlation: bytes) -> None:
        """Publish with the properties of an MQTT 5 request."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho
        properties.ResponseTopic = response_topic
        properties.CorrelationData = correlation
        self._client.publish(topic, payload, 1, properties=properties).wait_for_publish(PATIENCE_S)

    def catch_up(self) -> None:
        """Return when all that the broker had for us before now has arrived."""
        marker = f"{MARKER}{uuid.uuid4().hex}"
        self._client.subscribe(marker)
        self._client.publish(marker, "here")
        self.wait(lambda: marker in self._markers)

    def _story(self, within_s: float) -> str:
        last = "\n".join(f"  {h.topic} = {h.payload[:200]}" for h in self._log[-12:])
        return f"not within {within_s:g} s; heard last:\n{last}"

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        _flags: object,
        _reason: object,
        _properties: object,
    ) -> None:
        for filter_ in self._filters:
            client.subscribe(filter_)

    def _on_subscribe(self, *_: object) -> None:
        with self._news:
            self._granted += 1
            self._news.notify_all()

    def _on_message(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        if message.topic.startswith(MARKER):
            with self._news:
                self._markers.add(message.topic)
                self._news.notify_all()
            return
        correlation = getattr(message.properties, "CorrelationData", None)
        payload = message.payload.decode("utf-8", "replace")
        heard = Heard(message.topic, payload, message.retain, time.monotonic(), correlation)
        with self._news:
            self._places[heard.topic].append(len(self._log))
            self._log.append(heard)
            if payload:
                self._newest[heard.topic] = payload
            else:
                self._newest.pop(heard.topic, None)
            self._news.notify_all()


def retained(port: int, *filters: str) -> dict[str, str]:
    """Return what a client that comes now is given: all that is retained."""
    with Subscriber(port, *filters) as subscriber:
        subscriber.catch_up()
        return {heard.topic: heard.payload for heard in subscriber.log if heard.stored}


def eventually(condition: Callable[[], T | None], within_s: float = PATIENCE_S) -> T:
    """Return what a condition gives as soon as that is true."""
    until_s = time.monotonic() + within_s
    while not (found := condition()):
        if time.monotonic() > until_s:
            raise TimeoutError(f"not within {within_s:g} s")
        with suppress(InterruptedError):
            time.sleep(0.02)
    return found
