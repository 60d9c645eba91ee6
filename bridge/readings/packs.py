"""Readings of packs beside those of every day: what the vitals and the installation tell."""

from bridge.devices import Pack
from bridge.devices.sources import flag, scaled, text
from bridge.parts import ListedPack
from bridge.quantities import DATA, FLAG, FREQUENCY, SECONDS, STORED, VOLTAGE, WORD
from bridge.readings.table import SINCE_21, Data, Reading, Show, word

QUIET, TOPIC = Show.QUIET, Show.TOPIC


def _battery(key: str, name: str, vital: str, device_class: str | None = None) -> Reading[Pack]:
    return Reading(key, name, FLAG, lambda p: flag(p.battery, vital), QUIET, device_class)


def _inverter(key: str, name: str, vital: str) -> Reading[Pack]:
    return Reading(key, name, FLAG, lambda p: flag(p.inverter, vital), QUIET)


PACK_VITALS: tuple[Reading[Pack], ...] = (
    Reading(
        "energy_to_be_charged",
        "Energy to be charged",
        STORED,
        lambda p: scaled(p.battery, "POD_nom_energy_to_be_charged"),
        QUIET,
    ),
    Reading(
        "battery_state",
        "Battery state",
        WORD,
        lambda p: word(text(p.battery, "POD_state")),
        QUIET,
    ),
    _battery("charge_complete", "Charge complete", "POD_ChargeComplete"),
    _battery("discharge_complete", "Discharge complete", "POD_DischargeComplete"),
    _battery("charge_request", "Charge request", "POD_ChargeRequest"),
    _battery("active_heating", "Active heating", "POD_ActiveHeating", "running"),
    _battery("voltage_hold", "Charge voltage hold", "POD_CCVhold"),
    _battery("battery_enable_line", "Battery enable line", "POD_enable_line"),
    _battery("persistently_faulted", "Persistently faulted", "POD_PersistentlyFaulted", "problem"),
    _battery("permanently_faulted", "Permanently faulted", "POD_PermanentlyFaulted", "problem"),
    Reading(
        "l1_voltage", "Line 1 voltage", VOLTAGE, lambda p: scaled(p.inverter, "PINV_VSplit1"), QUIET
    ),
    Reading(
        "l2_voltage", "Line 2 voltage", VOLTAGE, lambda p: scaled(p.inverter, "PINV_VSplit2"), QUIET
    ),
    Reading(
        "pll_frequency",
        "Locked loop frequency",
        FREQUENCY,
        lambda p: scaled(p.inverter, "PINV_PllFrequency"),
        QUIET,
    ),
    _inverter("pll_locked", "Locked loop in step", "PINV_PllLocked"),
    _inverter("ready_for_grid_forming", "Ready for grid forming", "PINV_ReadyForGridForming"),
    _inverter("inverter_enable_line", "Inverter enable line", "PINV_HardwareEnableLine"),
    Reading(
        "power_limiter",
        "Power limiter",
        WORD,
        lambda p: word(text(p.inverter, "PINV_PowerLimiter")),
        QUIET,
    ),
    Reading(
        "controller_state",
        "Controller state",
        WORD,
        lambda p: word(text(p.controller, "THC_State")),
        QUIET,
    ),
)


def _listed(pack: Pack) -> ListedPack:
    return pack.listed or ListedPack(None, "")


def _diagnostics(pack: Pack) -> Data | None:
    return _listed(pack).diagnostics


PACK_LISTED: tuple[Reading[Pack], ...] = (
    Reading("type", "Type", WORD, lambda p: word(_listed(p).type), QUIET),
    Reading(
        "in_config",
        "In the configuration",
        FLAG,
        lambda p: _listed(p).in_config,
        QUIET,
        firmware=SINCE_21,
    ),
    Reading("updating", "Updating", FLAG, lambda p: _listed(p).updating, QUIET, "running"),
    Reading(
        "under_phase_detection",
        "Under phase detection",
        FLAG,
        lambda p: _listed(p).under_phase_detection,
        QUIET,
        "running",
    ),
    Reading(
        "grid_reconnection_time",
        "Grid reconnection time",
        SECONDS,
        lambda p: _listed(p).grid_reconnection_s,
        QUIET,
    ),
    Reading("diagnostics", "Diagnostics", DATA, _diagnostics, TOPIC),
)
