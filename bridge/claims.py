"""Which gateway of this bridge is which site, and which tells Home Assistant of a device.

Pure. A pack that moved to another gateway, or gateways that swapped places, leave two of them that
know a device: one that has it, and one that bears it in mind for a day.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum

from bridge.census import Key, known, listed
from bridge.model import Snapshot
from bridge.readings import Kind


class Hold(IntEnum):
    """How well a gateway knows a device; the better one tells of it."""

    REMEMBERED = 0
    LISTED = 1
    PRESENT = 2


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How a gateway comes to terms with the others of this bridge.

    share(holds) returns the discovery topics, of those that the gateway could tell of, of which
    another one tells. hand_over(topic, payload) lets that one know what was said there so far.
    """

    share: Callable[[Mapping[str, Hold]], frozenset[str]]
    hand_over: Callable[[str, str], None]


@dataclass(slots=True)
class _Claim:
    owner: str
    hold: Hold
    heir: tuple[Hold, str] | None = None


class Claims:
    """What each gateway of a bridge has claimed.

    A device changes hands only when its owner asks: from then on that one says nothing more of it,
    so that it is never the last to speak.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._sites: dict[str, str] = {}
        self._devices: dict[str, _Claim] = {}

    def site(self, key: str, name: str) -> str | None:
        """Return the name of another gateway that has this site key already, else None."""
        with self._lock:
            owner = self._sites.setdefault(key, name)
        return None if owner == name else owner

    def devices(self, holds: Mapping[str, Hold], name: str) -> frozenset[str]:
        """Return the devices, of all that a gateway knows now, of which another one tells."""
        with self._lock:
            for topic in self._devices.keys() - holds.keys():
                self._drop(topic, name)
            return frozenset(t for t, hold in holds.items() if not self._own(t, hold, name))

    def _drop(self, topic: str, name: str) -> None:
        claim = self._devices[topic]
        if claim.owner == name:
            del self._devices[topic]
        elif claim.heir and claim.heir[1] == name:
            claim.heir = None

    def _own(self, topic: str, hold: Hold, name: str) -> bool:
        claim = self._devices.setdefault(topic, _Claim(name, hold))
        if claim.owner == name:
            claim.hold = hold
            if claim.heir is None or claim.heir[0] <= hold:
                return True
            self._devices[topic] = _Claim(claim.heir[1], claim.heir[0])
            return False
        if claim.heir is None or claim.heir[1] == name or claim.heir[0] < hold:
            claim.heir = (hold, name) if hold > claim.hold else None
        return False


def holds(snapshot: Snapshot, *, online: bool) -> dict[Key, Hold]:
    """Return how well a gateway knows its devices; one that is offline only remembers them."""
    if not online:
        return dict.fromkeys(known(snapshot), Hold.REMEMBERED)
    packs, inverters, meters = snapshot.packs, snapshot.inverters, snapshot.meter_devices
    present = {(Kind.PACK, key) for key, pack in packs.items() if pack.present}
    present |= {(Kind.INVERTER, key) for key, one in inverters.items() if one.present}
    present |= {(Kind.METER, key) for key, one in meters.items() if one.present}
    told = listed(snapshot.granted)
    return {
        key: Hold.PRESENT if key in present else Hold.LISTED if key in told else Hold.REMEMBERED
        for key in known(snapshot)
    }
