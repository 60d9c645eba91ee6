"""What happened -> connection state, availability, and how long to wait.

Pure: the caller brings the time, in seconds of a steady clock, and the dice for the jitter.
"""

from collections.abc import Callable

from bridge.errors import GatewayError, RateLimited
from bridge.health.permits import Capability, Permit, Tier
from bridge.health.table import (
    ALONE,
    ANSWER,
    GOOD,
    NOTHING,
    PATIENCE,
    ROWS,
    SILENCE_S,
    START,
    Connection,
    Counts,
    Readings,
    Row,
    Scope,
    row_of,
    silences,
)
from bridge.health.waits import Backoff, Pace, Quiet, Rate
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint

__all__ = [
    "FAST",
    "GOOD",
    "PATIENCE",
    "SILENCE_S",
    "Capability",
    "Connection",
    "Health",
    "Permit",
    "Rate",
    "Readings",
    "Tier",
    "row_of",
]

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
        self._poll = _Poll()
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
        self._spoke = True
        self._poll.note(endpoint, ANSWER)
        self._quiet.answered()
        self._paths[endpoint] = _backoffs()
        self.permits[endpoint] = self.permits[endpoint].after(None, moment.iso)

    def failed(self, endpoint: Endpoint, error: GatewayError, asked: Moment) -> float | None:
        """Take note of a failed request; return how long to leave the endpoint alone, in seconds.

        None means that the whole gateway is to be left alone: the poll ends here. Waits count from
        the moment it was asked, so that a time-out does not stretch the interval.
        """
        row = self._row(endpoint, error)
        wide = row is not ALONE and (silences(error) or self._locked_out(endpoint, row))
        self._last[endpoint] = error
        self._latest = self._latest if row is ALONE else error
        self.permits[endpoint] = self.permits[endpoint].after(error, asked.iso)
        if self._tried or not silences(error):
            self._tried.add(endpoint)
        self._poll.note(endpoint, row, wide=wide)
        if wide:
            self.hold(error, asked.steady_s)
            return None
        if endpoint in FAST:
            self._strained(row)
        if row is not ALONE:
            self._quiet.answered()
        backoff = self._paths[endpoint].get(row)
        return backoff.take() if backoff else 0.0

    def hold(self, error: GatewayError, now: float) -> None:
        """Leave the whole gateway alone for a while, as the error asks for."""
        self._latest = error
        self._strained(row_of(error))
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
        if self._poll.lost:
            self._misses += 1
            self.online = self.online and self._misses < PATIENCE
        elif self._poll.usable:
            self._misses = 0
            self.online = True
        self.pace.poll_ended(answered=self._poll.usable)
        self._poll = _Poll()

    def _strained(self, row: Row) -> None:
        """Slow down, once for all that happens until the gateway answers again."""
        if row.strains and self._spoke:
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
        return self._judge()[0].state or Connection.ERROR

    @property
    def reason(self) -> str:
        """What is wrong in plain words and what the owner can do, `ok` when well."""
        row, error = self._judge()
        remedy = row.remedy.format(variables=self._variables)
        return f"{error}: {remedy}" if error else remedy

    def _row(self, endpoint: Endpoint, error: GatewayError) -> Row:
        """Return the row of an error; one slower path is not the gateway, unless another agrees."""
        row = row_of(error)
        answers = self._poll.usable or (self.online and not self._misses)
        one = endpoint not in FAST and not self._poll.alone and answers
        return ALONE if one and row.state is Connection.UNREACHABLE else row

    def _locked_out(self, endpoint: Endpoint, row: Row) -> bool:
        """Return whether a missing session closes the gateway: old firmware reads without one."""
        answered = any(e in self._last and self._last[e] is None for e in FAST)
        return row.counts is Counts.SPOILED and (endpoint in FAST or not answered)

    def _judge(self) -> tuple[Row, GatewayError | None]:
        """Return the row that tells how things are, and the error that led to it."""
        if self._latest and silences(self._latest):
            return row_of(self._latest), self._latest
        last = [(e, self._last[e]) for e in Endpoint if e in self._last]
        known = [(e, error) for e, error in last if not silences(error)]
        fast = [error for e, error in known if e in FAST]
        brisk = [error for e, error in known if e.cadence is not Cadence.SLOW]
        for row in (row for row in ROWS if row.error and row.state):
            errors = fast if row.fast else brisk
            if told := [e for e in errors if e and row_of(e) is row]:
                return row, self._latest if self._latest in told else told[0]
        if not fast:
            return START, None
        return (ANSWER, None) if None in fast else (NOTHING, fast[0])

    @property
    def tier(self) -> Tier | None:
        """How much the gateway gives, None while that is not known."""
        states = {endpoint: permit.state for endpoint, permit in self.permits.items()}
        if states[Endpoint.STATUS] is Capability.MISSING:
            return Tier.RESTRICTED
        if states[Endpoint.VITALS] is Capability.ALLOWED:
            return Tier.FULL
        return None if states[Endpoint.VITALS] is Capability.UNKNOWN else Tier.NO_VITALS


class _Poll:
    """What one poll has brought so far."""

    def __init__(self) -> None:
        self.usable = self.alone = False
        self._fast_asked = self._fast_usable = self._silent = self._spoiled = False

    def note(self, endpoint: Endpoint, row: Row, *, wide: bool = False) -> None:
        usable, fast = row.counts is Counts.USABLE, endpoint in FAST
        self.usable = self.usable or usable
        self.alone = self.alone or row is ALONE
        self._fast_asked = self._fast_asked or fast
        self._fast_usable = self._fast_usable or (fast and usable)
        self._silent = self._silent or wide
        self._spoiled = self._spoiled or (wide and row.counts is Counts.SPOILED)

    @property
    def lost(self) -> bool:
        """Whether it counts against the gateway: slower paths do not make up for all fast ones."""
        useless = self._fast_asked and not self._fast_usable
        return self._spoiled or useless or (self._silent and not self.usable)


def _backoffs() -> dict[Row, Backoff]:
    return {row: Backoff(row.wait) for row in ROWS if row.scope is Scope.PATH and row.wait}
