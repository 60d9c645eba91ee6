"""What happened -> connection state, availability, and how long to wait.

Pure: the caller brings the time, in seconds of a steady clock, and the dice for the jitter.
"""

from collections.abc import Callable

from bridge.errors import Busy, GatewayError, RateLimited, TimedOut, Unauthorized
from bridge.health.table import (
    GOOD,
    REMEDIES,
    ROWS,
    SILENT,
    Capability,
    Connection,
    Permit,
    Row,
    Scope,
    Tier,
    row_of,
    state_of,
)
from bridge.health.waits import Backoff, Pace, Quiet, Rate
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint

__all__ = [
    "FAST",
    "GOOD",
    "PATIENCE",
    "Capability",
    "Connection",
    "Health",
    "Permit",
    "Rate",
    "Tier",
]

PATIENCE = 2  # polls in a row without a usable answer before a gateway is offline
FAST = frozenset(e for e in Endpoint if e.cadence is Cadence.POLL)


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
        self._spoke = False
        self.pace = Pace()
        self._paths = {endpoint: _backoffs() for endpoint in Endpoint}
        self.online = False
        self.permits: dict[Endpoint, Permit] = dict.fromkeys(Endpoint, Permit())

    def heard(self, endpoint: Endpoint, moment: Moment) -> None:
        """Take note of a good answer."""
        self._last[endpoint] = self._latest = None
        self._tried.add(endpoint)
        self._usable = self._spoke = True
        self._quiet.answered()
        self._paths[endpoint] = _backoffs()
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
        row = row_of(error)
        self._usable = self._usable or bool(row and row.usable)
        self._missed = self._missed or wide or endpoint in FAST
        if isinstance(error, Busy) and endpoint in FAST:
            self._strained(error)
        if wide:
            self._spoiled = self._spoiled or isinstance(error, Unauthorized)
            self.hold(error, asked.steady_s)
            return None
        self._quiet.answered()
        backoff = self._paths[endpoint].get(row) if row else None
        return backoff.take() if backoff else 0.0

    def hold(self, error: GatewayError, now: float) -> None:
        """Leave the whole gateway alone for a while, as the error asks for."""
        self._latest = error
        self._strained(error)
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
        self.pace.poll_ended()

    def _strained(self, error: GatewayError) -> None:
        """Slow down, once for all that happens until the gateway answers again."""
        if isinstance(error, RateLimited | TimedOut | Busy) and self._spoke:
            self._spoke = False
            self.pace.strain()

    def forget(self) -> None:
        """Forget what was denied or missing: the gateway has changed."""
        self._paths = {endpoint: _backoffs() for endpoint in Endpoint}

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
        remedy = REMEDIES[state].format(variables=self._variables)
        return f"{error}: {remedy}" if error else remedy

    def _locked_out(self, endpoint: Endpoint, error: GatewayError) -> bool:
        """Return whether a missing session closes the gateway: old firmware reads without one."""
        open_ = any(self._last.get(e, error) is None for e in FAST)
        return isinstance(error, Unauthorized) and (endpoint in FAST or not open_)

    def _judge(self) -> tuple[Connection, GatewayError | None]:
        if isinstance(self._latest, SILENT):
            return state_of(self._latest), self._latest
        last = [(e, self._last[e]) for e in Endpoint if e in self._last]
        known = [(e, error) for e, error in last if not isinstance(error, SILENT)]
        fast = [error for e, error in known if e in FAST]
        brisk = [error for e, error in known if e.cadence is not Cadence.SLOW]
        for row in (row for row in ROWS if row.state):
            errors = fast if row.fast else brisk
            if error := next((e for e in errors if isinstance(e, row.error)), None):
                return state_of(error), error
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


def _backoffs() -> dict[Row, Backoff]:
    return {row: Backoff(row.wait) for row in ROWS if row.scope is Scope.PATH and row.wait}
