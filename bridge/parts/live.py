"""What changes all the time: meters, charge, grid, battery and how it is operated."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Meter(Part):
    """One meter of `meters/aggregates`; energies are lifetime counters.

    Voltage, current and frequency are as the gateway computes them; its "no value" zero is None.
    """

    KEPT = frozenset({"imported_wh", "exported_wh"})
    power_w: float | None = None
    reactive_power_var: float | None = None
    apparent_power_va: float | None = None
    average_voltage_v: float | None = None
    average_current_a: float | None = None
    frequency_hz: float | None = None
    imported_wh: float | None = None
    exported_wh: float | None = None
    last_communication_time: str | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Meters(Part):
    """`meters/aggregates`: meters by the API's name; one that never communicated is left out."""

    ENDPOINT = Endpoint.METERS
    meters: Mapping[str, Meter]


@dataclass(frozen=True, slots=True)
class Soe(Part):
    """`system_status/soe`: state of energy, raw scale."""

    ENDPOINT = Endpoint.SOE
    raw_percent: float | None = None


@dataclass(frozen=True, slots=True)
class GridStatus(Part):
    """`system_status/grid_status`; status is the gateway's own word."""

    ENDPOINT = Endpoint.GRID_STATUS
    status: str | None = None
    services_active: bool | None = None


@dataclass(frozen=True, slots=True)
class BatteryBlock(Part):
    """One pack as `system_status` lists it; a disabled one has identity, reasons and no values."""

    KEPT = frozenset({"part_number", "serial_number", "charged_wh", "discharged_wh", "firmware"})
    part_number: str | None = None
    serial_number: str | None = None
    disabled_reasons: tuple[str, ...] | None = None
    state: str | None = None
    grid_state: str | None = None
    energy_remaining_wh: float | None = None
    capacity_wh: float | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    voltage_v: float | None = None
    frequency_hz: float | None = None
    current_a: float | None = None
    charged_wh: float | None = None
    discharged_wh: float | None = None
    off_grid: bool | None = None
    wobble_detected: bool | None = None
    charge_power_clamped: bool | None = None
    backup_ready: bool | None = None
    grid_forming: bool | None = None
    sequence_state: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class SystemStatus(Part):
    """`system_status`: the battery as a whole, its packs, and present grid faults.

    grid_faults are the gateway's items with `decoded_alert` parsed and `alert_raw` as text
    (it can exceed what a JSON number holds elsewhere). response_high_w and response_low_w are what
    it could give to a grid whose frequency leaves its range; solar_limit_w is None for no limit.
    """

    ENDPOINT = Endpoint.SYSTEM_STATUS
    energy_remaining_wh: float | None = None
    capacity_wh: float | None = None
    max_charge_power_w: float | None = None
    max_discharge_power_w: float | None = None
    max_apparent_power_va: float | None = None
    target_power_w: float | None = None
    target_reactive_power_var: float | None = None
    command_source: str | None = None
    available_charge_w: float | None = None
    available_discharge_w: float | None = None
    available_apparent_va: float | None = None
    rated_charge_w: float | None = None
    rated_discharge_w: float | None = None
    inverter_usable_w: float | None = None
    auxiliary_load_w: float | None = None
    response_high_w: float | None = None
    response_low_w: float | None = None
    solar_limit_w: float | None = None
    switches_on: bool | None = None
    switch_toggled: str | None = None
    primary: bool | None = None
    grid_services_power_w: float | None = None
    available_blocks: float | None = None
    available_charger_blocks: float | None = None
    controlled_blocks: float | None = None
    blocks: tuple[BatteryBlock, ...] | None = None
    grid_faults: tuple[Mapping[str, object], ...] | None = None


@dataclass(frozen=True, slots=True)
class Operation(Part):
    """`operation`; mode_key is how this firmware spells the mode: `mode` or `real_mode`.

    Below load_shed_percent (its scale is not known) the gateway moves an island's frequency by
    load_shed_shift_hz, so that loads which listen to it switch off.
    """

    ENDPOINT = Endpoint.OPERATION
    KEPT = frozenset({"mode_key"})
    mode: str | None = None
    reserve_raw_percent: float | None = None
    mode_key: str = "real_mode"
    load_shed_percent: float | None = None
    load_shed_shift_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Sitemaster(Part):
    """`sitemaster`; can_reboot is `Yes` or the gateway's reason why not.

    status is the gateway's word (`StatusUp`), uptime_s how long the site master runs (1.x only).
    """

    ENDPOINT = Endpoint.SITEMASTER
    running: bool | None = None
    connected_to_tesla: bool | None = None
    power_supply_mode: bool | None = None
    can_reboot: str | None = None
    status: str | None = None
    uptime_s: float | None = None
