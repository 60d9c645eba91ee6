"""One question to the gateway and its answer, as they travel over HTTP/1.1."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from io import BufferedReader
from urllib.parse import parse_qsl

from bridge.simulator.moment import Json, encode

_MOST_BYTES = 1 << 20
_HEADERS = (("cache-control", "no-cache, no-store"),)
_JSON = (("content-type", "application/json"), ("x-content-type-options", "nosniff"))

NOT_FOUND = "File Not Found"
BUSY = "current config mode is busy"
# The bodies of a real gateway; other statuses have an empty one.
_ERRORS = {
    404: (NOT_FOUND, NOT_FOUND),
    409: ("Sitemaster is current running", "Sitemaster is current running"),
    429: ("Api Limit reached for this endpoint", "API Limit Reached"),
    503: (BUSY, BUSY),
}


class BadRequest(Exception):
    """What came is no HTTP request that can be answered: close the connection."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request: path as typed, without its query; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    keep_alive: bool = True

    @property
    def api_path(self) -> str:
        """Return the path below /api/, the whole one when it is not there."""
        return self.path.removeprefix("/api/")

    def fields(self) -> dict[str, object]:
        """Return the body as keys and values: JSON or a form, the content type is ignored."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return dict(parse_qsl(self.body.decode("utf-8", "replace")))
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; headers are those besides content-length and date."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = _HEADERS

    @classmethod
    def of(cls, document: Json, status: int = 200) -> "Answer":
        return cls.raw(encode(document), status)

    @classmethod
    def raw(cls, body: bytes, status: int = 200) -> "Answer":
        """Return JSON that is already text."""
        return cls(status, body, _HEADERS + _JSON)

    @classmethod
    def failed(cls, status: int, error: str, message: str) -> "Answer":
        return cls.of({"code": status, "error": error, "message": message}, status)

    @classmethod
    def standard(cls, status: int, method: str = "GET") -> "Answer":
        """Return what a gateway says with this status."""
        if status == 401 and method == "POST":
            return cls.failed(401, "bad credentials", "Login Error")
        if status == 401:
            return cls.of({"code": 401, "message": "Token Expired"}, 401)
        if status == 403:
            error = f"Unable to {method} to resource"
            return cls.failed(status, error, "User does not have adequate access rights")
        if status == 405:
            return cls(405, b"Method Not Allowed\n", (("content-type", "text/plain"),))
        return cls.failed(status, *_ERRORS[status]) if status in _ERRORS else cls(status)

    def wire(self, now: float, *, keep_alive: bool = True) -> bytes:
        """Return the bytes to send, all at once; now gives the date header."""
        reason = HTTPStatus(self.status).phrase if self.status in _STATUSES else "Unknown"
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status != 204:
            lines.append(f"content-length: {len(self.body)}")
        if not keep_alive:
            lines.append("connection: close")
        lines.append(f"date: {_date(int(now))}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1", "replace") + self.body


_STATUSES = frozenset(HTTPStatus)


def read_call(stream: BufferedReader) -> Call | None:
    """Return the next request of a connection, None when the other side is done."""
    line = stream.readline(_MOST_BYTES)
    if not line:
        return None
    try:
        method, target, version = line.decode("latin-1").split()
    except ValueError as error:
        raise BadRequest("no request line") from error
    headers = _read_headers(stream)
    body = stream.read(_body_length(headers))
    close = headers.get("connection", "").lower() == "close" or version == "HTTP/1.0"
    return Call(method, target.partition("?")[0], headers, body, keep_alive=not close)


def _read_headers(stream: BufferedReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := stream.readline(_MOST_BYTES).decode("latin-1").rstrip("\r\n")) != "":
        name, colon, value = line.partition(":")
        if not colon or len(headers) > 100:
            raise BadRequest("no header")
        headers[name.lower()] = value.strip()
    return headers


def _body_length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not text.isdecimal() or int(text) > _MOST_BYTES or "transfer-encoding" in headers:
        raise BadRequest("no usable length")
    return int(text)


@lru_cache(maxsize=4)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)
