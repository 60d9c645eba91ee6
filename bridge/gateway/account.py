"""Logging in to one gateway, within a budget, and the token that it gives."""

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bridge.documents import Json
from bridge.errors import (
    BadAnswer,
    Denied,
    GatewayError,
    RateLimited,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from bridge.gateway.http import Answer, Call, Http, checked
from bridge.logins import Era, Hold, LoginBudget, fingerprint_of, span
from bridge.state import Store

RUN_OWED = "run_owed"  # key in the Store: a login may have stopped the site master
_SESSION, _LOGINS = "session", "logins"  # keys in the Store
_NOT_NOTED = (
    "no login now: it stops the battery, and STATE_DIR cannot be written, so that after a restart "
    "of the bridge nothing would start it again"
)
_FACTORY = "default password not supported"  # what newer firmware says of the one from the factory


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, how often at most, and whether commands are on."""

    password: str | None = field(default=None, repr=False)
    username: str = "customer"
    email: str = ""
    logins_per_hour: int = 6
    control: bool = True


def _boot() -> str:
    """Return what names the start of this computer, empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the time comes from: now in epoch seconds, monotonic in seconds since the boot."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    boot: str = field(default_factory=_boot)


class Account:
    """Logs in, within a budget, and keeps what the login gave in the Store."""

    def __init__(self, http: Http, credentials: Credentials, store: Store, clock: Clock) -> None:
        self._http = http
        self._credentials = credentials
        self._store = store
        self._clock = clock
        self._http.confide(credentials.password or "")
        self._secret = f"{credentials.username}\0{credentials.password}"
        self._ahead_s = clock.now() - clock.monotonic()
        era = Era(clock.boot, self._ahead_s)
        self._budget = LoginBudget(credentials.logins_per_hour, store.get(_LOGINS), era)
        if self._budget.forgive(self._secret):
            store.put(_LOGINS, self._budget.saved)
        self._troubles = self._usual_troubles()
        self._tried_at = self._now()  # or when this run began
        self.logins = 0
        self._session: Json = None  # as it stood in the Store when it was last looked at
        self.open = self._resume()

    @property
    def left(self) -> str:
        """How many logins are left in this hour, in words."""
        most = max(1, self._credentials.logins_per_hour)
        return f"{self._budget.left(self._now())} of {most} logins are left in this hour"

    def login(self, *, stops: bool, guest: bool = False) -> None:
        """Log in, if it is allowed now; raises Unauthorized if not, and when it is refused.

        A session that a check has opened meanwhile is as good as a login.

        stops says that the login will stop the site master: that it has to be started is noted
        first, and where that cannot be kept, no login is made. guest: the owner wants it now,
        beside the bridge, see LoginBudget.
        """
        if self._credentials.password is None:
            raise Unauthorized(f"the gateway wants a login: set {self._http.variables}PASSWORD")
        if not guest and self._adopted():
            return
        now = self._now()
        owed = self._store.get(RUN_OWED)
        self._attempt(now, stops=stops, guest=guest)
        self.logins += 1
        try:
            self._try(now, self._credentials.password)
        except GatewayError as error:
            if self._stopped_nothing(error):
                self._store.put(RUN_OWED, owed)
            raise
        finally:
            self._store.put(_LOGINS, self._budget.saved)

    def _stopped_nothing(self, error: GatewayError) -> bool:
        """Whether a login that failed so has certainly not stopped the site master."""
        refused = error.status is not None and 400 <= error.status < 500
        return refused or isinstance(error, Untrusted) or not self._http.sent

    def _now(self) -> float:
        """Return epoch seconds by a clock that was set at the start and does not jump since."""
        return self._clock.monotonic() + self._ahead_s

    def _attempt(self, now: float, *, stops: bool, guest: bool) -> None:
        """Count a login and keep that in the Store; raises Unauthorized when none is allowed.

        One that cannot be kept has to wait for its share of the hour, so that a bridge that
        crashes, starts again and forgets does not log in more often than is allowed.
        """
        self._budget.learn(self._store.get(_LOGINS))
        self._budget.forgive(self._secret)  # a check may have been refused with another password
        if hold := self._budget.hold(now, guest=guest):
            held = self._kept(now) if hold is Hold.KEPT else self._unauthorized(hold, now)
            self._store.put(_LOGINS, self._budget.saved)  # else the future is learned once more
            raise held
        self._budget.attempt(now)
        self._store.put(_LOGINS, self._budget.saved)
        owed = self._store.get(RUN_OWED)
        if stops:
            self._store.put(RUN_OWED, value=True)
        wait_s = self._tried_at + self._budget.share_s - now
        if self._store.failing and (stops or wait_s > 0):
            self._budget.withdraw()
            self._store.put(_LOGINS, self._budget.saved)
            self._store.put(RUN_OWED, owed)
            if stops:
                raise Unauthorized(_NOT_NOTED)
            words = "no login now: STATE_DIR cannot be written, so they have to be rare"
            raise Unauthorized(f"{words}; next login attempt in {span(wait_s)}")
        self._tried_at = now

    def _try(self, now: float, password: str) -> None:
        call = self._call(password)
        try:
            answer = self._http.ask(call)
            checked(call, answer, self._http.variables)
            self._begin(answer)
        except Denied as error:
            self._troubles = self._usual_troubles()
            self._budget.refuse(now, fingerprint_of(self._secret, secrets.token_hex(16)))
            remedy = "; change it on the gateway's own page" if _FACTORY in str(error) else ""
            self._troubles[Hold.REFUSED] += f" ({error}{remedy})"
            raise self._unauthorized(Hold.REFUSED, now, error.status) from error
        except (Unreachable, Untrusted):
            raise
        except GatewayError as error:
            asked_s = error.retry_after_s if isinstance(error, RateLimited) else None
            self._budget.limit(now, asked_s)
            self._troubles[Hold.LIMITED] = f"no login now ({error})"
            raise self._unauthorized(Hold.LIMITED, now, error.status) from error
        self._budget.accept()

    def _usual_troubles(self) -> dict[Hold, str]:
        most, variables = max(1, self._credentials.logins_per_hour), self._http.variables
        logins = "1 login" if most == 1 else f"{most} logins"
        return {
            Hold.REFUSED: f"the login was refused, see {variables}PASSWORD",
            Hold.LIMITED: "no login now, the gateway gave none when last asked",
            Hold.SPENT: f"{logins} in this hour, the limit {variables}LOGINS_PER_HOUR",
        }

    def _unauthorized(self, hold: Hold, now: float, status: int | None = None) -> Unauthorized:
        wait = span(self._budget.wait_s(now))
        return Unauthorized(f"{self._troubles[hold]}; next login attempt in {wait}", status)

    def _kept(self, now: float) -> Unauthorized:
        kept = ", kept for the bridge" if self._budget.left(now) else ""
        wait = span(self._budget.wait_s(now, guest=True))
        way_out = f"wait {wait}, or raise {self._http.variables}LOGINS_PER_HOUR"
        return Unauthorized(f"{self.left}{kept}; to try the password {way_out}")

    def _call(self, password: str) -> Call:
        body = {
            "username": self._credentials.username,
            "password": password,
            "email": self._credentials.email,
            "force_sm_off": False,
        }
        return Call("POST", "login/Basic", json.dumps(body).encode())

    def _begin(self, answer: Answer) -> None:
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer("login/Basic: the answer is not JSON", answer.status) from error
        given = said.get("token") if isinstance(said, dict) else None
        token = given if isinstance(given, str) else None
        self.open = self._authorize(token, list(answer.cookies))
        if not self.open:
            raise BadAnswer("login/Basic: the answer has no token", answer.status)
        cookies: list[Json] = [*answer.cookies]
        owner = self._credentials.username
        self._session = {"username": owner, "token": token, "cookies": cookies}
        self._store.put(_SESSION, self._session)

    def _adopted(self) -> bool:
        """Return whether another process has opened a session that this one now uses."""
        adopted = self._store.get(_SESSION) != self._session and self._resume()
        self.open = self.open or adopted
        return adopted

    def _resume(self) -> bool:
        saved = self._session = self._store.get(_SESSION)
        if not isinstance(saved, dict) or saved.get("username") != self._credentials.username:
            return False
        cookies = saved.get("cookies")
        return self._authorize(saved.get("token"), cookies if isinstance(cookies, list) else [])

    def _authorize(self, token: object, cookies: list[Json]) -> bool:
        """Use token and cookies as far as they can stand in a header; say whether any could."""
        headers = {}
        if isinstance(token, str) and re.fullmatch(r"[!-~]+", token):
            headers["Authorization"] = f"Bearer {token}"
        pairs = [text for text in cookies if isinstance(text, str)]
        if kept := [pair for pair in pairs if re.fullmatch(r"[!-~]+=[ -~]*", pair)]:
            headers["Cookie"] = "; ".join(kept)
        if headers:
            self._http.authorize(headers)
            values = (pair.partition("=")[2] for pair in kept)
            password = self._credentials.password or ""
            self._http.confide(password, token if isinstance(token, str) else "", *values)
        return bool(headers)
