"""Whether a meter is still heard, told from its own time: an answer can repeat old values for ever.

Pure. The gateway's clock may be wrong by years, so only that its time moves is looked at.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from bridge.parts import LineMeter, Meter, Meters, MetersSite, MetersSolar

M = TypeVar("M", Meter, LineMeter)
L = TypeVar("L", bound=MetersSite | MetersSolar)

PATIENCE_S = 60.0
LONGEST_S = 1800.0  # whatever a gateway says of its meter
MOST_METERS = 50  # each has topics of its own; a real gateway names a handful
_MOST_MOVED = 200  # meters and lines whose time is known


class Freshness:
    """Leaves out what a silent meter measured, its counters stay; and meters that are too many."""

    def __init__(self, poll_interval_s: float) -> None:
        self._least_s = max(PATIENCE_S, 3 * poll_interval_s)
        self._moved: dict[str, tuple[str, float]] = {}  # meter -> its time, and when that came
        self._silent: set[str] = set()
        self._named: set[str] = set()
        self._crowded = False
        self._news: list[str] = []

    def judge(self, meters: Meters, now_s: float) -> Meters:
        """Return the meters as they may be believed at now_s, seconds of a steady clock."""
        meters = self._admitted(meters)
        silent = self._silent_among(list(meters.meters.items()), now_s)
        if not silent:
            return meters
        return Meters({n: _quiet(m) if n in silent else m for n, m in meters.meters.items()})

    def _admitted(self, meters: Meters) -> Meters:
        """Return the meters but for those that came when there were too many."""
        new = [name for name in meters.meters if name not in self._named]
        room = MOST_METERS - len(self._named)
        self._named.update(new[:room])
        if len(new) <= room:
            return meters
        if not self._crowded:
            self._crowded = True
            words = f"{MOST_METERS} meters were named; {new[room]} and more are left out"
            self._news.append(words)
        return Meters({n: m for n, m in meters.meters.items() if n in self._named})

    def judge_lines(self, place: L, now_s: float) -> L:
        """Return the meters of a place, line by line, as they may be believed at now_s."""
        named = [
            (f"{m.serial_number or 'unnamed'} of {place.ENDPOINT}", m) for m in place.meters or ()
        ]
        silent = self._silent_among(named, now_s)
        if not silent:
            return place
        return replace(place, meters=tuple(_quiet(m) if n in silent else m for n, m in named))

    def take_news(self) -> list[str]:
        """Return in words which meters fell silent, or came back, since this was asked last."""
        news, self._news = self._news, []
        return news

    def _silent_among(
        self, meters: Sequence[tuple[str, Meter | LineMeter]], now_s: float
    ) -> set[str]:
        """Return the names of the meters that are silent, and note who fell silent or came back."""
        silent = {name for name, meter in meters if self._is_silent(name, meter, now_s)}
        self._news += [
            f"meter {name} is not heard any more" for name in sorted(silent - self._silent)
        ]
        named = {name for name, _ in meters}
        spoke = (self._silent - silent) & named
        self._news += [f"meter {name} is heard again" for name in sorted(spoke)]
        self._silent = silent | ((self._silent - named) & self._moved.keys())
        return silent

    def _is_silent(self, name: str, meter: Meter | LineMeter, now_s: float) -> bool:
        moment = meter.last_communication_time
        if moment is None:
            return False
        known, since_s = self._moved.get(name, (None, now_s))
        if moment != known:
            self._moved.pop(name, None)
            self._moved[name] = (moment, now_s)
            if len(self._moved) > _MOST_MOVED:
                del self._moved[next(iter(self._moved))]
            return False
        return now_s - since_s >= max(self._least_s, min(3 * (meter.timeout_s or 0.0), LONGEST_S))


def _quiet(meter: M) -> M:
    return replace(meter.stale(), last_communication_time=meter.last_communication_time)
