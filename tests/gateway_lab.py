"""A gateway client on the bench: one for a simulator, and a server that answers byte for byte."""

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from bridge.gateway.account import Clock, Credentials
from bridge.gateway.http import Address, Http
from bridge.gateway.local import LocalGateway, Setup
from bridge.simulator import Simulator
from bridge.simulator.certificate import make_certificate, tls_context
from bridge.state import Store

LINGER_NOT = struct.pack("ii", 1, 0)  # close() sends a reset


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    lines = (f"HTTP/1.1 {status} Words", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body


OK = answer(200, body=b"{}")


def memory() -> Store:
    return Store(None, "main")


def address(sim: Simulator, timeout_s: float = 5.0) -> Address:
    return Address(sim.host, sim.port, sim.scheme, timeout_s)


@contextmanager
def visiting(
    sim: Simulator,
    store: Store | None = None,
    clock: Clock | None = None,
    commit: str = "auto",
    **credentials: Any,
) -> Iterator[LocalGateway]:
    """Yield a client for a simulator; credentials replace the right ones."""
    right = replace(Credentials(sim.password, sim.username), **credentials)
    gateway = LocalGateway(Setup("main", address(sim), right, commit), store or memory(), clock)
    try:
        yield gateway
    finally:
        gateway.close()


class Time:
    """A clock that stands still until it is told, or slept through."""

    def __init__(self) -> None:
        self.s = 1_800_000_000.0

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.s, monotonic=lambda: self.s, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.s += seconds


@dataclass(frozen=True)
class Step:
    """What one request gets: bytes, in pieces every pause_s, and then a close or a reset."""

    data: bytes = b""
    piece: int = 1 << 20
    pause_s: float = 0.0
    close: bool = False
    reset: bool = False


class Raw:
    """A server whose answers are a script, over all connections; the last one is repeated."""

    def __init__(
        self, *script: Step | bytes, scheme: str = "http", tls: ssl.SSLContext | None = None
    ) -> None:
        self._script = [Step(line) if isinstance(line, bytes) else line for line in script]
        self._tls = (tls or tls_context(make_certificate())) if scheme == "https" else None
        self.scheme = scheme
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.requests: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> "Raw":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def http(self, timeout_s: float = 5.0) -> Http:
        return Http(self.address(timeout_s), lambda _: True)

    def address(self, timeout_s: float = 5.0) -> Address:
        return Address("127.0.0.1", self.port, self.scheme, timeout_s)

    def gateway(
        self, store: Store | None = None, commit: str = "auto", clock: Clock | None = None
    ) -> LocalGateway:
        """Return a client that may log in as `customer` with the password `secret`."""
        setup = Setup("main", self.address(), Credentials("secret"), commit)
        return LocalGateway(setup, store or memory(), clock)

    @property
    def lines(self) -> list[str]:
        """The first lines of the requests, without protocol and `/api/`."""
        heads = [request.split(b" HTTP/")[0].decode() for request in self.requests]
        return [head.replace("/api/", "") for head in heads]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(sock, server_side=True) if self._tls else sock as stream:
                while request := self._request(stream):
                    self.requests.append(request)
                    step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                    self._play(stream, step)
                    if step.close or step.reset:
                        return
        except OSError:
            return

    def _request(self, stream: socket.socket) -> bytes:
        request, length = b"", 0
        while b"\r\n\r\n" not in request or len(request.split(b"\r\n\r\n", 1)[1]) < length:
            piece = stream.recv(65536)
            if not piece:
                return b""
            request += piece
            found = re.search(rb"(?i)content-length: *(\d+)", request)
            length = int(found[1]) if found else 0
        return request

    def _play(self, stream: socket.socket, step: Step) -> None:
        for start in range(0, len(step.data), step.piece):
            stream.sendall(step.data[start : start + step.piece])
            time.sleep(step.pause_s)
        if step.reset:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)


@contextmanager
def dripping_handshake(pause_s: float) -> Iterator[int]:
    """Give the port of a server whose part of a TLS handshake comes byte by byte."""
    context = tls_context(make_certificate())

    def drip(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as sock:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_side=True)
            incoming.write(sock.recv(65536))
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            for byte in outgoing.read():
                sock.sendall(bytes([byte]))
                time.sleep(pause_s)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        yield int(listener.getsockname()[1])
