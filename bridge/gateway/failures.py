"""What it means that no usable answer came: the exceptions of requests and ssl in our words."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import requests
import urllib3
from urllib3.exceptions import NewConnectionError

from bridge.errors import BadAnswer, GatewayError, TimedOut, Unreachable, Untrusted
from bridge.gateway.tls import VARIABLES, CertificateRefused

FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
E = TypeVar("E", bound=BaseException)


@dataclass(frozen=True, slots=True)
class Where:
    """The gateway that failed: its place, how it is spoken to, how its settings begin."""

    place: str
    scheme: str = "https"
    variables: str = VARIABLES


class TooLong(ValueError):
    """The body is longer than any answer of a gateway."""


class Dropped(Unreachable):
    """The gateway closed the connection instead of answering."""


class Failure:
    """An exception together with all that libraries wrapped in it."""

    def __init__(self, error: BaseException) -> None:
        self._causes = tuple(_causes(error))

    def diagnosis(self, where: Where, path: str, *, sent: bool) -> GatewayError:
        """Return the error for a request that was sent there, or could not be."""
        place = where.place
        refused = self._find(CertificateRefused)
        if refused:
            return Untrusted(
                f"{place} shows another certificate than before (SHA-256 {refused.fingerprint}): "
                "if the gateway was replaced or reset, accept it with "
                "`powerwall-mqtt check --trust`",
                refused.fingerprint,
            )
        wrong = self._find(ssl.SSLCertVerificationError)
        if wrong:
            return Untrusted(
                f"{place}: {where.variables}CA_FILE does not vouch for the certificate "
                f"({wrong.verify_message})"
            )
        if self._late():
            return TimedOut(f"{place}: {path} was not answered in time")
        return self._spoiled(where, path) if sent else self._unconnected(where)

    def _unconnected(self, where: Where) -> GatewayError:
        place, variables = where.place, where.variables
        if self._find(socket.gaierror):
            return Unreachable(f"{place}: no such name")
        if self._find(ConnectionRefusedError):
            return Unreachable(f"{place}: connection refused")
        tls = self._find(ssl.SSLError)
        if tls or self._find(ConnectionError):
            cause: str | None = getattr(tls, "reason", None)  # only what OpenSSL raised has one
            reason = f" ({cause.lower().replace('_', ' ')})" if cause else ""
            return Unreachable(
                f"{place} broke off the TLS handshake{reason}; it may not know the server name "
                f"that {variables}SERVER_NAME sets (known: powerwall, teg, powerpack, or none), "
                f"or it speaks plain http: {variables}HOST=http://..."
            )
        return Unreachable(f"{place}: {self._strerror() or 'it cannot be connected to'}")

    def _spoiled(self, where: Where, path: str) -> GatewayError:
        """Return the error for an answer that came in part, or did not come after the request."""
        if self._find(TooLong):
            return BadAnswer(f"{path}: the answer is too long")
        if self._find(http.client.IncompleteRead):
            return BadAnswer(f"{path}: the answer was cut short")
        if self._find(ConnectionError) or self._find(ssl.SSLError):
            secure = f"; or it speaks https: {where.variables}HOST without http://"
            said = f"{where.place}: connection closed by the gateway"
            return Dropped(said + (secure if where.scheme == "http" else ""))
        words = self._strerror()
        if words:
            return Unreachable(f"{where.place}: {words}")
        return BadAnswer(f"{path}: no HTTP answer")

    def _find(self, kind: type[E]) -> E | None:
        return next((cause for cause in self._causes if isinstance(cause, kind)), None)

    def _late(self) -> bool:
        kinds = (TimeoutError, urllib3.exceptions.TimeoutError)
        late = (cause for cause in self._causes if isinstance(cause, kinds))
        return not all(isinstance(cause, NewConnectionError) for cause in late)

    def _strerror(self) -> str | None:
        words = (cause.strerror for cause in self._causes if isinstance(cause, OSError))
        return next((text.lower() for text in words if text), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = [error]
    for one in seen:
        yield one
        wrapped = (*one.args, getattr(one, "reason", None), one.__cause__)
        inner = [cause for cause in wrapped if isinstance(cause, BaseException)]
        seen.extend(cause for cause in inner if all(cause is not known for known in seen))
