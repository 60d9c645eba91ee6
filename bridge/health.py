"""What happened -> connection state, availability, and how long to wait.

Pure: the caller brings the time, in seconds of a steady clock, and the dice for the jitter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import (
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    Unauthorized,
    Uncertain,
    Unreachable,
    Untrusted,
)
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint

PATIENCE = 2  # polls in a row without a usable answer before a gateway is offline
GOOD = "ok"
FAST = frozenset(e for e in Endpoint if e.cadence is Cadence.POLL)
STOPPABLE = FAST | {Endpoint.SYSTEM_STATUS}
GATEWAY_WIDE = (Unreachable, RateLimited, Untrusted, Unauthorized)


class Connection(StrEnum):
    """How the bridge stands with a gateway."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    STOPPED = "stopped"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    UNTRUSTED = "untrusted"
    ERROR = "error"


class Capability(StrEnum):
    """What a gateway lets us do with an endpoint."""

    ALLOWED = "allowed"
    DENIED = "denied"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Tier(StrEnum):
    """How much a gateway gives; restricted is a Powerwall 3 with its three paths."""

    FULL = "full"
    NO_VITALS = "no_vitals"
    RESTRICTED = "restricted"


_STATES: tuple[tuple[type[GatewayError], Connection], ...] = (
    (Untrusted, Connection.UNTRUSTED),
    (RateLimited, Connection.RATE_LIMITED),
    (Unreachable, Connection.UNREACHABLE),
    (Uncertain, Connection.UNREACHABLE),
    (Unauthorized, Connection.UNAUTHORIZED),
    (Stopped, Connection.STOPPED),
    (Busy, Connection.BUSY),
)

_REMEDIES = {
    Connection.CONNECTING: "the first answer is awaited",
    Connection.UNREACHABLE: "check its power, the network and POWERWALL_HOST",
    Connection.UNAUTHORIZED: "check POWERWALL_PASSWORD",
    Connection.RATE_LIMITED: "nothing is asked until the pause is over; poll less often",
    Connection.STOPPED: "the site master is down; it comes back by itself after an update, "
    "else start it in the Tesla app or with gateway/running/set",
    Connection.BUSY: "the gateway is busy, mostly with an update; wait",
    Connection.UNTRUSTED: "if the gateway was exchanged or reset, accept its certificate with "
    "`powerwall-mqtt check --trust`",
    Connection.ERROR: "the gateway answers, but with nothing usable",
}


@dataclass(frozen=True, slots=True)
class Permit:
    """What is known of an endpoint's availability; since is ISO 8601 by the bridge's clock."""

    state: Capability = Capability.UNKNOWN
    status: int | None = None
    since: str | None = None

    def after(self, error: GatewayError | None, at: str) -> "Permit":
        """Return the permit after an answer; an error that says nothing of it changes nothing."""
        match error:
            case None:
                state, status = Capability.ALLOWED, 200
            case Denied():
                state, status = Capability.DENIED, error.status or 403
            case Missing():
                state, status = Capability.MISSING, 404
            case _:
                return self
        if state is self.state:
            return self
        return Permit(state, status, at)


class Backoff:
    """Waits that grow from the first to the longest."""

    def __init__(self, first_s: float, longest_s: float, growth: float = 2.0) -> None:
        self._first_s, self._longest_s, self._growth = first_s, longest_s, growth
        self._next_s = first_s

    def take(self) -> float:
        wait_s = self._next_s
        self._next_s = min(wait_s * self._growth, self._longest_s)
        return wait_s

    def reset(self) -> None:
        self._next_s = self._first_s


class Health:
    """The standing of one gateway, fed with the outcome of every request."""

    def __init__(self, poll_interval_s: float, dice: Callable[[], float]) -> None:
        self._interval_s = poll_interval_s
        self._dice = dice
        self._last: dict[Endpoint, GatewayError | None] = {}
        self._latest: GatewayError | None = None
        self._usable = self._spoiled = False
        self._misses = 0
        self._failing_since: float | None = None
        self._slow_down = Backoff(poll_interval_s * 2, 60.0)
        self._limits = Backoff(60.0, 900.0)
        self._paths = {endpoint: _path_backoffs() for endpoint in Endpoint}
        self._quiet_until = float("-inf")
        self.online = False
        self.permits: dict[Endpoint, Permit] = dict.fromkeys(Endpoint, Permit())

    def heard(self, endpoint: Endpoint, moment: Moment) -> None:
        """Take note of a good answer."""
        self._last[endpoint] = self._latest = None
        self._usable = True
        self._failing_since = None
        self._slow_down.reset()
        self._limits.reset()
        self._paths[endpoint] = _path_backoffs()
        self.permits[endpoint] = self.permits[endpoint].after(None, moment.iso)

    def failed(self, endpoint: Endpoint, error: GatewayError, asked: Moment) -> float | None:
        """Take note of a failed request; return how long to leave the endpoint alone, None for not.

        Waits count from the moment it was asked, so that a time-out does not stretch the interval.
        """
        self._last[endpoint] = self._latest = error
        self.permits[endpoint] = self.permits[endpoint].after(error, asked.iso)
        self._usable = self._usable or isinstance(error, Stopped)
        self._spoiled = self._spoiled or isinstance(error, Unauthorized)
        if isinstance(error, GATEWAY_WIDE):
            self.hold(error, asked.steady_s)
            return None
        self._failing_since = None
        path = next((b for kind, b in self._paths[endpoint] if isinstance(error, kind)), None)
        return path.take() if path else None

    def hold(self, error: GatewayError, now: float) -> None:
        """Leave the whole gateway alone for a while, as the error asks for."""
        if isinstance(error, RateLimited):
            wait_s = self._limits.take()
            self._quiet_until = now + (error.retry_after_s or wait_s)
            return
        if self._failing_since is None:
            self._failing_since = now
        wait_s = self._interval_s
        if now - self._failing_since >= 120 and self._interval_s < 60:
            wait_s = self._slow_down.take() * (0.8 + 0.4 * self._dice())
        self._quiet_until = now + wait_s

    def limited(self, now: float) -> bool:
        """Return whether a 429 pause is on."""
        return isinstance(self._latest, RateLimited) and now < self._quiet_until

    @property
    def quiet_until(self) -> float:
        return self._quiet_until

    def cycle_ended(self) -> None:
        """Judge the availability after a poll."""
        if self._usable and not self._spoiled:
            self._misses = 0
            self.online = True
        else:
            self._misses += 1
            self.online = self.online and self._misses < PATIENCE
        self._usable = self._spoiled = False

    def forget(self) -> None:
        """Forget what was denied or missing: the gateway has changed."""
        self._paths = {endpoint: _path_backoffs() for endpoint in Endpoint}

    @property
    def tried_all(self) -> bool:
        return len(self._last) == len(Endpoint)

    @property
    def connection(self) -> Connection:
        return self._judge()[0]

    @property
    def reason(self) -> str:
        """What is wrong in plain words and what the owner can do, `ok` when well."""
        state, error = self._judge()
        if state is Connection.CONNECTED:
            return GOOD
        remedy = _REMEDIES[state]
        return f"{error}: {remedy}" if error else remedy

    def _judge(self) -> tuple[Connection, GatewayError | None]:
        if not self._last:
            return Connection.CONNECTING, None
        wide = self._latest if isinstance(self._latest, GATEWAY_WIDE) else None
        standing = [self._last[e] for e in Endpoint if e in self._last and e in STOPPABLE]
        errors = [error for error in (wide, *standing) if error is not None]
        for kind, state in _STATES:
            fitting = [e for e in errors if isinstance(e, kind)]
            if fitting and (kind not in (Unreachable, RateLimited, Untrusted) or wide):
                return state, fitting[0]
        if any(self._last.get(e, GatewayError("")) is None for e in FAST):
            return Connection.CONNECTED, None
        if not FAST & self._last.keys():
            return Connection.CONNECTING, None
        return Connection.ERROR, next((error for error in errors), None)

    @property
    def tier(self) -> Tier | None:
        """How much the gateway gives, None while that is not known."""
        states = {endpoint: permit.state for endpoint, permit in self.permits.items()}
        if states[Endpoint.STATUS] is Capability.MISSING:
            return Tier.RESTRICTED
        if states[Endpoint.VITALS] is Capability.ALLOWED:
            return Tier.FULL
        return None if states[Endpoint.VITALS] is Capability.UNKNOWN else Tier.NO_VITALS


def _path_backoffs() -> tuple[tuple[type[GatewayError], Backoff], ...]:
    return (
        (Busy, Backoff(60.0, 300.0)),
        (Denied, Backoff(600.0, 3600.0, growth=6)),
        (Missing, Backoff(600.0, 3600.0, growth=6)),
    )
