"""Readings of packs, inverters and meters, and what each device says of itself."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Protocol

from bridge.devices import (
    CHANNELS,
    STRINGS,
    Channel,
    Inverter,
    MeterDevice,
    Pack,
    String,
    strings,
)
from bridge.health import GOOD
from bridge.model import Snapshot
from bridge.parts import Device, Endpoint
from bridge.quantities import (
    CURRENT,
    DATA,
    ENERGY,
    FACTOR,
    FLAG,
    FREQUENCY,
    LATE_ENERGY,
    POWER,
    PRESENCE,
    REACTIVE,
    STORED,
    TEMPERATURE,
    TEXT,
    VOLTAGE,
    WORD,
)
from bridge.readings.inverters import INVERTER_DETAILS
from bridge.readings.packs import PACK_LISTED, PACK_VITALS
from bridge.readings.table import (
    ANY,
    LATER,
    LOGGED_IN,
    SINCE_1_40,
    VITALS,
    Data,
    Group,
    Item,
    Kind,
    Reading,
    Show,
    word,
)
from bridge.words import segment

DIAGNOSTIC, HIDDEN, QUIET, TOPIC = Show.DIAGNOSTIC, Show.HIDDEN, Show.QUIET, Show.TOPIC


class _Present(Protocol):
    @property
    def present(self) -> bool: ...


def _presence(device: _Present) -> str:
    return "online" if device.present else "offline"


def _reason(pack: Pack) -> str | None:
    troubles = pack.troubles
    return None if troubles is None else "; ".join(troubles) or GOOD


_SAID = tuple(field.name for field in fields(Device))


def _said(device: Device) -> Data:
    """Return a device by member; asdict() would copy it deeply, which takes long."""
    return {name: getattr(device, name) for name in _SAID}


PACK: tuple[Reading[Pack], ...] = (
    Reading("availability", "Availability", PRESENCE, _presence, TOPIC, firmware=ANY),
    Reading("power", "Power", POWER, lambda p: p.power_w),
    Reading("reactive_power", "Reactive power", REACTIVE, lambda p: p.reactive_power_var, HIDDEN),
    Reading("voltage", "Voltage", VOLTAGE, lambda p: p.voltage_v, HIDDEN),
    Reading("current", "Current", CURRENT, lambda p: p.own.current_a, HIDDEN),
    Reading("frequency", "Frequency", FREQUENCY, lambda p: p.frequency_hz, HIDDEN),
    Reading("energy_remaining", "Energy remaining", STORED, lambda p: p.energy_remaining_wh),
    Reading("capacity", "Capacity", STORED, lambda p: p.capacity_wh, DIAGNOSTIC),
    Reading("charge_energy", "Energy charged", ENERGY, lambda p: p.charged_wh),
    Reading("discharge_energy", "Energy discharged", ENERGY, lambda p: p.discharged_wh),
    Reading("state", "State", WORD, lambda p: word(p.state), QUIET),
    Reading("grid_state", "Grid state", WORD, lambda p: word(p.grid_state), QUIET),
    Reading(
        "backup_ready",
        "Backup ready",
        FLAG,
        lambda p: p.own.backup_ready,
        DIAGNOSTIC,
        icon="mdi:battery-check",
    ),
    Reading("off_grid", "Off grid", FLAG, lambda p: p.own.off_grid, QUIET),
    Reading("grid_forming", "Grid forming", FLAG, lambda p: p.own.grid_forming, QUIET),
    Reading("sequence_state", "Sequence state", WORD, lambda p: word(p.own.sequence_state), QUIET),
    Reading(
        "charge_power_clamped",
        "Charge power clamped",
        FLAG,
        lambda p: p.own.charge_power_clamped,
        QUIET,
    ),
    Reading("wobble_detected", "Wobble detected", FLAG, lambda p: p.own.wobble_detected, QUIET),
    Reading(
        "enabled",
        "In use",
        FLAG,
        lambda p: p.enabled,
        DIAGNOSTIC,
        icon="mdi:check-circle-outline",
    ),
    Reading("disabled_reasons", "Disabled reasons", DATA, lambda p: p.own.disabled_reasons, TOPIC),
    Reading("temperature", "Temperature", TEMPERATURE, lambda p: p.temperature_c, firmware=VITALS),
    Reading(
        "available_charge_power",
        "Available charge power",
        POWER,
        lambda p: p.available_charge_w,
        QUIET,
        firmware=VITALS,
    ),
    Reading(
        "available_discharge_power",
        "Available discharge power",
        POWER,
        lambda p: p.available_discharge_w,
        QUIET,
        firmware=VITALS,
    ),
    Reading("part_number", "Part number", TEXT, lambda p: p.part_number, QUIET, firmware=ANY),
    Reading("firmware", "Firmware", TEXT, lambda p: p.firmware, QUIET),
    Reading("problem", "Problem", FLAG, lambda p: p.problem, DIAGNOSTIC, "problem"),
    Reading(
        "problem_reason",
        "Problem reason",
        TEXT,
        _reason,
        DIAGNOSTIC,
        icon="mdi:text-box-search-outline",
    ),
)

INVERTER: tuple[Reading[Inverter], ...] = (
    Reading("availability", "Availability", PRESENCE, _presence, TOPIC),
    Reading("power", "Power", POWER, lambda i: i.power_w),
    Reading("reactive_power", "Reactive power", REACTIVE, lambda i: i.reactive_power_var, HIDDEN),
    Reading("voltage", "Voltage", VOLTAGE, lambda i: i.voltage_v, HIDDEN),
    Reading("current", "Current", CURRENT, lambda i: i.current_a, HIDDEN),
    Reading("frequency", "Frequency", FREQUENCY, lambda i: i.frequency_hz, HIDDEN),
    Reading("energy", "Energy", ENERGY, lambda i: i.number("PVAC_LifetimeEnergyPV_Total")),
    Reading("state", "State", WORD, lambda i: word(i.state), DIAGNOSTIC, icon="mdi:state-machine"),
    Reading("grid_state", "Grid state", WORD, lambda i: word(i.grid_state), QUIET),
    *INVERTER_DETAILS,
)

STRING: tuple[Reading[String], ...] = (
    Reading("voltage", "voltage", VOLTAGE, lambda s: s.voltage_v, HIDDEN),
    Reading("current", "current", CURRENT, lambda s: s.current_a, HIDDEN),
    Reading("power", "power", POWER, lambda s: s.power_w),
    Reading("state", "state", WORD, lambda s: word(s.state), QUIET),
    Reading("connected", "connected", FLAG, lambda s: s.connected, DIAGNOSTIC, "connectivity"),
)

METER: tuple[Reading[MeterDevice], ...] = (
    Reading("availability", "Availability", PRESENCE, _presence, TOPIC),
    Reading("type", "Type", WORD, lambda m: m.type, QUIET),
    Reading("location", "Location", WORD, lambda m: m.location, QUIET),
    Reading("connected", "Connected", FLAG, lambda m: m.connected, QUIET, "connectivity"),
    Reading("firmware", "Firmware", TEXT, lambda m: m.firmware, QUIET),
    Reading("frequency", "Frequency", FREQUENCY, lambda m: m.frequency_hz, QUIET),
    Reading("read_remark", "Remark on reading it", TEXT, lambda m: m.remark, QUIET),
)

CHANNEL: tuple[Reading[Channel], ...] = (
    Reading("power", "power", POWER, lambda c: c.power_w),
    Reading("reactive_power", "reactive power", REACTIVE, lambda c: c.reactive_power_var, HIDDEN),
    Reading("voltage", "voltage", VOLTAGE, lambda c: c.voltage_v, HIDDEN),
    Reading("current", "current", CURRENT, lambda c: c.current_a, HIDDEN),
    Reading("location", "location", WORD, lambda c: word(c.location), QUIET),
    Reading("import_energy", "energy imported", LATE_ENERGY, lambda c: c.imported_wh, QUIET),
    Reading("export_energy", "energy exported", LATE_ENERGY, lambda c: c.exported_wh, QUIET),
    Reading("valid", "in use", FLAG, lambda c: c.valid, QUIET),
    Reading("inverted", "inverted", FLAG, lambda c: c.inverted, QUIET),
    Reading("scale_factor", "scale factor", FACTOR, lambda c: c.scale_factor, QUIET),
)

DEVICE: tuple[Reading[Device], ...] = (Reading("", "All that the device says", DATA, _said, TOPIC),)


def _packs(snapshot: Snapshot) -> Iterator[Item[Pack]]:
    for key, pack in snapshot.packs.items():
        yield Item(("pack", key), pack, device=key)


def _inverters(snapshot: Snapshot) -> Iterator[Item[Inverter]]:
    for key, inverter in snapshot.inverters.items():
        yield Item(("inverter", key), inverter, device=key)


def _strings(snapshot: Snapshot) -> Iterator[Item[String]]:
    """Return all that an inverter may have: one that is silent for a while is not gone."""
    for key, inverter in snapshot.inverters.items():
        reported = {string.letter: string for string in strings(inverter)}
        for letter in STRINGS:
            path = ("inverter", key, "string", letter.lower())
            string = reported.get(letter, String(Inverter(), letter))
            yield Item(path, string, f"String {letter}", key)


def _meters(snapshot: Snapshot) -> Iterator[Item[MeterDevice]]:
    for key, meter in snapshot.meter_devices.items():
        yield Item(("meter_device", key), meter, device=key)


def _channels(snapshot: Snapshot) -> Iterator[Item[Channel]]:
    """Return all that a meter may have: one that is silent for a while is not gone."""
    for key, meter in snapshot.meter_devices.items():
        for number in CHANNELS:
            path = ("meter_device", key, "ct", str(number))
            channel = (meter.channels or {}).get(number, Channel())
            yield Item(path, channel, f"CT {number}", key)


def _devices(snapshot: Snapshot) -> Iterator[Item[Device]]:
    for device in snapshot.devices:
        yield Item(("device", segment(device.din)), device)


_V = (Endpoint.VITALS,)
_METER_SOURCES = (
    Endpoint.VITALS,
    Endpoint.METER_LIST,
    Endpoint.METER_READINGS,
    Endpoint.METERS_SITE,
    Endpoint.METERS_SOLAR,
)
_PACK_SOURCES = (Endpoint.SYSTEM_STATUS, Endpoint.VITALS, Endpoint.POWERWALLS)
_SOLAR = (Endpoint.VITALS, Endpoint.SOLAR_POWERWALL, Endpoint.POWERWALLS)
DEVICE_GROUPS: tuple[Group[Any], ...] = (
    Group("pack/<serial>", Kind.PACK, _PACK_SOURCES, LATER, _packs, PACK),
    Group("pack/<serial>", Kind.PACK, _V, VITALS, _packs, PACK_VITALS, listed_by=_PACK_SOURCES),
    Group(
        "pack/<serial>",
        Kind.PACK,
        (Endpoint.POWERWALLS,),
        SINCE_1_40,
        _packs,
        PACK_LISTED,
        listed_by=_PACK_SOURCES,
    ),
    Group("inverter/<serial>", Kind.INVERTER, _SOLAR, LATER, _inverters, INVERTER),
    Group("inverter/<serial>/string/<a..f>", Kind.INVERTER, _SOLAR, LATER, _strings, STRING),
    Group("meter_device/<serial>", Kind.METER, _METER_SOURCES, LOGGED_IN, _meters, METER),
    Group(
        "meter_device/<serial>/ct/<1..4>",
        Kind.METER,
        _METER_SOURCES,
        LOGGED_IN,
        _channels,
        CHANNEL,
        read_with=(Endpoint.METER_LIST,),
    ),
    Group("device/<DIN>", Kind.SITE, _V, VITALS, _devices, DEVICE),
)
