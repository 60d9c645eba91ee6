"""Where the energy goes, derived from the meters, and how long the battery can go on like that.

Pure. No meter measures a flow; it is told from what the meters of grid, battery and solar say.
"""

from dataclasses import dataclass, replace

from bridge.model import Snapshot, effective_reserve_percent
from bridge.words import to_raw


@dataclass(frozen=True, slots=True)
class Flows:
    """Derived flows in whole W, never negative, and shares in percent; None while unknown.

    They are made from the published whole watts of three meters, so that their sums are exact:
    the home here is solar + battery + grid, from which `home/power` differs by some watts, as the
    gateway reads its meters one after the other. What the inverter uses at night is the home's.

    All out of solar, grid (import) and battery (discharge) sum to the source, all into the home to
    the home. Where the meters contradict each other, and more is exported or charged than came
    from anywhere, the home is 0; the sources still sum, and only what export or charge have too
    much comes from nowhere.
    """

    solar_to_home_w: int | None = None
    solar_to_battery_w: int | None = None
    solar_to_grid_w: int | None = None
    grid_to_home_w: int | None = None
    grid_to_battery_w: int | None = None
    battery_to_home_w: int | None = None
    battery_to_grid_w: int | None = None
    self_sufficiency_percent: float | None = None
    self_consumption_percent: float | None = None


def split(solar_w: float, battery_w: float, grid_w: float) -> Flows:
    """Return where energy goes; positive are generation, discharge and import.

    Solar serves the home, then the battery, then the grid; what the grid gives serves the home,
    then the battery.
    """
    solar, battery, grid = max(round(solar_w), 0), round(battery_w), round(grid_w)
    discharge, charge, imported = max(battery, 0), max(-battery, 0), max(grid, 0)
    home = max(solar + battery + grid, 0)

    solar_to_home = min(solar, home)
    solar_to_battery = min(solar - solar_to_home, charge)
    solar_to_grid = solar - solar_to_home - solar_to_battery
    grid_to_home = min(imported, home - solar_to_home)
    battery_to_home = home - solar_to_home - grid_to_home

    return Flows(
        solar_to_home_w=solar_to_home,
        solar_to_battery_w=solar_to_battery,
        solar_to_grid_w=solar_to_grid,
        grid_to_home_w=grid_to_home,
        grid_to_battery_w=imported - grid_to_home,
        battery_to_home_w=battery_to_home,
        battery_to_grid_w=discharge - battery_to_home,
        self_sufficiency_percent=_share(home - grid_to_home, home),
        self_consumption_percent=_share(solar - solar_to_grid, solar),
    )


def flows(snapshot: Snapshot) -> Flows:
    """Return where energy goes now, nothing known while one of the three meters is silent.

    A house that has no solar has no flows of it.
    """
    solar_w, battery_w, grid_w = (_power_w(snapshot, name) for name in ("solar", "battery", "site"))
    if battery_w is None or grid_w is None:
        return Flows()
    if solar_w is not None:
        return split(solar_w, battery_w, grid_w)
    if not _without_solar(snapshot):
        return Flows()
    dark = split(0, battery_w, grid_w)
    return replace(dark, solar_to_home_w=None, solar_to_battery_w=None, solar_to_grid_w=None)


def _without_solar(snapshot: Snapshot) -> bool:
    """Return whether somebody says what there is in this house, and nobody tells of solar."""
    told = (snapshot.solars, snapshot.meter_list, snapshot.vitals)
    if snapshot.meters is None or all(part is None for part in told):
        return False
    if "solar" in snapshot.meters.meters or snapshot.inverters:
        return False
    set_up = snapshot.solars.inverters if snapshot.solars else None
    places = (meter.location or "" for meter in snapshot.meter_devices.values())
    return not set_up and not any("solar" in place for place in places)


def time_remaining_h(snapshot: Snapshot) -> float | None:
    """Return how long the stored energy lasts at the present home use, without solar, to 0 %."""
    stored_wh = snapshot.system_status.energy_remaining_wh if snapshot.system_status else None
    use_w = _power_w(snapshot, "load")
    if stored_wh is None or use_w is None or round(use_w) <= 0:
        return None
    return stored_wh / use_w


def time_to_full_h(snapshot: Snapshot) -> float | None:
    """Return when the battery is full at the present charge power, losses aside.

    None while it does not charge.
    """
    battery, power_w = snapshot.system_status, _power_w(snapshot, "battery")
    if battery is None or battery.capacity_wh is None or battery.energy_remaining_wh is None:
        return None
    return _hours(battery.capacity_wh - battery.energy_remaining_wh, power_w, -1)


def time_to_reserve_h(snapshot: Snapshot) -> float | None:
    """Return when the battery is down to the reserve in force at the present discharge power.

    The reserve is a share of the full packs on the raw scale. 0 below it, as in an outage; None
    while the battery does not discharge.
    """
    battery, power_w = snapshot.system_status, _power_w(snapshot, "battery")
    reserve = effective_reserve_percent(snapshot.operation) if snapshot.operation else None
    if battery is None or battery.capacity_wh is None or battery.energy_remaining_wh is None:
        return None
    if reserve is None:
        return None
    reserved_wh = to_raw(reserve) / 100 * battery.capacity_wh
    return _hours(battery.energy_remaining_wh - reserved_wh, power_w, 1)


def capacity_of_nameplate_percent(snapshot: Snapshot) -> float | None:
    """Return what the packs in use hold of what the installation was sold as, in percent.

    More than 100 % when new; a pack that is out of use is missing in it.
    """
    full_wh = snapshot.system_status.capacity_wh if snapshot.system_status else None
    sold_wh = snapshot.site_info.nominal_energy_wh if snapshot.site_info else None
    if full_wh is None or sold_wh is None or sold_wh <= 0:
        return None
    return 100 * full_wh / sold_wh


def _share(part: int, whole: int) -> float | None:
    return 100 * (part / whole) if whole else None


def _power_w(snapshot: Snapshot, name: str) -> float | None:
    meter = snapshot.meter(name)
    return meter.power_w if meter else None


def _hours(energy_wh: float, power_w: float | None, sign: int) -> float | None:
    """Return how long energy lasts; a power that is published as 0 W or the other way is none."""
    rate_w = 0 if power_w is None else sign * round(power_w)
    return max(energy_wh, 0.0) / rate_w if rate_w > 0 else None
