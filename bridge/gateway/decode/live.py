"""Decoders of what changes all the time, and of the packs."""

from bridge.gateway.decode.faults import fault
from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields, never
from bridge.parts import (
    BatteryBlock,
    Endpoint,
    GridStatus,
    Meter,
    Meters,
    Soe,
    SystemStatus,
)
from bridge.words import LONGEST_LEVEL, snake


def _meters(fields: Fields) -> Meters:
    """Return the meters that ever communicated and whose name can be a topic."""
    return Meters(
        {
            name: _meter(meter)
            for name, meter in fields.sections().items()
            if snake(name)
            and len(name) <= LONGEST_LEVEL
            and not never(meter.members.get("last_communication_time"))
        }
    )


def _meter(fields: Fields) -> Meter:
    power_w = fields.number("instant_power")
    voltage_v = fields.measured("instant_average_voltage")
    current_a = fields.number("instant_average_current")
    if current_a is None:
        current_a = fields.number("instant_total_current")
    if current_a == 0 and (power_w != 0 or voltage_v is None):
        current_a = None  # a zero like that of the voltage
    timeout_ns = fields.number("timeout")
    return Meter(
        power_w=power_w,
        reactive_power_var=fields.number("instant_reactive_power"),
        apparent_power_va=fields.number("instant_apparent_power"),
        average_voltage_v=voltage_v,
        average_current_a=current_a,
        frequency_hz=fields.measured("frequency"),
        imported_wh=fields.number("energy_imported"),
        exported_wh=fields.number("energy_exported"),
        last_communication_time=fields.time("last_communication_time"),
        timeout_s=None if timeout_ns is None else timeout_ns / 1e9,
    )


def _soe(fields: Fields) -> Soe:
    return Soe(raw_percent=fields.number("percentage"))


def _grid_status(fields: Fields) -> GridStatus:
    return GridStatus(
        status=fields.text("grid_status"),
        services_active=fields.flag("grid_services_active"),
    )


def _system_status(fields: Fields) -> SystemStatus:
    blocks = fields.rows("battery_blocks")
    faults = fields.rows("grid_faults")
    return SystemStatus(
        energy_remaining_wh=fields.number("nominal_energy_remaining"),
        capacity_wh=fields.number("nominal_full_pack_energy"),
        max_charge_power_w=fields.number("max_charge_power"),
        max_discharge_power_w=fields.number("max_discharge_power"),
        max_apparent_power_va=fields.number("max_apparent_power"),
        target_power_w=fields.number("battery_target_power"),
        target_reactive_power_var=fields.number("battery_target_reactive_power"),
        command_source=fields.text("command_source"),
        available_charge_w=fields.number("instantaneous_max_charge_power"),
        available_discharge_w=fields.number("instantaneous_max_discharge_power"),
        available_apparent_va=fields.number("instantaneous_max_apparent_power"),
        rated_charge_w=fields.number("hardware_capability_charge_power"),
        rated_discharge_w=fields.number("hardware_capability_discharge_power"),
        inverter_usable_w=fields.number("inverter_nominal_usable_power"),
        auxiliary_load_w=fields.number("auxiliary_load"),
        response_high_w=fields.number("ffr_power_availability_high"),
        response_low_w=fields.number("ffr_power_availability_low"),
        solar_limit_w=_limit_w(fields.number("solar_real_power_limit")),
        switches_on=fields.flag("all_enable_lines_high"),
        switch_toggled=fields.time("last_toggle_timestamp"),
        primary=fields.flag("primary"),
        grid_services_power_w=fields.number("grid_services_power"),
        available_blocks=fields.number("available_blocks"),
        available_charger_blocks=fields.number("available_charger_blocks"),
        controlled_blocks=fields.number("blocks_controlled"),
        blocks=tuple(map(_block, blocks.sections().values())) if blocks else None,
        grid_faults=tuple(map(fault, faults.sections().values())) if faults else None,
    )


def _limit_w(limit_w: float | None) -> float | None:
    """Return a limit, None for the negative number by which the gateway says that there is none."""
    return None if limit_w is None or limit_w < 0 else limit_w


def _block(fields: Fields) -> BatteryBlock:
    """Return a pack; a disabled one says 0 for the energy that it does not know."""
    listed = fields.rows("disabled_reasons")
    reasons = listed.texts() if listed else None
    energy = fields.measured if reasons else fields.number
    return BatteryBlock(
        part_number=fields.text("PackagePartNumber"),
        serial_number=fields.text("PackageSerialNumber"),
        disabled_reasons=reasons,
        state=fields.text("pinv_state"),
        grid_state=fields.text("pinv_grid_state"),
        energy_remaining_wh=energy("nominal_energy_remaining"),
        capacity_wh=energy("nominal_full_pack_energy"),
        power_w=fields.number("p_out"),
        reactive_power_var=fields.number("q_out"),
        voltage_v=fields.number("v_out"),
        frequency_hz=fields.number("f_out"),
        current_a=fields.number("i_out"),
        charged_wh=fields.number("energy_charged"),
        discharged_wh=fields.number("energy_discharged"),
        off_grid=fields.flag("off_grid"),
        wobble_detected=fields.flag("wobble_detected"),
        charge_power_clamped=fields.flag("charge_power_clamped"),
        backup_ready=fields.flag("backup_ready"),
        grid_forming=fields.flag("vf_mode"),
        sequence_state=fields.text("OpSeqState"),
        firmware=fields.text("version"),
    )


LIVE: Decoders = {
    Endpoint.METERS: _meters,
    Endpoint.SOE: _soe,
    Endpoint.GRID_STATUS: _grid_status,
    Endpoint.SYSTEM_STATUS: _system_status,
}
