"""Readings of the meters: line by line, and how they were set up."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bridge.devices import line, line_voltage_v
from bridge.model import Snapshot
from bridge.parts import (
    CtReferences,
    Endpoint,
    Line,
    ListedCts,
    ListedMeter,
    MeterList,
    MetersSite,
    MetersSolar,
    MetersStatus,
)
from bridge.quantities import DATA, LATE_ENERGY, POWER, REACTIVE, VOLTAGE, Quantity
from bridge.readings.single import single, whole
from bridge.readings.table import LATER, LOGGED_IN, SINCE_1_40_LOGGED_IN, Data, Group, Reading, Show

T = TypeVar("T")
QUIET, TOPIC = Show.QUIET, Show.TOPIC
LINES = (1, 2, 3)

Lines = Mapping[int, Line]


def _grid_voltage_v(number: int) -> Callable[[Snapshot], float | None]:
    def measure(snapshot: Snapshot) -> float | None:
        meters = snapshot.meters_site.meters if snapshot.meters_site else None
        return line_voltage_v(snapshot.devices, meters, number)

    return measure


def _row(
    key: str, name: str, quantity: Quantity, measure: Callable[[Line], float | None]
) -> Callable[[int], Reading[Lines]]:
    """Return what makes the row of each line."""

    def row(number: int) -> Reading[Lines]:
        named = f"line {number} {name}"
        return Reading(f"l{number}_{key}", named, quantity, lambda x: measure(x[number]), QUIET)

    return row


def _each(*rows: Callable[[int], Reading[Lines]]) -> tuple[Reading[Lines], ...]:
    return tuple(row(number) for number in LINES for row in rows)


VOLTAGES: tuple[Reading[Snapshot], ...] = tuple(
    Reading(f"l{n}_voltage", f"line {n} voltage", VOLTAGE, _grid_voltage_v(n)) for n in LINES
)

GRID = _each(
    _row("power", "power", POWER, lambda x: x.power_w),
    _row("reactive_power", "reactive power", REACTIVE, lambda x: x.reactive_power_var),
    _row("import_energy", "energy imported", LATE_ENERGY, lambda x: x.imported_wh),
    _row("export_energy", "energy exported", LATE_ENERGY, lambda x: x.exported_wh),
)

SOLAR = _each(
    _row("voltage", "voltage", VOLTAGE, lambda x: x.voltage_v),
    _row("power", "power", POWER, lambda x: x.power_w),
    _row("reactive_power", "reactive power", REACTIVE, lambda x: x.reactive_power_var),
    _row("energy", "energy", LATE_ENERGY, lambda x: x.exported_wh),
    _row("consumed_energy", "energy consumed", LATE_ENERGY, lambda x: x.imported_wh),
)


def _lines(part: MetersSite | MetersSolar | None) -> Lines:
    return {number: line(part.meters if part else None, number) for number in LINES}


def _inventory(found: MeterList) -> Data | None:
    """Return the meters as they were set up; whether one is connected has its own topic."""
    return None if found.meters is None else tuple(map(_meter, found.meters))


def _meter(meter: ListedMeter) -> Data:
    return {
        "serial": meter.serial_number,
        "short_id": meter.short_id,
        "type": meter.type,
        "cts": None if meter.cts is None else tuple(map(_cts, meter.cts)),
        "ip_address": meter.ip_address,
        "mac": meter.mac,
    }


def _cts(cts: ListedCts) -> Data:
    return {
        "type": cts.place,
        "valid": cts.valid,
        "inverted": cts.inverted,
        "real_power_scale_factor": cts.scale_factor,
    }


def _status(meters: MetersStatus) -> Data | None:
    if meters.errors is None:
        return None
    return {"status": meters.status, "errors": meters.errors}


INVENTORY: tuple[Reading[MeterList], ...] = (
    Reading("meters", "Meters as set up", DATA, _inventory, TOPIC),
)
STATUS: tuple[Reading[MetersStatus], ...] = (
    Reading("meter_status", "Meter status", DATA, _status, TOPIC),
)
REFERENCES: tuple[Reading[CtReferences], ...] = (
    Reading(
        "ct_voltage_references",
        "Lines that the current transformers are measured against",
        DATA,
        lambda c: c.references,
        TOPIC,
    ),
)


_E = Endpoint
METERING_GROUPS: tuple[Group[Any], ...] = (
    single("grid", (_E.VITALS, _E.METERS_SITE), SINCE_1_40_LOGGED_IN, whole, VOLTAGES),
    single(
        "grid",
        (_E.METERS_SITE,),
        SINCE_1_40_LOGGED_IN,
        lambda s: _lines(s.meters_site),
        GRID,
        summary=False,
    ),
    single(
        "solar",
        (_E.METERS_SOLAR,),
        SINCE_1_40_LOGGED_IN,
        lambda s: _lines(s.meters_solar),
        SOLAR,
        summary=False,
    ),
    single(
        "gateway", (_E.METER_LIST,), LOGGED_IN, lambda s: s.meter_list or MeterList(), INVENTORY
    ),
    single(
        "gateway",
        (_E.METERS_STATUS,),
        SINCE_1_40_LOGGED_IN,
        lambda s: s.meters_status or MetersStatus(),
        STATUS,
    ),
    single(
        "gateway",
        (_E.CT_REFERENCES,),
        LATER,
        lambda s: s.ct_references or CtReferences(),
        REFERENCES,
    ),
)
