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
    Unreachable,
    Untrusted,
)
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint

PATIENCE = 2  # polls in a row without a usable answer before a gateway is offline
GOOD = "ok"
FAST = frozenset(e for e in Endpoint if e.cadence is Cadence.POLL)
OUTAGE_S = 120.0  # as long as this an unreachable gateway is tried every poll interval
SLOWEST_S = 60.0
SILENT = (Unreachable, RateLimited, Untrusted)  # no path of the gateway can be asked


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
    (Unauthorized, Connection.UNAUTHORIZED),
    (Stopped, Connection.STOPPED),
    (Busy, Connection.BUSY),
)

_REMEDIES = {
    Connection.CONNECTING: "the first answer is awaited",
    Connection.UNREACHABLE: "check its power, the network and {variables}HOST",
    Connection.UNAUTHORIZED: "what needs no login is still read",
    Connection.RATE_LIMITED: "nothing is asked until the pause is over; poll less often",
    Connection.STOPPED: "the site master is down; it comes back by itself after an update, "
    "else start it in the Tesla app or with gateway/running/set",
    Connection.BUSY: "the gateway is busy, mostly with an update; wait",
    Connection.UNTRUSTED: "nothing is sent to it until it is trusted",
    Connection.ERROR: "the gateway answers, but with nothing usable",
}


@dataclass(frozen=True, slots=True)
class Permit:
    """What is known of an endpoint's availability.

    status is the last one that came; since is when the state began, ISO 8601 by the bridge's clock.
    """

    state: Capability = Capability.UNKNOWN
    status: int | None = None
    since: str | None = None

    def after(self, error: GatewayError | None, at: str) -> "Permit":
        """Return the permit after an answer; other errors than denials leave its state."""
        status = 200 if error is None else error.status or self.status
        match error:
            case None:
                state = Capability.ALLOWED
            case Denied():
                state = Capability.DENIED
            case Missing():
                state = Capability.MISSING
            case _:
                state = self.state
        return Permit(state, status, self.since if state is self.state else at)


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


class Quiet:
    """How long the whole gateway is left alone; times are seconds of a steady clock."""

    def __init__(self, poll_interval_s: float, dice: Callable[[], float]) -> None:
        self._interval_s = poll_interval_s
        self._dice = dice
        self._failing_since: float | None = None
        self._slow_down = Backoff(min(poll_interval_s * 2, SLOWEST_S), SLOWEST_S)
        self._limits = Backoff(60.0, 900.0)
        self.until = float("-inf")

    def begin(self, error: GatewayError, now: float) -> None:
        if isinstance(error, RateLimited):
            wait_s = self._limits.take()
            self.until = now + (error.retry_after_s or wait_s)
            return
        if self._failing_since is None:
            self._failing_since = now
        wait_s = self._interval_s
        if now - self._failing_since >= OUTAGE_S:
            wait_s = max(wait_s, self._slow_down.take() * (0.8 + 0.4 * self._dice()))
        self.until = now + wait_s

    def end(self) -> None:
        self.until = float("-inf")

    def answered(self) -> None:
        """Take note that the gateway speaks: the next pause is a first one again."""
        self._failing_since = None
        self._slow_down.reset()
        self._limits.reset()


class Health:
    """The standing of one gateway, fed with the outcome of every request.

    variables is how the names of the gateway's settings begin.
    """

    def __init__(
        self, poll_interval_s: float, dice: Callable[[], float], variables: str = "POWERWALL_"
    ) -> None:
        self._variables = variables
        self._quiet = Quiet(poll_interval_s, dice)
        self._last: dict[Endpoint, GatewayError | None] = {}
        self._latest: GatewayError | None = None
        self._tried: set[Endpoint] = set()
        self._usable = self._spoiled = self._missed = False
        self._misses = 0
        self._paths = {endpoint: _path_backoffs() for endpoint in Endpoint}
        self.online = False
        self.permits: dict[Endpoint, Permit] = dict.fromkeys(Endpoint, Permit())

    def heard(self, endpoint: Endpoint, moment: Moment) -> None:
        """Take note of a good answer."""
        self._last[endpoint] = self._latest = None
        self._tried.add(endpoint)
        self._usable = True
        self._quiet.answered()
        self._paths[endpoint] = _path_backoffs()
        self.permits[endpoint] = self.permits[endpoint].after(None, moment.iso)

    def failed(self, endpoint: Endpoint, error: GatewayError, asked: Moment) -> float | None:
        """Take note of a failed request; return how long to leave the endpoint alone, in seconds.

        None means that the whole gateway is to be left alone: the poll ends here. Waits count from
        the moment it was asked, so that a time-out does not stretch the interval.
        """
        wide = isinstance(error, SILENT) or self._locked_out(endpoint, error)
        self._last[endpoint] = self._latest = error
        self.permits[endpoint] = self.permits[endpoint].after(error, asked.iso)
        if self._tried or not isinstance(error, SILENT):
            self._tried.add(endpoint)
        self._usable = self._usable or isinstance(error, Stopped)
        self._missed = self._missed or wide or endpoint in FAST
        if wide:
            self._spoiled = self._spoiled or isinstance(error, Unauthorized)
            self.hold(error, asked.steady_s)
            return None
        self._quiet.answered()
        path = next((b for kind, b in self._paths[endpoint] if isinstance(error, kind)), None)
        return path.take() if path else 0.0

    def hold(self, error: GatewayError, now: float) -> None:
        """Leave the whole gateway alone for a while, as the error asks for."""
        self._latest = error
        self._quiet.begin(error, now)

    def release(self) -> None:
        """Let the next poll come at once, unless the gateway wants to be left alone (429)."""
        if not isinstance(self._latest, RateLimited):
            self._quiet.end()

    def limited(self, now: float) -> bool:
        """Return whether a 429 pause is on."""
        return isinstance(self._latest, RateLimited) and now < self._quiet.until

    @property
    def quiet_until(self) -> float:
        return self._quiet.until

    def cycle_ended(self) -> None:
        """Judge the availability after a poll; one of refused slower paths alone says nothing."""
        if self._usable and not self._spoiled:
            self._misses = 0
            self.online = True
        elif self._missed:
            self._misses += 1
            self.online = self.online and self._misses < PATIENCE
        self._usable = self._spoiled = self._missed = False

    def forget(self) -> None:
        """Forget what was denied or missing: the gateway has changed."""
        self._paths = {endpoint: _path_backoffs() for endpoint in Endpoint}

    @property
    def tried_all(self) -> bool:
        """Whether every endpoint was tried since the gateway first answered."""
        return len(self._tried) == len(Endpoint)

    @property
    def connection(self) -> Connection:
        return self._judge()[0]

    @property
    def reason(self) -> str:
        """What is wrong in plain words and what the owner can do, `ok` when well."""
        state, error = self._judge()
        if state is Connection.CONNECTED:
            return GOOD
        remedy = _REMEDIES[state].format(variables=self._variables)
        return f"{error}: {remedy}" if error else remedy

    def _locked_out(self, endpoint: Endpoint, error: GatewayError) -> bool:
        """Return whether a missing session closes the gateway: old firmware reads without one."""
        open_ = any(self._last.get(e, error) is None for e in FAST)
        return isinstance(error, Unauthorized) and (endpoint in FAST or not open_)

    def _judge(self) -> tuple[Connection, GatewayError | None]:
        if isinstance(self._latest, SILENT):
            return _state(self._latest), self._latest
        last = [(e, self._last[e]) for e in Endpoint if e in self._last]
        known = [(e, error) for e, error in last if not isinstance(error, SILENT)]
        fast = [error for e, error in known if e in FAST]
        brisk = [error for e, error in known if e.cadence is not Cadence.SLOW]
        for kind, errors in ((Unauthorized, brisk), (Stopped, fast), (Busy, fast)):
            if error := next((e for e in errors if isinstance(e, kind)), None):
                return _state(error), error
        if not fast:
            return Connection.CONNECTING, None
        return (Connection.CONNECTED, None) if None in fast else (Connection.ERROR, fast[0])

    @property
    def tier(self) -> Tier | None:
        """How much the gateway gives, None while that is not known."""
        states = {endpoint: permit.state for endpoint, permit in self.permits.items()}
        if states[Endpoint.STATUS] is Capability.MISSING:
            return Tier.RESTRICTED
        if states[Endpoint.VITALS] is Capability.ALLOWED:
            return Tier.FULL
        return None if states[Endpoint.VITALS] is Capability.UNKNOWN else Tier.NO_VITALS


def _state(error: GatewayError) -> Connection:
    return next((s for kind, s in _STATES if isinstance(error, kind)), Connection.ERROR)


def _path_backoffs() -> tuple[tuple[type[GatewayError], Backoff], ...]:
    return (
        (Busy, Backoff(60.0, 300.0)),
        (Denied, Backoff(600.0, 3600.0, growth=6)),
        (Missing, Backoff(600.0, 3600.0, growth=6)),
    )
