"""Readings that are derived: where energy goes, and how long the battery can go on like that."""

from collections.abc import Callable
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
from bridge.readings.single import single, whole
from bridge.readings.table import ANY, LATER, Group, Reading, Show

T = TypeVar("T")
METERED = (("solar", "power"), ("battery", "power"), ("grid", "power"))
CHARGING = (("battery", "power"), ("battery", "energy_remaining"), ("battery", "capacity"))
RESERVED = (*CHARGING, ("operation", "backup_reserve_raw"))


def _flow(key: str, icon: str, measure: Callable[[Flows], int | None]) -> Reading[Flows]:
    name = key.replace("_", " ").capitalize()
    return Reading(key, name, POWER, measure, icon=icon, basis=METERED)


def _share(key: str, icon: str, measure: Callable[[Flows], float | None]) -> Reading[Flows]:
    name = key.replace("_", "-").capitalize()
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


_E = Endpoint
_STORED = (_E.SYSTEM_STATUS, _E.METERS)
FLOWS_GROUPS: tuple[Group[Any], ...] = (
    single("flow", (_E.METERS,), ANY, flows, FLOWS),
    single("battery", _STORED, LATER, whole, TO_FULL),
    single("battery", (*_STORED, _E.OPERATION), LATER, whole, TO_RESERVE),
    single("battery", (_E.SYSTEM_STATUS, _E.SITE_INFO), LATER, whole, NAMEPLATE),
)
