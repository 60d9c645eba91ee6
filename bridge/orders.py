"""Commands from acceptance to the moment they are sent: limits, order, staleness, refusals.

Pure: the caller brings the moment, carries the orders out and publishes the results.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice, takewhile

from bridge.commands import Access, Command, Control, Operate, Parsed, Refresh, Run, SetIsland
from bridge.errors import CommandError
from bridge.moment import Moment
from bridge.words import Island

STALE_S = 30.0
REMEMBERED_S = 600.0
REFRESH_S = 5.0
MOST_REMEMBERED = 6500  # ten minutes of the most commands that can be allowed
MOST_REPLIES = 16  # to requesters that wait for the end of the same command
LEFT_ALONE = "the gateway wants to be left alone (429); try again later"


class Outcome(StrEnum):
    """How far a command got; all but accepted are final."""

    ACCEPTED = "accepted"
    DONE = "done"
    UNCHANGED = "unchanged"
    UNVERIFIED = "unverified"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an MQTT 5 requester wants its answer."""

    topic: str
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on a command topic.

    arrived_s is when, in seconds of the steady clock, None where it is taken in at once.
    """

    control: Control
    payload: bytes
    reply: Reply | None = None
    arrived_s: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One step of a command, as it goes to `command/result`."""

    id: str
    command: str
    requested: object
    status: Outcome
    at: str
    reason: str | None = None
    applied: object = None
    http_status: int | None = None
    replies: tuple[Reply, ...] = ()

    @property
    def final(self) -> bool:
        return self.status is not Outcome.ACCEPTED

    def json(self) -> dict[str, object]:
        """Return the payload of `command/result`."""
        names = ("id", "command", "requested", "status", "applied", "reason", "http_status", "at")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True, eq=False)
class Order:
    """An accepted command; applied and http_status are filled in on its way.

    uncertain says that it was sent, and that the answer got lost.
    """

    id: str
    control: Control
    parsed: Parsed
    received_s: float
    replies: tuple[Reply, ...] = ()
    http_status: int | None = None
    applied: object = None
    uncertain: bool = False

    @property
    def command(self) -> Command:
        return self.parsed.command

    @property
    def urgent(self) -> bool:
        return self.command == SetIsland(Island.ON_GRID)

    @property
    def subjects(self) -> frozenset[str]:
        """What the command sets; a newer one that sets all of it replaces it."""
        match self.command:
            case Operate() as wish:
                return wish.subjects
            case SetIsland():
                return frozenset({"island"})
            case Run():
                return frozenset({"run"})
            case Refresh():
                return frozenset({"refresh"})


class Ledger:
    """Every result, remembered by its id, so that a repeated command is answered and not run.

    What came without an id, or was refused, may come without end: it takes no other's place.
    """

    def __init__(self) -> None:
        self._results: dict[str, tuple[float, Result]] = {}
        self._passing: dict[str, tuple[float, Result]] = {}
        self._live: dict[str, Order] = {}

    def enter(
        self, order: Order, status: Outcome, now: Moment, reason: str | None = None
    ) -> Result:
        """Return the result of a step and remember it."""
        result = Result(
            id=order.id,
            command="/".join(order.control.path),
            requested=order.parsed.requested,
            status=status,
            at=now.iso,
            reason=reason,
            applied=order.applied,
            http_status=order.http_status,
            replies=order.replies if status is not Outcome.ACCEPTED else (),
        )
        self._forget(now)
        for memory in (self._results, self._passing):
            memory.pop(order.id, None)  # so that the oldest stay in front
        passing = order.parsed.id is None or status is Outcome.REFUSED
        memory = self._passing if passing else self._results
        memory[order.id] = (now.steady_s, result)
        if result.final:
            self._live.pop(order.id, None)
        else:
            self._live[order.id] = order
        return result

    def repeated(self, order: Order, now: Moment) -> Result | None:
        """Return the earlier result of the same id; one under way answers both when it ends."""
        self._forget(now)
        known = self._results.get(order.id) or self._passing.get(order.id)
        if known is None:
            return None
        if live := self._live.get(order.id):
            both = dict.fromkeys((*live.replies, *order.replies))
            live.replies = tuple(both)[:MOST_REPLIES]
            return known[1]
        return replace(known[1], replies=order.replies)

    def pending(self, order: Order) -> bool:
        """Return whether an order has not come to its final result."""
        return self._live.get(order.id) is order

    def _forget(self, now: Moment) -> None:
        since_s = now.steady_s - REMEMBERED_S
        for memory in (self._results, self._passing):
            crowd = len(memory) - MOST_REMEMBERED
            old = [i for i, _ in takewhile(lambda row: row[1][0] < since_s, memory.items())]
            old += islice(memory, len(old), max(crowd, 0))
            for identity in old:
                if identity not in self._live:
                    del memory[identity]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about commands.

    variables is how the names of the gateway's settings begin.
    """

    access: frozenset[Access]
    per_minute: int
    variables: str = "POWERWALL_"


class Orders:
    """The commands of one gateway that wait to be sent."""

    def __init__(self, rules: Rules, ledger: Ledger, make_id: Callable[[], str]) -> None:
        self._rules = rules
        self._ledger = ledger
        self.make_id = make_id
        self._waiting: deque[Order] = deque()
        self._accepted_s: deque[float] = deque()
        self._refreshed_s = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting)

    def accept(self, incoming: Incoming, now: Moment, *, limited: bool) -> list[Result]:
        """Return the results of a message; limited is whether a 429 pause is on."""
        replies = (incoming.reply,) if incoming.reply else ()
        try:
            parsed = incoming.control.read(incoming.payload)
        except CommandError as error:
            shown = incoming.payload[:100].decode("utf-8", "replace")
            wrong = Parsed(Refresh(), shown)
            identity = error.id or self.make_id()
            order = Order(identity, incoming.control, wrong, now.steady_s, replies)
            known = self._ledger.repeated(order, now)
            return [known or self._ledger.enter(order, Outcome.REFUSED, now, str(error))]
        identity = parsed.id or self.make_id()
        arrived_s = now.steady_s if incoming.arrived_s is None else incoming.arrived_s
        order = Order(identity, incoming.control, parsed, arrived_s, replies)
        if repeated := self._ledger.repeated(order, now):
            return [repeated]
        if objection := self._objection(order, now, limited=limited):
            return [self._ledger.enter(order, Outcome.REFUSED, now, objection)]
        return self.enter(order, now)

    def _objection(self, order: Order, now: Moment, *, limited: bool) -> str | None:
        access = order.control.access
        if access not in self._rules.access:
            return f"not enabled; {self._rules.variables}CONTROL={access} allows it"
        if order.urgent:
            return None
        if limited:
            return LEFT_ALONE
        if isinstance(order.command, Refresh):
            return self._too_fresh(now)
        return self._too_many(now)

    def _too_fresh(self, now: Moment) -> str | None:
        if now.steady_s - self._refreshed_s < REFRESH_S:
            return f"at most one refresh in {REFRESH_S:g} s"
        self._refreshed_s = now.steady_s
        return None

    def _too_many(self, now: Moment) -> str | None:
        while self._accepted_s and now.steady_s - self._accepted_s[0] >= 60:
            self._accepted_s.popleft()
        if len(self._accepted_s) >= self._rules.per_minute:
            return f"more than {self._rules.per_minute} commands in a minute"
        self._accepted_s.append(now.steady_s)
        return None

    def enter(self, order: Order, now: Moment, reason: str | None = None) -> list[Result]:
        """Let an order wait for its turn, in the place of those that it replaces."""
        replaced = [old for old in self._waiting if old.subjects <= order.subjects]
        for old in replaced:
            self._waiting.remove(old)
        by = f"replaced by {order.id}"
        results = [self._ledger.enter(old, Outcome.SUPERSEDED, now, by) for old in replaced]
        if order.urgent:
            self._waiting.appendleft(order)
        else:
            self._waiting.append(order)
        return [self._ledger.enter(order, Outcome.ACCEPTED, now, reason), *results]

    def take(self, now: Moment, *, limited: bool) -> tuple[Order | None, list[Result]]:
        """Return the next order to carry out, and the results of those that cannot be any more.

        limited is whether a 429 pause is on.
        """
        results: list[Result] = []
        while self._waiting:
            order = self._waiting.popleft()
            waited_s = now.steady_s - order.received_s
            if waited_s > STALE_S:
                reason = f"stale: it waited {waited_s:.0f} s for the gateway"
            elif limited and not order.urgent:
                reason = LEFT_ALONE
            else:
                return order, results
            results.append(self._ledger.enter(order, Outcome.REFUSED, now, reason))
        return None, results
