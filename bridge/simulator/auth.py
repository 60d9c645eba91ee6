"""Who is asking: logins, sessions and roles."""

import base64
import math
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from bridge.simulator.exchange import Answer, Call
from bridge.simulator.layers import Layers
from bridge.simulator.moment import Json, rfc3339
from bridge.simulator.profiles import Profile
from bridge.simulator.site import Site

USERNAME = "customer"
OWNER = "Home_Owner"
ENGINEER = "Provider_Engineer"
_ENGINEERS = ("installer", "engineer", "admin")


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long sessions last: this many requests or seconds after the newest login.

    status is what a request gets that comes with an ended session.
    """

    requests: float = math.inf
    seconds: float = math.inf
    status: int = 403


class Sessions:
    """The sessions of one gateway. They live in memory: a reboot ends them all.

    expiries are what lets them end by themselves.
    """

    def __init__(self, site: Site) -> None:
        self.expiries: Layers[Expiry] = Layers()
        self._site = site
        self._roles: dict[str, str] = {}
        self._opened_at, self._requests = 0.0, 0

    @property
    def expiry(self) -> Expiry:
        """All expiries in one: the first to come ends the sessions, the newest has the status."""
        on = [Expiry(), *self.expiries]
        return Expiry(
            min(one.requests for one in on), min(one.seconds for one in on), on[-1].status
        )

    def login(self, call: Call, now: float) -> Answer:
        """Answer POST login/Basic; a status of 200 has opened a session."""
        given = call.fields()
        refused = self._refused(str(given.get("username", "")), str(given.get("password", "")))
        if refused is not None:
            return Answer.failed(401, refused, "Login Error")
        token = base64.urlsafe_b64encode(secrets.token_bytes(64)).decode()
        old = self._site.profile.installer_login
        self._roles[token] = ENGINEER if old else OWNER
        self._opened_at, self._requests = now, 0
        document: dict[str, Json] = {
            "email": None if old else str(given.get("email", "")),
            "firstname": "Tesla",
            "lastname": "Energy",
            "roles": [self._roles[token]],
            "token": token,
            "provider": "Basic",
        }
        if old:
            return Answer.of(document)
        answer = Answer.of(document | {"loginTime": rfc3339(now, 123456789)})
        cookies = _cookies(token) if self._site.profile.cookies else ()
        return Answer(200, answer.body, answer.headers + cookies)

    def role(self, call: Call) -> str | None:
        """Return the role of the session that a request carries, as bearer or as cookie."""
        return self._roles.get(_token(call, self._site.profile))

    def logout(self, call: Call) -> Answer:
        """End the session that the request carries; without one the answer is the same."""
        self._roles.pop(_token(call, self._site.profile), None)
        return Answer(204)

    def age(self, now: float) -> None:
        """Take note of a request; end the sessions when they are too old."""
        self._requests += 1
        expiry = self.expiry
        if self._requests > expiry.requests or now - self._opened_at >= expiry.seconds:
            self.expire()

    def expire(self) -> None:
        self._roles.clear()

    def _refused(self, username: str, password: str) -> str | None:
        if self._site.profile.installer_login:
            return None if password == self._site.password else "Invalid Credentials"
        if username in _ENGINEERS:
            return f"roles [{ENGINEER}] require physical access"
        good = username == USERNAME and password == self._site.password
        return None if good else "bad credentials"


def _token(call: Call, profile: Profile) -> str:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if not profile.cookies:
        return ""
    try:
        cookie = SimpleCookie(call.headers.get("cookie", "")).get("AuthCookie")
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _cookies(token: str) -> tuple[tuple[str, str], ...]:
    record = base64.b64encode(secrets.token_bytes(240)).decode()
    return (
        ("set-cookie", f"AuthCookie={token}; Path=/"),
        ("set-cookie", f"UserRecord={record}; Path=/"),
    )
