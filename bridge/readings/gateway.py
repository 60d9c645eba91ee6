"""Readings of the gateway itself and of the site master, its program that runs the battery."""

from typing import Any

from bridge.model import Snapshot
from bridge.parts import Endpoint, Operation, Sitemaster, Status
from bridge.quantities import COUNT, DATA, FLAG, FREQUENCY_SHIFT, PERCENT, SECONDS, TEXT, TIME, WORD
from bridge.readings.single import single, whole
from bridge.readings.table import (
    AFTER_LOGIN,
    ANY,
    BEFORE_1_50,
    LATER,
    SINCE_1_40,
    SINCE_1_50,
    SINCE_21,
    SINCE_23,
    Group,
    Reading,
    Show,
)
from bridge.words import snake

DIAGNOSTIC, LISTED, QUIET, TOPIC = Show.DIAGNOSTIC, Show.LISTED, Show.QUIET, Show.TOPIC


def _master_status(master: Sitemaster) -> str | None:
    return snake(master.status) if master.status else None


def can_reboot(snapshot: Snapshot) -> str | None:
    """Return `Yes` or why not: the site master has reasons, `status` has only yes or no."""
    reason = snapshot.sitemaster.can_reboot if snapshot.sitemaster else None
    allowed = snapshot.status.can_reboot if snapshot.status else None
    if reason is None and allowed is not None:
        return "Yes" if allowed else "No"
    return reason


GATEWAY: tuple[Reading[Status], ...] = (
    Reading("version", "Firmware", TEXT, lambda g: g.version, DIAGNOSTIC, icon="mdi:chip"),
    Reading("git_hash", "Firmware hash", TEXT, lambda g: g.git_hash, QUIET),
    Reading("started", "Started", TIME, lambda g: g.started, DIAGNOSTIC),
    Reading("uptime", "Uptime", SECONDS, lambda g: g.uptime_s, LISTED),
    Reading("is_new", "New gateway", FLAG, lambda g: g.is_new, QUIET),
)

MODEL: tuple[Reading[Status], ...] = (
    Reading("device_type", "Gateway type", TEXT, lambda g: g.device_type, QUIET),
    Reading("sync_type", "Synchronizer type", TEXT, lambda g: g.sync_type, QUIET),
    Reading("commission_count", "Commission count", COUNT, lambda g: g.commission_count, QUIET),
)

NEWER: tuple[Reading[Status], ...] = (
    Reading("leader", "Leader", TEXT, lambda g: g.leader, QUIET),
    Reading("followers", "Followers", DATA, lambda g: g.followers, TOPIC),
    Reading(
        "cellular_disabled",
        "Cellular disabled",
        FLAG,
        lambda g: g.cellular_disabled,
        QUIET,
        firmware=SINCE_21,
    ),
)

NEWEST: tuple[Reading[Status], ...] = (
    Reading("teg_type", "Gateway subtype", TEXT, lambda g: g.teg_type, QUIET),
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
)

SITEMASTER_FIRST: tuple[Reading[Sitemaster], ...] = (
    Reading("sitemaster_uptime", "Site master uptime", SECONDS, lambda m: m.uptime_s, LISTED),
)

SITEMASTER_LATER: tuple[Reading[Sitemaster], ...] = (
    Reading("sitemaster_status", "Site master status", WORD, _master_status, QUIET),
    Reading("power_supply_mode", "Power supply mode", FLAG, lambda m: m.power_supply_mode, QUIET),
)

REBOOT: tuple[Reading[Snapshot], ...] = (
    Reading("can_reboot", "Can reboot", TEXT, can_reboot, QUIET),
)

LOAD_SHED: tuple[Reading[Operation], ...] = (
    Reading("load_shed_level", "Load shed level", PERCENT, lambda o: o.load_shed_percent, QUIET),
    Reading(
        "load_shed_frequency_shift",
        "Load shed frequency shift",
        FREQUENCY_SHIFT,
        lambda o: o.load_shed_shift_hz,
        QUIET,
    ),
)


def _status(snapshot: Snapshot) -> Status:
    return snapshot.status or Status()


def _master(snapshot: Snapshot) -> Sitemaster:
    return snapshot.sitemaster or Sitemaster()


_E = Endpoint
_DIN_SOURCES = (_E.STATUS, _E.POWERWALLS, _E.CONFIG, _E.TEDAPI_DIN)
GATEWAY_GROUPS: tuple[Group[Any], ...] = (
    single("gateway", _E.STATUS, ANY, _status, GATEWAY),
    single("gateway", _E.STATUS, SINCE_1_50, _status, MODEL),
    single("gateway", _E.STATUS, LATER, _status, NEWER),
    single("gateway", _E.STATUS, SINCE_23, _status, NEWEST),
    single("gateway", _DIN_SOURCES, SINCE_1_40, whole, DIN),
    single("gateway", _E.SITEMASTER, ANY, _master, SITEMASTER),
    single("gateway", _E.SITEMASTER, BEFORE_1_50, _master, SITEMASTER_FIRST),
    single("gateway", _E.SITEMASTER, SINCE_1_50, _master, SITEMASTER_LATER),
    single("gateway", (_E.SITEMASTER, _E.STATUS), LATER, whole, REBOOT),
    single(
        "operation",
        _E.OPERATION,
        SINCE_1_50 + AFTER_LOGIN,
        lambda s: s.operation or Operation(),
        LOAD_SHED,
    ),
)
