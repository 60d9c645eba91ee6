"""The Energy dashboard takes our sensors, and counts a day of a house rightly."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bridge.simulator import Simulator
from homeassistant.energy import SOURCES, Energy
from homeassistant.houses import Houses
from homeassistant.scene import Scene

DAY_S, STEP_S = 24 * 3600.0, 900.0
READINGS = sorted({reading for source in SOURCES.values() for reading in source.values()})
COUNTERS = [reading for reading in READINGS if reading.endswith("_energy")]
ROUNDED_KWH = 0.01  # topics have a Wh, and there are some of them in each sum
INTO_HOUSE = ("grid_import_energy", "solar_energy", "battery_discharge_energy")
OUT_OF_HOUSE = ("grid_export_energy", "home_energy", "battery_charge_energy")


@dataclass(frozen=True)
class Day:
    """What a day brought: the dashboard, and kWh by the bridge's own topics."""

    energy: Energy
    grown_kwh: dict[str, float]


@pytest.fixture(scope="module")
def day(scene: Scene) -> Iterator[Day]:
    """A house lives a day in front of Home Assistant, whose own clock goes on as ever."""
    gateways = {"town": Simulator("fw2336", seed=41, start_hour=0.0)}
    gateways["town"].house.set_charge(26)  # the reserve is near: the night takes from the grid
    with Houses(scene.broker, "day", gateways, scene.directory / "day") as houses:
        scene.is_complete(houses)
        scene.agrees(houses=houses)
        energy = Energy(scene.core, {r: scene.entity(r, "town", houses) for r in READINGS})
        before = counters(houses)
        houses.live(DAY_S, STEP_S)
        gateways["town"].clock.freeze()
        houses.live(0.0)
        scene.agrees(houses=houses)
        after = counters(houses)
        scene.core.api.act("compile_now.compile_now")
        grown = {reading: after[reading] - before[reading] for reading in COUNTERS}
        yield Day(energy, grown)


def counters(houses: Houses) -> dict[str, float]:
    tree = houses.tree()
    return {r: float(tree[houses.topic("town", *r.split("_", 1))]) for r in COUNTERS}


def test_the_energy_dashboard_finds_no_fault_with_our_sensors(day: Day) -> None:
    if not day.energy.is_offered:
        pytest.skip("this Home Assistant asks for other sensors")

    assert day.energy.choose() == [[] for _ in SOURCES]


@pytest.mark.parametrize("reading", COUNTERS)
def test_statistics_count_what_the_gateway_counted(day: Day, reading: str) -> None:
    assert day.grown_kwh[reading] > 1
    assert day.energy.counted_kwh(reading) == pytest.approx(day.grown_kwh[reading], abs=ROUNDED_KWH)


def test_nothing_is_counted_twice(day: Day) -> None:
    """What comes into the house goes out of it: by the sums of Home Assistant."""
    came = sum(day.energy.counted_kwh(reading) for reading in INTO_HOUSE)
    went = sum(day.energy.counted_kwh(reading) for reading in OUT_OF_HOUSE)

    assert came == pytest.approx(went, abs=ROUNDED_KWH)


def test_statistics_of_all_entities_are_valid(scene: Scene, day: Day) -> None:
    """Each sensor with a state class has them, and the recorder has nothing against any."""
    known = {row["statistic_id"]: row for row in scene.core.api.ask("recorder/list_statistic_ids")}
    measured = {
        e.id: e.attributes["state_class"]
        for e in scene.core.entities().values()
        if "state_class" in e.attributes and e.state not in {"unknown", "unavailable"}
    }

    assert scene.core.api.ask("recorder/validate_statistics") == {}
    assert set(day.energy.entities.values()) <= known.keys()
    assert [id_ for id_ in measured if id_ not in known] == []
    sums = {id_ for id_ in measured if known[id_]["has_sum"]}
    assert sums == {id_ for id_, kind in measured.items() if kind == "total_increasing"}
