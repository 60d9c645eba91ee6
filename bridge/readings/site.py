"""Readings of the installation as a whole: battery, grid, operation, alerts."""

from typing import Any

from bridge.alerts import Alert, problem
from bridge.flows import time_remaining_h
from bridge.model import (
    Snapshot,
    effective_reserve_percent,
    grid_connected,
    packs_expected,
)
from bridge.parts import (
    Endpoint,
    GridStatus,
    Operation,
    Soe,
    SystemStatus,
)
from bridge.quantities import (
    APPARENT,
    COUNT,
    DATA,
    FLAG,
    HOURS,
    LEVEL,
    LEVEL_RAW,
    PERCENT,
    POWER,
    STORED,
    WORD,
)
from bridge.readings.single import single, whole
from bridge.readings.table import ANY, LATER, LOGGED_IN, SINCE_1_50, Data, Group, Reading, Show
from bridge.words import contactor, snake, to_app

DIAGNOSTIC, HIDDEN = Show.DIAGNOSTIC, Show.HIDDEN
QUIET, TOPIC = Show.QUIET, Show.TOPIC
STORED_AND_USED = (("battery", "energy_remaining"), ("home", "power"))
RAW_RESERVE = (("operation", "backup_reserve_raw"),)
PACKS, RESERVE = "mdi:home-battery", "mdi:battery-lock"


def _app(raw_percent: float | None) -> float | None:
    return None if raw_percent is None else to_app(raw_percent)


def _level(charge: Soe) -> float | None:
    """Return the level in the app, which is 0 to 100 %, of a raw one that can be."""
    raw, limits = charge.raw_percent, LEVEL_RAW.limits
    believable = raw is not None and (limits is None or limits.low <= raw <= limits.high)
    return _app(raw) if believable else None


def _mode(operation: Operation) -> str | None:
    return snake(operation.mode) if operation.mode else None


def _alerts(snapshot: Snapshot) -> Data | None:
    return None if snapshot.alerts is None else tuple(map(Alert.json, snapshot.alerts))


def _alert_count(snapshot: Snapshot) -> int | None:
    return None if snapshot.alerts is None else len(snapshot.alerts)


def _problem(snapshot: Snapshot) -> bool | None:
    """Return whether an alert tells of trouble; the solar inverter knows of none but its own."""
    if snapshot.alerts is None:
        return None
    return problem(snapshot.alerts) or (None if snapshot.stands_in else False)


CHARGE: tuple[Reading[Soe], ...] = (
    Reading("level", "level", LEVEL, _level),
    Reading("level_raw", "level raw", LEVEL_RAW, lambda c: c.raw_percent, QUIET),
)

BATTERY: tuple[Reading[SystemStatus], ...] = (
    Reading("energy_remaining", "energy remaining", STORED, lambda b: b.energy_remaining_wh),
    Reading("capacity", "capacity", STORED, lambda b: b.capacity_wh, DIAGNOSTIC),
    Reading(
        "max_charge_power", "maximum charge power", POWER, lambda b: b.max_charge_power_w, QUIET
    ),
    Reading(
        "max_discharge_power",
        "maximum discharge power",
        POWER,
        lambda b: b.max_discharge_power_w,
        QUIET,
    ),
    Reading(
        "max_apparent_power",
        "maximum apparent power",
        APPARENT,
        lambda b: b.max_apparent_power_va,
        QUIET,
    ),
    Reading("target_power", "target power", POWER, lambda b: b.target_power_w, QUIET),
    Reading(
        "packs_available",
        "packs available",
        COUNT,
        lambda b: b.available_blocks,
        DIAGNOSTIC,
        icon=PACKS,
    ),
)

BATTERY_DERIVED: tuple[Reading[Snapshot], ...] = (
    Reading("time_remaining", "time remaining", HOURS, time_remaining_h, basis=STORED_AND_USED),
    Reading(
        "packs_expected",
        "packs expected",
        COUNT,
        packs_expected,
        DIAGNOSTIC,
        icon=PACKS,
        firmware=ANY,
    ),
)

GRID: tuple[Reading[Snapshot], ...] = (
    Reading("status", "status", WORD, lambda s: s.grid, icon="mdi:transmission-tower"),
    Reading("connected", "connected", FLAG, grid_connected, device_class="connectivity"),
)

SERVICES: tuple[Reading[GridStatus], ...] = (
    Reading(
        "services_active",
        "services active",
        FLAG,
        lambda g: g.services_active,
        DIAGNOSTIC,
        "running",
    ),
)

SERVICES_POWER: tuple[Reading[SystemStatus], ...] = (
    Reading("services_power", "services power", POWER, lambda b: b.grid_services_power_w, QUIET),
)

OPERATION: tuple[Reading[Operation], ...] = (
    Reading("mode", "Operation mode", WORD, _mode, icon="mdi:home-battery-outline"),
    Reading(
        "backup_reserve_raw", "Backup reserve raw", PERCENT, lambda o: o.reserve_raw_percent, QUIET
    ),
    Reading(
        "backup_reserve",
        "Backup reserve",
        PERCENT,
        lambda o: _app(o.reserve_raw_percent),
        icon=RESERVE,
        basis=RAW_RESERVE,
    ),
    Reading(
        "effective_backup_reserve",
        "Effective backup reserve",
        PERCENT,
        effective_reserve_percent,
        HIDDEN,
        basis=RAW_RESERVE,
    ),
)

ISLAND: tuple[Reading[Snapshot], ...] = (
    Reading(
        "mode", "Grid contactor", WORD, lambda s: contactor(s.grid), icon="mdi:electric-switch"
    ),
    Reading(
        "requested",
        "Grid contactor requested",
        WORD,
        lambda s: s.island_requested,
        QUIET,
        lasting=True,
    ),
)

ALERTS: tuple[Reading[Snapshot], ...] = (
    Reading("", "Alerts", DATA, _alerts, TOPIC),
    Reading(
        "count",
        "Alerts",
        COUNT,
        _alert_count,
        DIAGNOSTIC,
        icon="mdi:alert-circle-outline",
        counts_list=True,
    ),
    Reading("problem", "Problem", FLAG, _problem, DIAGNOSTIC, "problem"),
)


_E = Endpoint
SITE_GROUPS: tuple[Group[Any], ...] = (
    single("battery", _E.SOE, ANY, lambda s: s.soe or Soe(), CHARGE),
    single(
        "battery", _E.SYSTEM_STATUS, LATER, lambda s: s.system_status or SystemStatus(), BATTERY
    ),
    single("battery", (_E.SYSTEM_STATUS, _E.METERS, _E.POWERWALLS), LATER, whole, BATTERY_DERIVED),
    single("grid", _E.GRID_STATUS, ANY, whole, GRID),
    single("grid", _E.GRID_STATUS, SINCE_1_50, lambda s: s.grid_status or GridStatus(), SERVICES),
    single(
        "grid", _E.SYSTEM_STATUS, LATER, lambda s: s.system_status or SystemStatus(), SERVICES_POWER
    ),
    single("operation", _E.OPERATION, LOGGED_IN, lambda s: s.operation or Operation(), OPERATION),
    single("island", _E.GRID_STATUS, ANY, whole, ISLAND),
    single("alerts", (_E.VITALS, _E.SOLAR_POWERWALL), LATER, whole, ALERTS),
)
