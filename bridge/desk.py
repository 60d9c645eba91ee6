"""Carries out the commands of one gateway and says what became of them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.commands import CONTROLS, Parsed, Refresh, SetIsland, Write
from bridge.controls import Controls, control_of
from bridge.documents import Json
from bridge.errors import Denied, GatewayError, Missing, RateLimited, Uncertain
from bridge.gateway import Gateway, Receipt
from bridge.health import Health
from bridge.ledger import Ledger, Order, Outcome, Result
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.off_grid import FRESH_S, Ages, OffGrid
from bridge.orders import Orders, left_alone
from bridge.parts import Endpoint
from bridge.verification import Watch, applied
from bridge.words import Island, contactor

ISLAND = next(control for control in CONTROLS if control.path == ("island", "mode"))
STOPPED, UNKNOWN = "the bridge was stopped", "what became of it is not known"
UNWRITTEN = f"{STOPPED}; nothing was written"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Executed:
    """What came of an order: its results so far, and the snapshot with what was read on the way."""

    results: list[Result]
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Desk:
    """Where orders are sent and watched.

    keep puts what off_grid has to remember into the Store, and says whether it outlives this run.
    """

    gateway: Gateway
    orders: Orders
    watch: Watch
    ledger: Ledger
    controls: Controls
    health: Health
    off_grid: OffGrid
    keep: Callable[[Json], bool]

    def execute(
        self, order: Order, snapshot: Snapshot, ages: Ages, clock: Callable[[], Moment]
    ) -> Executed:
        """Send an order to the gateway, unless the house forbids it."""
        command = order.command
        if isinstance(command, Refresh):
            return self._awaited(order, snapshot, clock())
        if command == SetIsland(Island.OFF_GRID):
            now = clock()
            if reason := self.off_grid.refusal(snapshot, ages, now):
                return self._refused(order, reason, snapshot, now)
        if isinstance(command, SetIsland):
            there = contactor(snapshot.grid) is command.island and ages.grid_s <= FRESH_S
            self.off_grid.switching(command.island, clock(), moves=not there)
        # kept before the write, which may be this run's last deed
        if command == SetIsland(Island.OFF_GRID) and not self.remember():
            now = clock()
            if reason := self.off_grid.unkept_refusal:
                self.off_grid.not_switched(Island.OFF_GRID, now)
                return self._refused(order, reason, snapshot, now)
        return self._send(order, command, snapshot, clock)

    def _refused(self, order: Order, reason: str, snapshot: Snapshot, now: Moment) -> Executed:
        return Executed([self.ledger.enter(order, Outcome.REFUSED, now, reason)], snapshot)

    def _send(
        self, order: Order, command: Write, snapshot: Snapshot, clock: Callable[[], Moment]
    ) -> Executed:
        try:
            receipt = self.gateway.send(command)
        except Uncertain as error:
            log.warning("%s: %s; reading what became of it", "/".join(order.control.path), error)
            order.uncertain = True
            return self._awaited(order, snapshot, clock())
        except GatewayError as error:
            now = clock()
            if isinstance(command, SetIsland) and (error.status or 0) < 500:
                self.off_grid.not_switched(command.island, now)
            return Executed([self._failure(order, error, snapshot, now)], snapshot)
        if isinstance(receipt.unread, RateLimited):
            self.health.hold(receipt.unread, clock().steady_s)
        else:
            self.health.release()
        return self._sent(order, receipt, snapshot, clock())

    def _awaited(self, order: Order, snapshot: Snapshot, now: Moment) -> Executed:
        self.health.release()
        return Executed(self.watch.add(order, snapshot, now), snapshot)

    def _sent(self, order: Order, receipt: Receipt, before: Snapshot, now: Moment) -> Executed:
        order.http_status = receipt.status
        snapshot = before
        for part in receipt.parts:
            snapshot = snapshot.with_part(part, now.iso)
        if not receipt.written:
            order.applied = applied(order.command, snapshot)
            reason = "the gateway holds this already"
            return Executed([self.ledger.enter(order, Outcome.UNCHANGED, now, reason)], snapshot)
        if control := control_of(order.command):
            self.controls.permit(control)
        if isinstance(order.command, SetIsland):
            snapshot = replace(snapshot, island_requested=order.command.island)
        results = self.watch.add(order, before, now)
        return Executed([*results, *self.watch.verify(snapshot, now)], snapshot)

    def _failure(
        self, order: Order, error: GatewayError, snapshot: Snapshot, now: Moment
    ) -> Result:
        order.http_status = error.status
        control = control_of(order.command)
        if control and isinstance(error, Denied | Missing):
            self.controls.deny(control, snapshot.status.version if snapshot.status else None)
        if isinstance(error, RateLimited):
            self.health.hold(error, now.steady_s)
        refused = error.status is not None and 400 <= error.status < 500
        outcome = Outcome.REFUSED if refused else Outcome.FAILED
        reason = _words(error, self.health.limited_s(now.steady_s))
        return self.ledger.enter(order, outcome, now, reason)

    def returning(self, snapshot: Snapshot, ages: Ages, now: Moment) -> list[Result]:
        """Order the house back to the grid when it is time for it; return what is said of that."""
        reason = self.off_grid.due(snapshot, ages, now)
        if reason is None:
            return []
        parsed = Parsed(SetIsland(Island.ON_GRID), Island.ON_GRID.value)
        order = Order(self.orders.make_id(), ISLAND, parsed, now.steady_s)
        return self.orders.enter(order, now, reason)

    def remember(self) -> bool:
        """Keep what is new of the leave; return whether the next run will know it.

        To be called when no command waits: a disk may hang.
        """
        saved = self.off_grid.take_saved()
        return saved is None or self.keep(saved)

    def verify(self, snapshot: Snapshot, now: Moment) -> Executed:
        """Return what became of the orders that were sent, as far as the gateway shows it."""
        results = self.watch.verify(snapshot, now)
        for result in results:
            if result.status is Outcome.DONE and result.command == "/".join(ISLAND.path):
                snapshot = replace(snapshot, island_requested=Island(str(result.requested)))
        back = contactor(snapshot.grid) is Island.ON_GRID
        if back and snapshot.island_requested is Island.OFF_GRID and not self._awaits_island:
            snapshot = replace(snapshot, island_requested=None)  # another has ended it
        return Executed(results, snapshot)

    @property
    def _awaits_island(self) -> bool:
        return Endpoint.GRID_STATUS in self.watch.endpoints

    def abandon(self, order: Order, now: Moment) -> list[Result]:
        """Return the final result of an order that a bug has cut short, none if it has one."""
        if order in self.watch or not self.ledger.pending(order):
            return []
        reason = "the bridge stumbled over it; see its log"
        return [self.ledger.enter(order, Outcome.FAILED, now, reason)]

    def dismiss(self, in_hand: Order | None, now: Moment) -> list[Result]:
        """Return the final results of all orders, for the bridge stops; in_hand is being sent."""
        results = []
        for order in self.ledger.live:
            outcome, reason = Outcome.FAILED, UNWRITTEN
            if order in self.watch:
                outcome, reason = Outcome.UNVERIFIED, f"sent, but {STOPPED} before it was seen"
            elif order is in_hand:
                outcome, reason = Outcome.UNVERIFIED, f"{STOPPED} in the middle of it; {UNKNOWN}"
            results.append(self.ledger.enter(order, outcome, now, reason))
        return results

    @property
    def deadline_s(self) -> float:
        """When something has to be looked at again, though nothing came."""
        return min(self.watch.deadline_s, self.off_grid.deadline_s)

    def waits_for(self) -> frozenset[Endpoint]:
        return self.watch.endpoints


def told(error: GatewayError, pause_s: float = 0.0) -> str | None:
    """Return in plain words what a gateway says that refuses, None for other errors.

    pause_s is how long it is left alone after a 429.
    """
    match error:
        case Denied():
            return f"the gateway does not open this to its owner ({_short(error)})"
        case Missing():
            return f"not known to the gateway's firmware (404): {error}"
        case RateLimited():
            return left_alone(pause_s)
    return None


def _short(error: Denied) -> str:
    """Return status and first clause of what a gateway says, `path: 403 first: second`."""
    return str(error).partition(": ")[2].partition(": ")[0] or str(error)


def _words(error: GatewayError, pause_s: float) -> str:
    if isinstance(error, Denied):
        app = "the gateway lets nobody but Tesla's app do this: use the app"
        return f"{app} ({_short(error)})"
    if words := told(error, pause_s):
        return words
    if error.status is None:
        return f"{error}; nothing was written"
    return str(error)
