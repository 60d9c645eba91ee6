"""Whether a value is believable: within its range, and able to follow the one before.

Pure. What a quantity allows stands in `quantities`. A counter that falls or leaps is held, anything
else is left out, until what the gateway says has stood for a while.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import inf, isfinite

from bridge.documents import Json, finite
from bridge.moment import Moment
from bridge.quantities import Limits
from bridge.readings import Measured

Path = tuple[str, ...]

OUTAGE_S = 600.0  # nothing is asked as rarely as this whose values are judged by the time between
UNKNOWN_AGE_S = 31 * 86_400.0  # of a counter left by an earlier run: an outage is no leap


@dataclass(frozen=True, slots=True)
class CounterReset:
    """A counter that begins anew; held and accepted are in the unit of its topic."""

    path: Path
    held: float
    accepted: float


@dataclass(slots=True)
class Series:
    """Values that follow from each other; times are seconds of the steady clock."""

    value: float
    at_s: float
    since_s: float
    moved_s: float = -inf  # when it was another value before

    @classmethod
    def begin(cls, value: float, now_s: float) -> "Series":
        return cls(value, now_s, now_s)

    def goes_on(
        self, limits: Limits, value: float, now_s: float, elapsed_s: float | None = None
    ) -> bool:
        """Take the value in if it follows, after the time that passed or counts; tell if it did."""
        counts_s = now_s - self.at_s if elapsed_s is None else elapsed_s
        counts_s += min(self.at_s - self.moved_s, limits.late_s)
        if not limits.follows(self.value, value, counts_s):
            return False
        self.moved_s = self.moved_s if value == self.value else now_s
        self.value, self.at_s = value, now_s
        return True


@dataclass(slots=True)
class Track:
    """One judged reading: what is believed, and a series that contradicts it.

    doubted_s is when the base was contradicted first, heard_s when it was last; shown is what was
    let through last; epoch_s is when a counter's base was last heard.
    """

    base: Series | None = None
    rival: Series | None = None
    doubted_s: float | None = None
    heard_s: float = 0.0
    shown: float | None = None
    epoch_s: float = 0.0

    def believe(self, value: float, now: Moment, *, keep: bool) -> None:
        if self.base is None:
            self.base = Series.begin(value, now.steady_s)
        self.base.value, self.base.at_s = value, now.steady_s
        self.rival, self.doubted_s, self.shown = None, None, value
        self.epoch_s = now.wall.timestamp() if keep else 0.0

    def contradicted(self, now_s: float) -> None:
        if self.doubted_s is None:
            self.doubted_s = now_s
        self.heard_s = now_s

    def elapsed_s(self, now_s: float) -> float | None:
        """Return the time that counts for the base, None for all of it.

        While it is contradicted no time counts: else whatever is said for long enough would seem
        to have been reached step by step. An outage in between does count.
        """
        if self.base is None or self.doubted_s is None:
            return None
        silent_s = now_s - self.heard_s
        return self.doubted_s - self.base.at_s + (silent_s if silent_s > OUTAGE_S else 0.0)

    def doubt(self, limits: Limits, value: float, now_s: float, lag: float = 0.0) -> bool:
        """Take in what contradicts the base; return whether it has stood for long enough."""
        rival = self.rival
        if rival and (rival.goes_on(limits, value, now_s) or 0 < rival.value - value <= lag):
            return now_s - rival.since_s >= limits.patience_s
        self.rival = Series.begin(value, now_s)
        return False


@dataclass(slots=True)
class Doubts:
    """What was not believed: how often, and in words what is new of it."""

    rejected: Counter[str] = field(default_factory=Counter)
    resets: list[CounterReset] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    standing: set[Path] = field(default_factory=set)

    def add(self, item: Measured, value: float, reason: str) -> None:
        topic = "/".join(item.path)
        self.rejected[topic] += 1
        if item.path not in self.standing:
            self.standing.add(item.path)
            self.news.append(f"{topic}: {_told(item, value)} is not believed, {reason}")

    def take_news(self) -> list[str]:
        news, self.news = self.news, []
        return news

    def take_resets(self) -> list[CounterReset]:
        resets, self.resets = self.resets, []
        return resets


class Guard:
    """Judges the values of one gateway, and remembers its counters over restarts.

    saved is what an earlier guard gave as `saved`; what cannot be used of it is forgotten.
    """

    def __init__(self, saved: Json = None, now: Moment | None = None) -> None:
        self.doubts = Doubts()
        self._tracks: dict[Path, Track] = {}
        self._seeds: dict[Path, float] = {}
        if now is not None and isinstance(saved, dict):
            for topic, value in saved.items():
                self._resume(tuple(topic.split("/")), value, now)

    @property
    def saved(self) -> Json:
        """The counters as a value for the Store: topic -> model units, epoch seconds."""
        return {
            "/".join(path): [track.base.value, round(track.epoch_s)]
            for path, track in self._tracks.items()
            if track.base and track.epoch_s
        }

    def seed(self, path: Path, payload: str) -> None:
        """Take note of what an earlier run left retained; it counts for counters."""
        try:
            number = float(payload)
        except ValueError:
            return
        if isfinite(number) and number > 0:
            self._seeds[path] = number

    def judge(
        self,
        measured: Iterable[Measured],
        now: Moment,
        spoken: Callable[[Measured], bool] = lambda _: True,
    ) -> list[Measured]:
        """Return the values as they may be published: believed, held, or None.

        What was not spoken, but is only still known, says nothing new.
        """
        return [self._judged(item, now) if spoken(item) else self._shown(item) for item in measured]

    def shown(self, measured: Iterable[Measured]) -> list[Measured]:
        """Return the values as they were let through last."""
        return [self._shown(item) for item in measured]

    def believes(self, path: Path) -> bool:
        """Return whether the newest value of a reading was let through as it came."""
        return path not in self.doubts.standing

    def forget(self, level: Path) -> None:
        """Forget what stands under a topic level: its device is gone."""
        for path in [p for p in self._tracks if p[: len(level)] == level]:
            del self._tracks[path]
            self.doubts.standing.discard(path)

    def _judged(self, item: Measured, now: Moment) -> Measured:
        if not self._founded(item):
            return replace(item, value=None)
        limits, value = item.reading.quantity.limits, item.value
        if limits is None or isinstance(value, bool) or not isinstance(value, float | int):
            return item
        if limits.per_s is None and limits.low <= value <= limits.high:
            if self.doubts.standing:
                self.doubts.standing.discard(item.path)
            return item
        judged = self._judge(item, limits, value, now)
        return item if judged == value else replace(item, value=judged)

    def _judge(self, item: Measured, limits: Limits, value: float, now: Moment) -> float | None:
        track = self._track(item, limits, now)
        held = track.base.value if limits.counter and track.base else None
        track.shown = held
        if not limits.low <= value <= limits.high:
            track.contradicted(now.steady_s)
            track.rival = None
            self.doubts.add(item, value, "it is out of all range")
            return held
        if track.base is None:
            return self._first(track, limits, value, now)
        if not track.base.goes_on(limits, value, now.steady_s, track.elapsed_s(now.steady_s)):
            if held is not None and 0 < held - value <= _backlash(item):
                return held
            track.contradicted(now.steady_s)
            if not self._stood(track, item, value, now):
                self.doubts.add(item, value, f"after {_told(item, track.base.value)}")
                return held
        track.believe(value, now, keep=limits.counter)
        self.doubts.standing.discard(item.path)
        return value

    def _first(self, track: Track, limits: Limits, value: float, now: Moment) -> float | None:
        """Return a first value; a counter's zero is believed when it has stood for a while."""
        if limits.counter and value == 0 and not track.doubt(limits, value, now.steady_s):
            return None
        track.believe(value, now, keep=limits.counter)
        return value

    def _stood(self, track: Track, item: Measured, value: float, now: Moment) -> bool:
        """Return whether what contradicts the base has stood long enough to be the new one."""
        limits, base = item.reading.quantity.limits, track.base
        if limits is None or base is None or (limits.counter and value == 0):
            track.rival = None  # a zero never replaces a counter
            return False
        if not track.doubt(limits, value, now.steady_s, item.reading.lag):
            return False
        if limits.counter:
            scale = item.reading.quantity.scale
            self.doubts.resets.append(CounterReset(item.path, base.value * scale, value * scale))
        return True

    def _founded(self, item: Measured) -> bool:
        """Return whether all is believed that a reading is made from."""
        return not self.doubts.standing or all(map(self.believes, item.reading.basis))

    def _shown(self, item: Measured) -> Measured:
        if not self._founded(item):
            return replace(item, value=None)
        limits, value = item.reading.quantity.limits, item.value
        if limits is None or isinstance(value, bool) or not isinstance(value, float | int):
            return item
        if limits.per_s is None:
            return item if limits.low <= value <= limits.high else replace(item, value=None)
        track = self._tracks.get(item.path)
        if track is None or track.shown == value:
            return item
        return replace(item, value=track.shown)

    def _track(self, item: Measured, limits: Limits, now: Moment) -> Track:
        track = self._tracks.get(item.path)
        if track is None:
            track = self._tracks[item.path] = Track()
        if self._seeds and limits.counter and item.path in self._seeds:
            self._plant(
                track, limits, self._seeds.pop(item.path) / item.reading.quantity.scale, now
            )
        return track

    @staticmethod
    def _plant(track: Track, limits: Limits, seed: float, now: Moment) -> None:
        """Begin with what was retained, where it is newer than what is known, or all there is."""
        begun_s = now.steady_s - UNKNOWN_AGE_S
        if track.base is None:
            track.base = Series.begin(seed, begun_s)
        elif track.shown is None and limits.follows(track.base.value, seed, UNKNOWN_AGE_S):
            track.base.value = seed

    def _resume(self, path: Path, value: Json, now: Moment) -> None:
        match list(map(finite, value)) if isinstance(value, list) else None:
            case [float() as number, float() as epoch_s] if 0 <= number <= 1e15:
                age_s = now.wall.timestamp() - epoch_s
                age_s = age_s if 0 <= age_s <= UNKNOWN_AGE_S else UNKNOWN_AGE_S
                base = Series.begin(number, now.steady_s - age_s)
                self._tracks[path] = Track(base, epoch_s=epoch_s)


def _backlash(item: Measured) -> float:
    """Return how far a counter may be behind: its lag, or what rounding has added to a seed."""
    quantity = item.reading.quantity
    return max(item.reading.lag, 0.5001 / (pow(10.0, quantity.decimals) * quantity.scale))


def _told(item: Measured, value: float) -> str:
    quantity = item.reading.quantity
    number = quantity.encode_number(value) if isfinite(value) else str(value)
    return f"{number} {quantity.unit or ''}".strip()
