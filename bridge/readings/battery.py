"""Readings of what the battery as a whole could do, and of how it is told to."""

from typing import Any

from bridge.model import Snapshot
from bridge.parts import Endpoint, SystemStatus
from bridge.quantities import APPARENT, COUNT, FLAG, POWER, REACTIVE, TIME, WORD
from bridge.readings.single import single
from bridge.readings.table import LATER, SINCE_23, Group, Reading, Show, word

QUIET = Show.QUIET

BATTERY: tuple[Reading[SystemStatus], ...] = (
    Reading(
        "available_charge_power",
        "available charge power",
        POWER,
        lambda b: b.available_charge_w,
        QUIET,
    ),
    Reading(
        "available_discharge_power",
        "available discharge power",
        POWER,
        lambda b: b.available_discharge_w,
        QUIET,
    ),
    Reading(
        "inverter_usable_power",
        "inverter usable power",
        POWER,
        lambda b: b.inverter_usable_w,
        QUIET,
    ),
    Reading("auxiliary_load", "auxiliary load", POWER, lambda b: b.auxiliary_load_w, QUIET),
    Reading(
        "target_reactive_power",
        "target reactive power",
        REACTIVE,
        lambda b: b.target_reactive_power_var,
        QUIET,
    ),
    Reading("command_source", "command source", WORD, lambda b: word(b.command_source), QUIET),
    Reading("packs_controlled", "packs controlled", COUNT, lambda b: b.controlled_blocks, QUIET),
    Reading("switches_on", "all switches on", FLAG, lambda b: b.switches_on, QUIET),
    Reading("switch_toggled", "switch last toggled", TIME, lambda b: b.switch_toggled, QUIET),
)

BATTERY_NEWER: tuple[Reading[SystemStatus], ...] = (
    Reading(
        "available_apparent_power",
        "available apparent power",
        APPARENT,
        lambda b: b.available_apparent_va,
        QUIET,
    ),
    Reading("rated_charge_power", "rated charge power", POWER, lambda b: b.rated_charge_w, QUIET),
    Reading(
        "rated_discharge_power",
        "rated discharge power",
        POWER,
        lambda b: b.rated_discharge_w,
        QUIET,
    ),
    Reading(
        "chargers_available",
        "chargers available",
        COUNT,
        lambda b: b.available_charger_blocks,
        QUIET,
    ),
)

GRID: tuple[Reading[SystemStatus], ...] = (
    Reading(
        "frequency_response_high",
        "frequency response high",
        POWER,
        lambda b: b.response_high_w,
        QUIET,
    ),
    Reading(
        "frequency_response_low",
        "frequency response low",
        POWER,
        lambda b: b.response_low_w,
        QUIET,
    ),
)

SOLAR: tuple[Reading[SystemStatus], ...] = (
    Reading("power_limit", "power limit", POWER, lambda b: b.solar_limit_w, QUIET),
)

GATEWAY: tuple[Reading[SystemStatus], ...] = (
    Reading("primary", "Primary gateway", FLAG, lambda b: b.primary, QUIET),
)


def _status(snapshot: Snapshot) -> SystemStatus:
    return snapshot.system_status or SystemStatus()


_SOURCE = Endpoint.SYSTEM_STATUS
BATTERY_GROUPS: tuple[Group[Any], ...] = (
    single("battery", _SOURCE, LATER, _status, BATTERY, summary=False),
    single("battery", _SOURCE, SINCE_23, _status, BATTERY_NEWER, summary=False),
    single("grid", _SOURCE, LATER, _status, GRID, summary=False),
    single("solar", _SOURCE, LATER, _status, SOLAR, summary=False),
    single("gateway", _SOURCE, LATER, _status, GATEWAY, summary=False),
)
