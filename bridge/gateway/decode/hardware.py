"""Decoders of what packs and solar inverters are, and of what was found when they were examined."""

from collections.abc import Mapping

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields, safe, writable
from bridge.parts import (
    Activity,
    Endpoint,
    ListedPack,
    Powerwalls,
    PowerwallsStatus,
    SolarPowerwall,
    SolarString,
)

_DIAGNOSTICS = {"commissioning": "commissioning_diagnostic", "update": "update_diagnostic"}
_LETTERS = "ABCDEF"


def _powerwalls(fields: Fields) -> Powerwalls:
    rows = fields.rows("powerwalls")
    listed = [_listed(row) for row in (rows.sections().values() if rows else ())]
    return Powerwalls(
        gateway_din=fields.text("gateway_din"),
        packs=tuple(pack for pack in listed if pack) if rows else None,
        activity=_activity(fields),
        has_sync=fields.flag("has_sync"),
        sync=_board(fields.section("sync")),
        backup_switch=_board(fields.section("msa")),
    )


def _listed(fields: Fields) -> ListedPack | None:
    serial_number = fields.text("PackageSerialNumber")
    if serial_number is None:
        return None
    return ListedPack(
        part_number=fields.text("PackagePartNumber"),
        serial_number=serial_number,
        type=fields.text("type"),
        in_config=fields.flag("in_config"),
        grid_reconnection_s=fields.number("grid_reconnection_time_seconds"),
        under_phase_detection=fields.flag("under_phase_detection"),
        updating=fields.flag("updating"),
        diagnostics=_diagnostics(fields) or None,
    )


def _board(fields: Fields) -> Mapping[str, object] | None:
    """Return what is said of a board as it is, its diagnostics in short."""
    plain = {
        writable(key): safe(value)
        for key, value in fields.members.items()
        if key not in _DIAGNOSTICS.values()
    }
    return plain | _diagnostics(fields) or None


def _diagnostics(fields: Fields) -> dict[str, object]:
    given = {name: fields.section(key) for name, key in _DIAGNOSTICS.items()}
    return {name: _diagnostic(section) for name, section in given.items() if section.members}


def _diagnostic(fields: Fields) -> dict[str, object]:
    checks = fields.rows("checks")
    return {
        "disruptive": fields.flag("disruptive"),
        "alert": safe(fields.members.get("alert")),
        "checks": [_check(check) for check in checks.sections().values()] if checks else None,
    }


def _check(fields: Fields) -> dict[str, object]:
    """Return a check without its times: each question begins it anew, and they would tell that."""
    told = {
        "name": fields.text("name"),
        "status": fields.text("status"),
        "progress": fields.number("progress"),
        "message": fields.text("message"),
        "results": safe(fields.members.get("results")) or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _activity(fields: Fields) -> Activity:
    return Activity(
        enumerating=fields.flag("enumerating"),
        updating=fields.flag("updating"),
        checking_if_offgrid=fields.flag("checking_if_offgrid"),
        running_phase_detection=fields.flag("running_phase_detection"),
        phase_detection_not_available=fields.flag("phase_detection_not_available"),
        phase_detection_last_error=fields.text("phase_detection_last_error"),
        bubble_shedding=fields.flag("bubble_shedding"),
        on_grid_check_error=fields.text("on_grid_check_error"),
        grid_qualifying=fields.flag("grid_qualifying"),
        grid_code_validating=fields.flag("grid_code_validating"),
    )


def _powerwalls_status(fields: Fields) -> PowerwallsStatus:
    return PowerwallsStatus(_activity(fields))


def _solar_powerwall(fields: Fields) -> SolarPowerwall:
    """Return the inverter; a gateway without one may answer with an empty state and no strings."""
    pvac, pvs = fields.section("pvac_status"), fields.section("pvs_status")
    state, strings = pvac.text("state"), _strings(pvac)
    reasons = pvac.rows("disabled_reasons")
    return SolarPowerwall(
        fitted=state is not None or bool(strings),
        state=state,
        disabled=pvac.flag("disabled"),
        disabled_reasons=reasons.texts() if reasons else None,
        grid_state=pvac.text("grid_state"),
        inverter_state=pvac.text("inv_state"),
        power_w=pvac.number("p_out"),
        reactive_power_var=pvac.number("q_out"),
        voltage_v=pvac.number("v_out"),
        current_a=pvac.number("i_out"),
        frequency_hz=pvac.measured("f_out"),
        strings=strings,
        string_side_state=pvs.text("state"),
        string_side_disabled=pvs.flag("disabled"),
        string_side_voltage_v=pvs.number("v_ll"),
        output_enabled=pvs.flag("enable_output"),
        self_test_state=pvs.text("self_test_state"),
        pv_power_limit_w=fields.number("pv_power_limit"),
        power_setpoint=fields.text("power_status_setpoint"),
        alerts=_alerts(fields.section("pvac_alerts"), fields.section("pvs_alerts")),
    )


def _strings(fields: Fields) -> tuple[SolarString, ...] | None:
    """Return the strings by letter: `string_id` 1 is A; without it the order tells."""
    rows = fields.rows("string_vitals")
    if rows is None:
        return None
    found: dict[str, SolarString] = {}
    for place, row in enumerate(rows.sections().values(), start=1):
        number = row.number("string_id")
        letter = dict(enumerate(_LETTERS, start=1)).get(place if number is None else int(number))
        if letter and letter not in found:
            found[letter] = SolarString(
                letter,
                connected=row.flag("connected"),
                voltage_v=row.number("measured_voltage"),
                current_a=row.number("current"),
                power_w=row.number("measured_power"),
            )
    return tuple(found[letter] for letter in sorted(found))


def _alerts(*sides: Fields) -> tuple[str, ...] | None:
    """Return the names of the alerts that are on, None where no side lists any."""
    listed = {name: on for side in sides for name, on in side.members.items()}
    return tuple(writable(name) for name, on in listed.items() if on is True) if listed else None


HARDWARE: Decoders = {
    Endpoint.POWERWALLS: _powerwalls,
    Endpoint.POWERWALLS_STATUS: _powerwalls_status,
    Endpoint.SOLAR_POWERWALL: _solar_powerwall,
}
