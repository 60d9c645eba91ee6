"""An inbox without threads."""

from collections import deque
from queue import Empty, SimpleQueue

from fakes import FakeClock

from bridge.inventory import Inherited
from bridge.orders import Incoming
from bridge.poller import Stop
from bridge.raw import Request


class WaitingRoom(SimpleQueue[Incoming | Request | Inherited | Stop]):
    """An inbox in which waiting makes the time pass; what comes later is told beforehand.

    After the last of it, the next wait brings a Stop.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._later: deque[tuple[float, Incoming | Request | Inherited | Stop | None]] = deque()
        self.waits: list[float] = []

    def later(self, at_s: float, item: Incoming | Request | Inherited | Stop | None) -> None:
        """Let an item come at that time; None only lets the time pass."""
        self._later.append((at_s, item))

    def get(
        self,
        block: bool = True,  # noqa: FBT001, FBT002  # the signature of SimpleQueue
        timeout: float | None = None,
    ) -> Incoming | Request | Inherited | Stop:
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

    def get_nowait(self) -> Incoming | Request | Inherited | Stop:
        return super().get(block=False)
