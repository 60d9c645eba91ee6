"""Meters and their channels."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.parts import Device
from bridge.words import segment

_LOCATIONS = {1: "site", 4: "solar", 5: "solar_rgm"}


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
