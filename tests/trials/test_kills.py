"""A short version of the trial of kills; its long one is `python -m trials.kills`."""

import pytest
from subscriber import Heard

from bridge.simulator.door import Request
from trials.kills import run
from trials.kills_end import Counters, Wish, differences, unasked


def test_a_bridge_that_is_killed_repeats_and_loses_nothing() -> None:
    seen = run(5, seed=3)

    assert seen.faults == []
    assert seen.kills == 5
    assert seen.energies


def heard(payload: str) -> Heard:
    return Heard("powerwall/main/solar/energy", payload, stored=False, at=0.0)


@pytest.mark.parametrize(("payload", "faults"), [("5.1", 0), ("5", 0), ("4.999", 1), ("None", 1)])
def test_a_counter_that_falls_is_seen(payload: str, faults: int) -> None:
    counters = Counters()
    counters.faults(heard("5"))

    assert len(counters.faults(heard(payload))) == faults


def test_a_command_is_good_for_one_write_after_it() -> None:
    body = b'{"real_mode":"backup","backup_reserve_percent":20}'
    writes = [Request("POST", "operation", 200, at, body) for at in (0.5, 1.5, 2.5)]

    assert len(unasked(writes, [Wish(1.0, "20.0")])) == 2


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({"powerwall/main/a": "1"}, {}, "powerwall/main/a stands only in the old tree"),
        ({}, {"powerwall/main/a": "1"}, "powerwall/main/a stands only in the fresh tree"),
        ({"powerwall/main/a": "1"}, {"powerwall/main/a": "2"}, "powerwall/main/a is 1, fresh 2"),
    ],
)
def test_trees_that_differ_are_seen(one: dict[str, str], other: dict[str, str], words: str) -> None:
    assert differences(one, other) == [words]


def test_trees_that_differ_in_times_are_the_same() -> None:
    one = {"powerwall/main/snapshot": '{"timestamp":"a","x":1}', "powerwall/bridge/info": "1"}
    other = {"powerwall/main/snapshot": '{"timestamp":"b","x":1}', "powerwall/bridge/info": "2"}

    assert differences(one, other) == []
