"""What every answer is made from, and how the gateway writes times and JSON."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bridge.simulator.day import ZONE, Noise
from bridge.simulator.physics import Orders, State
from bridge.simulator.site import PackReading, Site

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None

_WHOLE = re.compile(r"(?<=\d)\.0(?=[,}\]])")
NEVER = "0001-01-01T00:00:00Z"
_SHANGHAI = timezone(timedelta(hours=8))  # the gateway's own zone, wherever it stands


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of a gateway: the same moment always gives the same answers."""

    site: Site
    state: State
    orders: Orders
    packs: tuple[PackReading, ...]
    noise: Noise
    version: str
    booted_at: float
    running_since: float

    @property
    def now(self) -> float:
        return self.state.time

    def jitter(self, channel: int) -> float:
        """Return a number from -1 to 1 that changes every second."""
        return self.noise.at(channel, self.now)

    @property
    def frequency_hz(self) -> float:
        """Return the battery's frequency: that of the grid, or of the island it makes."""
        return round(60 + 0.025 * self.jitter(11), 3)

    @property
    def leg_volts(self) -> tuple[float, float]:
        """Return the two legs of the split phase against neutral."""
        return (round(121.4 + self.jitter(12), 2), round(121.9 + self.jitter(13), 2))

    @property
    def soe_percent(self) -> float:
        """Return the charge on the raw scale, from the whole Wh that system_status shows."""
        return 100 * self.energy_wh / self.full_wh

    @property
    def energy_wh(self) -> int:
        return sum(pack.energy_wh for pack in self.packs)

    @property
    def full_wh(self) -> int:
        return sum(pack.pack.full_wh for pack in self.packs)


def encode(document: Json) -> bytes:
    """Write compact JSON in which whole numbers have no fraction: Go writes 24, not 24.0."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return _WHOLE.sub("", text).encode()


def rfc3339(now: float, nanos: int = 0) -> str:
    """Write a local time with 0 to 9 digits of a second: Go drops trailing zeros."""
    text = datetime.fromtimestamp(int(now), ZONE).isoformat()
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    return f"{text[:19]}{fraction}{text[19:]}"


def start_time(now: float) -> str:
    return datetime.fromtimestamp(int(now), _SHANGHAI).strftime("%Y-%m-%d %H:%M:%S +0800")


def go_duration(seconds: float) -> str:
    """Write a duration as Go does: 223h5m51.577762169s, 17m3.2s, 8.1s, 250ms."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:.6f}".rstrip("0").rstrip(".") + "ms"
    whole = math.floor(seconds)
    part = f"{seconds - whole:.9f}"[1:].rstrip("0").rstrip(".")
    hours, minutes = divmod(whole // 60, 60)
    text = f"{whole % 60}{part}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{hours}h{text}" if hours else text
