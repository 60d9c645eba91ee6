"""A short version of the trial of random faults; its long one is `python -m trials.soak`."""

import pytest

from bridge.simulator import Simulator
from trials.soak import soak
from trials.soak_end import untrue, without_memories


@pytest.mark.timeout(900)  # what two faults left behind may take its time to go
def test_a_bridge_that_had_random_trouble_is_as_a_fresh_one() -> None:
    assert soak(0.25, seed=3) == []


def test_a_tree_that_says_something_else_is_seen() -> None:
    sim = Simulator()
    sim.clock.freeze()
    topic = "powerwall/main/grid/power"
    found = untrue({"main": sim}, {topic: "1e6", "powerwall/main/snapshot": "{}"})

    assert any(words.startswith(f"{topic} is '1e6', the gateway says") for words in found)


def test_a_fresh_bridge_knows_no_counter_that_shows_only_while_the_site_master_stands() -> None:
    board = "powerwall/main/meter_device/TG1_x/ct/1/import_energy"
    others = {"powerwall/main/meter_device/TG1/ct/1/import_energy": "1", "powerwall/main/a": "1"}

    assert without_memories({board: "1", "powerwall/main/b": "None"} | others, {}) == others
    assert without_memories({board: "1"}, {board: "2"}) == {board: "1"}
