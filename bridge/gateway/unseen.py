"""A write of mode or reserve that the gateway was not seen to hold: when it is committed.

Firmware that wants a commit lets a write wait for one, by whomever it comes.
"""

from math import inf

from bridge.commands import Operate
from bridge.parts import Operation
from bridge.verification import PATIENCE_S, matches

AGAIN_S = 5.0  # what was not answered may be carried out late; doubled every time


class Unseen:
    """A write of ours until it was seen, or another has taken its place.

    commit is `auto`, `always` or `never`; owed says that the gateway showed the wish before it was
    written, so that no reading tells whether it waits.
    """

    def __init__(self, wish: Operate, commit: str, *, owed: bool) -> None:
        self._wish = wish
        self._never = commit == "never"
        self.owed = not self._never and (owed or commit == "always")
        self._accepted = False
        self._next_s = self._until_s = -inf
        self._again_s = AGAIN_S

    def sent(self, now_s: float, *, accepted: bool) -> None:
        """Take note that it went out; accepted says that the gateway answered it well."""
        self._accepted = accepted
        self._until_s = now_s + PATIENCE_S  # then it was said that nobody knows

    def shown(self, held: Operation) -> bool:
        return matches(self._wish, held)

    def wants_commit(self, held: Operation, newer: Operate | None, now_s: float) -> bool:
        """Return whether a commit is due; held is what is shown, newer what is written next."""
        if self._never or not self._next_s <= now_s < self._until_s:
            return False
        if self.shown(held):
            return self.owed
        return newer is None or not self._wish.subjects <= newer.subjects

    def committed(self, now_s: float, *, taken: bool) -> None:
        """Take note of a commit; taken says that the gateway answered it well."""
        self.owed = False
        self._next_s = inf if taken and self._accepted else now_s + self._again_s
        self._again_s *= 2

    def touched_by(self, wish: Operate) -> bool:
        """Return whether a newer write sets something of the same."""
        return bool(self._wish.subjects & wish.subjects)
