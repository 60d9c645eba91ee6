"""A subscriber that notes what arrives, and when."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from benchmarks.stage import wait_for


@dataclass(frozen=True, slots=True)
class Heard:
    """One message; at in seconds of time.monotonic()."""

    at: float
    topic: str
    payload: str
    qos: int
    retain: bool


class Listener:
    """Hears everything at the broker; keeps what `wanted` says, all of it by default."""

    def __init__(self, port: int, wanted: Callable[[str], bool] = lambda _: True) -> None:
        self._heard: list[Heard] = []
        self._wanted = wanted
        self._granted = False
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, "listener", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect("127.0.0.1", port)

    def start(self) -> None:
        self._client.loop_start()
        options = SubscribeOptions(1, retainAsPublished=True)
        self._client.subscribe("#", options=options)
        wait_for(lambda: self._granted, "the subscription")

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: str) -> float:
        """Publish a command; return when."""
        at = time.monotonic()
        self._client.publish(topic, payload, 1)
        return at

    def taken(self) -> list[Heard]:
        """Return what was heard since the last call."""
        return [self._heard.pop(0) for _ in range(len(self._heard))]

    def wait(self, test: Callable[[Heard], bool], what: str) -> Heard:
        """Return the first such message since the last taken(); raises TimeoutError."""
        return wait_for(lambda: next(filter(test, list(self._heard)), None), what)

    def _on_message(
        self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        at = time.monotonic()
        if self._wanted(message.topic):
            text = message.payload.decode("utf-8", "replace")
            self._heard.append(Heard(at, message.topic, text, message.qos, message.retain))

    def _on_subscribe(self, *_: object) -> None:
        self._granted = True


@contextmanager
def listening(port: int, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[Listener]:
    listener = Listener(port, wanted)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop()
