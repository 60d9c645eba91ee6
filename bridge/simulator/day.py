"""What sun and people do: power curves over a day, with noise that depends on time only."""

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

# Arizona keeps one offset all year: local time needs no time zone data.
_OFFSET = timedelta(hours=-7)
ZONE = timezone(_OFFSET)
ZONE_NAME = "America/Phoenix"

_TABLE = 1024
_SUNRISE_H, _SUNSET_H = 5.75, 19.25


def seeded(seed: int, purpose: str) -> random.Random:
    """Return a generator whose numbers follow from the seed, other ones for each purpose."""
    return random.Random(f"{purpose}-{seed}")  # noqa: S311 - invents a house, guards nothing


def local_midnight(now: float) -> float:
    day = datetime.fromtimestamp(now, ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.timestamp()


def local_hour(now: float) -> float:
    """Return the time of day in hours, 0 to 24."""
    return (now + _OFFSET.total_seconds()) % 86400 / 3600


class Noise:
    """Numbers between -1 and 1 that are the same whenever one asks for the same time."""

    def __init__(self, seed: int) -> None:
        numbers = seeded(seed, "noise")
        self._table = tuple(numbers.uniform(-1.0, 1.0) for _ in range(_TABLE))

    def at(self, channel: int, now: float) -> float:
        """Return another number every second."""
        return self._table[(int(now) * 7 + channel * 131) % _TABLE]

    def smooth(self, channel: int, now: float, period_s: float) -> float:
        """Return a curve that turns about once per period."""
        whole, part = divmod(now / period_s, 1.0)
        first = self._table[(int(whole) * 7 + channel * 131) % _TABLE]
        second = self._table[(int(whole) * 7 + 7 + channel * 131) % _TABLE]
        return first + (second - first) * part


@dataclass(frozen=True, slots=True)
class Day:
    """A house's habits: W of sun and load at any time."""

    noise: Noise
    solar_peak_w: float
    night_solar: bool  # an outside current transformer sees some W of either sign at night

    def solar_w(self, now: float) -> float:
        sun = (local_hour(now) - _SUNRISE_H) / (_SUNSET_H - _SUNRISE_H)
        if not 0 < sun < 1:
            return self.noise.at(1, now) * 8 - 2 if self.night_solar else 0.0
        clouds = 0.9 + 0.09 * self.noise.smooth(2, now, 600) + 0.01 * self.noise.at(3, now)
        height: float = math.sin(math.pi * sun) ** 1.3
        return self.solar_peak_w * height * clouds

    def load_w(self, now: float) -> float:
        hour = local_hour(now)
        morning = 500 * math.exp(-((hour - 7.5) ** 2))
        evening = 1100 * math.exp(-((hour - 19) ** 2) / 6)
        fridge = 130 if now % 3600 < 1300 else 0
        # About one in seven stretches of four minutes boils, irons or bakes something.
        cooking = 1400 if 6 < hour < 22 and self.noise.at(4, now // 240) > 0.72 else 0
        return 340 + morning + evening + fridge + cooking + 9 * self.noise.at(5, now)
