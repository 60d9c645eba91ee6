"""What one answer of a gateway says: a part per endpoint, frozen, in the gateway's units.

W, var, VA, V, A, Hz, Wh, percent on the raw scale. None means not reported, never zero.
Sign: grid import, battery discharge, home use and solar generation are positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import ClassVar, Self, TypeVar

Scalar = float | bool | str
P = TypeVar("P", bound="Part")


class Cadence(StrEnum):
    """How often an endpoint is asked; each name is a setting, `<CADENCE>_INTERVAL`."""

    POLL = "poll"
    DEVICE = "device"
    SLOW = "slow"


class Endpoint(StrEnum):
    """What is read, in the order of a full cycle; the value is the path below `/api/`.

    `status` is open on every firmware with this path, so identity and version come first.
    """

    STATUS = "status"
    METERS = "meters/aggregates"
    SOE = "system_status/soe"
    GRID_STATUS = "system_status/grid_status"
    SYSTEM_STATUS = "system_status"
    OPERATION = "operation"
    SITEMASTER = "sitemaster"
    VITALS = "devices/vitals"
    SITE_INFO = "site_info"
    CONFIG = "config"
    POWERWALLS = "powerwalls"

    @property
    def cadence(self) -> Cadence:
        return _CADENCES.get(self, Cadence.SLOW)


_CADENCES = {
    Endpoint.METERS: Cadence.POLL,
    Endpoint.SOE: Cadence.POLL,
    Endpoint.GRID_STATUS: Cadence.POLL,
    Endpoint.SYSTEM_STATUS: Cadence.DEVICE,
    Endpoint.OPERATION: Cadence.DEVICE,
    Endpoint.SITEMASTER: Cadence.DEVICE,
    Endpoint.VITALS: Cadence.DEVICE,
}


@dataclass(frozen=True, slots=True)
class Part:
    """Something an answer says. KEPT names what stays true while nothing is heard."""

    KEPT: ClassVar[frozenset[str]] = frozenset()

    def stale(self) -> Self:
        """Return the part with all forgotten but counters and identity."""
        changing = [field.name for field in fields(self) if field.name not in self.KEPT]
        return replace(self, **{name: _forget(getattr(self, name)) for name in changing})


def _forget(value: object) -> object:
    """Return None for a plain value; a container of parts keeps its shape."""
    if isinstance(value, Part):
        return value.stale()
    if isinstance(value, tuple) and any(isinstance(item, Part) for item in value):
        return tuple(map(_forget, value))
    if isinstance(value, Mapping):
        return {key: item.stale() for key, item in value.items() if isinstance(item, Part)}
    return None


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

    meters: Mapping[str, Meter]


@dataclass(frozen=True, slots=True)
class Soe(Part):
    """`system_status/soe`: state of energy, raw scale."""

    raw_percent: float | None = None


@dataclass(frozen=True, slots=True)
class GridStatus(Part):
    """`system_status/grid_status`; status is the gateway's own word."""

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
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class SystemStatus(Part):
    """`system_status`: the battery as a whole, its packs, and present grid faults.

    grid_faults are the gateway's items with `decoded_alert` parsed and `alert_raw` as text
    (it can exceed what a JSON number holds elsewhere).
    """

    energy_remaining_wh: float | None = None
    capacity_wh: float | None = None
    max_charge_power_w: float | None = None
    max_discharge_power_w: float | None = None
    max_apparent_power_va: float | None = None
    target_power_w: float | None = None
    grid_services_power_w: float | None = None
    available_blocks: float | None = None
    blocks: tuple[BatteryBlock, ...] | None = None
    grid_faults: tuple[Mapping[str, object], ...] | None = None


@dataclass(frozen=True, slots=True)
class Operation(Part):
    """`operation`; mode_key is how this firmware spells the mode: `mode` or `real_mode`."""

    KEPT = frozenset({"mode_key"})
    mode: str | None = None
    reserve_raw_percent: float | None = None
    mode_key: str = "real_mode"


@dataclass(frozen=True, slots=True)
class Sitemaster(Part):
    """`sitemaster`; can_reboot is `Yes` or the gateway's reason why not."""

    running: bool | None = None
    connected_to_tesla: bool | None = None
    power_supply_mode: bool | None = None
    can_reboot: str | None = None


@dataclass(frozen=True, slots=True)
class Status(Part):
    """`status`; started is ISO 8601, version the gateway's own text, trimmed."""

    KEPT = frozenset({"din", "version", "git_hash", "started", "device_type", "sync_type"})
    din: str | None = None
    version: str | None = None
    git_hash: str | None = None
    started: str | None = None
    uptime_s: float | None = None
    device_type: str | None = None
    sync_type: str | None = None


@dataclass(frozen=True, slots=True)
class SiteInfo(Part):
    """`site_info`."""

    KEPT = frozenset({"site_name", "timezone"})
    site_name: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Config(Part):
    """`config`: its `vin` is the gateway's DIN."""

    KEPT = frozenset({"din"})
    din: str | None = None


@dataclass(frozen=True, slots=True)
class Powerwalls(Part):
    """`powerwalls`: identity only; packs are (part number, serial number)."""

    KEPT = frozenset({"gateway_din", "packs"})
    gateway_din: str | None = None
    packs: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Device(Part):
    """One device of `devices/vitals`; type is the first word of its DIN.

    vitals are as the gateway names and scales them. heard is false for a device that is missing
    in action: identity and alerts, no vitals. last_communication_time is ISO 8601.
    """

    KEPT = frozenset(
        {"din", "type", "part_number", "serial_number", "manufacturer", "parent_din", "firmware"}
        | {"attributes"}
    )
    din: str
    type: str
    part_number: str | None = None
    serial_number: str | None = None
    manufacturer: str | None = None
    parent_din: str | None = None
    firmware: str | None = None
    last_communication_time: str | None = None
    attributes: Mapping[str, object] | None = None
    vitals: Mapping[str, Scalar] | None = None
    alerts: tuple[str, ...] | None = None
    heard: bool | None = None

    def stale(self) -> Self:
        counters = {k: v for k, v in (self.vitals or {}).items() if "Energy" in k}
        return replace(Part.stale(self), vitals=counters)

    def number(self, vital: str) -> float | None:
        value = (self.vitals or {}).get(vital)
        return None if value is None or isinstance(value, bool | str) else float(value)

    def text(self, vital: str) -> str | None:
        value = (self.vitals or {}).get(vital)
        return value if isinstance(value, str) else None

    def flag(self, vital: str) -> bool | None:
        value = (self.vitals or {}).get(vital)
        return value if isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Vitals(Part):
    """`devices/vitals`, in the gateway's order, the gateway itself first."""

    devices: tuple[Device, ...]

    def stale(self) -> Self:
        return replace(self, devices=tuple(device.stale() for device in self.devices))
