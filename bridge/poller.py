"""One gateway's loop: commands, due endpoints, and a wait for either."""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue

from bridge.commands import CONTROLS
from bridge.desk import UNWRITTEN, Desk
from bridge.errands import Errands
from bridge.inventory import Inherited, Orphan
from bridge.ledger import Order
from bridge.orders import TOO_MANY, Incoming
from bridge.parts import Endpoint
from bridge.raw import Request
from bridge.reporter import Reporter
from bridge.rounds import Rounds, Tally
from bridge.verification import shown_in

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 30.0  # so that a stuck loop can be told from a waiting one
AFTER_A_BUG_S = 5.0
LEISURELY = next(endpoint for endpoint in Endpoint if endpoint.leisurely)


class Stop:
    """Put into the inbox to end the loop."""


class Lapse:
    """Put into the inbox when the gateway was said to be offline, for the loop gave no sign."""


Arrival = Incoming | Request | Inherited | Orphan | Stop | Lapse


class Poller:
    """Reads one gateway, and carries out its commands, for ever."""

    def __init__(self, rounds: Rounds, desk: Desk, reporter: Reporter) -> None:
        self.inbox: SimpleQueue[Arrival] = SimpleQueue()
        self._rounds, self._desk, self._reporter = rounds, desk, reporter
        self._errands = Errands(desk, reporter, rounds.schedule)
        self._identity, self._health = rounds.identity, desk.health
        self._around = rounds.identity.around
        self._now = self._around.clock
        self.beat_s = self._now().steady_s
        self.looked_at: Counter[type] = Counter()  # commands, and requests for raw answers
        self._in_hand: Order | None = None
        self._stopping = self.dismissed = False

    @property
    def queue(self) -> int:
        return len(self._desk.orders)

    @property
    def sign(self) -> tuple[float, int]:
        """What is another after each sign of life: a turn, or a request, of which one has many."""
        return self.beat_s, self._rounds.gateway.requests

    @property
    def tally(self) -> Tally:
        return self._rounds.tally

    @property
    def settled(self) -> bool:
        """Whether discovery was said, or never will be."""
        return self._reporter.settled

    @property
    def figures(self) -> dict[str, float]:
        """What `bridge/health` says of this gateway."""
        return {**self._rounds.figures, "queue": self.queue}

    def run(self) -> None:
        """Loop until told to stop; nothing that happens here ends the loop."""
        wait_s = 0.0
        while not self._stopping:
            wait_s = self._guarded(partial(self._turn, wait_s))
        self._rounds.keep()
        self._rounds.gateway.close()

    def step(self) -> float:
        """Do all that is to be done now; return how long nothing will be, in seconds."""
        self._serve()
        if self._stopping:
            return 0.0
        self._rounds.schedule.follow(self._desk.waits_for())
        due = self._rounds.due()
        if due:
            self._rounds.go(due, self._between)
            if not self._stopping:
                self._errands.poll_ended(self._rounds.snapshot, self._now())
        else:
            self._rounds.rest()
        self._verify()
        self._request(idle=not due)
        if self._errands.strained():
            self.announce()
        if self.queue:
            return 0.0
        return min(self._rounds.next_s, self._desk.deadline_s) - self._now().steady_s

    def _guarded(self, work: Callable[[], float]) -> float:
        """Return how long to wait after work; a bug in it is logged, and costs some seconds."""
        try:
            return work()
        except Exception:
            log.exception("%s: unexpected, going on", self._reporter.name)
            return AFTER_A_BUG_S

    def announce(self) -> None:
        """Say how the gateway stands, before the broker is told that the bridge is online."""
        self._reporter.standing(self._health, self._rounds.snapshot)

    def turn_away(self, message: Incoming | Request) -> None:
        """Answer what is not let in, on any thread; a request only when the bridge stops."""
        if isinstance(message, Request):
            self._errands.turn_away(message, self._now())
            return
        reason = UNWRITTEN if self.dismissed else TOO_MANY
        self._reporter.results(self._desk.orders.turn_away(message, self._now(), reason))

    def dismiss(self) -> None:
        """Say the last word on all that was asked; when the loop has ended, or hangs."""
        self.dismissed = self._stopping = True
        self._reporter.results(self._desk.dismiss(self._in_hand, self._now()))
        with suppress(Empty):
            while True:
                item = self.inbox.get_nowait()
                if isinstance(item, Incoming | Request):
                    self.turn_away(item)
        self._errands.dismiss(self._now())

    def _turn(self, wait_s: float) -> float:
        if wait_s > 0:
            with suppress(Empty):
                self._receive(self.inbox.get(timeout=min(wait_s, LONGEST_WAIT_S)))
        return 0.0 if self._stopping else self.step()

    def _receive(self, item: Arrival) -> None:
        self.looked_at[type(item)] += 1
        match item:
            case Incoming():
                self.tally.commands += 1
                limited = self._health.limited_s(self._now().steady_s)
                results = self._desk.orders.accept(item, self._now(), limited=limited)
                self._reporter.results(results)
            case Request():
                self._errands.accept(item, self._now())
            case Inherited(discovery=True):
                self._reporter.inherit_discovery(item.topic, item.payload)
            case Orphan():
                self._reporter.adopt(item.topic, item.payload)
            case Inherited():
                self._identity.remember(item.topic, item.payload)
            case Stop():
                self._stopping = True
            case Lapse():
                self._health.lapse()
                self.announce()

    def _between(self) -> bool:
        """Do what cannot wait for the end of a poll; return whether the poll goes on."""
        self._verify()
        self._serve()
        return not self._stopping

    def _verify(self) -> None:
        seen = self._desk.verify(self._rounds.snapshot, self._now())
        self._rounds.absorb(seen.snapshot)
        self._reporter.results(seen.results)

    def _take_in(self) -> None:
        """Take in what has arrived, and the return to the grid when it is time for it."""
        with suppress(Empty):  # another thread has dismissed all that waited
            for _ in range(self.inbox.qsize()):  # what comes meanwhile does not hold up what waits
                self._receive(self.inbox.get_nowait())
        rounds = self._rounds
        self._reporter.results(self._desk.returning(rounds.snapshot, rounds.ages, self._now()))

    def _serve(self) -> None:
        """Carry out what waits, each time the most urgent; of each kind not more than one."""
        self.beat_s = self._now().steady_s
        self._abandon()
        self._take_in()
        for _ in CONTROLS:
            if self._stopping:
                break
            now = self._now()
            limited = self._health.limited_s(now.steady_s)
            self._in_hand, refused = self._desk.orders.take(now, limited=limited)
            self._reporter.results(refused)
            if self._in_hand is None:
                break
            self._execute(self._in_hand)
            self._take_in()
        self._desk.remember()

    def _request(self, *, idle: bool) -> None:
        """Read what somebody asked for, once, where that does not delay the next poll."""
        if self._stopping:
            return
        allowed = self._rounds.schedule.allows(LEISURELY, self._now().steady_s)
        self._errands.serve(self._now, room=idle or allowed)

    def _abandon(self) -> None:
        """Answer for an order that a bug has cut short."""
        order, self._in_hand = self._in_hand, None
        if order is not None:
            self._reporter.results(self._desk.abandon(order, self._now()))

    def _execute(self, order: Order) -> None:
        done = self._desk.execute(order, self._rounds.snapshot, self._rounds.ages, self._now)
        if order in self._desk.watch:
            self._rounds.schedule.hurry(shown_in(order.command), self._now().steady_s)
        self._rounds.absorb(done.snapshot)
        self._reporter.results(done.results)
        self._around.store.put("denials", dict(self._desk.controls.denials))
        self._reporter.standing(self._health, self._rounds.snapshot)


class Entrance:
    """Lets messages of one kind in to a gateway's loop, so many that it has not looked at.

    As many again that are urgent. What was left retained there is of another kind, and no crowd.
    """

    def __init__(self, poller: Poller, kind: type[Incoming | Request], room: int) -> None:
        self._poller, self._kind, self._room = poller, kind, room
        self._admitted = 0

    def admits(self, message: Incoming | Request) -> bool:
        """Let a message in if there is room for it."""
        waiting = self._admitted - self._poller.looked_at[self._kind]
        room = self._room
        if waiting >= room and isinstance(message, Incoming) and message.urgent:
            room *= 2
        if waiting >= room or self._poller.dismissed:
            return False
        self._admitted += 1
        self._poller.inbox.put(message)
        return True
