"""amqtt as the demo's broker, in a thread of its own; only imported where it is needed.

It is a fallback: MQTT 3.1.1 only, and pinned to the version whose private method is overridden.
"""

import asyncio
import logging
import threading
from typing import Any, Literal

from amqtt.broker import Broker
from amqtt.errors import BrokerError

from bridge.demo.brokers import START_S, STOP_S, BrokerFailed

_NOISY = ("amqtt", "transitions")
_ANONYMOUS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


class _Broker(Broker):  # type: ignore[misc]  # amqtt ships no types
    """amqtt, which otherwise sends retained messages unasked to every client that connects."""

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Any
    ) -> None:
        listed = self._subscriptions.get(subscription[0], [])
        if any(one is session for one, _ in listed):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve a client; amqtt forgets to close the socket of one that broke off."""
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            writer.close()


class Amqtt:
    """amqtt within this process, from start() to stop()."""

    name = "amqtt inside this process: MQTT 3.1.1 only"
    protocol: Literal["5", "3.1.1"] = "3.1.1"

    def __init__(self, address: str, port: int) -> None:
        self.port = port
        host = f"[{address}]" if ":" in address else address
        self._config = {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": _ANONYMOUS,
        }
        self._started = threading.Event()
        self._failure: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="amqtt", daemon=True)

    def start(self) -> None:
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._thread.start()
        if not self._started.wait(START_S):
            raise BrokerFailed(f"amqtt did not start within {START_S:g} s")
        if self._failure:
            raise BrokerFailed(self._failure)

    def stop(self) -> None:
        if self._loop is not None and self._end is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(STOP_S)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        try:
            broker = _Broker(self._config)
            await broker.start()
        except (BrokerError, OSError) as error:
            self._failure = f"amqtt did not start on port {self.port}: {error}"
            return
        finally:
            self._started.set()
        await self._end.wait()
        await broker.shutdown()
