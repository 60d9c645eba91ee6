"""A small HTTP/1.1 server: one thread per connection, one write per answer, TLS if wanted."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from io import BufferedReader
from pathlib import Path

from bridge.simulator.exchange import Answer, BadRequest, Call, read_call
from bridge.simulator.layers import End, Layers
from bridge.simulator.manners import Manner, deliver

_IDLE_S = 300.0
_ACCEPT_S = 0.5  # where closing a listening socket does not wake its thread


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: bytes after delay_s, in a manner."""

    wire: bytes
    delay_s: float = 0.0
    manner: Manner = Manner.WHOLE
    close: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """The certificate that is shown; fingerprint is its SHA-256 in hex, empty without TLS."""

    context: ssl.SSLContext | None = None
    fingerprint: str = ""


class Greeting(Enum):
    """What a new connection meets: the gateway, silence, or a broken handshake."""

    NORMAL = "normal"
    SILENT = "silent"
    BROKEN = "broken"


Handler = Callable[[Call], Reply]


class Server:
    """Listens on one port from start() to stop(); may be started again on the same port.

    A secure one speaks TLS with a certificate that it makes when it starts first, or that a PEM
    file keeps. start() and stop() are for one thread at a time.
    """

    def __init__(
        self,
        host: str,
        port: int,
        handler: Handler,
        *,
        secure: bool = False,
        kept: Path | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.accepted = 0
        self.greetings: Layers[Greeting] = Layers()
        self._own = Shown()
        self._borrowed: Layers[Shown] = Layers()
        self._handler = handler
        self._secure, self._kept = secure, kept
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def greeting(self) -> Greeting:
        """What those meet who connect now."""
        return self.greetings.top(Greeting.NORMAL)

    @property
    def shown(self) -> Shown:
        """What is shown to those who connect now."""
        return self._borrowed.top(self._own)

    def start(self) -> None:
        """Listen; port 0 becomes a free one and is then kept."""
        if self._listener is not None:
            return
        if self._own.context is None:
            self._own = self._first_certificate()
        listener = socket.create_server((self.host, self.port), backlog=128)
        listener.settimeout(_ACCEPT_S)
        self.port = listener.getsockname()[1]
        self._stopping = threading.Event()
        self._listener = listener
        its = (listener, self._stopping)
        self._acceptor = threading.Thread(target=self._accept, args=its, daemon=True)
        self._acceptor.start()

    def stop(self) -> None:
        """Close the port and every connection, and wait for their threads."""
        listener, acceptor = self._listener, self._acceptor
        if listener is None or acceptor is None:
            return
        self._listener = self._acceptor = None
        self._stopping.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        acceptor.join()
        listener.close()
        for thread in self.disconnect():
            thread.join(timeout=5)

    def disconnect(self) -> list[threading.Thread]:
        """Close every open connection; return the threads that now come to their end."""
        with self._lock:
            for connection in self._open:
                _shut(connection)
            return list(self._open.values())

    def renew_certificate(self) -> None:
        """Make another certificate its own for this run; none that is borrowed gives way to it."""
        self._own = self._make_certificate()

    def borrow_certificate(self, lasts: timedelta | None = None) -> End:
        """Show another certificate until the call that is returned."""
        return self._borrowed.put(self._make_certificate(lasts))

    def _first_certificate(self) -> Shown:
        if not self._secure or self._kept is None:
            return self._make_certificate()
        from bridge.simulator.certificate import kept_certificate, tls_context

        certificate = kept_certificate(self._kept)
        return Shown(tls_context(certificate), certificate.fingerprint)

    def _make_certificate(self, lasts: timedelta | None = None) -> Shown:
        if not self._secure:
            return Shown()
        # Imported late: cryptography is an extra, and plain http does without it.
        from bridge.simulator.certificate import make_certificate, tls_context

        certificate = make_certificate(lasts) if lasts else make_certificate()
        return Shown(tls_context(certificate), certificate.fingerprint)

    def _accept(self, listener: socket.socket, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                plain, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            try:
                self._take(plain, stopping)
            except OSError:  # it was reset before it was looked at
                plain.close()

    def _take(self, plain: socket.socket, stopping: threading.Event) -> None:
        plain.settimeout(_IDLE_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = plain
        if (tls := self.shown.context) is not None:
            connection = tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=self._serve, args=(connection, stopping), daemon=True)
        with self._lock:
            self.accepted += 1
            self._open[connection] = thread
        thread.start()

    def _serve(self, connection: socket.socket, stopping: threading.Event) -> None:
        # A client that goes away in the middle is nothing to talk about.
        with connection, contextlib.suppress(OSError, ValueError, BadRequest):
            try:
                if self.greeting is not Greeting.NORMAL:
                    self._ignore(stopping)
                    return
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                with connection.makefile("rb") as stream:
                    while self._serve_one(connection, stream, stopping):
                        pass
            finally:
                with self._lock:
                    self._open.pop(connection, None)

    def _ignore(self, stopping: threading.Event) -> None:
        """Let a client wait for as long as that is the greeting, or break off at once."""
        silent_s = 0.0
        while self.greeting is Greeting.SILENT and silent_s < _IDLE_S:
            if stopping.wait(_ACCEPT_S):
                return
            silent_s += _ACCEPT_S

    def _serve_one(
        self, connection: socket.socket, stream: BufferedReader, stopping: threading.Event
    ) -> bool:
        call = read_call(stream)
        if call is None:
            return False
        reply = self._handler(call)
        if reply.delay_s > 0 and stopping.wait(reply.delay_s):
            return False
        good = deliver(reply.manner, connection, reply.wire, stopping)
        return good and not reply.close


def answered(
    answer: Answer,
    call: Call,
    now: float,
    delay_s: float = 0.0,
    manner: Manner = Manner.WHOLE,
) -> Reply:
    """Return the reply that carries an answer; now is for its date header."""
    wire = answer.wire(now, keep_alive=call.keep_alive)
    return Reply(wire, delay_s, manner, close=not call.keep_alive)


def _shut(connection: socket.socket) -> None:
    # The plain method: that of SSLSocket forgets its session while a thread still reads by it.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
