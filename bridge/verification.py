"""Whether a gateway was seen to do what a command asked.

Pure: fed with every new snapshot; a command is done only when an answer from after it says so.
"""

from dataclasses import dataclass
from math import inf

from bridge.commands import Command, Operate, Refresh, Run, SetIsland
from bridge.ledger import Ledger, Order, Outcome, Result
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.parts import Endpoint, Operation, Part
from bridge.words import Island, contactor, to_app

RESERVE_TOLERANCE = 0.1  # percent of the raw scale; closer than this is the same reserve
ISLAND_PATIENCE_S, PATIENCE_S = 180.0, 30.0
TURN_S = 10.0  # a contactor that was told otherwise a moment ago may not have moved yet, and a
# write that got lost may still be on its way


def matches(wish: Operate, held: Operation) -> bool:
    """Return whether the gateway holds what a command wishes; what it leaves open matches."""
    if wish.mode is not None and wish.mode != held.mode:
        return False
    if wish.reserve_raw_percent is None:
        return True
    reserve = held.reserve_raw_percent
    if reserve is None:
        return False
    return round(abs(reserve - wish.reserve_raw_percent), 6) <= RESERVE_TOLERANCE


def shown_in(command: Command) -> tuple[Endpoint, ...]:
    """Return the endpoints whose answers show what a command did."""
    match command:
        case Operate():
            return (Endpoint.OPERATION,)
        case SetIsland():
            return (Endpoint.GRID_STATUS,)
        case Run():
            return (Endpoint.SITEMASTER,)
        case Refresh():
            return tuple(Endpoint)


def holds(command: Command, snapshot: Snapshot) -> bool:
    """Return whether the gateway shows what the command asked for."""
    match command:
        case Operate():
            return snapshot.operation is not None and matches(command, snapshot.operation)
        case SetIsland(island):
            return contactor(snapshot.grid) is island
        case Run():
            return snapshot.sitemaster is not None and snapshot.sitemaster.running is True
        case Refresh():
            return True


def applied(command: Command, snapshot: Snapshot) -> object:
    """Return what the gateway shows in the place that a command sets, ready for JSON."""
    match command:
        case Operate() if snapshot.operation is not None:
            raw = snapshot.operation.reserve_raw_percent
            app = None if raw is None else round(to_app(raw), 2)
            return {
                "mode": snapshot.operation.mode,
                "backup_reserve": app,
                "backup_reserve_raw": raw,
            }
        case SetIsland():
            return contactor(snapshot.grid) or snapshot.grid
        case Run() if snapshot.sitemaster is not None:
            return snapshot.sitemaster.running
    return None


@dataclass(slots=True)
class _Watched:
    order: Order
    before: tuple[Part | None, ...]
    deadline_s: float
    earliest_s: float  # before this the gateway may still show what was before

    def believed_s(self, now: Moment) -> float:
        """Return from when what the gateway shows of a newer order is not this one's doing."""
        turns = self.order.uncertain or isinstance(self.order.command, SetIsland)
        return max(self.earliest_s, now.steady_s + (TURN_S if turns else 0.0))


class Watch:
    """The orders that were sent and not yet seen."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._watched: list[_Watched] = []

    def __len__(self) -> int:
        return len(self._watched)

    def __contains__(self, order: object) -> bool:
        return any(watched.order is order for watched in self._watched)

    @property
    def deadline_s(self) -> float:
        """When the first of them has waited long enough, infinite without any."""
        return min((watched.deadline_s for watched in self._watched), default=inf)

    @property
    def endpoints(self) -> frozenset[Endpoint]:
        """The endpoints whose next answer somebody waits for."""
        return frozenset(e for w in self._watched for e in shown_in(w.order.command))

    def add(self, order: Order, before: Snapshot, now: Moment) -> list[Result]:
        """Watch an order; before is the snapshot from before it was sent."""
        touched = [w for w in self._watched if w.order.subjects & order.subjects]
        replaced = [w for w in touched if w.order.subjects <= order.subjects]
        self._watched = [w for w in self._watched if w not in replaced]
        earliest_s = max((w.believed_s(now) for w in touched), default=now.steady_s)
        deadline_s = now.steady_s + _patience_s(order.command)
        parts = _parts(order.command, before)
        self._watched.append(_Watched(order, parts, deadline_s, earliest_s))
        reason = f"replaced by {order.id}"
        return [self._ledger.enter(w.order, Outcome.SUPERSEDED, now, reason) for w in replaced]

    def verify(self, snapshot: Snapshot, now: Moment) -> list[Result]:
        """Return the results of orders that the gateway shows now, or did not show in time."""
        results = []
        for watched in list(self._watched):
            order = watched.order
            parts = _parts(order.command, snapshot)
            fresh = any(a is not b for a, b in zip(parts, watched.before, strict=True))
            settled = now.steady_s >= watched.earliest_s
            done = fresh and settled and holds(order.command, snapshot)
            if not done and now.steady_s < watched.deadline_s:
                continue
            self._watched.remove(watched)
            order.applied = applied(order.command, snapshot)
            status = Outcome.DONE if done else Outcome.UNVERIFIED
            results.append(
                self._ledger.enter(order, status, now, None if done else _doubt(order, snapshot))
            )
        return results


def _parts(command: Command, snapshot: Snapshot) -> tuple[Part | None, ...]:
    return tuple(snapshot.part(endpoint) for endpoint in shown_in(command))


def _patience_s(command: Command) -> float:
    return ISLAND_PATIENCE_S if isinstance(command, SetIsland) else PATIENCE_S


def _doubt(order: Order, snapshot: Snapshot) -> str:
    waited = f"sent, but not seen within {_patience_s(order.command):g} s"
    if order.command != SetIsland(Island.ON_GRID) or snapshot.grid == "connected":
        return waited
    down = contactor(snapshot.grid) is Island.OFF_GRID
    return f"{waited}: the grid is {'down' if down else 'not back'} ({snapshot.grid or 'unknown'})"
