"""Requests to one gateway: answered in time and in full, or a GatewayError that says why.

No exception of requests, urllib3 or ssl gets past this file.
"""

import json
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from itertools import chain
from pathlib import Path

import requests

from bridge import __version__
from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    Missing,
    RateLimited,
    Stopped,
    Uncertain,
    Unreachable,
)
from bridge.gateway.discretion import without
from bridge.gateway.failures import FAILURES, Dropped, Failure, TooLong, Where
from bridge.gateway.tls import VARIABLES, Transport, Trust, Wire, make_context, make_pool

MAX_BODY = 2**20  # 50 times the largest answer that is asked for
MAX_RETRY_AFTER_S = 6 * 3600.0
REFUSED = frozenset({401, 403})
_GATEWAYLIKE = frozenset({200, 401, 403, 429, 502, 503})
_MOST_PREPARED = 64
_MOST_WORDS = 200
_MOST_TOLD = 2  # sessions whose secrets are known: this one and the one before
_HEADERS = {
    "User-Agent": f"powerwall-mqtt/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a gateway is and how its certificate is judged.

    tls is `pin`, `ca` (needs ca_file) or `unverified`; server_name is the SNI as it is sent, None
    sends none.
    """

    host: str
    port: int = 443
    scheme: str = "https"
    timeout_s: float = 5.0
    tls: str = "pin"
    ca_file: Path | None = None
    server_name: str | None = None

    @property
    def place(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request; path is below `/api/`, or begins with a slash and is whole.

    A write is a call that changes the gateway.
    """

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    write: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with any status; cookies are `name=value` as the gateway set them."""

    status: int
    body: bytes = field(default=b"", repr=False)
    retry_after_s: float | None = None
    location: str | None = None
    cookies: tuple[str, ...] = field(default=(), repr=False)


class Http:
    """One gateway's connection; one call at a time.

    familiar says that it has answered like a gateway, and met is called when it does so first;
    requests counts what was sent, or tried to; variables is how the settings of this gateway
    begin, for words.
    """

    def __init__(
        self,
        address: Address,
        trust: Trust,
        *,
        met: Callable[[], None] = lambda: None,
        variables: str = VARIABLES,
    ) -> None:
        if address.tls not in {"pin", "ca", "unverified"}:
            raise ValueError(f"{address.tls!r} is not a way to judge a certificate")
        self.address = address
        self.variables = variables
        self.familiar = False
        self.requests = 0
        self._met = met
        self._wire = Wire()
        ca_file = address.ca_file if address.tls == "ca" else None
        context = make_context(ca_file, address.server_name, variables)
        judge = trust if address.tls == "pin" else None
        url = f"{address.scheme}://{address.place}"
        pool = make_pool(url, context, self._wire, judge, variables)
        self._transport = Transport(pool)
        self._headers = dict(_HEADERS)
        self._prepared: dict[str, requests.PreparedRequest] = {}
        self._told: deque[tuple[str, ...]] = deque(maxlen=_MOST_TOLD)

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate seen last, in hex, trusted or not."""
        return self._wire.fingerprint

    @property
    def sent(self) -> bool:
        """Whether the last call may have reached the gateway."""
        return self._wire.sent

    def authorize(self, headers: Mapping[str, str]) -> None:
        """Send these headers with every call from now on."""
        self._headers = _HEADERS | dict(headers)
        self._prepared.clear()

    def confide(self, *secrets: str) -> None:
        """Do not repeat these, though the gateway may, in what it says of an error.

        They are forgotten with the second call after this one: sessions come without end.
        """
        self._told.append(secrets)

    def ask(self, call: Call) -> Answer:
        """Return the answer whatever its status; raises GatewayError when there is none.

        A read is repeated once when a kept connection turned out dropped, a write never; a write
        that may have arrived and was not answered raises Uncertain.
        """
        try:
            answer = self._ask(call)
        except (Unreachable, BadAnswer) as error:
            if call.write and self._wire.sent:
                raise Uncertain(f"{error}; {call.path} may have been carried out") from error
            raise
        if answer.status in _GATEWAYLIKE and not self.familiar:
            self.familiar = True
            self._met()
        return answer if answer.status < 300 else self._discreet(answer)

    def _discreet(self, answer: Answer) -> Answer:
        told = set(chain(*self._told))
        where = answer.location and without(told, answer.location.encode()).decode()
        return replace(answer, body=without(told, answer.body), location=where)

    def close(self) -> None:
        self._transport.close()

    def _ask(self, call: Call) -> Answer:
        opened = self._wire.opened
        try:
            return self._exchange(call)
        except Dropped:
            if call.write or call.method != "GET" or self._wire.opened != opened:
                raise
        return self._exchange(call)

    def _exchange(self, call: Call) -> Answer:
        self._wire.sent = False
        self.requests += 1
        try:
            return self._send(self._request(call))
        except FAILURES as error:
            if isinstance(error, requests.RequestException):
                error.request = None  # it carries the session, and a login's password
            where = Where(self.address.place, self.address.scheme, self.variables)
            raise Failure(error).diagnosis(where, call.path, sent=self._wire.sent) from error

    def _request(self, call: Call) -> requests.PreparedRequest:
        if call.body is not None:
            headers = self._headers | {"Content-Type": "application/json"}
            return requests.Request(call.method, self._url(call), headers, data=call.body).prepare()
        request = self._prepared.get(call.path)
        if request is None:
            if len(self._prepared) >= _MOST_PREPARED:
                self._prepared.clear()
            request = requests.Request(call.method, self._url(call), self._headers).prepare()
            self._prepared[call.path] = request
        return request

    def _url(self, call: Call) -> str:
        path = call.path if call.path.startswith("/") else f"/api/{call.path}"
        return f"{self.address.scheme}://{self.address.place}{path}"

    def _send(self, request: requests.PreparedRequest) -> Answer:
        response = self._transport.send_within(self.address.timeout_s, request)
        with response:  # closes the connection unless the body was read to its end
            body = response.raw.read(MAX_BODY + 1, decode_content=True)
        if len(body) > MAX_BODY:
            raise TooLong
        headers = response.raw.headers
        cookies = (cookie.split(";", 1)[0].strip() for cookie in headers.getlist("set-cookie"))
        return Answer(
            response.status_code,
            body,
            _retry_after_s(headers.get("retry-after"), headers.get("date")),
            headers.get("location"),
            tuple(cookies),
        )


def checked(call: Call, answer: Answer, variables: str = VARIABLES) -> Answer:
    """Return an answer with a good status; raises the GatewayError that fits the others."""
    status, path = answer.status, call.path
    if 200 <= status < 300:
        return answer
    said = f"{path}: {status}" + (f" {words}" if (words := own_words(answer)) else "")
    if 300 <= status < 400:
        raise BadAnswer(f"{said}{_redirection(answer, variables)}", status)
    if status == 429:
        raise RateLimited(said, answer.retry_after_s)
    if status == 502 and not answer.body.strip():
        raise Stopped(f"{path}: 502, the site master is not running", status)
    kinds = {401: Denied, 403: Denied, 404: Missing, 503: Busy}
    raise kinds.get(status, BadAnswer)(said, status)


def _redirection(answer: Answer, variables: str) -> str:
    where = _plain(answer.location or "elsewhere")
    https = ""
    if where.startswith("https://"):
        https = f": use https, {variables}HOST without http://"
    return f", redirected to {where}, which is not followed{https}"


def own_words(answer: Answer) -> str:
    """Return what the gateway says about an error, one line without control characters."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        text = answer.body[:_MOST_WORDS].decode("utf-8", "replace")
        return "" if "<" in text else _plain(text)
    if not isinstance(said, dict):
        return ""
    parts = (said.get("message"), said.get("error"))
    return _plain(": ".join(dict.fromkeys(p for p in parts if isinstance(p, str) and p)))


def _plain(text: str) -> str:
    line = " ".join(text.split())
    return "".join(filter(str.isprintable, line))[:_MOST_WORDS]


def _retry_after_s(text: str | None, date: str | None) -> float | None:
    """Return Retry-After in seconds; a date is counted from the gateway's own, if it gives one."""
    if text is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", text):
        return min(float(text), MAX_RETRY_AFTER_S)
    until, now = _epoch_s(text), _epoch_s(date) or time.time()
    return None if until is None else min(max(0.0, until - now), MAX_RETRY_AFTER_S)


def _epoch_s(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError, OSError):
        return None
