"""Which values are believed."""

from datetime import timedelta
from math import inf, nan

import pytest
from fakes import HOUSE, FakeClock
from hypothesis import given
from hypothesis import strategies as st

from bridge.documents import Json
from bridge.guard import CounterReset, Guard
from bridge.moment import Moment
from bridge.parts import Meter, Meters, Soe
from bridge.readings import GROUPS, Measured, measure

COUNTER, HOME = ("grid", "import_energy"), ("home", "energy")
POWER, LEVEL = ("grid", "power"), ("battery", "level_raw")


class Scene:
    """A guard, the time, and what a gateway says."""

    def __init__(self, saved: Json = None, guard: Guard | None = None) -> None:
        self.clock = FakeClock()
        self.guard = guard or Guard(saved, self.clock())

    def says(self, path: tuple[str, ...], value: float | None, after_s: float = 5.0) -> object:
        """Return what is let through of a value."""
        self.clock.s += after_s
        return self.judged([item_of(path, value)])

    def judged(self, items: list[Measured]) -> object:
        (item,) = self.guard.judge(items, self.clock())
        return item.value

    def repeats(
        self, path: tuple[str, ...], values: list[float], after_s: float = 5.0
    ) -> list[object]:
        return [self.says(path, value, after_s) for value in values]


def item_of(path: tuple[str, ...], value: float | None) -> Measured:
    meters = Meters({"site": Meter(value, imported_wh=value), "load": Meter(imported_wh=value)})
    snapshot = HOUSE.placed(meters).placed(Soe(value))
    return next(item for item in measure(GROUPS, snapshot) if item.path == path)


def moment(steady_s: float, wall_s: float) -> Moment:
    return Moment(steady_s, FakeClock()().wall + timedelta(seconds=wall_s))


def test_a_counter_that_grows_passes() -> None:
    assert Scene().repeats(COUNTER, [1000.0, 1000.0, 1007.5]) == [1000.0, 1000.0, 1007.5]


@pytest.mark.parametrize("value", [999.0, 5.0, 0.0, -1.0, -0.0, inf, nan, 1e13, 5000.0])
def test_a_counter_that_falls_or_leaps_is_held(value: float) -> None:
    scene = Scene()

    assert scene.repeats(COUNTER, [1000.0, value, 1001.0]) == [1000.0, 1000.0, 1001.0]


def test_a_counter_may_have_grown_a_lot_while_nothing_was_heard() -> None:
    scene = Scene()
    scene.says(COUNTER, 1000.0)

    assert scene.says(COUNTER, 101_000.0, after_s=3600.0) == 101_000.0


def test_what_is_not_reported_is_not_known() -> None:
    scene = Scene()

    assert scene.repeats(COUNTER, [1000.0]) == [1000.0]
    assert scene.says(COUNTER, None) is None


def test_a_lower_counter_that_grows_for_a_quarter_of_an_hour_is_a_new_one() -> None:
    scene = Scene()
    scene.says(COUNTER, 1000.0)

    said = scene.repeats(COUNTER, [5.0 + n for n in range(16)], after_s=60.0)

    assert said == [1000.0] * 15 + [20.0]
    assert scene.guard.doubts.take_resets() == [CounterReset(COUNTER, 1.0, 0.02)]


def test_a_lower_counter_that_does_not_only_grow_is_never_believed() -> None:
    scene = Scene()
    scene.says(COUNTER, 1000.0)

    said = scene.repeats(COUNTER, [20.0 - n % 7 for n in range(100)], after_s=60.0)

    assert said == [1000.0] * 100


def test_a_zero_never_replaces_a_counter() -> None:
    scene = Scene()
    scene.says(COUNTER, 1000.0)

    assert scene.repeats(COUNTER, [0.0] * 100, after_s=600.0) == [1000.0] * 100


def test_a_first_zero_is_published_after_a_quarter_of_an_hour() -> None:
    said = Scene().repeats(COUNTER, [0.0] * 4, after_s=300.0)

    assert said == [None, None, None, 0.0]


def test_a_first_zero_that_was_none_is_never_published() -> None:
    assert Scene().repeats(COUNTER, [0.0, 1000.0, 1000.0]) == [None, 1000.0, 1000.0]


def test_the_homes_counter_may_lag_behind_without_a_word() -> None:
    scene = Scene()

    assert scene.repeats(HOME, [5000.0, 4000.0, 5001.0]) == [5000.0, 5000.0, 5001.0]
    assert scene.guard.doubts.take_news() == []


def test_a_lag_does_not_keep_a_new_counter_of_the_home_out_for_ever() -> None:
    scene = Scene()
    scene.says(HOME, 500_000.0)

    said = scene.repeats(HOME, [5000.0 + 100.0 * n - 300.0 * (n % 2) for n in range(17)], 60.0)

    assert said == [500_000.0] * 15 + [6200.0, 6600.0]


def test_what_is_not_believed_is_said_once_and_counted() -> None:
    scene = Scene()
    scene.repeats(COUNTER, [7_492_788.0, 5.0, 5.0, 7_492_788.0, 4.0])

    assert scene.guard.doubts.take_news() == [
        "grid/import_energy: 0.005 kWh is not believed, after 7492.788 kWh",
        "grid/import_energy: 0.004 kWh is not believed, after 7492.788 kWh",
    ]
    assert scene.guard.doubts.rejected == {"grid/import_energy": 3}


@pytest.mark.parametrize("value", [1e9, -1e9, inf, -inf, nan])
def test_a_power_no_house_has_is_left_out(value: float) -> None:
    assert Scene().repeats(POWER, [400.0, value, -400.0]) == [400.0, None, -400.0]


def test_a_power_may_change_at_once() -> None:
    assert Scene().repeats(POWER, [0.0, 20_000.0, -20_000.0]) == [0.0, 20_000.0, -20_000.0]


@pytest.mark.parametrize("value", [250.0, -3.0, 3.0])
def test_a_level_that_no_battery_can_reach_is_left_out(value: float) -> None:
    assert Scene().repeats(LEVEL, [57.0, value, 57.0]) == [57.0, None, 57.0]


@pytest.mark.parametrize("raw", [250.0, -40.0, 101.0])
def test_a_raw_level_that_cannot_be_is_no_full_or_empty_battery(raw: float) -> None:
    """The level in the app ends at 0 and at 100 %, whatever stands behind it."""
    scene = Scene()

    assert scene.repeats(("battery", "level"), [raw] * 40, after_s=60.0) == [None] * 40


def test_a_level_that_stands_for_a_quarter_of_an_hour_is_true() -> None:
    scene = Scene()
    scene.says(LEVEL, 99.0)

    assert scene.repeats(LEVEL, [3.0] * 46, after_s=20.0) == [*[None] * 45, 3.0]


def test_nothing_creeps_in_by_being_said_again_and_again() -> None:
    """What cannot follow now cannot follow later either, however long it is repeated."""
    scene = Scene()
    scene.says(LEVEL, 57.0)

    assert scene.repeats(LEVEL, [3.0, 30.0] * 200) == [None] * 400
    assert scene.says(LEVEL, 55.0) == 55.0


def test_a_counter_may_have_grown_in_an_outage_that_began_while_it_was_doubted() -> None:
    scene = Scene()
    scene.repeats(COUNTER, [1000.0, 5.0])

    assert scene.says(COUNTER, 21_000.0, after_s=7200.0) == 21_000.0
    assert scene.guard.doubts.take_resets() == []


def test_what_is_made_from_a_value_that_is_not_believed_has_none() -> None:
    lying = HOUSE.placed(Meters({"site": Meter(1e9), "battery": Meter(-400.0)}))

    judged = Guard().judge(measure(GROUPS, lying), FakeClock()())

    values = {item.path: item.value for item in judged}
    assert [values["grid", key] for key in ("power", "import_power", "export_power")] == [None] * 3
    assert (values["battery", "charge_power"], values["battery", "discharge_power"]) == (400, 0)


def test_a_level_may_have_changed_while_nothing_was_heard() -> None:
    scene = Scene()
    scene.says(LEVEL, 57.0)

    assert scene.says(LEVEL, 3.0, after_s=300.0) == 3.0


def test_whoever_asks_is_told_that_a_level_is_not_believed() -> None:
    scene = Scene()
    scene.repeats(LEVEL, [57.0, 3.0])

    assert not scene.guard.believes(LEVEL)


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [(COUNTER, 5.0, 57.0), (LEVEL, 3.0, None), (POWER, 1e9, None), (POWER, 5.0, 5.0)],
)
def test_what_was_let_through_can_be_told_again(
    path: tuple[str, ...], value: float, shown: float | None
) -> None:
    scene = Scene()
    scene.repeats(path, [57.0, value])

    (item,) = scene.guard.shown([item_of(path, value)])

    assert item.value == shown


def restarted(scene: Scene, steady_s: float, wall_s: float) -> Guard:
    return Guard(scene.guard.saved, moment(steady_s, wall_s))


@pytest.mark.parametrize("wall_s", [60.0, -1e8, 1e8])
def test_a_counter_does_not_go_back_over_a_restart(wall_s: float) -> None:
    scene = Scene()
    scene.says(COUNTER, 1000.0)
    later = Scene(guard=restarted(scene, 3.0, wall_s))

    assert later.repeats(COUNTER, [7.0, 1000.5]) == [1000.0, 1000.5]


def test_a_counter_may_have_grown_between_two_runs_whose_clock_knows_no_time() -> None:
    scene = Scene()
    scene.says(COUNTER, 1000.0)
    later = Scene(guard=restarted(scene, 3.0, -1e8))

    assert later.says(COUNTER, 500_000.0) == 500_000.0


def test_a_wall_clock_that_jumps_means_nothing_to_a_running_guard() -> None:
    guard = Guard()
    guard.judge([item_of(COUNTER, 1000.0)], moment(0.0, 0.0))

    (item,) = guard.judge([item_of(COUNTER, 900_000.0)], moment(5.0, 1e8))

    assert item.value == 1000.0


def test_what_an_earlier_run_left_retained_is_not_fallen_below() -> None:
    scene = Scene()
    scene.guard.seed(COUNTER, "7492.788")

    said = scene.repeats(COUNTER, [5.0, 7_492_787.6, 7_492_790.0])

    assert said == pytest.approx([7_492_788.0, 7_492_788.0, 7_492_790.0], abs=0.001)


def test_of_what_is_kept_and_what_is_retained_the_newer_counts() -> None:
    scene = Scene(saved={"grid/import_energy": [1000.0, 0.0]})
    scene.guard.seed(COUNTER, "1.005")

    assert scene.says(COUNTER, 1001.0) == pytest.approx(1005.0)


def test_a_retained_counter_beyond_belief_is_no_seed() -> None:
    scene = Scene(saved={"grid/import_energy": [1000.0, 0.0]})
    scene.guard.seed(COUNTER, "99999999")

    assert scene.says(COUNTER, 1001.0) == 1001.0


@pytest.mark.parametrize("payload", ["None", "", "nan", "inf", "-5", "abc", "0"])
def test_a_retained_payload_that_is_no_counter_is_no_seed(payload: str) -> None:
    scene = Scene()
    scene.guard.seed(COUNTER, payload)

    assert scene.says(COUNTER, 1000.0) == 1000.0


@pytest.mark.parametrize(
    "saved",
    [None, [], "x", {"grid/import_energy": x} if (x := "y") else {}]
    + [{"grid/import_energy": v} for v in (None, 5, [], [1.0], ["a", "b"], [nan, 1.0], [-1.0, 0])]
    + [{"grid/import_energy": v} for v in ([10**400, 0], [1.0, 10**400])],
)
def test_what_cannot_be_read_of_an_earlier_run_is_forgotten(saved: Json) -> None:
    assert Scene(saved=saved).says(COUNTER, 1000.0) == 1000.0


def test_only_counters_are_kept() -> None:
    scene = Scene()
    scene.says(LEVEL, 57.0)
    scene.says(COUNTER, 1000.0)

    assert scene.guard.saved == {"grid/import_energy": [1000.0, 1767322810]}


def test_a_device_that_is_gone_is_forgotten() -> None:
    scene = Scene()
    scene.repeats(COUNTER, [1000.0, 5.0])

    scene.guard.forget(("grid",))

    assert (scene.guard.saved, scene.guard.believes(COUNTER)) == ({}, True)


STEPS = st.lists(
    st.tuples(st.floats(allow_nan=True) | st.floats(0, 1e7), st.floats(0, 5000)), max_size=40
)


@given(STEPS)
def test_a_counter_never_falls_but_at_a_reset(steps: list[tuple[float, float]]) -> None:
    scene, before = Scene(), 0.0
    for value, after_s in steps:
        said = scene.says(COUNTER, value, after_s)
        reset = scene.guard.doubts.take_resets()
        assert said is None or isinstance(said, float)
        assert said is None or reset or said >= before >= 0
        before = before if said is None else said


@given(st.floats(1, 1e9), st.lists(st.tuples(st.floats(0, 20_000), st.floats(0.1, 90_000))))
def test_an_honest_counter_is_never_touched(
    first_wh: float, steps: list[tuple[float, float]]
) -> None:
    scene, value = Scene(), first_wh
    scene.says(COUNTER, value)
    for power_w, after_s in steps:
        value += power_w * after_s / 3600
        assert scene.says(COUNTER, value, after_s) == value
