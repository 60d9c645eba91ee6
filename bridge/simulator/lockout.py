"""A gateway that has had enough: too many requests or logins, and it answers 429 for a while."""

import math
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lockout:
    """Answers 429 for lasts_s once more than `most` matching requests came within window_s.

    Times are seconds of the simulated clock. logins_only counts logins, and refuses only them;
    until is when the present refusal is over.
    """

    most: float
    window_s: float
    lasts_s: float
    logins_only: bool = False
    until: float = -math.inf
    _came: deque[float] = field(default_factory=deque)

    def refuses(self, path: str, now: float) -> bool:
        """Take note of a request; return whether it is one too many."""
        if self.logins_only and path != "login/Basic":
            return False
        if now < self.until:
            return True
        self._came.append(now)
        while self._came[0] <= now - self.window_s:
            self._came.popleft()
        if len(self._came) <= self.most:
            return False
        self._came.clear()
        self.until = now + self.lasts_s
        return True
