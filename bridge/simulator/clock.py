"""A clock that can run fast, stand still and jump."""

import threading
from collections.abc import Callable


class Clock:
    """Virtual time in seconds since 1970.

    It starts at `start` and runs `speed` times as fast as `real`, the clock of this machine
    (any function that returns seconds and never falls).
    """

    def __init__(self, real: Callable[[], float], start: float, speed: float = 1.0) -> None:
        self._real = real
        self._lock = threading.Lock()
        self._virtual_then = start
        self._real_then = real()
        self._speed = _checked(speed)

    def now(self) -> float:
        with self._lock:
            return self._now()

    @property
    def speed(self) -> float:
        """Virtual seconds per real second; 0 is frozen."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        checked = _checked(speed)
        with self._lock:
            self._anchor(self._now())
            self._speed = checked

    def freeze(self) -> None:
        self.speed = 0.0

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds:g} s")
        with self._lock:
            self._anchor(self._now() + seconds)

    def _now(self) -> float:
        return self._virtual_then + (self._real() - self._real_then) * self._speed

    def _anchor(self, virtual: float) -> None:
        self._virtual_then = virtual
        self._real_then = self._real()


def _checked(speed: float) -> float:
    if not 0 <= speed < float("inf"):
        raise ValueError(f"the speed must be 0 or more, not {speed:g}")
    return speed
