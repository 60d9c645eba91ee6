"""Packs, inverters and meters, joined from the parts that mention them.

A pack is a `battery_blocks` entry; its controller (TETHC) has the same part and serial number, and
battery and inverter (TEPOD, TEPINV) name that controller as their parent. A device that was seen
once stays in the list, so that it can be said to be offline.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bridge.parts import BatteryBlock, Device
from bridge.words import segment

V = TypeVar("V", float, str)
STRINGS = "ABCDEF"
_LOCATIONS = {1: "site", 4: "solar", 5: "solar_rgm"}


@dataclass(frozen=True, slots=True)
class Pack:
    """A Powerwall; every source of it may be missing."""

    part_number: str | None = None
    serial_number: str | None = None
    block: BatteryBlock | None = None
    controller: Device | None = None
    battery: Device | None = None
    inverter: Device | None = None

    @property
    def present(self) -> bool:
        """Whether a source lists it now and its controller is not missing in action."""
        if self.controller is not None and self.controller.heard is False:
            return False
        return self.block is not None or self.controller is not None

    @property
    def enabled(self) -> bool | None:
        reasons = self.block.disabled_reasons if self.block else None
        return None if reasons is None else not reasons

    @property
    def problem(self) -> bool | None:
        """Whether the pack is disabled, faulted, or a part of it is missing in action."""
        parts = [d for d in (self.controller, self.battery, self.inverter) if d is not None]
        faults = [
            self.battery.flag(name) if self.battery else None
            for name in ("POD_PersistentlyFaulted", "POD_PermanentlyFaulted")
        ]
        signs = [None if self.enabled is None else not self.enabled, *faults]
        signs += [None if part.heard is None else not part.heard for part in parts]
        known = [sign for sign in signs if sign is not None]
        return any(known) if known else None

    @property
    def own(self) -> BatteryBlock:
        """What system_status says of the pack, all None where it says nothing."""
        return self.block or BatteryBlock()

    @property
    def power_w(self) -> float | None:
        return _first(self.own.power_w, _scaled(self.inverter, "PINV_Pout", 1000))

    @property
    def reactive_power_var(self) -> float | None:
        return _first(self.own.reactive_power_var, _scaled(self.inverter, "PINV_Qout", 1000))

    @property
    def voltage_v(self) -> float | None:
        return _first(self.own.voltage_v, _scaled(self.inverter, "PINV_Vout"))

    @property
    def frequency_hz(self) -> float | None:
        return _first(self.own.frequency_hz, _scaled(self.inverter, "PINV_Fout"))

    @property
    def energy_remaining_wh(self) -> float | None:
        vital = _scaled(self.battery, "POD_nom_energy_remaining")
        return _first(self.own.energy_remaining_wh, vital)

    @property
    def capacity_wh(self) -> float | None:
        return _first(self.own.capacity_wh, _scaled(self.battery, "POD_nom_full_pack_energy"))

    @property
    def charged_wh(self) -> float | None:
        return _first(self.own.charged_wh, _scaled(self.inverter, "PINV_EnergyCharged"))

    @property
    def discharged_wh(self) -> float | None:
        return _first(self.own.discharged_wh, _scaled(self.inverter, "PINV_EnergyDischarged"))

    @property
    def state(self) -> str | None:
        return _first(self.own.state, _text(self.inverter, "PINV_State"))

    @property
    def grid_state(self) -> str | None:
        return _first(self.own.grid_state, _text(self.inverter, "PINV_GridState"))

    @property
    def firmware(self) -> str | None:
        return self.own.firmware or (self.controller.firmware if self.controller else None)

    @property
    def temperature_c(self) -> float | None:
        return _scaled(self.controller, "THC_AmbientTemp")

    @property
    def available_charge_w(self) -> float | None:
        return _scaled(self.battery, "POD_available_charge_power")

    @property
    def available_discharge_w(self) -> float | None:
        return _scaled(self.battery, "POD_available_dischg_power")


def _scaled(device: Device | None, vital: str, scale: float = 1.0) -> float | None:
    value = device.number(vital) if device else None
    return None if value is None else value * scale


def _text(device: Device | None, vital: str) -> str | None:
    return device.text(vital) if device else None


def _first(one: V | None, other: V | None) -> V | None:
    return other if one is None else one


@dataclass(frozen=True, slots=True)
class Inverter:
    """A solar inverter: its AC side (PVAC) and its string side (PVS)."""

    pvac: Device | None = None
    pvs: Device | None = None

    @property
    def present(self) -> bool:
        return self.pvac is not None and self.pvac.heard is not False

    def number(self, vital: str) -> float | None:
        return _scaled(self.pvac, vital)

    def text(self, vital: str) -> str | None:
        return _text(self.pvac, vital)


@dataclass(frozen=True, slots=True)
class String:
    """One string input of an inverter; letter is `A` to `F`."""

    inverter: Inverter
    letter: str

    @property
    def connected(self) -> bool | None:
        pvs = self.inverter.pvs
        return pvs.flag(f"PVS_String{self.letter}_Connected") if pvs else None

    def number(self, vital: str) -> float | None:
        """Return a vital of this string; an unused input floats below zero and says nothing."""
        value = self.inverter.number(f"{vital}_{self.letter}")
        unused = value is not None and value < 0 and self.connected is False
        return None if unused else value

    def text(self, vital: str) -> str | None:
        return self.inverter.text(f"{vital}_{self.letter}")


@dataclass(frozen=True, slots=True)
class Channel:
    """One current transformer of a meter."""

    power_w: float | None = None
    reactive_power_var: float | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class MeterDevice:
    """A meter of the installation with its channels, numbered from 1."""

    type: str | None = None
    location: str | None = None
    channels: Mapping[int, Channel] | None = None
    present: bool = False


def pack_keys(packs: Iterable[tuple[str | None, str]]) -> list[str]:
    """Return a topic key for each (part, serial): the serial, with the part where two are alike."""
    listed = list(packs)
    times = Counter(serial for _, serial in listed)
    return [segment(f"{p}_{s}" if times[s] > 1 and p else s) for p, s in listed]


def packs(blocks: tuple[BatteryBlock, ...], devices: tuple[Device, ...]) -> dict[str, Pack]:
    """Return the packs by key, those of system_status first, in the gateway's order."""
    found: dict[tuple[str | None, str], Pack] = {}
    for block in blocks:
        if block.serial_number:
            name = (block.part_number, block.serial_number)
            found[name] = Pack(*name, block=block)
    for device in devices:
        if device.type == "TETHC" and device.serial_number:
            name = (device.part_number, device.serial_number)
            block_of = found[name].block if name in found else None
            found[name] = Pack(*name, block_of, device, *_children(device.din, devices))
    return dict(zip(pack_keys(found), found.values(), strict=True))


def _children(din: str, devices: tuple[Device, ...]) -> tuple[Device | None, Device | None]:
    own = {device.type: device for device in devices if device.parent_din == din}
    return own.get("TEPOD"), own.get("TEPINV")


def inverters(devices: tuple[Device, ...]) -> dict[str, Inverter]:
    """Return the solar inverters by their PVAC serial number."""
    sides = {d.din.partition("--")[2]: d for d in devices if d.type == "PVS"}
    return {
        segment(d.serial_number or d.din.rpartition("--")[2]): Inverter(
            d, sides.get(d.din.partition("--")[2])
        )
        for d in devices
        if d.type == "PVAC"
    }


def strings(inverter: Inverter) -> Iterator[String]:
    """Return the strings that the inverter reports."""
    vitals = (inverter.pvac.vitals if inverter.pvac else None) or {}
    for letter in STRINGS:
        if any(name.startswith("PVAC_PV") and name.endswith(f"_{letter}") for name in vitals):
            yield String(inverter, letter)


def meter_devices(devices: tuple[Device, ...]) -> dict[str, MeterDevice]:
    """Return the meters by key: a serial number, for a gateway's board with the meter's letter.

    A board (TESYNC, TEMSA) can hold two meters: X and Y, or Z. One that ever counted stays a meter
    when all its phases are dead or silent.
    """
    places = {d.serial_number: _location(d) for d in devices if d.type == "TESLA"}
    found: dict[str, MeterDevice] = {}
    for device in devices:
        serial = segment(device.serial_number or device.din.rpartition("--")[2])
        present = device.heard is not False
        if device.type == "NEURIO":
            found[serial] = MeterDevice("neurio", _location(device), _neurio(device), present)
        for letter in "XYZ" if device.type in {"TESYNC", "TEMSA"} else "":
            if _in_use(device, letter):
                place = places.get(device.serial_number) if letter == "X" else None
                found[f"{serial}_{letter.lower()}"] = MeterDevice(
                    f"synchrometer_{letter.lower()}", place, _board(device, letter), present
                )
    return found


def _location(device: Device) -> str | None:
    places = (device.attributes or {}).get("meter_location")
    if not isinstance(places, tuple) or not places:
        return None
    return "_and_".join(_LOCATIONS.get(place, str(place)) for place in places)


def _neurio(device: Device) -> dict[int, Channel]:
    return {
        number + 1: Channel(
            power_w=device.number(f"NEURIO_CT{number}_InstRealPower"),
            location=device.text(f"NEURIO_CT{number}_Location"),
        )
        for number in range(4)
        if any(name.startswith(f"NEURIO_CT{number}_") for name in device.vitals or {})
    }


def _in_use(device: Device, letter: str) -> bool:
    """Return whether a board's meter measures something; of a silent one its counters tell."""
    names = [name for name in device.vitals or {} if name.startswith(f"METER_{letter}_")]
    return any(device.heard is None or device.number(name) for name in names)


def _board(device: Device, letter: str) -> dict[int, Channel]:
    """Return the channels of a board's meter; a phase without voltage is not connected."""
    found: dict[int, Channel] = {}
    for number, phase in enumerate("ABC", start=1):
        ct, leg = f"METER_{letter}_CT{phase}_", f"METER_{letter}_VL{number}"
        channel = Channel(
            device.number(f"{ct}InstRealPower"),
            device.number(f"{ct}InstReactivePower"),
            device.number(f"{leg}N") or device.number(f"{leg}G"),
            device.number(f"{ct}I"),
        )
        if channel.power_w is not None and (channel.voltage_v or channel.power_w):
            found[number] = channel
    return found
