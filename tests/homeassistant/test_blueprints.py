"""Each blueprint in a real Home Assistant: its trigger happens in the house, its action is seen.

The entities are those that the blueprints propose.
"""

from collections.abc import Iterator

import pytest
from subscriber import eventually

from bridge.simulator import Simulator
from homeassistant.automations import Automations, soon
from homeassistant.core import Core
from homeassistant.scene import MAIN, Scene

STORM, CHEAP, EXPECTED = "binary_sensor.storm", "binary_sensor.cheap", "sensor.expected"
RESERVE, MODE = "number.powerwall_operation_backup_reserve", "select.powerwall_operation_mode"
ISLAND, LEVEL = "select.powerwall_island_mode", "sensor.powerwall_battery_level"
OUTAGE = "binary_sensor.powerwall_outage_active"
LEFT = "The backup reserve was left as it is"
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
AT_ONCE = {"seconds": 0}


@pytest.fixture
def core(scene: Scene) -> Core:
    return scene.core


@pytest.fixture
def sim(scene: Scene) -> Simulator:
    return scene.houses.gateways[MAIN]


@pytest.fixture
def automations(scene: Scene) -> Iterator[Automations]:
    """The house in its usual order: 20 % reserve, self-powered, and so it is left."""
    made = Automations(scene.core)
    for entity in (STORM, CHEAP):
        made.switch(entity, "off")
    usual(scene.core)
    yield made
    usual(scene.core)


def usual(core: Core) -> None:
    reserve(core, 20)
    core.api.act("select.select_option", MODE, option="Self-powered")
    core.shows(MODE, "Self-powered")


def reserve(core: Core, percent: int) -> None:
    core.api.act("number.set_value", RESERVE, value=percent)
    core.shows(RESERVE, str(percent))


def has_reserve(sim: Simulator, percent: float) -> None:
    """Wait until the gateway has it, which counts on a scale of its own."""
    raw = pytest.approx(percent * 0.95 + 5)
    eventually(lambda: sim.operation.reserve_raw_percent == raw, 20)


def test_an_outage_is_told_and_its_end(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("outage_notification", after=AT_ONCE):
        sim.house.lose_grid()
        assert "The home runs on the Powerwall, which is at " in automations.told(
            "The grid is down"
        )

        sim.house.restore_grid()
        assert "It was away for 0 min." in automations.told("The grid is back", 60)
    core.shows(OUTAGE, "off")


def test_a_bridge_that_restarts_in_an_outage_is_no_other_outage(
    scene: Scene, core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("outage_notification", after=AT_ONCE):
        sim.house.lose_grid()
        automations.told("The grid is down")

        scene.houses.stop()
        core.shows(OUTAGE, "unavailable")
        scene.houses.start()
        core.shows(OUTAGE, "on")
        sim.house.restore_grid()
        automations.told("The grid is back", 60)

        assert sorted(automations.titles) == ["The grid is back", "The grid is down"]


def test_a_low_battery_is_told_in_an_outage(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("low_battery", below=99) as entity:
        core.api.act("automation.trigger", entity, skip_condition=False)
        assert automations.titles == []

        sim.house.lose_grid()
        assert "and the grid is down" in automations.told("The Powerwall is low")
        sim.house.restore_grid()
        core.shows(OUTAGE, "off", 60)


def test_the_reserve_is_the_storms_while_it_lasts(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("storm_reserve", warning=STORM, after=AT_ONCE):
        automations.switch(STORM, "on")
        has_reserve(sim, 100)
        core.shows(RESERVE, "100")

        automations.switch(STORM, "off")
        has_reserve(sim, 20)
        core.shows(RESERVE, "20")
        assert automations.titles == []


def test_a_weather_is_a_storm(sim: Simulator, automations: Automations) -> None:
    automations.switch("weather.here", "sunny")
    with automations.of("storm_reserve", warning="weather.here", storm_reserve=80):
        automations.switch("weather.here", "lightning-rainy")
        has_reserve(sim, 80)


def test_what_somebody_set_in_a_storm_stays(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("storm_reserve", warning=STORM, after=AT_ONCE):
        automations.switch(STORM, "on")
        core.shows(RESERVE, "100")
        reserve(core, 55)

        automations.switch(STORM, "off")

        assert "the reserve is 55 %, which somebody else has set" in automations.told(LEFT)
        has_reserve(sim, 55)


def test_a_storm_that_began_while_the_bridge_was_away_counts(
    scene: Scene, core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("storm_reserve", warning=STORM):
        scene.houses.stop()
        core.shows(RESERVE, "unavailable")
        automations.switch(STORM, "on")
        scene.houses.start()

        has_reserve(sim, 100)


def test_reserve_and_mode_are_those_of_the_cheap_hours_while_they_last(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    with automations.of("cheap_tariff_charge", cheap=CHEAP):
        automations.switch(CHEAP, "on")
        has_reserve(sim, 90)
        eventually(lambda: sim.operation.mode == "backup", 15)
        core.shows(MODE, "Backup only")

        automations.switch(CHEAP, "off")
        has_reserve(sim, 20)
        eventually(lambda: sim.operation.mode == "self_consumption", 15)
        core.shows(RESERVE, "20")


def test_cheap_hours_wait_for_the_end_of_a_storm(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    with (
        automations.of("storm_reserve", warning=STORM, after=AT_ONCE),
        automations.of("cheap_tariff_charge", cheap=CHEAP, hold=[STORM]) as cheap,
    ):
        automations.switch(STORM, "on")
        core.shows(RESERVE, "100")
        before = core.state(cheap)
        automations.switch(CHEAP, "on")
        assert core.state(cheap) == before  # it says when it was triggered last

        automations.switch(STORM, "off")
        eventually(lambda: sim.operation.mode == "backup", 15)


@pytest.mark.parametrize(("expected", "percent"), [("2", 80), ("12.5", 50), ("40", 20)])
def test_the_reserve_follows_the_forecast(
    sim: Simulator, automations: Automations, expected: str, percent: int
) -> None:
    automations.switch(EXPECTED, expected)
    with automations.of("forecast_reserve", forecast=EXPECTED, at=soon()):
        has_reserve(sim, percent)


def test_without_a_forecast_nothing_is_set(sim: Simulator, automations: Automations) -> None:
    automations.switch(EXPECTED, "unavailable")
    with automations.of("forecast_reserve", forecast=EXPECTED, at=soon()):
        message = automations.told("The backup reserve was not set by the forecast")

    assert message.startswith("The forecast is unavailable")
    has_reserve(sim, 20)


def test_an_off_grid_test_leaves_and_returns(
    scene: Scene, core: Core, sim: Simulator, automations: Automations
) -> None:
    scene.houses.live(600)  # whatever was switched before has rested
    wishes = {"days": DAYS, "first_week": False, "start_level": 20, "stop_level": 10}
    with automations.of("off_grid_test", at=soon(), minutes=0.1, **wishes):
        eventually(lambda: not sim.house.state.on_grid, 30)
        core.shows(ISLAND, "Off grid")

        assert automations.told("The off-grid test went well", 60).startswith("It took 0.")
        assert sim.house.state.on_grid
        core.shows(ISLAND, "On grid")


def test_an_off_grid_test_needs_a_charge(
    core: Core, sim: Simulator, automations: Automations
) -> None:
    wishes = {"days": DAYS, "first_week": False, "start_level": 100}
    with automations.of("off_grid_test", at=soon(), **wishes):
        level = core.state(LEVEL)["state"]
        assert f"the battery at {level[:2]}" in automations.told("No off-grid test today")
    assert sim.house.state.on_grid
