"""One gateway's loop: commands, due endpoints, publish what changed."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from bridge.changes import device_of
from bridge.desk import Desk
from bridge.errors import BadAnswer, GatewayError, Missing, Stopped
from bridge.gateway import Gateway
from bridge.inventory import Inherited
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.orders import Incoming, Order
from bridge.parts import Endpoint, Part, Status
from bridge.readings import Kind
from bridge.reporter import Reporter
from bridge.schedule import Schedule
from bridge.state import Store
from bridge.verification import shown_in
from bridge.words import segment

log = logging.getLogger(__name__)

SILENCE_S = 60.0
LONGEST_WAIT_S = 30.0  # so that a stuck loop can be told from a waiting one
AFTER_A_BUG_S = 5.0


class Stop:
    """Put into the inbox to end the loop."""


@dataclass(slots=True)
class Tally:
    """Figures for `bridge/health`."""

    polls: int = 0
    failed_polls: int = 0
    requests: int = 0
    failed_requests: int = 0
    commands: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a poller is given by the application.

    claim(key) returns the name of another gateway that has this site key already, else None.
    """

    clock: Callable[[], Moment]
    claim: Callable[[str], str | None]
    store: Store
    site_id: str | None = None
    id_variable: str = "POWERWALL_ID"


class Poller:
    """Reads one gateway for ever; everything it knows is in its snapshot."""

    def __init__(
        self,
        gateway: Gateway,
        desk: Desk,
        reporter: Reporter,
        schedule: Schedule,
        around: Surroundings,
    ) -> None:
        self.inbox: SimpleQueue[Incoming | Inherited | Stop] = SimpleQueue()
        self.tally = Tally()
        self.gateway = gateway
        self.snapshot = Snapshot()
        self.beat_s = around.clock().steady_s
        self._desk, self._reporter, self._schedule = desk, reporter, schedule
        self._health = desk.health
        self._around, self._now = around, around.clock
        self._heard_s: dict[Endpoint, float] = {}
        self._unusable: set[Endpoint] = set()
        self._in_hand: Order | None = None
        self._earlier: list[tuple[Kind, str]] = []
        self._stopping = False

    @property
    def queue(self) -> int:
        return len(self._desk.orders)

    def run(self) -> None:
        """Loop until told to stop; nothing that happens here ends the loop."""
        wait_s = 0.0
        while not self._stopping:
            wait_s = self._guarded(partial(self._turn, wait_s))
        self.gateway.close()

    def step(self) -> float:
        """Do all that is to be done now; return how long nothing will be, in seconds."""
        now = self._now()
        self._serve()
        self._schedule.follow(self._desk.waits_for())
        due = self._schedule.due(now.steady_s) if now.steady_s >= self._health.quiet_until else []
        if due:
            self._cycle(due)
        else:
            self._silence()
        self._reporter.results(self._desk.watch.verify(self.snapshot, self._now()))
        due_s = max(self._schedule.next(), self._health.quiet_until)
        return min(due_s, self._desk.watch.deadline_s) - self._now().steady_s

    def _guarded(self, work: Callable[[], float]) -> float:
        """Return how long to wait after work; a bug in it is logged, and costs some seconds."""
        try:
            return work()
        except Exception:
            log.exception("%s: unexpected, going on", self._name)
            return AFTER_A_BUG_S

    def announce(self) -> None:
        """Say how the gateway stands, before the broker is told that the bridge is online."""
        self._reporter.standing(self._health, self.snapshot)

    def _turn(self, wait_s: float) -> float:
        if wait_s > 0:
            with suppress(Empty):
                self._receive(self.inbox.get(timeout=min(wait_s, LONGEST_WAIT_S)))
        return 0.0 if self._stopping else self.step()

    @property
    def _name(self) -> str:
        return self._reporter.place.topics.gateway

    def _receive(self, item: Incoming | Inherited | Stop) -> None:
        match item:
            case Incoming():
                self.tally.commands += 1
                limited = self._health.limited(self._now().steady_s)
                results = self._desk.orders.accept(item, self._now(), limited=limited)
                self._reporter.results(results)
            case Inherited(discovery=True):
                self._reporter.inherit_discovery(item.topic, item.payload)
            case Inherited():
                self._remember(item.topic)
            case Stop():
                self._stopping = True

    def _remember(self, topic: str) -> None:
        self._reporter.inherit(topic)
        if device := device_of(self._reporter.place.topics.path(topic)):
            self._earlier.append(device)

    def _recall(self) -> None:
        """Bear the devices of an earlier run in mind, once it is known which are still there."""
        if not (self._health.online and self._health.tried_all):
            return
        for kind, key in self._earlier:
            match kind:
                case Kind.PACK:
                    self.snapshot = self.snapshot.remembering(pack=key)
                case Kind.INVERTER:
                    self.snapshot = self.snapshot.remembering(inverter=key)
                case Kind.METER:
                    self.snapshot = self.snapshot.remembering(meter=key)
        self._earlier.clear()

    def _serve(self) -> None:
        """Take in what has arrived and carry out what waits."""
        self.beat_s = self._now().steady_s
        self._abandon()
        with suppress(Empty):
            while True:
                self._receive(self.inbox.get_nowait())
        while not self._stopping:
            now = self._now()
            limited = self._health.limited(now.steady_s)
            self._in_hand, refused = self._desk.orders.take(now, limited=limited)
            self._reporter.results(refused)
            if self._in_hand is None:
                return
            self._execute(self._in_hand)

    def _abandon(self) -> None:
        """Answer for an order that a bug has cut short."""
        order, self._in_hand = self._in_hand, None
        if order is not None:
            self._reporter.results(self._desk.abandon(order, self._now()))

    def _execute(self, order: Order) -> None:
        age_s = self._now().steady_s - self._heard_s.get(Endpoint.SOE, float("-inf"))
        done = self._desk.execute(order, self.snapshot, age_s, self._now)
        if order in self._desk.watch:
            self._schedule.hurry(shown_in(order.command), self._now().steady_s)
        for endpoint in done.snapshot.differs(self.snapshot, parts_only=True):
            self._heard(endpoint, self._now())
        self._take(done.snapshot)
        self._reporter.results(done.results)
        self._around.store.put("denials", dict(self._desk.controls.denials))
        self._reporter.standing(self._health, self.snapshot)

    def _cycle(self, due: list[Endpoint]) -> None:
        failed = self.tally.failed_requests
        with suppress(GatewayError):
            self.gateway.settle()
        for endpoint in due:
            if self._stopping or self._health.limited(self._now().steady_s):
                break
            if not self._read(endpoint):
                break
            self._serve()
        self._health.cycle_ended()
        self.tally.polls += 1
        self.tally.failed_polls += self.tally.failed_requests > failed
        self._silence()
        self._recall()
        self._identify()
        self._reporter.settle(self._health, self.snapshot)
        self._reporter.standing(self._health, self.snapshot)
        self._reporter.poll_ended(self._health, self.snapshot)

    def _read(self, endpoint: Endpoint) -> bool:
        """Ask one endpoint; return whether the next may be asked."""
        asked = self._now()
        self._schedule.asked(endpoint, asked.steady_s)
        self.tally.requests += 1
        try:
            part = self.gateway.read(endpoint)
        except GatewayError as error:
            return self._failed(endpoint, error, asked)
        now = self._now()
        self._heard(endpoint, now)
        self._note_restart(part)
        self._take(self.snapshot.with_part(part, now.iso))
        self._reporter.results(self._desk.watch.verify(self.snapshot, now))
        return True

    def _heard(self, endpoint: Endpoint, now: Moment) -> None:
        self._health.heard(endpoint, now)
        self._unusable.discard(endpoint)
        self._heard_s[endpoint] = now.steady_s
        self._schedule.resume(endpoint)

    def _failed(self, endpoint: Endpoint, error: GatewayError, asked: Moment) -> bool:
        self.tally.failed_requests += 1
        news = isinstance(error, BadAnswer) and endpoint not in self._unusable
        log.log(logging.WARNING if news else logging.DEBUG, "%s: %s", self._name, error)
        if news:
            self._unusable.add(endpoint)
        pause_s = self._health.failed(endpoint, error, asked)
        if pause_s is None:
            return False
        self._schedule.pause(endpoint, asked.steady_s + pause_s)
        if isinstance(error, Missing | Stopped):
            self._take(self.snapshot.silenced(endpoint))
        return True

    def _take(self, snapshot: Snapshot) -> None:
        """Go on with a newer snapshot and publish what it changes."""
        before, self.snapshot = self.snapshot, snapshot
        if answered := snapshot.differs(before):
            self._reporter.readings(snapshot, answered)

    def _note_restart(self, part: Part) -> None:
        """Forget what was denied or missing when the gateway has restarted or was updated."""
        before = self.snapshot.status
        if not isinstance(part, Status) or before is None:
            return
        if (part.version, part.started) != (before.version, before.started):
            log.info("%s has restarted with firmware %s", self._name, part.version)
            self._health.forget()
            self._schedule.resume_all()

    def _silence(self) -> None:
        """Forget readings whose endpoint has said nothing for too long, while others speak."""
        if not self._health.online:
            return
        now_s = self._now().steady_s
        snapshot = self.snapshot
        for endpoint, heard_s in list(self._heard_s.items()):
            if now_s - heard_s > max(3 * self._schedule.interval(endpoint), SILENCE_S):
                del self._heard_s[endpoint]
                snapshot = snapshot.silenced(endpoint)
        self._take(snapshot)

    def _identify(self) -> None:
        """Choose the site's key once every source of it was asked, and keep it for ever."""
        if self._reporter.site_key or not self._health.tried_all:
            return
        stored = self._around.store.get("site_key")
        known = stored if isinstance(stored, str) else None
        key = self._around.site_id or known or self.snapshot.site_key
        if key is None:
            return
        key = segment(key)
        if other := self._around.claim(key):
            remedy = f"remove one, or set {self._around.id_variable}"
            self._reporter.complaint = f"gateway {other} is the same site ({key}): {remedy}"
            return
        self._around.store.put("site_key", key)
        self._reporter.site_key = key
