"""What the requests to a gateway came to: the last of each endpoint, and those of one poll."""

from bridge.errors import Denied, GatewayError, Missing
from bridge.health.table import ALONE, ANSWER, NOTHING, ROWS, START, Counts, Row, row_of, silences
from bridge.parts import Cadence, Endpoint

FAST = frozenset(e for e in Endpoint if e.cadence is Cadence.POLL)


class Outcomes:
    """The last outcome of each endpoint; latest is the error that came last, None: an answer."""

    def __init__(self) -> None:
        self._last: dict[Endpoint, GatewayError | None] = {}
        self.latest: GatewayError | None = None

    def note(self, endpoint: Endpoint, error: GatewayError | None, *, latest: bool = True) -> None:
        """Take in an outcome; latest is whether it says something of the gateway as a whole."""
        self._last[endpoint] = error
        if latest:
            self.latest = error

    @property
    def open(self) -> bool:
        """Whether a path of every poll has answered when it was asked last."""
        return any(e in self._last and self._last[e] is None for e in FAST)

    def refused(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint said that it is not for us when it was asked last."""
        return isinstance(self._last.get(endpoint), Denied | Missing)

    def judge(self) -> tuple[Row, GatewayError | None]:
        """Return the row that tells how things are, and the error that led to it."""
        if self.latest and silences(self.latest):
            return row_of(self.latest), self.latest
        last = [(e, self._last[e]) for e in Endpoint if e in self._last]
        known = [(e, error) for e, error in last if not silences(error)]
        fast = [error for e, error in known if e in FAST]
        brisk = [error for e, error in known if e.cadence is not Cadence.SLOW]
        for row in (row for row in ROWS if row.error and row.state):
            errors = fast if row.fast else brisk
            if told := [e for e in errors if e and row_of(e) is row]:
                return row, self.latest if self.latest in told else told[0]
        if not fast:
            return START, None
        return (ANSWER, None) if None in fast else (NOTHING, fast[0])


class Poll:
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
    def opens(self) -> bool:
        """Whether a path of every poll has answered."""
        return self._fast_usable

    @property
    def lost(self) -> bool:
        """Whether it counts against the gateway: slower paths do not make up for all fast ones."""
        useless = self._fast_asked and not self._fast_usable
        return self._spoiled or useless or (self._silent and not self.usable)
