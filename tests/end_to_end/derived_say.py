"""What the derived topics have to say, worked out from the raw answers by hand."""

from collections.abc import Iterator

from payloads import Number, flag
from raw_answers import Answers, Json

Pair = tuple[str, object]
FULL = 100.0


def derived(answers: Answers) -> Iterator[Pair]:
    """Return the topics of flows, outages and alerts, and of what the battery can do yet."""
    yield from (("outage/active", "false"), ("outage/count", "0"))
    yield from _flows(answers.object("meters/aggregates"))
    if answers.has("system_status"):
        yield from _battery(answers)
    names = _alerts(answers)
    if names is not None:
        yield "alerts/count", str(len(names))
        yield "alerts/problem", flag(any(name.startswith("POD_f") for name in names))


def _flows(meters: Json) -> Iterator[Pair]:
    solar, battery, grid = (round(_power(meters, name)) for name in ("solar", "battery", "site"))
    solar = max(solar, 0)
    home = solar + battery + grid
    given = {
        "solar_to_home": min(solar, home),
        "solar_to_battery": min(max(solar - home, 0), max(-battery, 0)),
        "grid_to_home": min(max(grid, 0), max(home - solar, 0)),
    }
    given["solar_to_grid"] = solar - given["solar_to_home"] - given["solar_to_battery"]
    given["grid_to_battery"] = max(grid, 0) - given["grid_to_home"]
    given["battery_to_home"] = home - given["solar_to_home"] - given["grid_to_home"]
    given["battery_to_grid"] = max(battery, 0) - given["battery_to_home"]
    for way, power in given.items():
        yield f"flow/{way}", Number(power, 0)
    if home:
        yield "flow/self_sufficiency", Number(FULL * (home - given["grid_to_home"]) / home, 1)
    if solar:
        yield "flow/self_consumption", Number(FULL * (solar - given["solar_to_grid"]) / solar, 1)


def _battery(answers: Answers) -> Iterator[Pair]:
    system = answers.object("system_status")
    full, stored = (
        float(str(system[f"nominal_{name}"])) for name in ("full_pack_energy", "energy_remaining")
    )
    power = round(_power(answers.object("meters/aggregates"), "battery"))
    if power < 0:
        yield "battery/time_to_full", Number((full - stored) / -power, 2)
    if power > 0 and answers.has("operation"):
        reserve = float(str(answers.object("operation")["backup_reserve_percent"]))
        left = max(stored - reserve / FULL * full, 0.0)
        yield "battery/time_to_reserve", Number(left / power, 2)
    sold = float(str(answers.object("site_info")["nominal_system_energy_kWh"])) * 1000
    yield "battery/capacity_of_nameplate", Number(FULL * full / sold, 1)


def _alerts(answers: Answers) -> list[str] | None:
    """Return the names of all alerts; where vitals are gone, those of the solar inverter."""
    if answers.has("devices/vitals"):
        return [name for device in answers.devices().values() for name in device.alerts]
    if not answers.has("solar_powerwall"):
        return None
    solar = answers.object("solar_powerwall")
    listed = [solar[kind] for kind in ("pvac_alerts", "pvs_alerts")]
    return [name for alerts in listed if isinstance(alerts, dict) for name in _raised(alerts)]


def _raised(alerts: Json) -> Iterator[str]:
    return (name for name, raised in alerts.items() if raised is True)


def _power(meters: Json, name: str) -> float:
    meter = meters[name]
    assert isinstance(meter, dict)
    return float(str(meter["instant_power"]))
