"""How long to wait: backoffs, pauses of a whole gateway, and the pace of polling.

Pure: times are seconds of a steady clock, brought by the caller.
"""

from collections import deque
from collections.abc import Callable

from bridge.errors import GatewayError, RateLimited
from bridge.health.table import OUTAGE_S, SLOWEST_S, Row, Wait, row_of

MINUTE_S = 60.0


class Backoff:
    """Waits that grow from the first to the longest."""

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._next_s = wait.first_s

    def take(self) -> float:
        wait_s = self._next_s
        self._next_s = min(wait_s * self._wait.growth, self._wait.longest_s)
        return wait_s

    def reset(self) -> None:
        self._next_s = self._wait.first_s


class Quiet:
    """How long the whole gateway is left alone; times are seconds of a steady clock."""

    def __init__(self, poll_interval_s: float, dice: Callable[[], float]) -> None:
        self._interval_s = poll_interval_s
        self._dice = dice
        self._failing_since: float | None = None
        self._slow_down = Backoff(Wait(min(poll_interval_s * 2, SLOWEST_S), SLOWEST_S))
        self._limits: dict[Row, Backoff] = {}
        self.until = float("-inf")
        self.pause_s = 0.0  # as long as the last one is, or was

    def begin(self, error: GatewayError, now: float) -> None:
        row = row_of(error)
        if row.wait is not None:
            wait_s = self._limits.setdefault(row, Backoff(row.wait)).take()
            asked_s = error.retry_after_s if isinstance(error, RateLimited) else None
            self.pause_s = max(asked_s, self._interval_s) if asked_s else wait_s
            self.until = now + self.pause_s
            return
        if self._failing_since is None:
            self._failing_since = now
        wait_s = self._interval_s
        if now - self._failing_since >= OUTAGE_S:
            wait_s = max(wait_s, self._slow_down.take() * (0.8 + 0.4 * self._dice()))
        self.until = now + wait_s

    def end(self) -> None:
        self.until = float("-inf")

    def answered(self) -> None:
        """Take note that the gateway speaks: the next pause is a first one again."""
        self._failing_since = None
        self._slow_down.reset()
        self._limits.clear()


class Pace:
    """Polls less often while the gateway is strained, and as often as set again afterwards."""

    SLOWEST = 8.0
    CALM_POLLS = 12  # in a row, before it is asked more often again

    def __init__(self) -> None:
        self.factor = 1.0
        self._strained = False
        self._calm = 0

    def strain(self) -> None:
        """Take note of a 429, a 503 or a time-out; one in a poll counts as many."""
        self._strained = True

    def poll_ended(self, *, answered: bool = True) -> None:
        """Take note of a poll's end; one without an answer is neither a strain nor calm."""
        if self._strained:
            self.factor, self._calm = min(self.factor * 2, self.SLOWEST), 0
        elif answered:
            self._calm += 1
        if self._calm >= self.CALM_POLLS:
            self.factor, self._calm = max(self.factor / 2, 1.0), 0
        self._strained = False


class Rate:
    """How fast a count grew in the last minute."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def note(self, now_s: float, total: int) -> None:
        """Take in the count as it is now; to be called often."""
        self._samples.append((now_s, total))
        while len(self._samples) > 1 and now_s - self._samples[1][0] >= MINUTE_S:
            self._samples.popleft()

    @property
    def per_minute(self) -> int:
        """By how much it grew in the last minute; less while it is not that old."""
        return self._samples[-1][1] - self._samples[0][1] if self._samples else 0
