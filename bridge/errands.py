"""Reads of a gateway for the sake of raw answers: what somebody asks for, and paths of no endpoint.

One at a time, through the same session and with the same pauses as all other requests.
"""

import logging
from collections import deque
from collections.abc import Callable
from math import inf

from bridge.desk import Desk, told
from bridge.documents import Document
from bridge.errors import GatewayError, RateLimited
from bridge.health import SILENCE_S, Health, Readings, row_of
from bridge.health.table import ALONE, Row
from bridge.health.waits import Backoff
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.orders import LEFT_ALONE, STALE_S, Outcome, Result
from bridge.parts import Endpoint
from bridge.raw import PATHS, Request, without_endpoint
from bridge.reporter import Reporter
from bridge.schedule import Schedule
from bridge.topics import NONE, Message

REQUEST_S = 5.0
_SHOWN = 100  # characters of what was asked for that an answer repeats

log = logging.getLogger(__name__)


class Rest:
    """The wanted paths that no endpoint is, read at the slow interval."""

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
        self._due = dict.fromkeys(without_endpoint(reporter.annex.wanted.raw), -inf)
        self._backoffs: dict[tuple[str, Row], Backoff] = {}
        self._heard_s: dict[str, float] = {}  # when, at the latest, it was last true
        self._complained: set[str] = set()
        self._run: tuple[str | None, str | None] | None = None

    def poll_ended(self, snapshot: Snapshot, now: Moment) -> None:
        """Read one path that is due, not more in a poll; say `None` for one long not heard."""
        online = self._health.online and now.steady_s >= self._health.quiet_until
        if not self._due or not online:
            return
        self._follow(snapshot)
        for path in self._due:
            heard_s = self._heard_s.setdefault(path, now.steady_s)
            if now.steady_s - heard_s > max(3 * self._interval_s, SILENCE_S):
                self._gone(path)
        path = min(self._due, key=self._due.__getitem__)
        if self._due[path] <= now.steady_s:
            self._read(path, now)

    def _read(self, path: str, now: Moment) -> None:
        try:
            document = self._fetch(path, now)
        except GatewayError as error:
            self._failed(path, error, now)
            return
        self.heard(path, now)
        self._reporter.beside([Message(self._topics.raw(path), document.text or NONE)])

    @property
    def _interval_s(self) -> float:
        return self._schedule.interval(Endpoint.SITE_INFO)

    def _follow(self, snapshot: Snapshot) -> None:
        """Ask everything anew after a restart or an update: the gateway may permit other things."""
        status = snapshot.status
        run = (status.version, status.started) if status else None
        if run != self._run:
            self._run = run
            self._backoffs.clear()
            self._due = dict.fromkeys(self._due, -inf)

    def heard(self, path: str, now: Moment) -> None:
        """Take note that a path has answered, if it is one of these."""
        if path not in self._due:
            return
        self._due[path] = now.steady_s + self._interval_s
        self._heard_s[path] = now.steady_s
        self._reporter.annex.shown.add(self._topics.raw(path))
        self._complained.discard(path)
        self._backoffs = {at: wait for at, wait in self._backoffs.items() if at[0] != path}

    def _failed(self, path: str, error: GatewayError, now: Moment) -> None:
        level = logging.DEBUG if path in self._complained else logging.WARNING
        self._complained.add(path)
        log.log(level, "%s: %s", self._reporter.name, error)
        row = row_of(error)
        wait = row.wait or ALONE.wait
        if wait is not None:
            pause_s = self._backoffs.setdefault((path, row), Backoff(wait)).take()
            self._due[path] = now.steady_s + (pause_s or self._interval_s)
        if row.readings is Readings.GONE:
            self._gone(path)

    def _gone(self, path: str) -> None:
        topic = self._topics.raw(path)
        if topic in self._reporter.annex.shown:
            self._reporter.beside([Message(topic, NONE)])


class Errands:
    """Runs the errands of one gateway."""

    def __init__(self, desk: Desk, reporter: Reporter, schedule: Schedule) -> None:
        self._desk, self._reporter = desk, reporter
        self._topics = reporter.place.topics
        self._wanted = reporter.annex.wanted.raw
        self._rest = Rest(desk.health, reporter, schedule, self._fetch)
        self._waiting: deque[Request] = deque()
        self._asked_s = -inf
        self._strained = False

    def poll_ended(self, snapshot: Snapshot, now: Moment) -> None:
        """Read one path that is due, not more in a poll."""
        self._rest.poll_ended(snapshot, now)

    def accept(self, request: Request, now: Moment) -> None:
        """Let a request wait for its turn, or refuse it in words."""
        if objection := self._objection(request, now):
            self._answer(request, Outcome.REFUSED, objection, now)
            return
        self._asked_s = now.steady_s
        self._waiting.append(request)

    def _objection(self, request: Request, now: Moment) -> str | None:
        if request.path not in PATHS:
            return f"not a path that is passed on; allowed: {' '.join(PATHS)}"
        if self._desk.health.limited(now.steady_s):
            return LEFT_ALONE
        if now.steady_s - self._asked_s < REQUEST_S:
            return f"at most one read in {REQUEST_S:g} s"
        return None

    def serve(self, clock: Callable[[], Moment]) -> None:
        """Carry out the requests that wait."""
        while self._waiting:
            request, now = self._waiting.popleft(), clock()
            waited_s = now.steady_s - request.arrived_s
            if waited_s > STALE_S:
                reason = f"stale: it waited {waited_s:.0f} s for the gateway"
                self._answer(request, Outcome.REFUSED, reason, now)
            elif self._desk.health.limited(now.steady_s):
                self._answer(request, Outcome.REFUSED, LEFT_ALONE, now)
            else:
                self._carry_out(request, now, clock)

    def _carry_out(self, request: Request, asked: Moment, clock: Callable[[], Moment]) -> None:
        try:
            document = self._fetch(request.path, asked)
        except GatewayError as error:
            refused = error.status is not None and 400 <= error.status < 500
            outcome = Outcome.REFUSED if refused else Outcome.FAILED
            words = told(error) or str(error)
            self._answer(request, outcome, words, clock(), status=error.status)
            return
        text = document.text or ""
        self._rest.heard(request.path, clock())
        retain = request.path in self._wanted
        self._reporter.answer(Message(self._topics.raw(request.path), text, 1, retain))
        if reply := request.reply:
            self._reporter.answer(
                Message(reply.topic, text, 1, retain=False, correlation=reply.correlation)
            )

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
