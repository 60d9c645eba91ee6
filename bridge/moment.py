"""A moment as the core needs it: it takes time, it does not tell it."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds of a steady clock for waits, and the bridge's wall clock for people."""

    steady_s: float
    wall: datetime

    @property
    def iso(self) -> str:
        return iso(self.wall)


def iso(moment: datetime) -> str:
    """Return a time as topics carry it: ISO 8601, UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
