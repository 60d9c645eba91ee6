"""What the views are made of: the gateway's own documents, and what the bridge knows beside them.

Documents hold anything: what is not of the kind that a view needs is missing.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bridge.documents import Document
from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.quantities import ABSURD

Members = Mapping[str, object]

_UP, _DOWN, _SYNCING = 1, 0, -1
_GRID_NUMBERS = {
    "SystemGridConnected": _UP,
    "SystemIslandedActive": _DOWN,
    "SystemMicroGridFaulted": _DOWN,
    "SystemWaitForUser": _DOWN,
} | dict.fromkeys(
    ("SystemIslandedReady", "SystemTransitionToGrid", "SystemTransitionToIsland"), _SYNCING
)


@dataclass(frozen=True, slots=True)
class Sources:
    """The inputs of all views at one moment.

    documents are the last good answers that still hold; figures are the bridge's own.
    """

    documents: Mapping[Endpoint, Document]
    snapshot: Snapshot
    figures: Members = field(default_factory=dict)

    def members(self, endpoint: Endpoint) -> Members | None:
        """Return a document that is an object, None when it is missing."""
        document = self.documents.get(endpoint)
        return document.value if document and isinstance(document.value, dict) else None

    def number(self, endpoint: Endpoint, name: str) -> float | None:
        return number((self.members(endpoint) or {}).get(name))

    def power_w(self, meter: str) -> float | None:
        """Return a meter's power; None for one that does not exist or is not heard any more."""
        known = self.snapshot.meter(meter)
        if known is None or known.power_w is None:
            return None
        return number(section(self.members(Endpoint.METERS), meter).get("instant_power"))

    @property
    def grid_number(self) -> int | None:
        """1 on the grid, 0 off the grid, -1 in between; None when unknown."""
        word = (self.members(Endpoint.GRID_STATUS) or {}).get("grid_status")
        return _GRID_NUMBERS.get(word) if isinstance(word, str) else None

    @property
    def reserve_percent(self) -> float | None:
        """The backup reserve on the app's scale, below 0 where the gateway holds less than 5."""
        raw = self.number(Endpoint.OPERATION, "backup_reserve_percent")
        return None if raw is None else raw / 0.95 - 5 / 0.95

    @property
    def time_remaining_h(self) -> float | None:
        """Stored energy over home use, None without use; reserve and sun are not looked at."""
        stored = self.number(Endpoint.SYSTEM_STATUS, "nominal_energy_remaining")
        use_w = self.power_w("load")
        if stored is None or use_w is None or use_w <= 0:
            return None
        hours = stored / use_w
        return hours if math.isfinite(hours) else None

    @property
    def blocks(self) -> list[Members]:
        """The packs that `system_status` lists."""
        listed = (self.members(Endpoint.SYSTEM_STATUS) or {}).get("battery_blocks")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    def devices(self, *types: str) -> Iterator[tuple[str, Members]]:
        """Yield the devices of these types by DIN, in the order of the vitals."""
        for din, device in (self.members(Endpoint.VITALS) or {}).items():
            if isinstance(device, dict) and (not types or din.partition("--")[0] in types):
                yield din, device


def number(value: object) -> float | None:
    """Return a value that is a number as it is, an int too; None for one beyond all reason."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < ABSURD else None


def section(members: Members | None, name: str) -> Members:
    """Return a member that is an object, an empty one otherwise."""
    found = (members or {}).get(name)
    return found if isinstance(found, dict) else {}


def bit(value: object) -> int | None:
    """Return true and false as 1 and 0."""
    return int(value) if isinstance(value, bool) else None
