"""When leaving the grid is allowed, and when the bridge comes back by itself.

Pure: the caller brings the moment and keeps what has to outlive a restart.
"""

from dataclasses import dataclass
from math import inf

from bridge.documents import Json
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.words import Island, contactor

FRESH_S = 60.0  # older than this, grid and level are not known
SETTLED_S = 180.0  # by then the contactor has moved, or will not
RETRY_S = 180.0


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


class OffGrid:
    """The leave of one gateway from the grid, as far as this bridge has commanded it.

    saved is what an earlier run gave as `saved`: time goes on over a restart, and a wall clock
    that jumped cannot make the leave longer than it was set.
    """

    def __init__(self, rules: OffGridRules, saved: Json = None, now: Moment | None = None) -> None:
        self._rules = rules
        self._switched_s = -inf
        self._left_s: float | None = None  # until the return, None without a leave
        self._age_s = 0.0
        self._seen_off = False
        self._counted_s = self._tried_s = -inf
        self._at = 0.0  # epoch seconds of the last count
        if now is not None and rules.return_after_s and isinstance(saved, dict):
            self._resume(saved, now)

    @property
    def saved(self) -> Json:
        """The leave as a value for the Store: `{}` without one."""
        return {} if self._left_s is None else {"left_s": self._left_s, "at": self._at}

    def refusal(self, snapshot: Snapshot, ages: Ages, now: Moment) -> str | None:
        """Return why the house must not leave the grid now, None when nothing speaks against it."""
        rules = self._rules
        if snapshot.grid != "connected" or ages.grid_s > FRESH_S:
            known = snapshot.grid if ages.grid_s <= FRESH_S else None
            return f"the grid is {known or 'unknown'}, not connected"
        if (level := snapshot.level_percent) is None or ages.level_s > FRESH_S:
            return "the battery level is not known"
        if level < rules.min_level:
            lowest = f"{rules.variables}OFF_GRID_MIN_LEVEL={rules.min_level:g}"
            return f"the battery is at {level:.1f} %, below {lowest}"
        if ill := [key for key, pack in snapshot.packs.items() if pack.problem]:
            return f"pack {', '.join(ill)} has a problem"
        if (rested_s := now.steady_s - self._switched_s) < rules.min_interval_s:
            least = f"{rules.variables}OFF_GRID_MIN_INTERVAL={rules.min_interval_s:g}"
            return f"the contactor was switched {rested_s:.0f} s ago, less than {least}"
        return None

    def switching(self, island: Island, now: Moment) -> None:
        """Take note of a switch that is about to be sent."""
        self._switched_s = now.steady_s
        if island is Island.OFF_GRID and self._rules.return_after_s > 0:
            self._left_s = self._rules.return_after_s
            self._seen_off, self._age_s = False, 0.0
            self._counted_s, self._at = now.steady_s, now.wall.timestamp()

    def not_switched(self, island: Island) -> None:
        """Take note that the gateway refused."""
        self._switched_s = -inf
        if island is Island.OFF_GRID:
            self._left_s = None

    def due(self, snapshot: Snapshot, now: Moment) -> str | None:
        """Return why the house has to return to the grid now, None while it has not."""
        if self._left_s is None:
            return None
        self._pass(now)
        side = contactor(snapshot.grid)
        self._seen_off = self._seen_off or side is Island.OFF_GRID
        if side is Island.ON_GRID and (self._seen_off or self._age_s > SETTLED_S):
            self._left_s = None
            return None
        if now.steady_s - self._tried_s < RETRY_S or side is Island.ON_GRID:
            return None
        reason = self._reason(snapshot)
        if reason:
            self._tried_s = now.steady_s
        return reason

    @property
    def deadline_s(self) -> float:
        """When `due` has to be asked at the latest, infinite without a leave."""
        if self._left_s is None:
            return inf
        return max(self._counted_s + max(self._left_s, 0.0), self._tried_s + RETRY_S)

    def _reason(self, snapshot: Snapshot) -> str | None:
        rules = self._rules
        if self._left_s is not None and self._left_s <= 0:
            after = f"{rules.variables}OFF_GRID_RETURN_AFTER={rules.return_after_s:g}"
            return f"back to the grid by itself, as {after} says"
        level = snapshot.level_percent
        if self._seen_off and level is not None and level < rules.min_level:
            lowest = f"{rules.variables}OFF_GRID_MIN_LEVEL={rules.min_level:g}"
            return f"back to the grid by itself: the battery is at {level:.1f} %, below {lowest}"
        return None

    def _pass(self, now: Moment) -> None:
        passed_s = max(0.0, now.steady_s - self._counted_s)
        self._counted_s, self._at = now.steady_s, now.wall.timestamp()
        self._age_s += passed_s
        if self._left_s is not None:
            self._left_s -= passed_s

    def _resume(self, saved: dict[str, Json], now: Moment) -> None:
        left_s, at = saved.get("left_s"), saved.get("at")
        if not isinstance(left_s, int | float) or not isinstance(at, int | float):
            return
        away_s = max(0.0, now.wall.timestamp() - at)
        self._left_s = min(float(left_s), self._rules.return_after_s) - away_s
        self._age_s, self._counted_s, self._at = SETTLED_S, now.steady_s, float(at)
