"""Meters and their channels, joined from vitals, the list of meters, their readings and lines.

A meter of the gateway's board is listed as `<serial of the board>synchrometerX`.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from bridge.devices.sources import first
from bridge.parts import (
    CtReading,
    Device,
    Line,
    LineMeter,
    ListedCts,
    ListedMeter,
    MeterList,
    MeterReading,
    MeterReadings,
)
from bridge.words import segment, segments, snake

CHANNELS = range(1, 5)
_LOCATIONS = {1: "site", 4: "solar", 5: "solar_rgm"}
_BOARD = re.compile(r"(.+)synchrometer([XYZ])")


@dataclass(frozen=True, slots=True)
class Channel:
    """One current transformer of a meter; one with scale_factor 2 stands for both legs of a source.

    Its power is that of both, its energies are as the meter itself counts them. Import and export
    are as the meter is wired: of a meter of the sun import is generation.
    """

    power_w: float | None = None
    reactive_power_var: float | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    location: str | None = None
    imported_wh: float | None = None
    exported_wh: float | None = None
    valid: bool | None = None
    inverted: bool | None = None
    scale_factor: float | None = None


@dataclass(frozen=True, slots=True)
class MeterDevice:
    """A meter of the installation with its channels, numbered from 1.

    connected is what the gateway says of a wireless meter. remark is its text why a meter could not
    be asked; of one on its board that is so whenever the site master runs, and no fault.
    """

    type: str | None = None
    location: str | None = None
    channels: Mapping[int, Channel] | None = None
    present: bool = False
    connected: bool | None = None
    firmware: str | None = None
    frequency_hz: float | None = None
    remark: str | None = None

    def absent(self) -> "MeterDevice":
        return replace(self, present=False)


def meter_devices(
    devices: tuple[Device, ...],
    listed: MeterList | None = None,
    read: MeterReadings | None = None,
    lines: tuple[LineMeter, ...] = (),
    known: Container[str] = (),
) -> dict[str, MeterDevice]:
    """Return the meters by key: a serial number, for a gateway's board with the meter's letter.

    A board (TESYNC, TEMSA) can hold two meters: X and Y, or Z. One that ever counted stays a meter
    when all its phases are dead or silent, and so does one of known while its board is silent. Of
    lines, the phases a, b, c are transformers 1, 2, 3.
    """
    vitals = _of_vitals(devices, known)
    found = {name: meter for name, (meter, _) in vitals.items()}
    heard = {name: heard for name, (_, heard) in vitals.items()}
    listing, readings = (listed and listed.meters) or (), (read and read.meters) or {}
    lists = {_name(meter.serial_number): meter for meter in listing if meter.serial_number}
    reads = {_name(serial): reading for serial, reading in readings.items()}
    phases = _phases(lines)
    for name in dict.fromkeys((*lists, *reads)):
        own = lists.get(name, ListedMeter())
        reading = reads.get(name, MeterReading())
        phase = phases.get(name, LineMeter())
        vital = found.get(name, MeterDevice())
        unheard = own.connected is False or (reading.error is not None and not _letter(name))
        present = not unheard if heard.get(name) is None else vital.present
        found[name] = MeterDevice(
            first(vital.type, _type(name, own)),
            first(vital.location, _places(own)),
            _by_phase(_channels(vital, own, reading), phase),
            present,
            own.connected,
            first(vital.firmware, first(reading.firmware, phase.firmware)),
            reading.frequency_hz,
            reading.error,
        )
    return dict(zip(segments(found), found.values(), strict=True))


def _name(serial: str) -> str:
    board = _BOARD.fullmatch(serial)
    return f"{board[1]}_{board[2].lower()}" if board else serial


def _letter(name: str) -> str:
    """Return the letter of a board's meter, empty for another meter."""
    return name[-1] if name[-2:] in {"_x", "_y", "_z"} else ""


def _type(name: str, own: ListedMeter) -> str | None:
    """Return the type in the word that it has when vitals tell it."""
    if letter := _letter(name):
        return f"synchrometer_{letter}"
    word = snake(own.type) if own.type else None
    return "neurio" if word and word.startswith("neurio") else word


def _places(own: ListedMeter) -> str | None:
    """Return where the meter measures, as set up; a place without a transformer is none."""
    used = {snake(cts.place) for cts in own.cts or () if cts.place and any(cts.valid or ())}
    return "_and_".join(sorted(place for place in used if place)) or None


def _channels(vital: MeterDevice, own: ListedMeter, reading: MeterReading) -> dict[int, Channel]:
    found: dict[int, Channel] = {}
    for number in CHANNELS:
        cts = _cts(own, number)
        valid = _at(cts.valid, number)
        heard = (vital.channels or {}).get(number)
        read = (reading.cts or {}).get(number)
        if heard or valid is not None:
            measured = CtReading() if read is None or valid is False else read
            found[number] = _channel(heard or Channel(), cts, measured, number)
    return found


def _channel(heard: Channel, cts: ListedCts, read: CtReading, number: int) -> Channel:
    """Return what is known of a transformer.

    One that is not in use floats and measures nothing; whether it is, vitals or the list tell.
    """
    valid = _at(cts.valid, number)
    factor = cts.scale_factor if valid else None
    power_w = None if read.power_w is None else read.power_w * (factor or 1.0)
    return Channel(
        first(heard.power_w, power_w),
        first(heard.reactive_power_var, read.reactive_power_var),
        first(heard.voltage_v, read.voltage_v),
        first(heard.current_a, read.current_a),
        first(heard.location, cts.place if valid else None),
        read.imported_wh,
        read.exported_wh,
        valid,
        _at(cts.inverted, number) if valid else None,
        factor,
    )


def _phases(lines: Iterable[LineMeter]) -> dict[str, LineMeter]:
    """Return what the places tell of each meter; one that measures two is told of in both."""
    found: dict[str, LineMeter] = {}
    for meter in lines:
        if meter.serial_number:
            name = _name(meter.serial_number)
            found[name] = _both(found.get(name, LineMeter()), meter)
    return found


def _both(one: LineMeter, other: LineMeter) -> LineMeter:
    """Return a meter with the firmware and the power of each line that one of its places tells."""
    pairs = zip_longest(one.lines or (), other.lines or (), fillvalue=Line())
    lines = tuple(
        Line(
            power_w=first(a.power_w, b.power_w),
            reactive_power_var=first(a.reactive_power_var, b.reactive_power_var),
        )
        for a, b in pairs
    )
    return LineMeter(firmware=first(one.firmware, other.firmware), lines=lines)


def _by_phase(channels: dict[int, Channel], meter: LineMeter) -> dict[int, Channel]:
    """Return the channels, with the power of a phase for one that tells none itself."""
    said = {
        number: one for number, one in enumerate(meter.lines or (), 1) if one.power_w is not None
    }
    filled = {
        number: replace(
            channel,
            power_w=first(channel.power_w, said[number].power_w),
            reactive_power_var=first(channel.reactive_power_var, said[number].reactive_power_var),
        )
        for number, channel in channels.items()
        if number in said
    }
    return channels | filled


def _cts(own: ListedMeter, number: int) -> ListedCts:
    """Return the place that a transformer measures, any place where it measures none."""
    places = own.cts or ()
    used = [cts for cts in places if _at(cts.valid, number)]
    return next(iter((*used, *places)), ListedCts())


def _at(flags: tuple[bool | None, ...] | None, number: int) -> bool | None:
    return flags[number - 1] if flags and number <= len(flags) else None


def _of_vitals(
    devices: tuple[Device, ...], known: Container[str]
) -> dict[str, tuple[MeterDevice, bool | None]]:
    """Return the meters that vitals tell of, and whether their device was heard."""
    places = {d.serial_number: _location(d) for d in devices if d.type == "TESLA"}
    found: dict[str, tuple[MeterDevice, bool | None]] = {}
    for device in devices:
        serial = device.serial_number or device.din.rpartition("--")[2]
        heard = device.heard
        told = MeterDevice(present=heard is not False, firmware=device.firmware)
        if device.type == "NEURIO":
            channels, place = _neurio(device), _location(device)
            meter = replace(told, type="neurio", location=place, channels=channels)
            found[serial] = meter, heard
        for letter in "xyz" if device.type in {"TESYNC", "TEMSA"} else "":
            name = f"{serial}_{letter}"
            if _in_use(device, letter.upper()) or (heard is None and segment(name) in known):
                channels = _board(device, letter.upper())
                place = places.get(device.serial_number) if letter == "x" else None
                kind = f"synchrometer_{letter}"
                meter = replace(told, type=kind, location=place, channels=channels)
                found[name] = meter, heard
    return found


def _location(device: Device) -> str | None:
    places = (device.attributes or {}).get("meter_location")
    if not isinstance(places, tuple) or not places:
        return None
    return "_and_".join(_LOCATIONS.get(place, str(place)) for place in places)


def _neurio(device: Device) -> dict[int, Channel]:
    return {
        number: Channel(
            power_w=device.number(f"NEURIO_CT{number - 1}_InstRealPower"),
            location=device.text(f"NEURIO_CT{number - 1}_Location"),
        )
        for number in CHANNELS
        if any(name.startswith(f"NEURIO_CT{number - 1}_") for name in device.vitals or {})
    }


def _in_use(device: Device, letter: str) -> bool:
    """Return whether a board's meter measures something; of a silent one its counters tell."""
    names = [name for name in device.vitals or {} if name.startswith(f"METER_{letter}_")]
    return any(device.number(name) for name in names)


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
