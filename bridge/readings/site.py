"""Readings of the installation as a whole: battery, grid, operation, gateway, alerts."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from bridge.alerts import Alert, problem
from bridge.flows import time_remaining_h
from bridge.model import (
    Snapshot,
    effective_reserve_percent,
    grid_connected,
    line_voltage_v,
    packs_expected,
)
from bridge.parts import (
    Endpoint,
    GridStatus,
    Operation,
    SiteInfo,
    Sitemaster,
    Soe,
    Status,
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
    SECONDS,
    STORED,
    TEXT,
    TIME,
    VOLTAGE,
    WORD,
)
from bridge.readings.table import ANY, LATER, VITALS, Data, Group, Item, Kind, Reading, Show
from bridge.words import contactor, snake, to_app

T = TypeVar("T")
DIAGNOSTIC, HIDDEN, LISTED = Show.DIAGNOSTIC, Show.HIDDEN, Show.LISTED
QUIET, TOPIC = Show.QUIET, Show.TOPIC
STORED_AND_USED = (("battery", "energy_remaining"), ("home", "power"))
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
    return None if snapshot.alerts is None else problem(snapshot.alerts)


LINES: tuple[Reading[Snapshot], ...] = (
    Reading("l1_voltage", "line 1 voltage", VOLTAGE, lambda s: line_voltage_v(s, 1)),
    Reading("l2_voltage", "line 2 voltage", VOLTAGE, lambda s: line_voltage_v(s, 2)),
    Reading("l3_voltage", "line 3 voltage", VOLTAGE, lambda s: line_voltage_v(s, 3)),
)

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
    Reading("packs_expected", "packs expected", COUNT, packs_expected, DIAGNOSTIC, icon=PACKS),
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

FAULTS: tuple[Reading[SystemStatus], ...] = (
    Reading("services_power", "services power", POWER, lambda b: b.grid_services_power_w, QUIET),
    Reading("faults", "faults", DATA, lambda b: b.grid_faults, TOPIC),
)

OPERATION: tuple[Reading[Operation], ...] = (
    Reading("mode", "Operation mode", WORD, _mode, icon="mdi:home-battery-outline"),
    Reading(
        "backup_reserve",
        "Backup reserve",
        PERCENT,
        lambda o: _app(o.reserve_raw_percent),
        icon=RESERVE,
    ),
    Reading(
        "backup_reserve_raw", "Backup reserve raw", PERCENT, lambda o: o.reserve_raw_percent, QUIET
    ),
    Reading(
        "effective_backup_reserve",
        "Effective backup reserve",
        PERCENT,
        effective_reserve_percent,
        HIDDEN,
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

GATEWAY: tuple[Reading[Status], ...] = (
    Reading("version", "Firmware", TEXT, lambda g: g.version, DIAGNOSTIC, icon="mdi:chip"),
    Reading("git_hash", "Firmware hash", TEXT, lambda g: g.git_hash, QUIET),
    Reading("started", "Started", TIME, lambda g: g.started, DIAGNOSTIC),
    Reading("device_type", "Gateway type", TEXT, lambda g: g.device_type, QUIET),
    Reading("sync_type", "Synchronizer type", TEXT, lambda g: g.sync_type, QUIET),
    Reading("uptime", "Uptime", SECONDS, lambda g: g.uptime_s, LISTED),
)

DIN: tuple[Reading[Snapshot], ...] = (Reading("din", "DIN", TEXT, lambda s: s.din, QUIET),)

SITEMASTER: tuple[Reading[Sitemaster], ...] = (
    Reading("running", "Site master", FLAG, lambda m: m.running, DIAGNOSTIC, "running"),
    Reading(
        "connected_to_tesla",
        "Connected to Tesla",
        FLAG,
        lambda m: m.connected_to_tesla,
        DIAGNOSTIC,
        "connectivity",
    ),
    Reading("power_supply_mode", "Power supply mode", FLAG, lambda m: m.power_supply_mode, QUIET),
    Reading("can_reboot", "Can reboot", TEXT, lambda m: m.can_reboot, QUIET),
)

SITE_INFO: tuple[Reading[SiteInfo], ...] = (
    Reading("site_name", "Site name", TEXT, lambda i: i.site_name, QUIET),
    Reading("timezone", "Time zone", TEXT, lambda i: i.timezone, QUIET),
)

ALERTS: tuple[Reading[Snapshot], ...] = (
    Reading("", "Alerts", DATA, _alerts, TOPIC),
    Reading("count", "Alerts", COUNT, _alert_count, DIAGNOSTIC, icon="mdi:alert-circle-outline"),
    Reading("problem", "Problem", FLAG, _problem, DIAGNOSTIC, "problem"),
)


def _group(
    topic: str,
    source: Endpoint | tuple[Endpoint, ...],
    firmware: str,
    find: Callable[[Snapshot], T],
    readings: tuple[Reading[T], ...],
) -> Group[T]:
    """Return the readings of one thing that every site has; grid and battery stand in the name."""
    title = topic.capitalize() if topic in {"grid", "battery"} else ""

    def items(snapshot: Snapshot) -> Iterator[Item[T]]:
        yield Item((topic,), find(snapshot), title)

    sources = source if isinstance(source, tuple) else (source,)
    return Group(topic, Kind.SITE, sources, firmware, items, readings)


def _whole(snapshot: Snapshot) -> Snapshot:
    return snapshot


_E = Endpoint
SITE_GROUPS: tuple[Group[Any], ...] = (
    _group("grid", _E.VITALS, VITALS, _whole, LINES),
    _group("battery", _E.SOE, ANY, lambda s: s.soe or Soe(), CHARGE),
    _group(
        "battery", _E.SYSTEM_STATUS, LATER, lambda s: s.system_status or SystemStatus(), BATTERY
    ),
    _group("battery", (_E.SYSTEM_STATUS, _E.METERS, _E.POWERWALLS), LATER, _whole, BATTERY_DERIVED),
    _group("grid", _E.GRID_STATUS, ANY, _whole, GRID),
    _group("grid", _E.GRID_STATUS, LATER, lambda s: s.grid_status or GridStatus(), SERVICES),
    _group("grid", _E.SYSTEM_STATUS, LATER, lambda s: s.system_status or SystemStatus(), FAULTS),
    _group("operation", _E.OPERATION, ANY, lambda s: s.operation or Operation(), OPERATION),
    _group("island", _E.GRID_STATUS, ANY, _whole, ISLAND),
    _group("gateway", _E.STATUS, ANY, lambda s: s.status or Status(), GATEWAY),
    _group("gateway", (_E.STATUS, _E.POWERWALLS, _E.CONFIG), ANY, _whole, DIN),
    _group("gateway", _E.SITEMASTER, ANY, lambda s: s.sitemaster or Sitemaster(), SITEMASTER),
    _group("gateway", _E.SITE_INFO, ANY, lambda s: s.site_info or SiteInfo(), SITE_INFO),
    _group("alerts", (_E.VITALS, _E.SOLAR_POWERWALL), LATER, _whole, ALERTS),
)
