"""A short version of the trial of kills; its long one is `python -m trials.kills`."""

import pytest

from trials.kills import run
from trials.kills_end import differences


def test_a_bridge_that_is_killed_repeats_and_loses_nothing() -> None:
    seen = run(5, seed=3)

    assert seen.faults == []
    assert seen.kills == 5
    assert seen.energies


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
