"""A session with one gateway: when to log in again, when not to, and what a login leaves to do.

Below 20.49 reads need no session. Below 20 the login is the installer's: it stops the site
master, and with it the battery, so it is made for a command only and undone after it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.errors import Missing, Unauthorized
from bridge.gateway.account import Account, Clock, Credentials
from bridge.gateway.http import REFUSED, Answer, Call, Http, checked
from bridge.gateway.restart import Restart
from bridge.parts import Endpoint
from bridge.state import Store
from bridge.words import FIRST_NEW, firmware

_DENIED_S = 3600.0
_FRUITLESS_S = 540.0  # a login that opened nothing speaks for all paths; the next one for longer
_FIRST_CLOSED = (20, 49)
_NEWEST = (99, 99)
_CANARY = Call("GET", Endpoint.METERS)
_STATUS = Call("GET", Endpoint.STATUS)
_OPEN = {Endpoint.STATUS, Endpoint.TOGGLE, Endpoint.REGISTRATION}  # on some firmware to anybody
_STOPS_BATTERY = (
    "a login {} stop the battery of this gateway{}, so it is made for a command only, "
    "and with {}CONTROL not none"
)


class Session:
    """Calls to one gateway, with a login where one is missing and allowed."""

    def __init__(self, http: Http, credentials: Credentials, store: Store, clock: Clock) -> None:
        self._http = http
        self._credentials = credentials
        self._clock = clock
        self.account = Account(http, credentials, store, clock)
        self._restart = Restart(self._carry_out, store, clock)
        self._version: tuple[int, int] | None = None
        self._run: tuple[tuple[int, int], bytes] | None = None  # version and start
        self._commanding = False
        self._lost = False  # the canary refused this session
        self._denied: dict[str, float] = {}  # path -> when a fresh login did not open it
        self._fruitless: float | None = None  # when a fresh login opened nothing at all
        self._fruitless_s = _FRUITLESS_S
        self._opens = True  # something answered since the last such login

    def get(self, path: str, *, write: bool = False) -> Answer:
        return self._carry_out(Call("GET", path, write=write))

    def post(self, path: str, body: bytes) -> Answer:
        return self._carry_out(Call("POST", path, body, write=True))

    def login(self, *, guest: bool = False) -> None:
        """Log in now; raises Unauthorized when that is not allowed, or refused.

        guest: the owner wants it now, beside the bridge.

        Raises Missing where no gateway is: a stranger gets no password.
        """
        self._identify()
        if self._may_stop and not self._commanding and (self.installer or self._canary_answers()):
            raise self._stops_battery
        self._log_in(guest=guest)

    @contextmanager
    def commanding(self) -> Iterator[None]:
        """Allow the installer's login within; settle() has to follow."""
        self._commanding = self._credentials.control
        try:
            yield
        finally:
            self._commanding = False

    def settle(self) -> bool:
        """Start the site master if a login may have stopped it; return whether it was seen to run.

        Raises the GatewayError that is in the way.
        """
        return self._restart.go_on()

    @property
    def installer(self) -> bool:
        """Whether a login is the installer's, as far as the firmware is known."""
        plain = self._http.address.scheme == "http"
        old = self._version is not None and self._version < FIRST_NEW
        return plain or old or self._credentials.username == "installer"

    @property
    def _may_stop(self) -> bool:
        """Whether a login may stop the site master; so it may while the firmware is unknown."""
        return self.installer or self._version is None

    @property
    def _stops_battery(self) -> Unauthorized:
        certain = ("would", "") if self.installer else ("may", ", whose firmware is not known yet")
        return Unauthorized(_STOPS_BATTERY.format(*certain, self._http.variables))

    def _carry_out(self, call: Call) -> Answer:
        if call.write and self._http.address.scheme == "http":
            self._identify()  # a gateway that redirects says so here, before anything is posted
        answer = self.ask(call)
        if answer.status in REFUSED and self._login_may_help(call):
            before = self.account.logins
            self._log_in()
            answer = self.ask(call)
            adopted = self.account.logins == before
            if answer.status in REFUSED and adopted and not self._opened_beside(call):
                self._log_in()  # the session of another process has ended too
                answer = self.ask(call)
            if answer.status in REFUSED:
                self._denied[call.path] = self._clock.now()
                self._note_login(opens=self._opened_beside(call))
        self._opens = self._opens or (answer.status == 200 and call.path not in _OPEN)
        return self._checked(call, answer)

    def _log_in(self, *, guest: bool = False) -> None:
        stops, before = self._may_stop, self.account.logins
        try:
            self.account.login(stops=stops, guest=guest)
        finally:
            if stops and self.account.logins > before:
                self._restart.renew()
        self._lost = False

    def _note_login(self, *, opens: bool) -> None:
        """Take note of what a login was good for that did not open the path it was made for."""
        self._fruitless = None if opens else self._clock.now()
        longer_s = min(self._fruitless_s * 2, _DENIED_S)
        self._fruitless_s = _FRUITLESS_S if opens or self._opens else longer_s
        self._opens = opens

    def _checked(self, call: Call, answer: Answer) -> Answer:
        try:
            return checked(call, answer, self._http.variables)
        except Missing as error:
            if self._http.familiar:
                raise
            words = f"{error}; if that is all it answers, check {self._http.variables}HOST"
            raise Missing(words, error.status) from error

    def ask(self, call: Call) -> Answer:
        """Return the answer whatever its status, without a login."""
        answer = self._http.ask(call)
        if call.path == _STATUS.path and answer.status == 200:
            self._learn(answer.body)
        elif 300 <= answer.status < 400:
            self._version = None
        return answer

    def _learn(self, status: bytes) -> None:
        """Take in a `status` body: another version or start may permit other things.

        One that cannot be read, as while a gateway starts, says nothing of either.
        """
        version = _version(status)
        if version is None:
            return
        self._version = version
        run = (version, _started(status))
        if run != self._run:
            self._denied.clear()
            self._fruitless, self._opens = None, True
        self._run = run

    def _identify(self) -> None:
        """Learn the firmware if it is unknown; only new ones have no open `status`.

        It stays unknown where `status` cannot be read, or is gone from one with open meters.
        """
        if self._version is not None:
            return
        answer = self.ask(_STATUS)
        canary = self.ask(_CANARY).status if answer.status == 404 else None
        if canary == 404:
            where = f"check {self._http.variables}HOST"
            raise Missing(f"this is no Powerwall gateway (404 everywhere); {where}", 404)
        if answer.status not in REFUSED | {404}:
            self._checked(_STATUS, answer)
        elif canary != 200 or self.account.open:
            self._version = _NEWEST

    def _identify_anew(self, known: tuple[int, int]) -> None:
        """Ask an old firmware for its version once more: with closed meters it may be a new one.

        It is the old one until `status` says otherwise: its login would stop the battery.
        """
        answer = self.ask(_STATUS)
        self._version = self._version or known
        if answer.status == 429:
            self._checked(_STATUS, answer)

    def _login_may_help(self, call: Call) -> bool:
        """Say whether a refused call is worth a login; raises Unauthorized when none is allowed."""
        known = self._version
        self._identify()
        is_canary = call.path == _CANARY.path
        reads_are_open = (self._version or _NEWEST) < _FIRST_CLOSED
        if self.account.open:
            if self._is_fruitless:
                return False
            hourly = reads_are_open or (self._opens and self._was_denied(_CANARY.path))
            if hourly and self._was_denied(call.path):
                return False
            if not (is_canary or reads_are_open or self._lost):
                if self._canary_answers():
                    return False
                self._lost = True
        if self._may_stop and not self._commanding:
            if not is_canary and self._canary_answers():
                return False
            if known and known < FIRST_NEW:
                self._identify_anew(known)
            if self.installer:
                raise self._stops_battery
        return True

    @property
    def _is_fruitless(self) -> bool:
        at = self._fruitless
        return at is not None and abs(self._clock.now() - at) < self._fruitless_s

    def _was_denied(self, path: str) -> bool:
        at = self._denied.get(path)
        return at is not None and abs(self._clock.now() - at) < _DENIED_S

    def _opened_beside(self, call: Call) -> bool:
        """Return whether the session is good for something, though not for this path."""
        return call.path != _CANARY.path and self._canary_answers()

    def _canary_answers(self) -> bool:
        answer = self.ask(_CANARY)
        if answer.status == 429:
            self._checked(_CANARY, answer)
        return answer.status not in REFUSED


def _version(body: bytes) -> tuple[int, int] | None:
    """Return year and week of the firmware in a `status` body, None for one that has none.

    A version of another kind counts as new.
    """
    found = re.search(rb'"version"\s*:\s*"([^"]{1,64})"', body)
    return firmware(found[1].decode("latin-1")) or _NEWEST if found else None


def _started(body: bytes) -> bytes:
    found = re.search(rb'"start_time"\s*:\s*"([^"]{1,64})', body)
    return found[1] if found else b""
