"""An inbox without threads."""

from collections import deque
from queue import Empty, SimpleQueue

from fakes import FakeClock

from bridge.poller import Arrival, Stop


class WaitingRoom(SimpleQueue[Arrival]):
    """An inbox in which waiting makes the time pass; what comes later is told beforehand.

    After the last of it, the next wait brings a Stop.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._later: deque[tuple[float, Arrival | None]] = deque()
        self.waits: list[float] = []

    def later(self, at_s: float, item: Arrival | None) -> None:
        """Let an item come at that time; None only lets the time pass."""
        self._later.append((at_s, item))

    def get(
        self,
        block: bool = True,  # noqa: FBT001, FBT002  # the signature of SimpleQueue
        timeout: float | None = None,
    ) -> Arrival:
        if not block or not self.empty():
            return super().get(block=False)
        assert timeout is not None
        self.waits.append(timeout)
        if not self._later:
            return Stop()
        at_s, item = self._later[0]
        if at_s > self._clock.s + timeout or item is None:
            self._clock.s += timeout
            if at_s <= self._clock.s:
                self._later.popleft()
            raise Empty
        self._clock.s = max(self._clock.s, at_s)
        self._later.popleft()
        return item

    def get_nowait(self) -> Arrival:
        return super().get(block=False)
