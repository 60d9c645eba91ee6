"""Readings of solar inverters beside those of every day."""

from bridge.devices import Inverter
from bridge.quantities import COUNT, DATA, FLAG, POWER, TEXT, VOLTAGE, WORD
from bridge.readings.table import Reading, Show, word

QUIET, TOPIC = Show.QUIET, Show.TOPIC


def _enabled(inverter: Inverter) -> bool | None:
    disabled = inverter.solar.disabled if inverter.solar else None
    return None if disabled is None else not disabled


def _string_side_enabled(inverter: Inverter) -> bool | None:
    disabled = inverter.solar.string_side_disabled if inverter.solar else None
    return None if disabled is None else not disabled


def _alert_count(inverter: Inverter) -> int | None:
    return None if inverter.alerts is None else len(inverter.alerts)


INVERTER_DETAILS: tuple[Reading[Inverter], ...] = (
    Reading("inverter_state", "Inverter state", WORD, lambda i: word(i.inverter_state), QUIET),
    Reading("l1_voltage", "Line 1 voltage", VOLTAGE, lambda i: i.number("PVAC_VL1Ground"), QUIET),
    Reading("l2_voltage", "Line 2 voltage", VOLTAGE, lambda i: i.number("PVAC_VL2Ground"), QUIET),
    Reading(
        "negative_bus_voltage",
        "Negative bus to chassis voltage",
        VOLTAGE,
        lambda i: i.number("PVAC_VHvMinusChassisDC"),
        QUIET,
    ),
    Reading(
        "string_side_state", "String side state", WORD, lambda i: word(i.string_side_state), QUIET
    ),
    Reading(
        "string_side_voltage",
        "String side voltage",
        VOLTAGE,
        lambda i: i.string_side_voltage_v,
        QUIET,
    ),
    Reading("self_test_state", "Self test state", WORD, lambda i: word(i.self_test_state), QUIET),
    Reading("output_enabled", "Output enabled", FLAG, lambda i: i.output_enabled, QUIET),
    Reading("power_setpoint", "Power setpoint", WORD, lambda i: word(i.power_setpoint), QUIET),
    Reading(
        "power_limit",
        "Power limit",
        POWER,
        lambda i: i.solar.pv_power_limit_w if i.solar else None,
        QUIET,
    ),
    Reading("rated_power", "Rated power", POWER, lambda i: i.rated_power_w, QUIET),
    Reading("enabled", "In use", FLAG, _enabled, QUIET),
    Reading("string_side_enabled", "String side in use", FLAG, _string_side_enabled, QUIET),
    Reading(
        "disabled_reasons",
        "Disabled reasons",
        DATA,
        lambda i: i.solar.disabled_reasons if i.solar else None,
        TOPIC,
    ),
    Reading("alerts", "Alerts", DATA, lambda i: i.alerts, TOPIC),
    Reading("alert_count", "Alerts", COUNT, _alert_count, QUIET),
    Reading("firmware", "Firmware", TEXT, lambda i: i.pvac.firmware if i.pvac else None, QUIET),
)
