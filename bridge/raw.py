"""The gateway's own JSON: which paths may be asked for, and how somebody asks."""

from collections import deque
from dataclasses import dataclass

from bridge.orders import Reply
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
