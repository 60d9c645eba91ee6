"""Things that go wrong on purpose: rows that are matched before the gateway itself answers."""

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from bridge.simulator.exchange import Answer, Call
from bridge.simulator.manners import Manner

Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong with the requests that match method and path.

    path is without /api/ and may hold `*`. A status without a body brings the body that a real
    gateway sends with it; neither leaves the true answer, so that delay_s, headers and manner can
    be added to it; change makes another body of it. share is how many of the requests it happens
    to, 0 to 1; count is how often it happens, None until it is removed.
    """

    path: str = "*"
    method: str = "*"
    status: int | None = None
    body: bytes | None = None
    change: Change | None = None
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    manner: Manner = Manner.WHOLE
    share: float = 1.0
    count: int | None = None

    def matches(self, method: str, path: str) -> bool:
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def answer(self, call: Call, true_answer: Callable[[], Answer]) -> Answer:
        if self.status is not None:
            answer = Answer.standard(self.status, call.method)
        else:
            answer = true_answer()
        body = answer.body if self.body is None else self.body
        if self.change is not None and answer.status == 200:
            body = self.change(body)
        return Answer(answer.status, body, answer.headers + self.headers)


class Faults:
    """The faults that are switched on; the one added first wins. seed is for their dice."""

    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._armed: dict[int, Fault] = {}
        self._dice = random.Random(seed)  # noqa: S311 - a fault is no secret

    def add(self, fault: Fault) -> int:
        """Switch a fault on; return the id to remove it by."""
        if fault.count is not None and fault.count < 1:
            raise ValueError("a fault happens at least once")
        if not 0 < fault.share <= 1:
            raise ValueError("share is above 0 and at most 1")
        with self._lock:
            number = next(self._ids)
            self._armed[number] = fault
            return number

    def remove(self, number: int) -> None:
        with self._lock:
            self._armed.pop(number, None)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    @property
    def armed(self) -> dict[int, Fault]:
        with self._lock:
            return dict(self._armed)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        with self._lock:
            for number, fault in self._armed.items():
                if fault.matches(method, path) and self._dice.random() < fault.share:
                    self._count_down(number, fault)
                    return fault
        return None

    def _count_down(self, number: int, fault: Fault) -> None:
        if fault.count == 1:
            del self._armed[number]
        elif fault.count is not None:
            self._armed[number] = replace(fault, count=fault.count - 1)
