"""The bridge's clock with leaps, so that nobody has to sit through a minute of silence."""

from collections.abc import Callable
from datetime import timedelta

from bridge.moment import Moment


class Leaping:
    """Runs as the clock it is given does, from where it leapt to."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self._ahead_s = 0.0

    def __call__(self) -> Moment:
        now, ahead_s = self._clock(), self._ahead_s
        return Moment(now.steady_s + ahead_s, now.wall + timedelta(seconds=ahead_s))

    def leap(self, seconds: float) -> None:
        self._ahead_s += seconds
