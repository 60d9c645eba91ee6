"""When leaving the grid is allowed, and when the bridge comes back by itself.

Pure: the caller brings the moment and keeps what has to outlive a restart.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from bridge.documents import Json, finite
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.outages import SETTLED_S
from bridge.words import Island, contactor

FRESH_S = 60.0  # older than this, grid and level are not known
RETRY_S = 180.0
LOOK_S, NOTE_S = 10.0, 60.0
SAVED = ("at", "rested_s", "left_s", "age_s")


@dataclass(frozen=True, slots=True)
class OffGridRules:
    """What the settings say; level in percent of the app's scale, times in seconds.

    return_after_s is 0 for never. variables is how the names of the settings begin.
    """

    min_level: float = 20.0
    min_interval_s: float = 300.0
    return_after_s: float = 0.0
    variables: str = "POWERWALL_"


@dataclass(frozen=True, slots=True)
class Ages:
    """How old what is known is, in seconds; infinite for what is not believed or never came."""

    level_s: float = 0.0
    grid_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Switch:
    """When the contactor was switched last, and where to; None where that was not written down."""

    at_s: float = -inf
    to: Island | None = None


@dataclass(slots=True)
class Leave:
    """A leave that was commanded; left_s is the time until the return.

    age_s counts only while the bridge runs; tried_s is when a return was ordered last.
    """

    left_s: float
    counted_s: float
    age_s: float = 0.0
    seen_off: bool = False
    tried_s: float = -inf

    def passes(self, now_s: float) -> None:
        passed_s = max(0.0, now_s - self.counted_s)
        self.counted_s = now_s
        self.age_s += passed_s
        self.left_s -= passed_s

    def over(self, side: Island | None) -> bool:
        """Return whether the house is back, or never left; side is where it was seen just now."""
        self.seen_off = self.seen_off or side is Island.OFF_GRID
        return side is Island.ON_GRID and (self.seen_off or self.age_s > SETTLED_S)

    @property
    def deadline_s(self) -> float:
        """When to look at it again; once its time is over, often."""
        return self.counted_s + (self.left_s if self.left_s > 0 else LOOK_S)


class OffGrid:
    """The leave of one gateway from the grid, as far as this bridge has commanded it.

    saved is what an earlier run gave as `saved`: time goes on over a restart, and a wall clock
    that jumped cannot make the leave longer than it was set.
    """

    def __init__(self, rules: OffGridRules, saved: Json = None, now: Moment | None = None) -> None:
        self._rules = rules
        self._switch = self._before = Switch()
        self._leave: Leave | None = None
        self._former: Leave | None = None  # while it is not known whether a new one begins
        self._noted_s = -inf
        self.saved: dict[str, Json] = {}  # what has to outlive this run
        self._unkept = False
        if now is not None and isinstance(saved, dict):
            self._resume(saved, now)

    def refusal(self, snapshot: Snapshot, ages: Ages, now: Moment) -> str | None:
        """Return why the house must not leave the grid now, None when nothing speaks against it."""
        rules = self._rules
        if snapshot.grid != "connected" or ages.grid_s > FRESH_S:
            known = snapshot.grid if ages.grid_s <= FRESH_S else None
            return f"off_grid needs a connected grid; it is {known or 'unknown'}"
        if (level := snapshot.level_percent) is None or ages.level_s > FRESH_S:
            return "the battery level is not known"
        if level < rules.min_level:
            lowest = f"{rules.variables}OFF_GRID_MIN_LEVEL={rules.min_level:g}"
            return f"the battery is at {level:.1f} %, below {lowest}"
        if ill := [key for key, pack in snapshot.packs.items() if pack.problem]:
            return f"pack {', '.join(ill)} has a problem"
        if (rested_s := now.steady_s - self._switch.at_s) < rules.min_interval_s:
            least = f"{rules.variables}OFF_GRID_MIN_INTERVAL={rules.min_interval_s:g}"
            return f"the contactor was switched {rested_s:.0f} s ago, less than {least}"
        return None

    @property
    def unkept_refusal(self) -> str | None:
        """Return why the house must not leave the grid while `saved` cannot be kept."""
        if self._rules.return_after_s <= 0:
            return None
        return f"STATE_DIR cannot be written: a restart would forget the return of {self._after}"

    def switching(self, island: Island, now: Moment, *, moves: bool = True) -> None:
        """Take note of a switch that is about to be sent; moves: the contactor is not there yet."""
        self._before = self._switch
        if moves:
            self._switch = Switch(now.steady_s, island)
        self._former = self._leave
        if island is Island.OFF_GRID and self._rules.return_after_s > 0:
            self._leave = Leave(self._rules.return_after_s, now.steady_s)
        self._note(now)

    def not_switched(self, island: Island, now: Moment) -> None:
        """Take note that the gateway refused."""
        self._switch = self._before
        if island is Island.OFF_GRID:
            self._leave = self._former
        self._note(now)

    def due(self, snapshot: Snapshot, ages: Ages, now: Moment) -> str | None:
        """Return why the house has to return to the grid now, None while it has not."""
        leave = self._leave
        if leave is None:
            return None
        leave.passes(now.steady_s)
        side = contactor(snapshot.grid) if ages.grid_s <= FRESH_S else None
        if leave.over(side):
            self._leave = None
            self._note(now)
            return None
        if now.steady_s - self._noted_s >= NOTE_S:
            self._note(now)
        if now.steady_s - leave.tried_s < RETRY_S or side is Island.ON_GRID:
            return None
        reason = self._reason(leave, snapshot.level_percent if ages.level_s <= FRESH_S else None)
        if reason:
            leave.tried_s = now.steady_s
        return reason

    def take_saved(self) -> dict[str, Json] | None:
        """Return what has to outlive this run, None where that was taken already."""
        unkept, self._unkept = self._unkept, False
        return self.saved if unkept else None

    @property
    def deadline_s(self) -> float:
        """When `due` has to be asked at the latest, infinite without a leave."""
        return inf if self._leave is None else self._leave.deadline_s

    def _reason(self, leave: Leave, level: float | None) -> str | None:
        rules = self._rules
        if leave.left_s <= 0:
            return f"back to the grid by itself, as {self._after} says"
        if leave.seen_off and level is not None and level < rules.min_level:
            lowest = f"{rules.variables}OFF_GRID_MIN_LEVEL={rules.min_level:g}"
            return f"back to the grid by itself: the battery is at {level:.1f} %, below {lowest}"
        return None

    @property
    def _after(self) -> str:
        return f"{self._rules.variables}OFF_GRID_RETURN_AFTER={self._rules.return_after_s:g}"

    def _note(self, now: Moment) -> None:
        """Bring `saved` up to date; times in it are seconds, at is an epoch."""
        self._noted_s, self.saved, self._unkept = now.steady_s, {}, True
        if self._switch.at_s > -inf:
            rested_s = now.steady_s - self._switch.at_s
            self.saved = {"at": now.wall.timestamp(), "rested_s": rested_s, "to": self._switch.to}
        if self._leave:
            self.saved |= {"left_s": self._leave.left_s, "age_s": self._leave.age_s}

    def _resume(self, saved: dict[str, Json], now: Moment) -> None:
        at, rested_s, left_s, age_s = map(finite, map(saved.get, SAVED))
        if at is None:
            return
        away_s = max(0.0, now.wall.timestamp() - at)
        if rested_s is not None:
            self._switch = Switch(now.steady_s - rested_s - away_s, _side(saved))
        if left_s is not None and self._rules.return_after_s > 0:
            left_s = min(left_s, self._rules.return_after_s) - away_s
            self._leave = Leave(left_s, now.steady_s, age_s or 0.0)
        self._note(now)


def _side(saved: dict[str, Json]) -> Island | None:
    return next((side for side in Island if side == saved.get("to")), None)


def parted(saved: Json) -> datetime | None:
    """Return when an earlier run took the house off the grid, by what it left in `saved`.

    None where its last switch was the return; one that does not say where to may be a leave.
    """
    found = saved if isinstance(saved, dict) else {}
    at, rested_s = finite(found.get("at")), finite(found.get("rested_s"))
    if at is None or rested_s is None or _side(found) is Island.ON_GRID:
        return None
    try:
        return datetime.fromtimestamp(at - rested_s, UTC)
    except (ValueError, OverflowError, OSError):
        return None
