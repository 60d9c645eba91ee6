"""Where the energy goes: the sums are exact, and what is not known is not told."""

from dataclasses import astuple, replace

import pytest
from fakes import Bench, house
from hypothesis import given
from hypothesis import strategies as st
from sites import AT, site

from bridge.errors import Missing
from bridge.flows import (
    Flows,
    capacity_of_nameplate_percent,
    flows,
    split,
    time_remaining_h,
    time_to_full_h,
    time_to_reserve_h,
)
from bridge.model import Snapshot
from bridge.parts import (
    Endpoint,
    Meter,
    Meters,
    Operation,
    SiteInfo,
    SolarInverter,
    Solars,
    SystemStatus,
)
from bridge.readings import GROUPS, measure
from bridge.topics import encode

WATTS = st.floats(-1e6, 1e6)
WAYS = (
    *("solar_to_home", "solar_to_battery", "solar_to_grid"),
    *("grid_to_home", "grid_to_battery"),
    *("battery_to_home", "battery_to_grid"),
)
UNKNOWN = Flows()
NO_SOLAR = Solars(())


def way(split: Flows, name: str) -> int:
    value = getattr(split, f"{name}_w")
    assert isinstance(value, int)
    return value


def out_of(split: Flows, source: str) -> int:
    return sum(way(split, name) for name in WAYS if name.startswith(f"{source}_"))


def into(split: Flows, sink: str) -> int:
    return sum(way(split, name) for name in WAYS if name.endswith(f"_{sink}"))


def metered(**power_w: float | None) -> Snapshot:
    return Snapshot().with_part(
        Meters({name: Meter(power_w=value) for name, value in power_w.items()}), AT
    )


def battery(
    power_w: float | None = None,
    stored_wh: float | None = 6000.0,
    full_wh: float | None = 13500.0,
    operation: Operation | None = None,
) -> Snapshot:
    return replace(
        metered(battery=power_w),
        system_status=SystemStatus(energy_remaining_wh=stored_wh, capacity_wh=full_wh),
        operation=operation,
    )


def home(power_w: float | None, stored_wh: float | None) -> Snapshot:
    return Snapshot(
        meters=Meters({"load": Meter(power_w=power_w)}),
        system_status=SystemStatus(energy_remaining_wh=stored_wh),
    )


@pytest.mark.parametrize(
    ("solar", "battery", "grid", "expected"),
    [
        # solar alone, and with each of what it can serve
        (900, 0, 0, (900, 0, 0, 0, 0, 0, 0, 100.0, 100.0)),
        (1200, -300, 0, (900, 300, 0, 0, 0, 0, 0, 100.0, 100.0)),
        (1500, 0, -1100, (400, 0, 1100, 0, 0, 0, 0, 100.0, 400 / 15)),
        (5000, -3000, -1000, (1000, 3000, 1000, 0, 0, 0, 0, 100.0, 80.0)),
        # the home needs more than the sun gives
        (500, 400, 0, (500, 0, 0, 0, 0, 400, 0, 100.0, 100.0)),
        (500, 400, 100, (500, 0, 0, 100, 0, 400, 0, 90.0, 100.0)),
        (500, 0, 500, (500, 0, 0, 500, 0, 0, 0, 50.0, 100.0)),
        # night
        (0, 0, 900, (0, 0, 0, 900, 0, 0, 0, 0.0, None)),
        (0, -300, 1200, (0, 0, 0, 900, 300, 0, 0, 0.0, None)),
        (0, 3000, -2100, (0, 0, 0, 0, 0, 900, 2100, 100.0, None)),
        (0, 0, 0, (0, 0, 0, 0, 0, 0, 0, None, None)),
        # the battery is charged by sun and grid, though the home alone would not need the grid
        (1000, -1500, 800, (300, 700, 0, 0, 800, 0, 0, 100.0, 100.0)),
        # sun and battery are sold: the sun serves the home first
        (1000, 2000, -2500, (500, 0, 500, 0, 0, 0, 2000, 100.0, 50.0)),
        (300, 2000, -1000, (300, 0, 0, 0, 0, 1000, 1000, 100.0, 100.0)),
        # what the inverter uses at night is the home's
        (-10, 0, 900, (0, 0, 0, 900, 0, 0, 0, 0.0, None)),
        # the published whole watts count
        (0.4, 899.6, 0.4, (0, 0, 0, 0, 0, 900, 0, 100.0, None)),
    ],
)
def test_energy_goes_where_it_is_used_first(
    solar: float, battery: float, grid: float, expected: tuple[float | None, ...]
) -> None:
    assert astuple(split(solar, battery, grid)) == pytest.approx(expected)


@given(WATTS, WATTS, WATTS)
def test_no_flow_is_negative(solar: float, battery: float, grid: float) -> None:
    parts = split(solar, battery, grid)

    assert min(way(parts, name) for name in WAYS) >= 0


@given(WATTS, WATTS, WATTS)
def test_what_leaves_a_source_is_what_it_gives(solar: float, battery: float, grid: float) -> None:
    parts = split(solar, battery, grid)

    given = [max(round(power), 0) for power in (solar, battery, grid)]
    assert [out_of(parts, source) for source in ("solar", "battery", "grid")] == given


@given(WATTS, WATTS, WATTS)
def test_what_arrives_is_what_is_used(solar: float, battery: float, grid: float) -> None:
    parts = split(solar, battery, grid)

    balance = max(round(solar), 0) + round(battery) + round(grid)
    missing = max(-balance, 0)  # more is sold or stored than came from anywhere
    assert into(parts, "home") == max(balance, 0)
    stored_and_sold = into(parts, "battery") + into(parts, "grid")
    assert stored_and_sold == max(-round(battery), 0) + max(-round(grid), 0) - missing


@given(st.floats(0, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_each_sink_gets_its_own_where_the_meters_agree(
    solar: float, battery: float, home: float
) -> None:
    grid = round(home) - round(battery) - round(solar)

    parts = split(solar, battery, grid)

    assert [into(parts, sink) for sink in ("home", "battery", "grid")] == [
        round(home),
        max(-round(battery), 0),
        max(-grid, 0),
    ]


@given(WATTS, WATTS, WATTS)
def test_a_share_is_a_share_or_unknown(solar: float, battery: float, grid: float) -> None:
    parts = split(solar, battery, grid)

    shares = (parts.self_sufficiency_percent, parts.self_consumption_percent)
    assert all(share is None or 0 <= share <= 100 for share in shares)
    assert (parts.self_sufficiency_percent is None) is (into(parts, "home") == 0)
    assert (parts.self_consumption_percent is None) is (out_of(parts, "solar") == 0)


@pytest.mark.parametrize(
    "snapshot",
    [
        Snapshot(),
        metered(site=100.0, battery=0.0),
        metered(site=None, battery=0.0, solar=100.0),
        metered(site=100.0, battery=None, solar=100.0),
        metered(site=100.0, battery=0.0, solar=None),
        metered(site=100.0, battery=0.0, solar=100.0).silenced(Endpoint.METERS),
        replace(metered(site=100.0, battery=0.0, solar=None), solars=NO_SOLAR),
        replace(metered(site=100.0, battery=0.0), solars=Solars((SolarInverter(brand="Tesla"),))),
        replace(metered(site=100.0, battery=0.0), solars=NO_SOLAR, known_inverters=("TG1",)),
        replace(metered(site=100.0), solars=NO_SOLAR),
    ],
)
def test_nothing_is_told_of_a_meter_that_says_nothing(snapshot: Snapshot) -> None:
    assert flows(snapshot) == UNKNOWN


def test_a_house_without_solar_has_the_other_flows() -> None:
    bench = Bench()
    for endpoint in (Endpoint.VITALS, Endpoint.METER_LIST, Endpoint.METER_READINGS):
        bench.gateway.answers[endpoint] = Missing("404", 404)
    bench.gateway.answers[Endpoint.SOLAR_POWERWALL] = Missing("404", 404)
    bench.gateway.answers[Endpoint.SOLARS] = NO_SOLAR
    meters = {"site": Meter(power_w=900.0), "battery": Meter(power_w=-300.0)}
    bench.gateway.answers[Endpoint.METERS] = Meters(meters)

    bench.live(400)

    said = {name: bench.last(f"flow/{name}") for name in (*WAYS, "self_sufficiency")}
    assert {name: value for name, value in said.items() if value is not None} == {
        "grid_to_home": "600",
        "grid_to_battery": "300",
        "battery_to_home": "0",
        "battery_to_grid": "0",
        "self_sufficiency": "0",
    }


def test_a_site_says_where_its_energy_goes() -> None:
    said = {
        "/".join(item.path): encode(item.value, item.reading.quantity)
        for item in measure(GROUPS, metered(site=-400.0, battery=-1000.0, solar=2000.4, load=590.0))
        if item.path[0] == "flow"
    }

    assert said == {
        "flow/solar_to_home": "600",
        "flow/solar_to_battery": "1000",
        "flow/solar_to_grid": "400",
        "flow/grid_to_home": "0",
        "flow/grid_to_battery": "0",
        "flow/battery_to_home": "0",
        "flow/battery_to_grid": "0",
        "flow/self_sufficiency": "100",
        "flow/self_consumption": "80",
    }


@pytest.mark.parametrize("meter", ["solar", "battery", "site"])
def test_no_flow_is_made_of_a_power_that_is_not_believed(meter: str) -> None:
    bench = Bench()
    bench.live(2)
    before = bench.last("flow/grid_to_home")
    meters = dict(bench.house.meters.meters if bench.house.meters else {})
    meters[meter] = replace(meters[meter], power_w=5e7)
    bench.gateway.answers[Endpoint.METERS] = Meters(meters)

    bench.live(10)

    assert before != "None"
    assert {bench.last(f"flow/{name}") for name in WAYS} == {"None"}


@pytest.mark.parametrize(
    ("snapshot", "hours"),
    [
        (home(500.0, 6000.0), 12.0),
        (home(500.0, 0.0), 0.0),
        (home(0.0, 6000.0), None),
        (home(0.4, 6000.0), None),  # published as 0 W
        (home(-5.0, 6000.0), None),
        (home(None, 6000.0), None),
        (home(500.0, None), None),
        (Snapshot(), None),
    ],
)
def test_the_stored_energy_lasts_as_long_as_the_home_uses_it(
    snapshot: Snapshot, hours: float | None
) -> None:
    assert time_remaining_h(snapshot) == hours


@pytest.mark.parametrize(
    ("snapshot", "hours"),
    [
        (battery(-2500.0), 3.0),
        (battery(-2500.0, stored_wh=13500.0), 0.0),
        (battery(-2500.0, stored_wh=13600.0), 0.0),
        (battery(2500.0), None),
        (battery(0.0), None),
        (battery(-0.4), None),
        (battery(None), None),
        (battery(-2500.0, stored_wh=None), None),
        (battery(-2500.0, full_wh=None), None),
        (Snapshot(), None),
    ],
)
def test_the_battery_is_full_as_fast_as_it_charges(snapshot: Snapshot, hours: float | None) -> None:
    assert time_to_full_h(snapshot) == hours


@pytest.mark.parametrize(
    ("snapshot", "hours"),
    [
        (battery(1380.0, operation=Operation("self_consumption", 24.0)), 2.0),  # 3240 Wh are kept
        (battery(1380.0, stored_wh=3000.0, operation=Operation("autonomous", 24.0)), 0.0),
        (battery(1380.0, operation=Operation("backup", 24.0)), 0.0),
        (battery(-1380.0, operation=Operation("self_consumption", 24.0)), None),
        (battery(0.4, operation=Operation("self_consumption", 24.0)), None),
        (battery(1380.0, operation=Operation("self_consumption")), None),
        (battery(1380.0), None),
        (battery(1380.0, stored_wh=None, operation=Operation("autonomous", 24.0)), None),
        (battery(1380.0, full_wh=None, operation=Operation("autonomous", 24.0)), None),
        (Snapshot(), None),
    ],
)
def test_the_battery_is_at_its_reserve_as_fast_as_it_discharges(
    snapshot: Snapshot, hours: float | None
) -> None:
    assert time_to_reserve_h(snapshot) == pytest.approx(hours)


@pytest.mark.parametrize(
    ("full_wh", "sold_wh", "percent"),
    [
        (13230.0, 13500.0, 98.0),
        (14000.0, 13500.0, 103.7037),
        (None, 13500.0, None),
        (13230.0, None, None),
        (13230.0, 0.0, None),
    ],
)
def test_packs_are_compared_with_what_they_were_sold_as(
    full_wh: float | None, sold_wh: float | None, percent: float | None
) -> None:
    snapshot = Snapshot(
        system_status=SystemStatus(capacity_wh=full_wh),
        site_info=SiteInfo(nominal_energy_wh=sold_wh),
    )

    assert capacity_of_nameplate_percent(snapshot) == pytest.approx(percent)


def test_packs_cannot_be_compared_before_both_are_read() -> None:
    assert capacity_of_nameplate_percent(Snapshot()) is None


def test_a_recorded_site_balances() -> None:
    parts = flows(house())
    meters = site("pwplus-23.36").meters
    assert meters is not None

    home = round(meters.meters["load"].power_w or 0)

    assert into(parts, "home") == pytest.approx(home, abs=15)
