"""Reads of a gateway for the sake of raw answers: what somebody asks for, and paths of no endpoint.

One at a time, through the same session and with the same pauses as all other requests.
"""

import logging
from collections.abc import Callable
from math import ceil, inf

from bridge.desk import STOPPED, Desk, told
from bridge.documents import Document
from bridge.errors import GatewayError, Missing, RateLimited
from bridge.health import SILENCE_S, Health, Readings, row_of
from bridge.health.table import ALONE, NO_WAIT, Row
from bridge.health.waits import Backoff
from bridge.ledger import Outcome, Result
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.orders import STALE_S, left_alone
from bridge.parts import Endpoint
from bridge.raw import Request, objection, without_endpoint
from bridge.reporter import Reporter
from bridge.schedule import Schedule
from bridge.topics import NONE, Message

REQUEST_S = 5.0
_SHOWN = 100  # characters of what was asked for that an answer repeats

log = logging.getLogger(__name__)


def _words(error: GatewayError, pause_s: float = 0.0) -> str:
    return told(error, pause_s) or str(error)


class Pauses:
    """How long each path is left alone after it failed, as the table of states says."""

    def __init__(self) -> None:
        self._backoffs: dict[tuple[str, Row], Backoff] = {}
        self._until_s: dict[str, float] = {}
        self._errors: dict[str, GatewayError] = {}

    def begin(self, path: str, error: GatewayError, now: Moment) -> float:
        """Leave a path alone; return for how many seconds."""
        row = row_of(error)
        wait = row.wait or ALONE.wait or NO_WAIT
        pause_s = self._backoffs.setdefault((path, row), Backoff(wait)).take()
        self._until_s[path], self._errors[path] = now.steady_s + pause_s, error
        return pause_s

    def objection(self, path: str, now: Moment) -> str | None:
        """Return why a path is not to be asked now, None for one that may be."""
        left_s = self._until_s.get(path, -inf) - now.steady_s
        if left_s <= 0:
            return None
        return f"{_words(self._errors[path])}; it can be asked again in {ceil(left_s)} s"

    def end(self, path: str) -> None:
        self._until_s.pop(path, None)
        self._backoffs = {at: wait for at, wait in self._backoffs.items() if at[0] != path}

    def clear(self) -> None:
        self._until_s.clear()
        self._errors.clear()
        self._backoffs.clear()


class Rest:
    """What is known of paths that are read beside the endpoints' own turns.

    The wanted ones that no endpoint is are read at the slow interval. What a request brought of an
    endpoint stays true as long as an answer of its own would, unless that comes in between.
    """

    def __init__(
        self,
        health: Health,
        reporter: Reporter,
        schedule: Schedule,
        fetch: Callable[[str, Moment], Document],
    ) -> None:
        self._health, self._reporter = health, reporter
        self._schedule, self._fetch = schedule, fetch
        self._topics = reporter.place.topics
        self._wanted = reporter.annex.wanted.raw
        self._due = dict.fromkeys(without_endpoint(self._wanted), -inf)
        self.pauses = Pauses()
        self._heard_s: dict[str, float] = {}  # when, at the latest, it was last true
        self._complained: set[str] = set()
        self._run: tuple[str | None, str | None] | None = None

    def poll_ended(self, snapshot: Snapshot, now: Moment) -> None:
        """Read one path that is due, not more in a poll; say `None` for one long not heard."""
        if not self._health.online or now.steady_s < self._health.quiet_until:
            return
        self._follow(snapshot)
        self._silence(now)
        path = min(self._due, key=self._due.__getitem__, default=None)
        if path is not None and self._due[path] <= now.steady_s:
            self._read(path, now)

    def _silence(self, now: Moment) -> None:
        for path in self._due:
            self._heard_s.setdefault(path, now.steady_s)
        for path, heard_s in list(self._heard_s.items()):
            if path not in self._due and self._reporter.annex.holds(path):
                del self._heard_s[path]  # its endpoint speaks again: the annex looks after it
            elif now.steady_s - heard_s > max(3 * self._interval_s(path), SILENCE_S):
                self._gone(path)

    def _read(self, path: str, now: Moment) -> None:
        try:
            document = self._fetch(path, now)
        except GatewayError as error:
            self._complain(path, error)
            self.failed(path, error, now)
            return
        self.heard(path, now)
        self._reporter.beside([Message(self._topics.raw(path), document.text or NONE)])

    def _complain(self, path: str, error: GatewayError) -> None:
        """Log once what is wrong; that a firmware has not got a path is no trouble."""
        if path in self._complained:
            log.debug("%s: %s", self._reporter.name, error)
        elif isinstance(error, Missing):
            log.info("%s: %s is not in this firmware", self._reporter.name, path)
        else:
            log.warning("%s: %s", self._reporter.name, error)
        self._complained.add(path)

    def _interval_s(self, path: str) -> float:
        spoken = next((e for e in Endpoint if e == path), Endpoint.SITE_INFO)
        return self._schedule.interval(spoken)

    def _follow(self, snapshot: Snapshot) -> None:
        """Ask everything anew after a restart or an update: the gateway may permit other things."""
        status = snapshot.status
        run = (status.version, status.started) if status else None
        if run != self._run:
            self._run = run
            self.pauses.clear()
            self._due = dict.fromkeys(self._due, -inf)

    def heard(self, path: str, now: Moment) -> None:
        """Take note that a path has answered."""
        self.pauses.end(path)
        self._complained.discard(path)
        if path in self._wanted:
            self._heard_s[path] = now.steady_s
            self._reporter.annex.shown.add(self._topics.raw(path))
        if path in self._due:
            self._due[path] = now.steady_s + self._interval_s(path)

    def failed(self, path: str, error: GatewayError, now: Moment) -> None:
        """Take note that a path has not answered, and leave it alone for a while."""
        pause_s = self.pauses.begin(path, error, now)
        if path in self._due:
            self._due[path] = now.steady_s + (pause_s or self._interval_s(path))
        if row_of(error).readings is Readings.GONE:
            self._gone(path)

    def _gone(self, path: str) -> None:
        topic = self._topics.raw(path)
        if topic in self._reporter.annex.shown:
            self._reporter.beside([Message(topic, NONE)])


class Errands:
    """Runs the errands of one gateway; a request waits until no poll does."""

    def __init__(self, desk: Desk, reporter: Reporter, schedule: Schedule) -> None:
        self._desk, self._reporter = desk, reporter
        self._topics = reporter.place.topics
        self._wanted = reporter.annex.wanted.raw
        self._rest = Rest(desk.health, reporter, schedule, self._fetch)
        self._waiting: Request | None = None
        self._in_hand: Request | None = None
        self._asked_s = -inf  # when the last read for a request came to its end
        self._strained = False

    def poll_ended(self, snapshot: Snapshot, now: Moment) -> None:
        """Read one path that is due, not more in a poll."""
        self._rest.poll_ended(snapshot, now)

    def accept(self, request: Request, now: Moment) -> None:
        """Let a request wait for its turn, or refuse it in words."""
        if words := self._objection(request, now):
            self._answer(request, Outcome.REFUSED, words, now)
            return
        self._waiting = request

    def turn_away(self, request: Request, now: Moment) -> None:
        """Say that a request brings nothing any more: the bridge stops."""
        self._answer(request, Outcome.FAILED, STOPPED, now)

    def dismiss(self, now: Moment) -> None:
        """Say so of the one that is being read, and of the one that waits."""
        asked, self._waiting, self._in_hand = (self._in_hand, self._waiting), None, None
        for request in filter(None, asked):
            self.turn_away(request, now)

    def _objection(self, request: Request, now: Moment) -> str | None:
        if words := objection(request.path):
            return words
        if pause_s := self._desk.health.limited_s(now.steady_s):
            return left_alone(pause_s)
        if self._waiting or now.steady_s - self._asked_s < REQUEST_S:
            return f"at most one read in {REQUEST_S:g} s"
        return self._rest.pauses.objection(request.path, now)

    def serve(self, clock: Callable[[], Moment], *, room: bool) -> None:
        """Carry out the request that waits; without room before the next poll it waits on."""
        if self._waiting is None:
            return
        request, self._waiting = self._waiting, None
        now = clock()
        waited_s = now.steady_s - request.arrived_s
        if waited_s > STALE_S:
            reason = f"stale: it waited {waited_s:.0f} s for the gateway"
            self._answer(request, Outcome.REFUSED, reason, now)
        elif pause_s := self._desk.health.limited_s(now.steady_s):
            self._answer(request, Outcome.REFUSED, left_alone(pause_s), now)
        elif room:
            self._carry_out(request, now, clock)
        else:
            self._waiting = request

    def _carry_out(self, request: Request, asked: Moment, clock: Callable[[], Moment]) -> None:
        self._in_hand = request
        try:
            document = self._fetch(request.path, asked)
        except GatewayError as error:
            self._rest.failed(request.path, error, clock())
            if not self._ended(request):
                return
            refused = error.status is not None and 400 <= error.status < 500
            outcome = Outcome.REFUSED if refused else Outcome.FAILED
            now = clock()
            reason = _words(error, self._desk.health.limited_s(now.steady_s))
            self._answer(request, outcome, reason, now, status=error.status)
            return
        finally:
            self._asked_s = clock().steady_s
        text = document.text or ""
        self._rest.heard(request.path, clock())
        if not self._ended(request):
            return
        retain = request.path in self._wanted
        self._reporter.answer(Message(self._topics.raw(request.path), text, 1, retain))
        if reply := request.reply:
            self._reporter.answer(
                Message(reply.topic, text, 1, retain=False, correlation=reply.correlation)
            )

    def _ended(self, request: Request) -> bool:
        """Take note that a read came to its end; return whether it is still to be answered."""
        mine, self._in_hand = self._in_hand is request, None
        return mine

    def _fetch(self, path: str, now: Moment) -> Document:
        try:
            return self._desk.gateway.fetch(path)
        except RateLimited as error:
            self._desk.health.hold(error, now.steady_s)
            self._strained = True
            raise

    def strained(self) -> bool:
        """Return whether the gateway asked to be left alone since this was asked last."""
        strained, self._strained = self._strained, False
        return strained

    def _answer(
        self,
        request: Request,
        outcome: Outcome,
        reason: str,
        now: Moment,
        *,
        status: int | None = None,
    ) -> None:
        """Say why a request brought nothing, to all and to who asked."""
        result = Result(
            id=self._desk.orders.make_id(),
            command=f"api/{request.path[:_SHOWN]}",
            requested=request.payload[:_SHOWN].decode("utf-8", "replace"),
            status=outcome,
            at=now.iso,
            reason=reason,
            http_status=status,
            replies=(request.reply,) if request.reply else (),
        )
        self._reporter.results([result])
