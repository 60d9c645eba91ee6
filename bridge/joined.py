"""Which devices of the vitals a pack, an inverter or a meter is made of.

Pure. When one is gone for good, what stands at `device/<DIN>` of its parts goes with it, and by
then the vitals tell of none of them.
"""

from collections.abc import Iterator

from bridge.documents import Json
from bridge.model import Snapshot
from bridge.parts import Device, Vitals
from bridge.readings import Kind
from bridge.words import segment

_METERS = frozenset({"NEURIO", "TESYNC", "TEMSA"})
_BOARD = ("_x", "_y", "_z")


class Joined:
    """Bears in mind which DINs belong to each device; saved is what an earlier one gave so."""

    def __init__(self, saved: Json = None) -> None:
        listed = saved if isinstance(saved, dict) else {}
        self._dins = {
            name: {din for din in dins if isinstance(din, str)}
            for name, dins in listed.items()
            if isinstance(dins, list)
        }
        self._vitals: Vitals | None = None

    @property
    def saved(self) -> Json:
        """The DINs as a value for the Store: device -> DINs."""
        return {name: [*sorted(dins)] for name, dins in self._dins.items()}

    def follow(self, snapshot: Snapshot) -> bool:
        """Take note of what the vitals tell; return whether that is new."""
        if snapshot.vitals is self._vitals:
            return False
        before, self._vitals = self.saved, snapshot.vitals
        for kind, key, parts in _parts(snapshot):
            if dins := {part.din for part in (*parts, *_plates(parts, snapshot.devices))}:
                self._dins.setdefault(f"{kind}/{key}", set()).update(dins)
        return self.saved != before

    def take(self, kind: Kind, key: str, snapshot: Snapshot) -> list[str]:
        """Return the DINs that go with a device: those of no other one, which nothing lists."""
        own = self._dins.pop(f"{kind}/{key}", set())
        listed = {device.din for device in snapshot.granted.devices}
        return sorted(own.difference(listed, *self._dins.values()))


def _parts(snapshot: Snapshot) -> Iterator[tuple[Kind, str, list[Device]]]:
    for key, pack in snapshot.listed_packs.items():
        yield Kind.PACK, key, _there(pack.controller, pack.battery, pack.inverter)
    for key, inverter in snapshot.listed_inverters.items():
        yield Kind.INVERTER, key, _there(inverter.pvac, inverter.pvs)
    meters = [device for device in snapshot.devices if device.type in _METERS]
    for key in snapshot.listed_meters:
        names = {key, key[:-2] if key.endswith(_BOARD) else key}
        yield Kind.METER, key, [m for m in meters if segment(_serial(m)) in names]


def _there(*devices: Device | None) -> list[Device]:
    return [device for device in devices if device]


def _plates(parts: list[Device], devices: tuple[Device, ...]) -> list[Device]:
    """Return the TESLA devices of the same names: they tell of no more than how it is set up."""
    names = {name for part in parts for name in (_name(part), _serial(part))}
    return [device for device in devices if device.type == "TESLA" and _name(device) in names]


def _name(device: Device) -> str:
    return device.din.partition("--")[2]


def _serial(device: Device) -> str:
    return device.serial_number or device.din.rpartition("--")[2]
