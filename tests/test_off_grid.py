"""When the house may leave the grid, and when the bridge brings it back."""

from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest
from fakes import FakeClock, house

from bridge.documents import Json
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.off_grid import Ages, OffGrid, OffGridRules
from bridge.parts import GridStatus, Soe
from bridge.words import Island

ISLANDED = house(grid="SystemIslandedActive")
HOUR = OffGridRules(return_after_s=3600.0)
OLD_LEVEL = "the battery level is not known"


def refusal(snapshot: Snapshot | None = None, ages: Ages | None = None) -> str | None:
    return OffGrid(OffGridRules()).refusal(snapshot or house(), ages or Ages(), FakeClock()())


class Leave:
    """A house that has left the grid by command, a second ago at most."""

    def __init__(self, rules: OffGridRules = HOUR) -> None:
        self.clock = FakeClock()
        self.off_grid = OffGrid(rules)
        self.off_grid.switching(Island.OFF_GRID, self.clock())

    def after(
        self, seconds: float, snapshot: Snapshot = ISLANDED, ages: Ages | None = None
    ) -> str | None:
        self.clock.s += seconds
        return self.off_grid.due(snapshot, ages or Ages(), self.clock())


def restarted(leave: Leave, away_s: float, *, wall_s: float | None = None) -> OffGrid:
    """Return what a new run has, away_s later by the steady clock, wall_s by the other."""
    leave.clock.s += away_s
    now = leave.clock()
    wall = now.wall + timedelta(seconds=(away_s if wall_s is None else wall_s) - away_s)
    return OffGrid(HOUR, leave.off_grid.saved, Moment(now.steady_s, wall))


def test_off_grid_is_allowed_with_a_grid_and_a_charged_battery() -> None:
    assert refusal() is None


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("SystemIslandedActive", "off_grid needs a connected grid; it is islanded"),
        ("SystemTransitionToGrid", "off_grid needs a connected grid; it is transition_to_grid"),
        ("SomethingNew", "off_grid needs a connected grid; it is something_new"),
        ("", "off_grid needs a connected grid; it is unknown"),
    ],
)
def test_off_grid_is_refused_unless_the_grid_is_connected(status: str, words: str) -> None:
    assert refusal(house(grid=status)) == words


def test_off_grid_is_refused_while_the_grid_is_unknown() -> None:
    assert refusal(house().placed(GridStatus())) == "off_grid needs a connected grid; it is unknown"


def test_off_grid_is_refused_while_the_level_is_unknown() -> None:
    assert refusal(house().placed(Soe())) == OLD_LEVEL


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        (Ages(level_s=60.0), None),
        (Ages(level_s=60.1), OLD_LEVEL),
        (Ages(level_s=inf), OLD_LEVEL),
        (Ages(grid_s=60.0), None),
        (Ages(grid_s=60.1), "off_grid needs a connected grid; it is unknown"),
    ],
)
def test_off_grid_is_refused_when_what_is_known_is_older_than_a_minute(
    ages: Ages, words: str | None
) -> None:
    assert refusal(ages=ages) == words


@pytest.mark.parametrize(
    ("raw_percent", "words"),
    [
        (24.0, None),  # 20 % in the app
        (23.9, "the battery is at 19.9 %, below POWERWALL_OFF_GRID_MIN_LEVEL=20"),
        (20.0, "the battery is at 15.8 %, below POWERWALL_OFF_GRID_MIN_LEVEL=20"),
    ],
)
def test_off_grid_is_refused_below_the_least_level_of_the_apps_scale(
    raw_percent: float, words: str | None
) -> None:
    assert refusal(house(raw_percent=raw_percent)) == words


def test_a_refusal_names_the_variables_of_its_gateway() -> None:
    off_grid = OffGrid(OffGridRules(variables="POWERWALLS__cabin__"))

    words = off_grid.refusal(house(raw_percent=20.0), Ages(), FakeClock()())

    assert str(words).endswith("below POWERWALLS__cabin__OFF_GRID_MIN_LEVEL=20")


def test_off_grid_is_refused_with_a_faulted_pack() -> None:
    snapshot = house()
    status = snapshot.system_status
    assert status is not None
    assert status.blocks is not None
    block = replace(status.blocks[0], disabled_reasons=("DisabledExcessiveVoltageDrop",))
    ill = snapshot.placed(replace(status, blocks=(block, *status.blocks[1:])))

    assert refusal(ill) == f"pack {block.serial_number} has a problem"


def test_off_grid_is_refused_soon_after_another_switch() -> None:
    clock, off_grid = FakeClock(), OffGrid(OffGridRules())
    off_grid.switching(Island.ON_GRID, clock())
    clock.s = 299.0

    words = off_grid.refusal(house(), Ages(), clock())

    wanted = "the contactor was switched 299 s ago, less than POWERWALL_OFF_GRID_MIN_INTERVAL=300"
    assert words == wanted


def test_a_contactor_that_has_rested_may_be_switched_again() -> None:
    clock, off_grid = FakeClock(), OffGrid(OffGridRules())
    off_grid.switching(Island.ON_GRID, clock())
    clock.s = 300.0

    assert off_grid.refusal(house(), Ages(), clock()) is None


def test_a_second_leave_that_the_gateway_refused_ends_nothing() -> None:
    leave = Leave()
    leave.off_grid.switching(Island.OFF_GRID, leave.clock())
    leave.off_grid.not_switched(Island.OFF_GRID, leave.clock())

    assert leave.after(3601) is not None


def test_a_switch_that_the_gateway_refused_needs_no_rest() -> None:
    clock, off_grid = FakeClock(), OffGrid(OffGridRules())
    off_grid.switching(Island.OFF_GRID, clock())
    off_grid.not_switched(Island.OFF_GRID, clock())

    assert off_grid.refusal(house(), Ages(), clock()) is None


def test_nothing_returns_by_itself_unless_it_is_set() -> None:
    leave = Leave(OffGridRules())

    assert leave.after(1e6) is None
    assert leave.off_grid.deadline_s == inf


def test_the_house_returns_when_its_time_is_over() -> None:
    leave = Leave()

    assert leave.after(3599.0) is None
    words = leave.after(1.0)

    assert words == "back to the grid by itself, as POWERWALL_OFF_GRID_RETURN_AFTER=3600 says"


def test_the_loop_knows_when_to_look_again() -> None:
    assert Leave().off_grid.deadline_s == 3600.0


def test_a_return_is_tried_again_until_the_grid_is_seen() -> None:
    leave = Leave()
    leave.after(3600.0)

    tried = [bool(leave.after(60.0)) for _ in range(6)]

    assert tried == [False, False, True, False, False, True]


def test_a_house_that_is_back_is_not_brought_back_again() -> None:
    leave = Leave()
    leave.after(60.0)
    leave.after(60.0, house())

    assert leave.after(3600.0) is None


def test_a_contactor_that_has_not_moved_yet_is_no_return() -> None:
    leave = Leave()
    leave.after(10.0, house())

    assert leave.after(3600.0)


def test_a_leave_that_never_came_about_is_forgotten() -> None:
    leave = Leave()
    leave.after(181.0, house())

    assert leave.after(3600.0) is None


def test_a_leave_that_was_refused_is_forgotten() -> None:
    leave = Leave()
    leave.off_grid.not_switched(Island.OFF_GRID, leave.clock())

    assert leave.after(3600.0) is None


def test_the_house_returns_early_with_an_empty_battery() -> None:
    leave = Leave()

    words = leave.after(60.0, house(grid="SystemIslandedActive", raw_percent=20.0))

    assert str(words).endswith("the battery is at 15.8 %, below POWERWALL_OFF_GRID_MIN_LEVEL=20")


def test_an_outage_of_the_grid_is_not_ended_by_the_bridge() -> None:
    off_grid, clock = OffGrid(HOUR), FakeClock()
    clock.s = 1e6

    assert off_grid.due(ISLANDED, Ages(), clock()) is None


@pytest.mark.parametrize(
    ("away_s", "wall_s", "due"),
    [(3600.0, None, True), (600.0, None, False), (600.0, -1e7, False), (600.0, 1e7, True)],
)
def test_a_leave_outlives_a_restart(away_s: float, wall_s: float | None, due: bool) -> None:  # noqa: FBT001
    leave = Leave()

    off_grid = restarted(leave, away_s, wall_s=wall_s)

    assert bool(off_grid.due(ISLANDED, Ages(), leave.clock())) is due


def test_a_wall_clock_that_went_back_makes_no_leave_longer() -> None:
    leave = Leave()

    off_grid = restarted(leave, 0.0, wall_s=-1e7)
    leave.clock.s += 3600.0

    assert off_grid.due(ISLANDED, Ages(), leave.clock())


@pytest.mark.parametrize(
    "saved",
    [
        None,
        {},
        [],
        {"left_s": "x", "at": 1},
        {"left_s": 1},
        5,
        {"left_s": 1, "at": 10**400},
        {"left_s": 10**400, "at": 1},
    ],
)
def test_a_leave_that_cannot_be_read_is_none(saved: Json) -> None:
    clock = FakeClock()

    assert OffGrid(HOUR, saved, clock()).due(ISLANDED, Ages(), clock()) is None


def test_an_old_answer_does_not_show_that_the_house_never_left() -> None:
    """The gateway may have fallen silent with the very command."""
    leave = Leave()
    leave.after(1800.0, house(), Ages(grid_s=1800.0))

    assert leave.after(1800.0)


def test_a_leave_is_not_forgotten_though_the_next_run_begins_before_the_contactor_moves() -> None:
    leave = Leave()
    off_grid = restarted(leave, 5.0)
    off_grid.due(house(), Ages(), leave.clock())
    leave.clock.s += 3600.0

    assert off_grid.due(ISLANDED, Ages(), leave.clock())


def test_a_leave_whose_end_was_seen_is_not_taken_up_by_the_next_run() -> None:
    leave = Leave()
    leave.after(60.0)
    leave.after(60.0, house())

    assert restarted(leave, 7200.0).due(ISLANDED, Ages(), leave.clock()) is None


def test_time_that_has_passed_is_kept_though_the_wall_clock_knows_no_time() -> None:
    leave = Leave()
    for _ in range(59):
        leave.after(60.0)

    off_grid = restarted(leave, 0.0, wall_s=-1e8)
    leave.clock.s += 60.0

    assert off_grid.due(ISLANDED, Ages(), leave.clock())


def test_an_old_level_brings_nobody_back() -> None:
    empty = house(grid="SystemIslandedActive", raw_percent=20.0)

    assert Leave().after(60.0, empty, Ages(level_s=inf)) is None


def test_a_house_that_is_on_the_grid_in_time_is_looked_at_again_but_not_at_once() -> None:
    leave = Leave(OffGridRules(return_after_s=60.0))

    assert leave.after(100.0, house()) is None
    assert leave.off_grid.deadline_s == 110.0


@pytest.mark.parametrize(
    ("wall_s", "words"),
    [
        (100.0, "the contactor was switched 100 s ago"),
        (300.0, None),
        (-1e8, "the contactor was switched 0 s ago"),
        (1e8, None),
    ],
)
def test_a_contactor_has_its_rest_over_a_restart(wall_s: float, words: str | None) -> None:
    leave = Leave()

    off_grid = restarted(leave, 1.0, wall_s=wall_s)

    said = off_grid.refusal(house(), Ages(), leave.clock())
    assert (said or "None").startswith(words or "None")


def test_which_way_the_contactor_went_is_known_over_restarts() -> None:
    leave = Leave()
    left = restarted(leave, 1.0).saved
    leave.off_grid.switching(Island.ON_GRID, leave.clock())
    leave.off_grid.not_switched(Island.ON_GRID, leave.clock())
    refused = restarted(leave, 1.0).saved
    leave.off_grid.switching(Island.ON_GRID, leave.clock())

    back = restarted(leave, 1.0).saved

    assert [saved["to"] for saved in (left, refused, back)] == ["off_grid", "off_grid", "on_grid"]


def test_a_refused_switch_leaves_the_rest_after_the_one_before() -> None:
    clock, off_grid = FakeClock(), OffGrid(OffGridRules())
    off_grid.switching(Island.OFF_GRID, clock())
    clock.s = 100.0
    off_grid.switching(Island.ON_GRID, clock())
    off_grid.not_switched(Island.ON_GRID, clock())

    assert "switched 100 s ago" in str(off_grid.refusal(house(), Ages(), clock()))
