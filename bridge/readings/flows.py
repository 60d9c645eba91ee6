"""Readings that are derived: where energy goes, and how long the battery can go on like that."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from bridge.flows import (
    Flows,
    capacity_of_nameplate_percent,
    flows,
    time_to_full_h,
    time_to_reserve_h,
)
from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.quantities import HOURS, PERCENT, POWER, RATIO
from bridge.readings.table import ANY, LATER, Group, Item, Kind, Reading, Show

T = TypeVar("T")
METERED = (("solar", "power"), ("battery", "power"), ("grid", "power"))
CHARGING = (("battery", "power"), ("battery", "energy_remaining"), ("battery", "capacity"))
RESERVED = (*CHARGING, ("operation", "backup_reserve_raw"))


def _flow(key: str, icon: str, measure: Callable[[Flows], int | None]) -> Reading[Flows]:
    name = f"Derived {key.replace('_', ' ')}"
    return Reading(key, name, POWER, measure, icon=icon, basis=METERED)


def _share(key: str, icon: str, measure: Callable[[Flows], float | None]) -> Reading[Flows]:
    name = f"Derived {key.replace('_', ' ')}"
    return Reading(key, name, PERCENT, measure, icon=icon, basis=METERED)


FLOWS: tuple[Reading[Flows], ...] = (
    _flow("solar_to_home", "mdi:solar-power", lambda f: f.solar_to_home_w),
    _flow("solar_to_battery", "mdi:solar-power", lambda f: f.solar_to_battery_w),
    _flow("solar_to_grid", "mdi:solar-power", lambda f: f.solar_to_grid_w),
    _flow("grid_to_home", "mdi:transmission-tower-import", lambda f: f.grid_to_home_w),
    _flow("grid_to_battery", "mdi:transmission-tower-import", lambda f: f.grid_to_battery_w),
    _flow("battery_to_home", "mdi:home-battery", lambda f: f.battery_to_home_w),
    _flow("battery_to_grid", "mdi:home-battery", lambda f: f.battery_to_grid_w),
    _share("self_sufficiency", "mdi:home-percent", lambda f: f.self_sufficiency_percent),
    _share("self_consumption", "mdi:solar-power", lambda f: f.self_consumption_percent),
)

TO_FULL: tuple[Reading[Snapshot], ...] = (
    Reading("time_to_full", "time to full", HOURS, time_to_full_h, basis=CHARGING),
)
TO_RESERVE: tuple[Reading[Snapshot], ...] = (
    Reading("time_to_reserve", "time to reserve", HOURS, time_to_reserve_h, basis=RESERVED),
)
NAMEPLATE: tuple[Reading[Snapshot], ...] = (
    Reading(
        "capacity_of_nameplate",
        "capacity of nameplate",
        RATIO,
        capacity_of_nameplate_percent,
        Show.DIAGNOSTIC,
        icon="mdi:battery-heart-variant",
        basis=(("battery", "capacity"),),
    ),
)


def _group(
    topic: str,
    sources: tuple[Endpoint, ...],
    firmware: str,
    find: Callable[[Snapshot], T],
    readings: tuple[Reading[T], ...],
) -> Group[T]:
    """Return derived readings of the site; those of the battery bear it in their name."""

    def items(snapshot: Snapshot) -> Iterator[Item[T]]:
        yield Item((topic,), find(snapshot), "Battery" if topic == "battery" else "")

    return Group(topic, Kind.SITE, sources, firmware, items, readings)


def _whole(snapshot: Snapshot) -> Snapshot:
    return snapshot


_E = Endpoint
_STORED = (_E.SYSTEM_STATUS, _E.METERS)
FLOWS_GROUPS: tuple[Group[Any], ...] = (
    _group("flow", (_E.METERS,), ANY, flows, FLOWS),
    _group("battery", _STORED, LATER, _whole, TO_FULL),
    _group("battery", (*_STORED, _E.OPERATION), LATER, _whole, TO_RESERVE),
    _group("battery", (_E.SYSTEM_STATUS, _E.SITE_INFO), LATER, _whole, NAMEPLATE),
)
