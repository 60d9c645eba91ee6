"""The connection to one gateway: its certificate, the server name sent to it, its time-out.

A gateway's certificate is made by itself and names nothing but 32 hex digits, so it is pinned; and
the gateway breaks off a handshake that names a server it does not know.
"""

import hashlib
import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bridge.errors import SettingsError

VARIABLES = "POWERWALL_"  # how the settings of an only gateway begin
_MOST_INTERIM = 10
Trust = Callable[[str], bool]


class CertificateRefused(urllib3.exceptions.SSLError):
    """The gateway showed a certificate that is not trusted; nothing was sent to it."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(fingerprint)
        self.fingerprint = fingerprint


@dataclass(slots=True)
class Wire:
    """What happened on the connection.

    opened counts connections; sent says whether anything of the present request may have left,
    and is reset by who sends; fingerprint is the SHA-256 of the newest certificate, in hex.
    """

    opened: int = 0
    sent: bool = False
    fingerprint: str | None = None


class Context(ssl.SSLContext):
    """A TLS context that names the server as it was told, whatever the address."""

    server_name: str | None = None

    def wrap_socket(self, sock: socket.socket, *_: object, **__: object) -> ssl.SSLSocket:
        return super().wrap_socket(sock, server_hostname=self.server_name)


def make_context(
    ca_file: Path | None, server_name: str | None, variables: str = VARIABLES
) -> Context:
    """Return a context that takes any certificate, or with ca_file only a chain that ends in it.

    Never looks at the system's authorities. The host name is not checked: the certificate has
    none. A leaf in ca_file will do. Raises SettingsError for an unusable file or name.
    """
    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    context.server_name = server_name
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=server_name or "teg")
    except (ValueError, TypeError) as error:
        mistake = f"{variables}SERVER_NAME {server_name!r} is no server name"
        raise SettingsError([mistake]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca_file else ssl.CERT_NONE
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            words = error.strerror or "it holds no certificates"
            mistake = f"{variables}CA_FILE {ca_file} cannot be used: {words}"
            raise SettingsError([mistake]) from error
    return context


class _Timed(io.RawIOBase):
    """Reads from a socket within the time-out it has now, counted once and not per piece."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._end = time.monotonic() + (sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._end - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer that has to be complete, header and body, when the time-out is over."""

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read up to the answer: http.client takes an interim one (1xx) for it, but for a 100."""
        super().begin()
        interim = 0
        while 100 <= self.status < 200:
            interim += 1
            if interim > _MOST_INTERIM:
                raise http.client.HTTPException("interim answers without end")
            self.headers = None  # type: ignore[assignment]  # else begin() has begun
            super().begin()


def _certificate(sock: socket.socket | None) -> bytes:
    leaf = sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None
    if leaf is None:
        raise ssl.SSLError("no certificate was shown")
    return leaf


class _Plain(HTTPConnection):
    response_class = _Response

    def __init__(self, *args: Any, wire: Wire, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wire = wire

    def connect(self) -> None:
        super().connect()
        self._wire.opened += 1

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self._wire.sent = True
        super().send(data)


class _Secure(HTTPSConnection):
    response_class = _Response

    def __init__(self, *args: Any, wire: Wire, trust: Trust | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wire = wire
        self._trust = trust

    def connect(self) -> None:
        super().connect()
        fingerprint = hashlib.sha256(_certificate(self.sock)).hexdigest()
        self._wire.fingerprint = fingerprint
        if self._trust and not self._trust(fingerprint):
            self.close()
            raise CertificateRefused(fingerprint)
        self._wire.opened += 1
        # What the owner chose was done; urllib3 would warn of it on every connection.
        self.is_verified = True

    def send(self, data: Any) -> None:
        self._wire.sent = True
        super().send(data)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def make_pool(
    url: str,
    context: Context,
    wire: Wire,
    trust: Trust | None,
    variables: str = VARIABLES,
) -> HTTPConnectionPool:
    """Return the pool of one connection to one gateway, which reports to wire.

    trust decides on the certificate before a byte of HTTP is sent; None leaves it to the context.
    Raises SettingsError for an impossible address.
    """
    try:
        where = urllib3.util.parse_url(url)
    except urllib3.exceptions.LocationParseError as error:
        raise SettingsError([f"{variables}HOST: {url} is no address"]) from error
    host, port = where.host or "", where.port
    if where.scheme == "http":
        return _PlainPool(host, port, wire=wire)
    return _SecurePool(
        host, port, wire=wire, trust=trust, ssl_context=context, assert_hostname=False
    )


class Transport(HTTPAdapter):
    """Sends requests over one pool, HTTP/1.1, each exactly once; no proxy, no redirection."""

    def __init__(self, pool: HTTPConnectionPool) -> None:
        super().__init__(max_retries=0)
        self._pool = pool

    def send_within(self, timeout_s: float, request: PreparedRequest) -> Response:
        """Return the answer, its body yet to be read; the time counts to the end of the body.

        A slow connection may take longer: each address of the name and TLS have the time apart.
        """
        total = urllib3.Timeout(total=timeout_s)
        return self.send(request, stream=True, timeout=total)  # type: ignore[arg-type]  # left out of the stubs

    def close(self) -> None:
        self._pool.close()
        super().close()

    def get_connection_with_tls_context(self, *_: object, **__: object) -> HTTPConnectionPool:
        return self._pool

    def cert_verify(self, *_: object) -> None:
        """Leave the context as it was made: requests would load certifi's authorities into it."""
