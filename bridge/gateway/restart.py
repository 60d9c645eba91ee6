"""Starting a site master that a login has stopped: at once, then ever less often."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from bridge.errors import BadAnswer, Busy, Denied, Missing, Stopped, Unauthorized, Unreachable
from bridge.gateway.account import RUN_OWED, Clock
from bridge.gateway.decode import decode
from bridge.gateway.http import Answer, Call
from bridge.parts import Endpoint, Sitemaster
from bridge.state import Store

START_S = 10.0  # how long a site master may take to run
_STEP_S = 0.5
_LONGEST_S = 300.0
_RUN = Call("GET", "sitemaster/run", write=True)
_LOOK = Call("GET", Endpoint.SITEMASTER)


@dataclass(frozen=True, slots=True)
class _Told:
    """When the site master was told to run, and for how long it is not told so again."""

    at: float = -inf
    wait_s: float = START_S / 2

    def again(self, now: float) -> "_Told":
        return _Told(now, min(self.wait_s * 2, _LONGEST_S))


class Restart:
    """Pays what a login owes, in attempts between which the polls go on.

    The first one waits for the site master to run, the later ones look with the next calls.
    """

    def __init__(self, carry_out: Callable[[Call], Answer], store: Store, clock: Clock) -> None:
        self._carry_out = carry_out
        self._store = store
        self._clock = clock
        self._told = _Told()

    def renew(self) -> None:
        """Begin anew with the next call: a login was made."""
        self._told = _Told()

    def go_on(self) -> bool:
        """Do what is due; return whether nothing is owed. Raises the GatewayError in the way."""
        if not self._store.get(RUN_OWED):
            return True
        now, before = self._clock.monotonic(), self._told
        if now >= before.at + before.wait_s:
            self._tell(now)
        elif now >= before.at + START_S:
            return False
        while not self._running():
            if before != _Told() or self._clock.monotonic() >= now + START_S:
                raise Stopped("sitemaster/run: the site master does not run yet")
            self._clock.sleep(_STEP_S)
        self._store.put(RUN_OWED, value=False)
        self.renew()
        return True

    def _tell(self, now: float) -> None:
        """Tell the site master to run; where nobody was there to hear it, that was no attempt."""
        before, self._told = self._told, self._told.again(now)
        try:
            self._carry_out(_RUN)
        except Unreachable:
            self._told = before
            raise
        except (Denied, Missing, Unauthorized):  # a new firmware, or no login stopped anything
            if not self._running():
                raise

    def _running(self) -> bool:
        try:
            part, _ = decode(Endpoint.SITEMASTER, self._carry_out(_LOOK).body)
        except (Busy, Stopped, BadAnswer, ValueError):
            return False
        return isinstance(part, Sitemaster) and part.running is True
