"""The gateway's own JSON: which paths may be asked for, and how somebody asks."""

from collections import deque
from dataclasses import dataclass
from difflib import get_close_matches

from bridge.ledger import Reply
from bridge.parts import Endpoint

# What the pyPowerwall proxy passes through, with the two paths that it answers itself under the
# same names. All are reads; nothing else is ever asked of a gateway for somebody else.
PATHS: tuple[str, ...] = (
    "status",
    "meters/aggregates",
    "system_status/soe",
    "system_status",
    "system_status/grid_status",
    "system_status/grid_faults",
    "operation",
    "sitemaster",
    "site_info",
    "site_info/site_name",
    "site_info/grid_codes",
    "powerwalls",
    "meters",
    "meters/site",
    "meters/solar",
    "meters/readings",
    "solar_powerwall",
    "solars",
    "solars/brands",
    "installer",
    "customer",
    "networks",
    "system/networks",
    "system/update/status",
    "synchrometer/ct_voltage_references",
    "auth/toggle/supported",
)
WITHHELD = {
    "devices/vitals": "it is no JSON; `device/<DIN>` and `view/vitals` tell what is in it",
    "config": "the proxy has no such path; `gateway/din` tells what is in it",
    "generators": "the proxy has no such path; `generator/...` tells what is in it",
}
_LONGEST = 64  # characters that are compared with the list
_LIST = "docs/topics.md lists those that are, under Raw answers"


def objection(path: str) -> str | None:
    """Return why a path is not passed on and what to ask instead, None for one that is."""
    if path in PATHS:
        return None
    if reason := WITHHELD.get(path):
        return f"not passed on: {reason}"
    near = get_close_matches(path[:_LONGEST].lower(), PATHS, n=1)
    return f"not a path that is passed on; {f'did you mean {near[0]}? ' if near else ''}{_LIST}"


@dataclass(frozen=True, slots=True)
class Request:
    """A message on `api/<path>/get`; arrived_s is when, in seconds of the steady clock."""

    path: str
    payload: bytes
    reply: Reply | None
    arrived_s: float


class Strangers:
    """Lets few of the requests for other paths in: an answer in words is due, but not to a flood.

    Times are seconds of the steady clock.
    """

    MOST = 3
    IN_S = 60.0

    def __init__(self) -> None:
        self._admitted_s: deque[float] = deque(maxlen=self.MOST)

    def admits(self, now_s: float) -> bool:
        """Return whether one more may come in now, and count it if so."""
        full = len(self._admitted_s) == self.MOST
        if full and now_s - self._admitted_s[0] < self.IN_S:
            return False
        self._admitted_s.append(now_s)
        return True


def without_endpoint(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths that are read for the sake of raw answers alone."""
    return tuple(path for path in paths if path not in tuple(Endpoint))
