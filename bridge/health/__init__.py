"""What happened -> connection state, availability, and how long to wait.

Pure: the caller brings the time, in seconds of a steady clock, and the dice for the jitter.
"""

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from bridge.errors import GatewayError, RateLimited
from bridge.health.outcomes import FAST, Outcomes, Poll
from bridge.health.permits import Capability, Permit, Tier, tier_of
from bridge.health.table import (
    ALONE,
    ANSWER,
    CLOSED_S,
    GOOD,
    PATIENCE,
    SILENCE_S,
    Connection,
    Counts,
    Readings,
    Row,
    row_of,
    silences,
)
from bridge.health.waits import Backoff, Pace, Quiet, Rate
from bridge.moment import Moment
from bridge.parts import Endpoint

__all__ = [
    "CLOSED_S",
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

DOORS = FAST | {Endpoint.STATUS}  # they show that a gateway is back, or that it has restarted


class Health:
    """The standing of one gateway, fed with the outcome of every request.

    variables is how the names of the gateway's settings begin.
    """

    def __init__(
        self, poll_interval_s: float, dice: Callable[[], float], variables: str = "POWERWALL_"
    ) -> None:
        self._variables = variables
        self._quiet = Quiet(poll_interval_s, dice)
        self._outcomes = Outcomes()
        self._tried: set[Endpoint] = set()
        self._poll = Poll()
        self._misses = 0
        self._spoke = False
        self.pace = Pace()
        self._paths: dict[tuple[Endpoint, Row], Backoff] = {}
        self.online = False
        self.permits: dict[Endpoint, Permit] = dict.fromkeys(Endpoint, Permit())

    def heard(self, endpoint: Endpoint, moment: Moment) -> None:
        """Take note of a good answer."""
        self._outcomes.note(endpoint, None)
        self._tried.add(endpoint)
        self._spoke = True
        self._poll.note(endpoint, ANSWER)
        self._quiet.answered()
        if self._paths:
            self._paths = {at: wait for at, wait in self._paths.items() if at[0] is not endpoint}
        if not self.permits[endpoint].granted:
            self.permits[endpoint] = self.permits[endpoint].after(None, moment.iso)

    def needless(self, endpoint: Endpoint) -> None:
        """Take note that an endpoint need not be asked: others have said what it would say."""
        self._tried.add(endpoint)

    def failed(self, endpoint: Endpoint, error: GatewayError, asked: Moment) -> float | None:
        """Take note of a failed request; return how long to leave the endpoint alone, in seconds.

        None means that the whole gateway is to be left alone: the poll ends here. Waits count from
        the moment it was asked, so that a time-out does not stretch the interval.
        """
        row = self._row(endpoint, error)
        wide = row is not ALONE and (silences(error) or self._locked_out(endpoint, row))
        self._outcomes.note(endpoint, error, latest=row is not ALONE)
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
        if row.wait is None:
            return 0.0
        return self._paths.setdefault((endpoint, row), Backoff(row.wait)).take()

    def hold(self, error: GatewayError, now: float) -> None:
        """Leave the whole gateway alone for a while, as the error asks for."""
        self._outcomes.latest = error
        self._strained(row_of(error))
        self._quiet.begin(error, now)

    def release(self) -> None:
        """Let the next poll come at once, unless the gateway wants to be left alone (429)."""
        if not isinstance(self._outcomes.latest, RateLimited):
            self._quiet.end()

    def limited(self, now: float) -> bool:
        """Return whether a 429 pause is on."""
        return self.limited_s(now) > 0

    def limited_s(self, now: float) -> float:
        """Return for how many seconds a 429 pause goes on, 0 without one."""
        limited = isinstance(self._outcomes.latest, RateLimited)
        return max(0.0, self._quiet.until - now) if limited else 0.0

    @property
    def quiet_until(self) -> float:
        return self._quiet.until

    def cycle_ended(self) -> None:
        """Judge the availability after a poll.

        One of refused slower paths alone says nothing; nor do slower paths that answer while those
        of every poll are left alone, because none of them answered when it was asked last.
        """
        if self._poll.lost:
            self._misses += 1
            self.online = self.online and self._misses < PATIENCE
        elif self._poll.opens or (self._poll.usable and not self.closed):
            self._misses = 0
            self.online = True
        self.pace.poll_ended(answered=self._poll.usable)
        self._poll = Poll()

    def lapse(self) -> None:
        """Take note that nothing was asked for so long that only a new answer shows the gateway."""
        self.online = False
        self._poll = Poll()

    def _strained(self, row: Row) -> None:
        """Slow down, once for all that happens until the gateway answers again."""
        if row.strains and self._spoke:
            self._spoke = False
            self.pace.strain()

    def forget(self) -> None:
        """Forget what was denied or missing."""
        self._paths.clear()

    def begin_anew(self) -> None:
        """Forget also what the gateway was seen to have: it is another by now."""
        self.forget()
        self.permits.update({e: replace(p, seen=False) for e, p in self.permits.items()})

    @property
    def closed(self) -> bool:
        """Whether no path of every poll answered when it was asked last."""
        return not self._outcomes.open

    @property
    def shut(self) -> frozenset[Endpoint]:
        """The doors that denied us, or were not there, while it is closed."""
        return frozenset(e for e in DOORS if self.closed and self._outcomes.refused(e))

    @property
    def tried_main(self) -> bool:
        """Whether all was tried that something depends on, since the gateway first answered."""
        return all(endpoint in self._tried for endpoint in Endpoint if not endpoint.leisurely)

    @property
    def tried_all(self) -> bool:
        """Whether every endpoint was tried since the gateway first answered."""
        return len(self._tried) == len(Endpoint)

    @property
    def connection(self) -> Connection:
        return self._outcomes.judge()[0].state or Connection.ERROR

    @property
    def reason(self) -> str:
        """What is wrong in plain words and what the owner can do, `ok` when well."""
        row, error = self._outcomes.judge()
        pause = f"{ceil(self._quiet.pause_s)} s"
        remedy = row.remedy.format(variables=self._variables, pause=pause)
        return f"{error}; {remedy}" if error and not row.plain else remedy

    def _row(self, endpoint: Endpoint, error: GatewayError) -> Row:
        """Return the row of an error; one slower path is not the gateway, unless another agrees."""
        row = row_of(error)
        answers = self._poll.usable or (self.online and not self._misses)
        one = endpoint not in FAST and not self._poll.alone and answers
        return ALONE if one and row.state is Connection.UNREACHABLE else row

    def _locked_out(self, endpoint: Endpoint, row: Row) -> bool:
        """Return whether a missing session closes the gateway: old firmware reads without one."""
        closed = endpoint in FAST or not self._outcomes.open
        return row.counts is Counts.SPOILED and closed

    @property
    def tier(self) -> Tier | None:
        """How much the gateway gives, None while that is not known."""
        return tier_of(self.permits)
