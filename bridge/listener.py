"""A look at the broker for commands that only look: no will, no state, an id of its own."""

import sys
import threading
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from bridge.mqtt import KEEP_ALIVE_S, Broker, Received, make_client, refusal, unreached

SWEEP_S = 3.0


class Verdict(Protocol):
    """What the broker says to a connect."""

    @property
    def is_failure(self) -> bool: ...


class Arrival(Protocol):
    """A message as the client hands it over."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes | bytearray: ...
    @property
    def retain(self) -> bool: ...


def visitor(broker: Broker, purpose: str) -> Broker:
    """Return the same broker for a second client, which does not push the bridge out."""
    return replace(broker, client_id=f"{broker.client_id}-{purpose}-{uuid.uuid4().hex[:6]}")


class Listener:
    """Hears what matches some filters, from start() to stop(); connects again for ever.

    hear is called on the client's thread.
    """

    def __init__(
        self, broker: Broker, filters: Iterable[str], hear: Callable[[Received], None]
    ) -> None:
        self._broker = broker
        self._filters = [(filter_, 1) for filter_ in filters]
        self._hear = hear
        self._trouble: str | None = f"connecting to the broker at {self._broker.place}"
        self._ready = threading.Event()
        self._client = make_client(broker, "unused")
        self._client.will_clear()
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    @property
    def trouble(self) -> str | None:
        """Why nothing is heard, in words, None while connected."""
        return self._trouble

    def start(self) -> None:
        self._client.connect_async(self._broker.host, self._broker.port, KEEP_ALIVE_S)
        self._client.loop_start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the first verdict of the broker; return whether it is good."""
        self._ready.wait(timeout_s)
        return self._trouble is None

    def clear(self, topics: Iterable[str]) -> None:
        """Remove what is retained under these topics, as far as the broker can be reached."""
        if self._trouble is not None:
            return
        sent = [self._client.publish(topic, "", 1, retain=True) for topic in topics]
        if sent:
            with suppress(RuntimeError, ValueError):  # the connection was lost meanwhile
                sent[-1].wait_for_publish(SWEEP_S)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, _client: object, _data: object, _flags: object, verdict: Verdict, _properties: object
    ) -> None:
        if verdict.is_failure:
            self._trouble = refusal(verdict)
        else:
            self._client.subscribe(self._filters)
            self._trouble = None
        self._ready.set()

    def _on_connect_fail(self, _client: object, _data: object) -> None:
        self._trouble = unreached(self._broker, sys.exception())
        self._ready.set()

    def _on_disconnect(
        self, _client: object, _data: object, _flags: object, _reason: object, _properties: object
    ) -> None:
        if self._trouble is None:
            self._trouble = f"the broker at {self._broker.place} is gone; trying on"

    def _on_message(self, _client: object, _data: object, message: Arrival) -> None:
        self._hear(Received(message.topic, bytes(message.payload), message.retain))
