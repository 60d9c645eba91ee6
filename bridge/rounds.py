"""One gateway's rounds: due endpoints are asked, answers judged, and what changed is told."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import inf

from bridge.census import Census
from bridge.errors import BadAnswer, Denied, GatewayError, Missing, RateLimited, Untrusted
from bridge.events import Certificates, Runs, counter_reset
from bridge.freshness import Freshness
from bridge.gateway import Gateway
from bridge.health import CLOSED_S, SILENCE_S, Health, Rate, Readings, row_of
from bridge.history import History
from bridge.identity import Identity
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.off_grid import FRESH_S, Ages
from bridge.parts import Endpoint, Meters, MetersSite, MetersSolar, Part, Status
from bridge.reporter import Reporter
from bridge.schedule import Schedule

log = logging.getLogger(__name__)

KEEP_S = 300.0
COUNTERS, ABSENCES = "counters", "absences"  # keys in the Store
TOLD = "certificate_told"
STUMBLED = "the bridge stumbled over the answer; see its log"


@dataclass(slots=True)
class Tally:
    """Figures for `bridge/health`; what a gateway has not got, or denies, is no failure."""

    polls: int = 0
    failed_polls: int = 0
    failed_requests: int = 0
    commands: int = 0


class Rounds:
    """Asks one gateway what is due; everything it knows is in its snapshot."""

    def __init__(
        self,
        gateway: Gateway,
        health: Health,
        reporter: Reporter,
        schedule: Schedule,
        identity: Identity,
    ) -> None:
        self.gateway, self.schedule, self.identity = gateway, schedule, identity
        self._now = identity.around.clock
        self._history = History(identity.around.store.get, identity.around.store.put, self._now())
        self.snapshot = identity.resume(self._history.recalled)
        self.tally, self._rate = Tally(), Rate()
        self._health, self._reporter = health, reporter
        interval_s = schedule.interval(Endpoint.METERS)
        self._freshness = Freshness(interval_s)
        self._census = Census(identity.around.store.get(ABSENCES))
        self._runs = Runs()
        self._certificates = Certificates(identity.around.store.get(TOLD))
        now_s = self._now().steady_s
        self._kept_s = now_s - KEEP_S  # the first round is kept: a run may be short
        self._rate.note(now_s, gateway.requests)
        self._heard_s: dict[Endpoint, float] = {}
        self._unusable: set[Endpoint] = set()
        self._closed, self._opened_s = False, -inf

    @property
    def next_s(self) -> float:
        """When the next endpoint is to be asked."""
        return max(self.schedule.next(), self._health.quiet_until)

    def due(self) -> list[Endpoint]:
        """Return what is to be asked now."""
        now_s = self._now().steady_s
        return self.schedule.due(now_s) if now_s >= self._health.quiet_until else []

    @property
    def ages(self) -> Ages:
        """How old grid and level are; a level that is not believed is of no age."""
        believes = self._reporter.guard.believes
        believed = believes(("battery", "level")) and believes(("battery", "level_raw"))
        level_s = self._age_s(Endpoint.SOE) if believed else inf
        return Ages(level_s, self._age_s(Endpoint.GRID_STATUS))

    def _age_s(self, endpoint: Endpoint) -> float:
        return self._now().steady_s - self._heard_s.get(endpoint, -inf)

    def go(self, due: list[Endpoint], between: Callable[[], bool]) -> None:
        """Ask the endpoints; between is called after each, and says whether to go on.

        A poll that a bug cuts short ends like any other: what is not read must not look current.
        """
        failed = self.tally.failed_requests
        try:
            self._ask(due, between)
        finally:
            self.tally.polls += 1
            self.tally.failed_polls += self.tally.failed_requests > failed
            self._end_poll()

    def _ask(self, due: list[Endpoint], between: Callable[[], bool]) -> None:
        try:
            self.gateway.settle()
        except RateLimited as error:
            self._health.hold(error, self._now().steady_s)
        spared = False  # one that can wait is asked in any case, else it would wait for ever
        for endpoint in due:
            now_s = self._now().steady_s
            if spared and not self.schedule.allows(endpoint, now_s):
                continue
            if not self.snapshot.needs(endpoint):
                self.schedule.asked(endpoint, now_s)
                self._health.needless(endpoint)
                continue
            if self._health.limited(now_s) or not self._read(endpoint):
                break
            spared = spared or endpoint.leisurely
            if not between():
                break

    def _end_poll(self) -> None:
        self._health.cycle_ended()
        self._follow_pace()
        self._knock()
        self.rest()
        if self._health.tried_main:
            if self._health.online:
                self.snapshot = self.identity.recall(self.snapshot)
            self.identity.choose(self.snapshot, online=self._health.online)
            self.identity.keep(self.snapshot)
        self.identity.share(self.snapshot, online=self._health.online)
        self._reporter.documents(self._health, self.snapshot, self._now())
        self._reporter.settle(self._health, self.snapshot)
        self._reporter.standing(self._health, self.snapshot)
        self._reporter.poll_ended(self._health, self.snapshot)
        if self._now().steady_s - self._kept_s >= KEEP_S:
            self.keep()

    @property
    def figures(self) -> dict[str, float]:
        """What `bridge/health` says of this gateway."""
        return {
            **asdict(self.tally),
            "requests": self.gateway.requests,
            "logins": self.gateway.logins,
            "requests_per_minute": self._rate.per_minute,
            "poll_interval_s": self.schedule.interval(Endpoint.METERS),
            "rejected_values": self._reporter.guard.doubts.rejected.total(),
        }

    def _follow_pace(self) -> None:
        """Ask less often while the gateway is strained, and as often as set when it is not."""
        before_s = self.schedule.interval(Endpoint.METERS)
        self.schedule.stretch(self._health.pace.factor)
        after_s = self.schedule.interval(Endpoint.METERS)
        if after_s != before_s:
            log.info("%s: polled every %g s from now on", self._reporter.name, after_s)

    def _knock(self) -> None:
        """Leave nothing alone for long while all is closed; what opens again is asked anew."""
        self.schedule.hasten(self._health.shut, self._now().steady_s + CLOSED_S)
        if self._closed and not self._health.closed:
            self._opened_s = self._now().steady_s
            self._health.forget()
            self.schedule.resume_all()
            poll_s = self.schedule.interval(Endpoint.METERS)
            old = [e for e, at_s in self._heard_s.items() if self._opened_s - at_s >= poll_s]
            self.schedule.hurry(old, self._opened_s)
        self._closed = self._health.closed

    def absorb(self, snapshot: Snapshot) -> None:
        """Go on with a snapshot from which is known what became of the commands."""
        now = self._now()
        if snapshot is not self.snapshot:
            heard = snapshot.differs(self.snapshot, parts_only=True)
            for endpoint in heard:
                self._heard(endpoint, now)
            self._take(snapshot, heard)
        level = self.snapshot.level_percent if self.ages.level_s <= FRESH_S else None
        self._take(self._history.follow(self.snapshot, level, now))
        self._reporter.events(self._history.events(self.snapshot, now))

    def rest(self) -> None:
        """Do what is due when nothing is to be asked."""
        self._rate.note(self._now().steady_s, self.gateway.requests)
        self._silence()

    def _silence(self) -> None:
        """Forget readings whose endpoint has said nothing for too long, while others speak."""
        now_s = self._now().steady_s
        opening = now_s - self._opened_s < self.schedule.interval(Endpoint.METERS)
        if opening or not self._health.online:
            return  # what was left alone while all was closed is asked with the next poll
        snapshot = self.snapshot
        for endpoint, heard_s in list(self._heard_s.items()):
            if now_s - heard_s > max(3 * self.schedule.interval(endpoint), SILENCE_S):
                del self._heard_s[endpoint]
                self._reporter.annex.forget(endpoint)
                snapshot = snapshot.unheard(endpoint)
        self._take(snapshot)

    def _read(self, endpoint: Endpoint) -> bool:
        """Ask one endpoint; return whether the next may be asked."""
        asked = self._now()
        self.schedule.asked(endpoint, asked.steady_s)
        trouble: GatewayError | None = BadAnswer(f"{endpoint}: {STUMBLED}")
        try:
            self._answered(endpoint, self.gateway.read(endpoint))
            trouble = None
        except GatewayError as error:
            trouble = error
        finally:
            goes_on = trouble is None or self._failed(endpoint, trouble, asked)
        return goes_on

    def _answered(self, endpoint: Endpoint, part: Part) -> None:
        now = self._now()
        restarted = isinstance(part, Status) and self._restarted(part, now)
        if isinstance(part, Meters):
            part = self._freshness.judge(part, now.steady_s)
        if isinstance(part, MetersSite | MetersSolar):
            part = self._freshness.judge_lines(part, now.steady_s)
        self._take(self.snapshot.with_part(part, now.iso), frozenset({endpoint}))
        self._heard(endpoint, now)
        if restarted:
            self._health.begin_anew()
            self.schedule.resume_all()
        self._tell(endpoint, now)

    def _tell(self, endpoint: Endpoint, now: Moment) -> None:
        """Say what an answer means beside its values: events, and devices that are gone."""
        for words in self._freshness.take_news():
            log.warning("%s: %s", self._reporter.name, words)
        resets = self._reporter.guard.doubts.take_resets()
        self._reporter.events(counter_reset(reset, now.iso) for reset in resets)
        for kind, key in self._census.note(endpoint, self.snapshot, now.steady_s):
            self.snapshot = self.identity.forget(self.snapshot, kind, key)
        if resets:
            self.keep()

    def keep(self) -> None:
        """Put what has to outlive this run into the Store."""
        self._kept_s = self._now().steady_s
        store = self.identity.around.store
        store.put(COUNTERS, self._reporter.guard.saved)
        store.put(ABSENCES, self._census.saved)
        self._history.keep(self.snapshot)

    def _heard(self, endpoint: Endpoint, now: Moment) -> None:
        self._health.heard(endpoint, now)
        if self._certificates.trusted():
            self.identity.around.store.put(TOLD, None)
        self._reporter.annex.heard(endpoint, self.gateway.take(endpoint), now)
        self._unusable.discard(endpoint)
        self._heard_s[endpoint] = now.steady_s
        self.schedule.resume(endpoint)

    def _failed(self, endpoint: Endpoint, error: GatewayError, asked: Moment) -> bool:
        self.tally.failed_requests += not isinstance(error, Missing | Denied)
        self._reporter.annex.record.failed(error)
        news = isinstance(error, BadAnswer) and endpoint not in self._unusable
        log.log(logging.WARNING if news else logging.DEBUG, "%s: %s", self._reporter.name, error)
        if news:
            self._unusable.add(endpoint)
        if isinstance(error, Untrusted):
            self._reporter.events(self._certificates.refused(error.fingerprint, asked.iso))
            self.identity.around.store.put(TOLD, self._certificates.told)
        pause_s = self._health.failed(endpoint, error, asked)
        if pause_s is None:
            self.schedule.hurry({endpoint}, asked.steady_s)  # it is as due as it was
            return False
        self.schedule.pause(endpoint, asked.steady_s + pause_s)
        if row_of(error).readings is Readings.GONE:
            self._reporter.annex.forget(endpoint)
            self._take(self.snapshot.silenced(endpoint))
        if isinstance(error, Missing | Denied):
            self._take(self.snapshot.refusing(endpoint))
        return True

    def _take(self, snapshot: Snapshot, heard: frozenset[Endpoint] = frozenset()) -> None:
        """Go on with a newer snapshot and publish what it changes; heard are those that spoke."""
        before, self.snapshot = self.snapshot, snapshot
        if snapshot is before:
            return
        if changed := snapshot.differs(before):
            self._reporter.readings(snapshot, self._now(), changed, heard)

    def _restarted(self, status: Status, now: Moment) -> bool:
        """Return whether the gateway has restarted or was updated: it may permit other things."""
        before, began = self.snapshot.status, self._runs.began(status, now.steady_s)
        if not began and (before is None or status.version == before.version):
            return False
        log.info("%s has restarted with firmware %s", self._reporter.name, status.version)
        return True
