"""The house behind the gateway obeys its own bookkeeping."""

import json
from itertools import pairwise

import pytest

from bridge.simulator.clock import Clock
from bridge.simulator.day import local_hour, local_midnight
from bridge.simulator.exchange import Answer
from bridge.simulator.gateway import Gateway
from bridge.simulator.physics import Island, Mode, Operation, State
from bridge.simulator.profiles import PROFILES, Writes, profile_named
from bridge.simulator.scenarios import SCENARIOS
from bridge.simulator.site import make_site

MORNING = local_midnight(1_767_287_700) + 9 * 3600
DAY_S = 86_400


class House:
    """A gateway without a network, moved by hand."""

    def __init__(self, profile: str = "fw2336", packs: int | None = None) -> None:
        self.clock = Clock(lambda: 0.0, MORNING)
        site = make_site(profile_named(profile), 1, packs)
        self.gateway = Gateway(site, self.clock, 1, Writes.OPEN)
        self.house = self.gateway.house

    def after(self, seconds: float) -> State:
        self.clock.advance(seconds)
        return self.house.state

    def read(self, path: str) -> dict[str, dict[str, float]]:
        document: dict[str, dict[str, float]] = json.loads(self.gateway.document(path))
        return document


def imbalance(state: State) -> float:
    flows = state.flows
    return abs(flows.site_w + flows.solar_w + flows.battery_w - flows.load_w)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_begins_with_its_powers_and_balances_at_every_tick(scenario: str) -> None:
    home, row = House(), SCENARIOS[scenario]
    home.house.set_scenario(scenario)
    first = home.house.state.flows

    assert (first.solar_w, first.load_w, first.battery_w) == (
        row.solar_w,
        row.load_w,
        row.battery_w,
    )
    assert home.house.state.on_grid == row.grid_up
    assert max(imbalance(home.after(1)) for _ in range(300)) < 1e-9


@pytest.mark.parametrize("profile", PROFILES)
def test_a_whole_day_balances_and_keeps_the_battery_within_its_limits(profile: str) -> None:
    home = House(profile)
    states = [home.after(30) for _ in range(DAY_S // 30)]
    full, reserve = home.house.plant.full_wh, home.house.plant.full_wh * 0.24

    assert max(imbalance(state) for state in states) < 1e-9
    assert all(reserve - 1e-6 <= state.energy_wh <= full for state in states)
    assert max(state.flows.solar_w for state in states) > 3000
    assert any(state.flows.site_w < -500 for state in states)
    assert any(state.flows.battery_w > 300 for state in states)


def test_energy_counters_never_fall_over_a_day() -> None:
    home = House("fw2144")
    states = [home.after(60) for _ in range(DAY_S // 60)]

    for before, after in pairwise(states):
        assert before.counters.site_imported <= after.counters.site_imported
        assert before.counters.site_exported <= after.counters.site_exported
        assert before.counters.solar_generated <= after.counters.solar_generated


@pytest.mark.parametrize("profile", PROFILES)
def test_the_load_counter_follows_from_the_others_exactly(profile: str) -> None:
    home = House(profile)
    for _ in range(24):
        home.after(3600)
        meters = home.read("meters/aggregates")
        site, battery, solar = meters["site"], meters["battery"], meters["solar"]

        assert meters["load"]["energy_imported"] == pytest.approx(
            site["energy_imported"] - site["energy_exported"]
            + battery["energy_exported"] - battery["energy_imported"]
            + solar["energy_exported"] - solar["energy_imported"],
            abs=1e-6,
        )  # fmt: skip


def test_the_battery_stops_at_the_reserve_and_the_grid_takes_over() -> None:
    home = House()
    home.house.operate(Operation(Mode.SELF_CONSUMPTION, 50.0))
    home.house.set_scenario("battery-exporting")
    end = home.after(3 * 3600)

    assert end.energy_wh == pytest.approx(home.house.plant.full_wh * 0.5, abs=5)
    assert end.energy_wh >= home.house.plant.full_wh * 0.5
    assert (end.flows.battery_w, end.flows.site_w) == (0, 900)


def test_backup_fills_the_battery_from_the_grid_and_then_rests() -> None:
    home = House()
    home.house.operate(Operation(Mode.BACKUP, 24.0))
    charging, full = home.house.state, home.after(4 * 3600)

    assert charging.flows.battery_w == -10_000
    assert full.energy_wh == pytest.approx(home.house.plant.full_wh, abs=5)
    assert full.flows.battery_w == 0


def test_losing_the_grid_makes_an_island_and_its_return_joins_again() -> None:
    home = House()
    home.house.set_delays(to_island_s=2, to_grid_s=5)
    home.house.lose_grid()
    away = [home.after(seconds).island for seconds in (0, 1, 2)]
    home.house.restore_grid()
    back = [home.after(seconds).island for seconds in (0, 4, 2)]

    assert away == [Island.TO_ISLAND, Island.TO_ISLAND, Island.ACTIVE]
    assert back == [Island.TO_GRID, Island.TO_GRID, Island.CONNECTED]


def test_a_grid_that_goes_again_before_the_house_joined_leaves_an_island() -> None:
    home = House()
    home.house.set_scenario("cloudy-day-outage")
    home.house.restore_grid()
    joining = home.after(2).island
    home.house.lose_grid()

    assert joining is Island.TO_GRID
    assert home.house.state.island is Island.ACTIVE


def test_autonomous_keeps_the_battery_for_the_peak_hours() -> None:
    home = House()
    home.house.operate(Operation(Mode.AUTONOMOUS, 10.0))
    states = [home.after(600) for _ in range(DAY_S // 600)]

    used = [local_hour(state.time) for state in states if state.flows.battery_w > 0]
    assert used
    assert all(16 <= hour <= 21 for hour in used)


def test_an_island_asked_for_stays_until_asked_back() -> None:
    home = House()
    home.house.leave_grid()

    assert home.after(600).island is Island.ACTIVE
    home.house.join_grid()
    assert home.after(600).island is Island.CONNECTED


def test_an_empty_battery_in_the_dark_ends_the_island_until_the_grid_is_back() -> None:
    home = House()
    home.house.set_scenario("nighttime-outage")
    dark = home.after(20 * 3600)

    assert dark.island is Island.FAULTED
    assert (dark.flows.load_w, dark.flows.battery_w) == (0, 0)
    home.house.restore_grid()
    assert home.after(60).island is Island.CONNECTED


def test_a_full_battery_off_grid_throttles_the_sun() -> None:
    home = House()
    home.house.set_charge(100)
    home.house.set_scenario("sunny-day-outage")
    flows = home.after(10).flows

    assert (flows.solar_w, flows.load_w, flows.site_w) == (1200, 1200, 0)


def test_lost_grid_is_told_once_per_pack_and_fades() -> None:
    home = House()
    home.house.lose_grid()
    told = json.loads(home.gateway.document("system_status/grid_faults"))

    assert [fault["alert_name"] for fault in told] == ["PINV_a006_vfCheckUnderFrequency"] * 2
    assert json.loads(told[0]["decoded_alert"])[2]["units"] == "Hz"
    home.after(3600)
    assert home.gateway.document("system_status/grid_faults") == b"[]"


@pytest.mark.parametrize("packs", [1, 2, 3, 10])
def test_the_packs_add_up_to_the_whole(packs: int) -> None:
    home = House(packs=packs)
    home.house.set_scenario("grid-charging")
    home.after(60)
    status = json.loads(home.gateway.document("system_status"))
    blocks = status["battery_blocks"]
    battery = home.read("meters/aggregates")["battery"]

    assert len(blocks) == packs
    assert sum(block["p_out"] for block in blocks) == -300
    assert sum(block["energy_charged"] for block in blocks) == battery["energy_imported"]
    for total in ("nominal_energy_remaining", "nominal_full_pack_energy"):
        assert sum(block[total] for block in blocks) == status[total]


def test_the_charge_is_the_quotient_of_the_energies_shown() -> None:
    home = House()
    home.after(1234)
    status = json.loads(home.gateway.document("system_status"))
    share = status["nominal_energy_remaining"] / status["nominal_full_pack_energy"]

    soe = json.loads(home.gateway.document("system_status/soe"))
    assert soe["percentage"] == pytest.approx(100 * share, abs=1e-12)


def test_a_stopped_site_master_lets_the_battery_rest() -> None:
    home = House()
    home.gateway.writes.halt()

    assert home.after(60).flows.battery_w == 0
    assert home.gateway.document("meters/aggregates") == Answer.standard(502).body


def test_a_frozen_clock_moves_by_hand_only() -> None:
    seconds = iter([0.0, 10.0, 10.0, 10.0, 500.0, 500.0, 500.0, 500.0])
    clock = Clock(lambda: next(seconds), 1000.0)
    clock.freeze()
    clock.advance(5)

    assert clock.now() == 1015.0


def test_a_clock_runs_by_its_speed() -> None:
    now = [0.0]
    clock = Clock(lambda: now[0], 1000.0, speed=60)
    now[0] = 2.0

    assert clock.now() == 1120.0
    clock.speed = 1
    now[0] = 3.0
    assert clock.now() == 1121.0
