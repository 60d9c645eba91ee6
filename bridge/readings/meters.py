"""Readings of the meters: grid, home, battery, solar, and any other the gateway has."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bridge.model import Snapshot
from bridge.parts import Endpoint, Meter
from bridge.quantities import APPARENT, CURRENT, ENERGY, FREQUENCY, POWER, REACTIVE, TIME, VOLTAGE
from bridge.readings.table import Group, Item, Kind, Reading, Show
from bridge.words import segment, snake

HIDDEN, LISTED = Show.HIDDEN, Show.LISTED
GRID_POWER, BATTERY_POWER = (("grid", "power"),), (("battery", "power"),)
TOPICS = {"site": "grid", "load": "home", "battery": "battery", "solar": "solar"}


def _above(value: float | None) -> float | None:
    return None if value is None else max(value, 0.0)


def _below(value: float | None) -> float | None:
    return None if value is None else max(-value, 0.0)


def _known(snapshot: Snapshot) -> Iterator[Item[Meter]]:
    """Return the four meters, one that the gateway lacks without a value."""
    for name, topic in TOPICS.items():
        yield Item((topic,), snapshot.meter(name) or Meter(), topic.capitalize())


def _other(snapshot: Snapshot) -> Iterator[Item[Meter]]:
    for name, meter in (snapshot.meters.meters if snapshot.meters else {}).items():
        if name not in TOPICS:
            key = segment(snake(name) or name)
            yield Item(("meter", key), meter, key.replace("_", " ").capitalize())


def _only(topic: str) -> Callable[[Snapshot], Iterator[Item[Meter]]]:
    return lambda snapshot: (item for item in _known(snapshot) if item.path == (topic,))


METER: tuple[Reading[Meter], ...] = (
    Reading("power", "power", POWER, lambda m: m.power_w),
    Reading("reactive_power", "reactive power", REACTIVE, lambda m: m.reactive_power_var, HIDDEN),
    Reading("apparent_power", "apparent power", APPARENT, lambda m: m.apparent_power_va, HIDDEN),
    Reading("average_voltage", "average voltage", VOLTAGE, lambda m: m.average_voltage_v, HIDDEN),
    Reading("average_current", "average current", CURRENT, lambda m: m.average_current_a, HIDDEN),
    Reading("frequency", "frequency", FREQUENCY, lambda m: m.frequency_hz, HIDDEN),
    Reading(
        "last_communication_time", "last heard", TIME, lambda m: m.last_communication_time, LISTED
    ),
)

GRID: tuple[Reading[Meter], ...] = (
    Reading("import_power", "import power", POWER, lambda m: _above(m.power_w), basis=GRID_POWER),
    Reading("export_power", "export power", POWER, lambda m: _below(m.power_w), basis=GRID_POWER),
    Reading("import_energy", "energy imported", ENERGY, lambda m: m.imported_wh),
    Reading("export_energy", "energy exported", ENERGY, lambda m: m.exported_wh),
)

BATTERY: tuple[Reading[Meter], ...] = (
    Reading(
        "charge_power", "charge power", POWER, lambda m: _below(m.power_w), basis=BATTERY_POWER
    ),
    Reading(
        "discharge_power",
        "discharge power",
        POWER,
        lambda m: _above(m.power_w),
        basis=BATTERY_POWER,
    ),
    Reading("charge_energy", "energy charged", ENERGY, lambda m: m.imported_wh),
    Reading("discharge_energy", "energy discharged", ENERGY, lambda m: m.exported_wh),
)

SOLAR: tuple[Reading[Meter], ...] = (
    Reading("energy", "energy", ENERGY, lambda m: m.exported_wh),
    Reading("consumed_energy", "energy consumed", ENERGY, lambda m: m.imported_wh, HIDDEN),
)

HOME: tuple[Reading[Meter], ...] = (
    Reading("energy", "energy", ENERGY, lambda m: m.imported_wh, lag=1000.0),
)

OTHER: tuple[Reading[Meter], ...] = (
    Reading("import_energy", "energy imported", ENERGY, lambda m: m.imported_wh),
    Reading("export_energy", "energy exported", ENERGY, lambda m: m.exported_wh),
)


def _group(
    topic: str,
    items: Callable[[Snapshot], Iterable[Item[Meter]]],
    readings: tuple[Reading[Meter], ...],
) -> Group[Meter]:
    return Group(topic, Kind.SITE, (Endpoint.METERS,), "all", items, readings)


METER_GROUPS: tuple[Group[Any], ...] = (
    _group("<meter>", _known, METER),
    _group("grid", _only("grid"), GRID),
    _group("battery", _only("battery"), BATTERY),
    _group("solar", _only("solar"), SOLAR),
    _group("home", _only("home"), HOME),
    _group("meter/<name>", _other, (*METER, *OTHER)),
)
