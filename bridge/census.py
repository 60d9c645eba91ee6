"""Which devices are gone for good: absent for a day, while those who would know have answered.

Pure. Only time that was observed counts, so neither an outage nor a clock that jumps clears
anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bridge.devices import owners
from bridge.documents import Json
from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.readings import Kind

Key = tuple[Kind, str]

GONE_S = 86_400.0
LONGEST_STEP_S = 600.0
RECENT_S = 7200.0  # older than this an answer bears witness no more
# All of the former have to answer, and of the latter the vitals, which list everything, or else
# all that the gateway does not refuse: a device of which nobody would tell is not gone.
_WITNESSES = frozenset({Endpoint.SYSTEM_STATUS, Endpoint.POWERWALLS})
_SOLAR = frozenset({Endpoint.VITALS, Endpoint.SOLAR_POWERWALL})
_LISTING = {
    Kind.PACK: _WITNESSES,
    Kind.INVERTER: _SOLAR | {Endpoint.POWERWALLS},
    Kind.METER: frozenset({Endpoint.VITALS, Endpoint.METER_LIST, Endpoint.METER_READINGS}),
}
_HEEDED = _WITNESSES.union(*_LISTING.values())


@dataclass(slots=True)
class Absence:
    """How long a device was seen to be absent, and who has answered without it."""

    seconds: float = 0.0
    heard: set[Endpoint] = field(default_factory=set)


class Census:
    """Counts how long known devices are absent; fed with every good answer.

    saved is what an earlier census gave as `saved`. It waits until its device is known again, which
    may be long after the first answers.
    """

    def __init__(self, saved: Json = None) -> None:
        self._absent: dict[Key, Absence] = {}
        self._earlier: dict[Key, float] = {}
        self._counted_s: float | None = None
        self._answered_s: dict[Endpoint, float] = {}
        for name, seconds in (saved if isinstance(saved, dict) else {}).items():
            kind, _, key = name.partition("/")
            if kind in set(Kind) and isinstance(seconds, int | float) and 0 <= seconds < GONE_S:
                self._earlier[Kind(kind), key] = float(seconds)

    @property
    def saved(self) -> Json:
        """The absences as a value for the Store: device -> seconds."""
        seconds = self._earlier | {key: a.seconds for key, a in self._absent.items()}
        return {f"{kind}/{key}": round(s) for (kind, key), s in seconds.items()}

    def note(self, endpoint: Endpoint, snapshot: Snapshot, now_s: float) -> list[Key]:
        """Take in an answer; return the devices that are gone for good by now."""
        told = snapshot.granted
        if endpoint not in _HEEDED or not any(p.seen for p in told.listed_packs.values()):
            return []
        self._answered_s[endpoint] = now_s
        there = listed(told)
        absent = [device for device in known(snapshot) if device not in there]
        for key in there:
            self._earlier.pop(key, None)
        self._absent = {key: self._absence(key) for key in absent}
        for absence in self._absent.values():
            absence.heard.add(endpoint)
        if endpoint is Endpoint.SYSTEM_STATUS:
            self._count(snapshot.refused, now_s)
        gone = [key for key, absence in self._absent.items() if absence.seconds >= GONE_S]
        for key in gone:
            del self._absent[key]
        return gone

    def _absence(self, key: Key) -> Absence:
        """Return how long a device is absent so far, with what an earlier run has seen of it."""
        return self._absent.get(key) or Absence(self._earlier.pop(key, 0.0))

    def _count(self, refused: frozenset[Endpoint], now_s: float) -> None:
        before_s, self._counted_s = self._counted_s, now_s
        if before_s is None:
            return
        recent = {e for e, at_s in self._answered_s.items() if now_s - at_s <= RECENT_S}
        for (kind, _), absence in self._absent.items():
            heard = (absence.heard & recent) - refused
            asked = _LISTING[kind] - refused
            complete = Endpoint.VITALS in heard or (asked and heard >= asked)
            if complete and heard >= _WITNESSES:
                absence.seconds += min(now_s - before_s, LONGEST_STEP_S)


def known(snapshot: Snapshot) -> Iterator[Key]:
    """Yield all devices that the snapshot has in mind."""
    yield from _keys(Kind.PACK, snapshot.known_packs)
    yield from _keys(Kind.INVERTER, snapshot.known_inverters)
    yield from _keys(Kind.METER, snapshot.known_meters)


def listed(snapshot: Snapshot) -> frozenset[Key]:
    """Return all devices that an answer lists; a silent or dead one is listed too."""
    packs = _keys(Kind.PACK, snapshot.listed_packs)
    solar = _keys(Kind.INVERTER, _inverters(snapshot))
    meters = _keys(Kind.METER, snapshot.listed_meters)
    return frozenset((*packs, *solar, *meters))


def _inverters(snapshot: Snapshot) -> Iterable[str]:
    """Return the keys of the inverters that are listed.

    Where no source of them is left, the Powerwall+ that they are part of stands for them.
    """
    if snapshot.refused >= _SOLAR and owners(snapshot.installed_packs):
        return snapshot.known_inverters
    return snapshot.listed_inverters


def _keys(kind: Kind, keys: Iterable[str]) -> Iterator[Key]:
    return ((kind, key) for key in keys)
