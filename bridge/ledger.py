"""What became of every command, remembered for those who ask again."""

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice, takewhile

from bridge.commands import Command, Control, Operate, Parsed, Refresh, Run, SetIsland
from bridge.moment import Moment
from bridge.words import Island

REMEMBERED_S = 600.0
MOST_REMEMBERED = 6500  # ten minutes of the most commands that can be allowed
BACK = SetIsland(Island.ON_GRID)
MOST_REPLIES = 16  # to requesters that wait for the end of the same command


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
        return self.command == BACK

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

    def result(self, status: Outcome, now: Moment, reason: str | None = None) -> Result:
        return Result(
            id=self.id,
            command="/".join(self.control.path),
            requested=self.parsed.requested,
            status=status,
            at=now.iso,
            reason=reason,
            applied=self.applied,
            http_status=self.http_status,
            replies=self.replies if status is not Outcome.ACCEPTED else (),
        )


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
        result = order.result(status, now, reason)
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

    def knows(self, order: Order) -> bool:
        """Return whether an order with this id was taken in before; may be asked by any thread."""
        return order.id in self._results or order.id in self._live

    def pending(self, order: Order) -> bool:
        """Return whether an order has not come to its final result."""
        return self._live.get(order.id) is order

    @property
    def live(self) -> list[Order]:
        """The orders that have not come to their final result."""
        return list(self._live.values())

    def _forget(self, now: Moment) -> None:
        since_s = now.steady_s - REMEMBERED_S
        for memory in (self._results, self._passing):
            crowd = len(memory) - MOST_REMEMBERED
            old = [i for i, _ in takewhile(lambda row: row[1][0] < since_s, memory.items())]
            old += islice(memory, len(old), max(crowd, 0))
            for identity in old:
                if identity not in self._live:
                    del memory[identity]
