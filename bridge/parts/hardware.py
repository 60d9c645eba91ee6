"""Packs and solar inverters as they are found and examined."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class ListedPack(Part):
    """A pack as it was set up; type is the gateway's word, `ACPW` or `SolarPowerwall`.

    diagnostics are `commissioning` and `update` with their checks. While the site master runs
    every commissioning check has failed, which is no fault; nor is the grid state that stands
    beside them, for the packs cannot be asked then: it is left out.
    """

    KEPT = frozenset({"part_number", "serial_number", "type", "in_config"})
    part_number: str | None
    serial_number: str
    type: str | None = None
    in_config: bool | None = None
    grid_reconnection_s: float | None = None
    under_phase_detection: bool | None = None
    updating: bool | None = None
    diagnostics: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Activity(Part):
    """What is going on among the packs; the two texts are there in ordinary times as well."""

    enumerating: bool | None = None
    updating: bool | None = None
    checking_if_offgrid: bool | None = None
    running_phase_detection: bool | None = None
    phase_detection_not_available: bool | None = None
    phase_detection_last_error: str | None = None
    bubble_shedding: bool | None = None
    on_grid_check_error: str | None = None
    grid_qualifying: bool | None = None
    grid_code_validating: bool | None = None

    def or_else(self, other: "Activity") -> "Activity":
        """Return this, and what it does not tell as another tells it."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(other, **{name: value for name, value in told.items() if value is not None})


@dataclass(frozen=True, slots=True)
class PowerwallsStatus(Part):
    """`powerwalls/status`: what is going on among the packs."""

    ENDPOINT = Endpoint.POWERWALLS_STATUS
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class SolarString(Part):
    """One string input as `solar_powerwall` lists it; letter is `A` to `F`."""

    KEPT = frozenset({"letter"})
    letter: str
    connected: bool | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    power_w: float | None = None


@dataclass(frozen=True, slots=True)
class SolarPowerwall(Part):
    """`solar_powerwall`: the solar inverter of a Powerwall+, AC side and string side.

    fitted is whether it tells of an inverter at all. alerts are the names of those that are on.
    The unit of pv_power_limit_w is not documented; its size is that of the inverter's watts.
    """

    ENDPOINT = Endpoint.SOLAR_POWERWALL
    KEPT = frozenset({"fitted"})
    fitted: bool = False
    state: str | None = None
    disabled: bool | None = None
    disabled_reasons: tuple[str, ...] | None = None
    grid_state: str | None = None
    inverter_state: str | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    frequency_hz: float | None = None
    strings: tuple[SolarString, ...] | None = None
    string_side_state: str | None = None
    string_side_disabled: bool | None = None
    string_side_voltage_v: float | None = None
    output_enabled: bool | None = None
    self_test_state: str | None = None
    pv_power_limit_w: float | None = None
    power_setpoint: str | None = None
    alerts: tuple[str, ...] | None = None
