"""Trouble on the way to a broker, on demand: a proxy that passes on whole MQTT packets."""

import asyncio
import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from brokers import LOOPBACK

CALL_S = 5.0
BUFFER = 1 << 16  # bytes, and not more: a client is to feel that nothing flows
MOST_HELD = 1000  # packets
_CONNECT, _PUBLISH, _PUBACK, _PUBREC, _PUBCOMP = 1, 3, 4, 5, 7
_REFUSALS_OF_FIVE = {1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}
_RESET = struct.pack("ii", 1, 0)


class Way(Enum):
    """Up is from the client to the broker."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Packet:
    """One control packet as it came, and when (time.monotonic())."""

    raw: bytes
    kind: int
    body: int
    at_s: float

    @property
    def five(self) -> bool:
        name = int.from_bytes(self.raw[self.body : self.body + 2])
        return self.raw[self.body + 2 + name] == 5


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong at present."""

    stalled: frozenset[Way] = frozenset()
    delay_s: float = 0.0
    up_bytes_per_s: float = math.inf
    twice: bool = False
    acks_lost: bool = False
    refusal: int | None = None

    def due_s(self, packet: Packet, way: Way, free_s: float) -> float:
        """Return when a packet may go on; free_s is when the one before it went."""
        if way in self.stalled:
            return math.inf
        pace = self.up_bytes_per_s if way is Way.UP else math.inf
        begun_s = max(packet.at_s, free_s)
        return max(packet.at_s + self.delay_s, begun_s + len(packet.raw) / pace)

    def copies(self, packet: Packet, way: Way) -> int:
        if way is Way.UP:
            return 1
        if self.acks_lost and packet.kind in (_PUBACK, _PUBREC, _PUBCOMP):
            return 0
        return 2 if self.twice and packet.kind == _PUBLISH else 1


class Wires:
    """All connections through the proxy, and what is wrong with them; on the loop of the proxy."""

    def __init__(self, target_port: int) -> None:
        self.connections = self.sent = 0
        self.faults = Faults()
        self._target_port = target_port
        self._altered = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._join(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def alter(self, faults: Faults) -> None:
        self.faults = faults
        self._altered.set()
        self._altered = asyncio.Event()

    async def reset(self) -> None:
        await asyncio.sleep(0)  # what was accepted already has its task then
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client with the broker, until one of them or the test ends it."""
        ends, ways = [writer], list[asyncio.Task[None]]()
        try:
            far, broker = await asyncio.open_connection(LOOPBACK, self._target_port, limit=BUFFER)
            ends.append(broker)
            ways.append(asyncio.create_task(self._carry(Way.UP, reader, broker, writer)))
            ways.append(asyncio.create_task(self._carry(Way.DOWN, far, writer, writer)))
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            for end in ends:
                _reset(end)
        for way in ways:
            way.cancel()
        for end in ends:
            end.close()

    async def _carry(
        self,
        way: Way,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        """Pass on all that comes one way; returns when the source has ended."""
        held: asyncio.Queue[Packet | None] = asyncio.Queue(MOST_HELD)
        reading = asyncio.create_task(self._collect(way, source, held))
        free_s = 0.0
        try:
            while (packet := await held.get()) is not None:
                await self._until(lambda p=packet, s=free_s: self.faults.due_s(p, way, s))  # type: ignore[misc]  # defaults
                free_s = time.monotonic()
                if source.exception() is not None:
                    return  # a reset takes with it what is under way
                if packet.kind == _CONNECT and self.faults.refusal is not None:
                    client.write(_refusal(packet, self.faults.refusal))
                    return
                target.write(packet.raw * self.faults.copies(packet, way))
                await target.drain()
        except ConnectionError:
            return
        finally:
            reading.cancel()

    async def _collect(
        self, way: Way, source: asyncio.StreamReader, held: "asyncio.Queue[Packet | None]"
    ) -> None:
        while True:
            await self._until(lambda: math.inf if way in self.faults.stalled else 0.0)
            packet = await _read(source)
            if way is Way.UP and packet is not None and packet.kind == _PUBLISH:
                self.sent += 1
            await held.put(packet)
            if packet is None:
                return

    async def _until(self, due_s: Callable[[], float]) -> None:
        """Wait for a time, which a change of the faults may change."""
        while (left_s := due_s() - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if left_s == math.inf else left_s):
                    await self._altered.wait()


class BrokerProxy:
    """A way to the broker at a loopback port, within `with`; faults add up until `heal`.

    connections counts what was accepted, sent the PUBLISH packets of clients. TCP, MQTT 3.1.1, 5.
    """

    def __init__(self, target_port: int) -> None:
        self._wires = Wires(target_port)
        self._port_keeper = _bound(0)  # nobody else gets the port while it is closed
        self.port = int(self._port_keeper.getsockname()[1])
        self._server: asyncio.Server | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(CALL_S):
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(CALL_S)
        self._port_keeper.close()

    @property
    def connections(self) -> int:
        return self._wires.connections

    @property
    def sent(self) -> int:
        return self._wires.sent

    def refuse(self) -> None:
        """Close the port and reset all connections."""
        self._call(self._close())

    def cut(self) -> None:
        """Reset all connections, once."""
        self._call(self._wires.reset())

    def stall(self) -> None:
        """Keep and accept connections, and pass on nothing."""
        self._fault(stalled=frozenset(Way))

    def stall_up(self) -> None:
        """Pass on nothing that comes from the client."""
        self._fault(stalled=frozenset({Way.UP}))

    def delay(self, seconds: float) -> None:
        """Hold each packet that long."""
        self._fault(delay_s=seconds)

    def slow(self, bytes_per_s: float) -> None:
        """Let no more pass from the client to the broker."""
        self._fault(up_bytes_per_s=bytes_per_s)

    def duplicate(self) -> None:
        """Give the client each PUBLISH of the broker twice, byte for byte."""
        self._fault(twice=True)

    def drop_acks(self) -> None:
        """Swallow what the broker says to the client's messages; subscriptions are answered."""
        self._fault(acks_lost=True)

    def refuse_connect(self, code: int = 5) -> None:
        """Refuse whoever connects, with a code of MQTT 3.1.1 (1 to 5) or its like in MQTT 5."""
        self._fault(refusal=code)

    def heal(self) -> None:
        """Let all flow again, what was held too, and listen again."""
        self._call(self._wires.alter(Faults()))
        self._call(self._listen())

    def _fault(self, **changes: object) -> None:
        faults = replace(self._wires.faults, **changes)  # type: ignore[arg-type]  # mypy
        self._call(self._wires.alter(faults))

    def _call(self, what: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(CALL_S)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        await self._listen()
        self._ready.set()
        await self._ended.wait()
        await self._close()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._wires.accept, sock=_bound(self.port), limit=BUFFER
            )

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self._wires.reset()


async def _read(source: asyncio.StreamReader) -> Packet | None:
    """Return the next packet, None at the end."""
    try:
        head = await source.readexactly(2)
        length, at = head[1] & 0x7F, 1
        while head[at] & 0x80:
            head += await source.readexactly(1)
            length |= (head[at + 1] & 0x7F) << 7 * at
            at += 1
        raw = head + await source.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Packet(raw, head[0] >> 4, len(head), time.monotonic())


def _refusal(connect: Packet, code: int) -> bytes:
    return bytes((0x20, 3, 0, _REFUSALS_OF_FIVE[code], 0) if connect.five else (0x20, 2, 0, code))


def _reset(end: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    end.transport.abort()


def _bound(port: int) -> socket.socket:
    """Return a socket at a loopback port that others of ours may share; it does not listen."""
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    one.bind((LOOPBACK, port))
    return one
