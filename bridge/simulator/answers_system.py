"""The state of the battery system and its packs, and what they saw of the grid."""

from collections.abc import Iterator

from bridge.simulator.moment import Json, Moment, encode, rfc3339
from bridge.simulator.physics import Island
from bridge.simulator.site import PackReading

_FAULTS_STAY_S = 900
# Larger than 2^53, as real ones are: a reader that keeps numbers as doubles loses digits.
_ALERT_RAW = 432406325129904128


def grid_faults(moment: Moment) -> Json:
    """List what each inverter saw when the grid went away; it fades after a quarter hour."""
    lost_at = moment.state.grid_lost_at
    if lost_at is None or moment.now - lost_at > _FAULTS_STAY_S:
        return []
    return [
        _grid_fault(moment, reading, int(lost_at * 1000) + 40 * index)
        for index, reading in enumerate(moment.packs)
    ]


def system_status(moment: Moment) -> Json:
    return dict(_system_status(moment))


def can_reboot(moment: Moment) -> str:
    return "Yes" if abs(moment.state.flows.battery_w) < 2000 else "Power flow is too high"


def _system_status(moment: Moment) -> Iterator[tuple[str, Json]]:
    number, plant = len(moment.packs), moment.site.plant
    newer = moment.site.profile.since(23, 28)
    yield "command_source", "Configuration"
    yield "battery_target_power", moment.state.flows.battery_w
    yield "battery_target_reactive_power", 0
    yield "nominal_full_pack_energy", moment.full_wh
    yield "nominal_energy_remaining", moment.energy_wh
    yield "max_power_energy_remaining", 0
    yield "max_power_energy_to_be_charged", 0
    yield "max_charge_power", int(plant.max_charge_w)
    yield "max_discharge_power", int(plant.max_discharge_w)
    yield "max_apparent_power", 5000 * number
    yield "instantaneous_max_discharge_power", 12000 * number
    yield "instantaneous_max_charge_power", 5290 * number
    if newer:
        yield "instantaneous_max_apparent_power", 5800 * number
        yield "hardware_capability_charge_power", 5000 * number
        yield "hardware_capability_discharge_power", 5000 * number
    yield "grid_services_power", 0
    yield "system_island_state", moment.state.island.value
    yield "available_blocks", number
    if newer:
        yield "available_charger_blocks", 0
    yield "battery_blocks", [_block(moment, reading) for reading in moment.packs]
    yield from _system_rest(moment)


def _system_rest(moment: Moment) -> Iterator[tuple[str, Json]]:
    number = len(moment.packs)
    yield "ffr_power_availability_high", 11658 * number
    yield "ffr_power_availability_low", 194 * number
    yield "load_charge_constraint", 0
    yield "max_sustained_ramp_rate", 1250000
    yield "grid_faults", grid_faults(moment)
    yield "can_reboot", can_reboot(moment)
    yield "smart_inv_delta_p", 0
    yield "smart_inv_delta_q", 0
    yield "last_toggle_timestamp", rfc3339(moment.booted_at, 123456789)
    yield "solar_real_power_limit", -1
    yield "score", 10000
    yield "blocks_controlled", number
    yield "primary", True
    yield "auxiliary_load", 0
    yield "all_enable_lines_high", True
    yield "inverter_nominal_usable_power", 5800 * number
    yield "expected_energy_remaining", 0


def _block(moment: Moment, reading: PackReading) -> Json:
    off_grid = not moment.state.on_grid
    return {
        "Type": "",
        "PackagePartNumber": reading.pack.part,
        "PackageSerialNumber": reading.pack.serial,
        "disabled_reasons": [],
        "pinv_state": "PINV_GridForming" if off_grid else "PINV_GridFollowing",
        "pinv_grid_state": "Grid_Uncompliant" if off_grid else "Grid_Compliant",
        "nominal_energy_remaining": reading.energy_wh,
        "nominal_full_pack_energy": reading.pack.full_wh,
        "p_out": reading.power_w,
        "q_out": round(moment.jitter(23)) * 10.0,
        "v_out": round(sum(moment.leg_volts), 1),
        "f_out": moment.frequency_hz,
        "i_out": round(-reading.power_w / 48, 1) + 0.0,
        "energy_charged": reading.charged_wh,
        "energy_discharged": reading.discharged_wh,
        "off_grid": off_grid,
        "vf_mode": off_grid,
        "wobble_detected": False,
        "charge_power_clamped": False,
        "backup_ready": True,
        "OpSeqState": "Active" if moment.state.island is not Island.FAULTED else "Standby",
        "version": reading.pack.firmware,
    }


def _grid_fault(moment: Moment, reading: PackReading, at_ms: int) -> Json:
    name = "PINV_a006_vfCheckUnderFrequency"
    details: Json = [
        {"name": "PINV_alertID", "value": name},
        {"name": "PINV_alertType", "value": "Warning"},
        {"name": "PINV_a006_frequency", "value": 57.207, "units": "Hz"},
    ]
    return {
        "timestamp": at_ms,
        "alert_name": name,
        "alert_is_fault": False,
        "decoded_alert": encode(details).decode(),
        "alert_raw": _ALERT_RAW,
        "git_hash": reading.pack.firmware,
        "site_uid": moment.site.din,
        "ecu_type": "TEPINV",
        "ecu_package_part_number": reading.pack.pod_part,
        "ecu_package_serial_number": reading.pack.pod_serial,
    }
