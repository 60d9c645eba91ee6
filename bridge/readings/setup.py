"""Readings of what the site was set up for: its name, its limits, the rules of its grid."""

from dataclasses import asdict
from typing import Any

from bridge.model import Snapshot
from bridge.parts import Endpoint, GridCode, SiteInfo
from bridge.quantities import CURRENT, DATA, FREQUENCY, POWER, STORED, TEXT, VOLTAGE, WORD
from bridge.readings.single import single
from bridge.readings.table import ANY, SINCE_1_40, SINCE_23, Data, Group, Reading, Show
from bridge.words import snake

HIDDEN, QUIET, TOPIC = Show.HIDDEN, Show.QUIET, Show.TOPIC


def _details(code: GridCode) -> Data | None:
    return asdict(code) if code != GridCode() else None


def _phase(code: GridCode) -> str | None:
    return snake(code.phase) if code.phase else None


NAMES: tuple[Reading[SiteInfo], ...] = (
    Reading("site_name", "Site name", TEXT, lambda i: i.site_name, QUIET),
    Reading("timezone", "Time zone", TEXT, lambda i: i.timezone, QUIET),
)

GRID: tuple[Reading[SiteInfo], ...] = (
    Reading("min_power", "minimum power", POWER, lambda i: i.min_site_power_w, QUIET),
    Reading("max_power", "maximum power", POWER, lambda i: i.max_site_power_w, QUIET),
    Reading(
        "measured_frequency",
        "measured frequency",
        FREQUENCY,
        lambda i: i.measured_frequency_hz,
        HIDDEN,
    ),
)

GRID_CODE: tuple[Reading[GridCode], ...] = (
    Reading("code", "code", TEXT, lambda c: c.code, QUIET),
    Reading("code_voltage", "code voltage", VOLTAGE, lambda c: c.voltage_v, QUIET),
    Reading("code_frequency", "code frequency", FREQUENCY, lambda c: c.frequency_hz, QUIET),
    Reading("code_phase", "code phase", WORD, _phase, QUIET),
    Reading("code_details", "code details", DATA, _details, TOPIC),
)

BATTERY: tuple[Reading[SiteInfo], ...] = (
    Reading("nominal_energy", "nominal energy", STORED, lambda i: i.nominal_energy_wh, QUIET),
    Reading(
        "nominal_power",
        "nominal power",
        POWER,
        lambda i: i.nominal_power_w,
        QUIET,
        firmware=SINCE_1_40,
    ),
    Reading("max_energy", "maximum energy", STORED, lambda i: i.max_energy_wh, QUIET),
    Reading("max_power", "maximum power", POWER, lambda i: i.max_power_w, QUIET),
)

HOME: tuple[Reading[SiteInfo], ...] = (
    Reading(
        "panel_max_current",
        "panel maximum current",
        CURRENT,
        lambda i: i.panel_max_current_a,
        QUIET,
    ),
)


def _info(snapshot: Snapshot) -> SiteInfo:
    return snapshot.site_info or SiteInfo()


def _code(snapshot: Snapshot) -> GridCode:
    return _info(snapshot).grid_code or GridCode()


_SOURCE = Endpoint.SITE_INFO
SETUP_GROUPS: tuple[Group[Any], ...] = (
    single("gateway", _SOURCE, ANY, _info, NAMES),
    single("grid", _SOURCE, ANY, _info, GRID),
    single("grid", _SOURCE, ANY, _code, GRID_CODE),
    single("battery", _SOURCE, ANY, _info, BATTERY),
    single("home", _SOURCE, SINCE_23, _info, HOME),
)
