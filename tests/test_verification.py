"""Whether a gateway was seen to do what was asked."""

from dataclasses import replace
from math import inf

import pytest
from fakes import HOUSE, FakeClock, control, house

from bridge.commands import Command, Operate, Parsed, Refresh, Run, SetIsland
from bridge.ledger import Ledger, Order, Outcome, Result
from bridge.model import Snapshot
from bridge.parts import Endpoint, GridStatus, Operation, Part, Sitemaster, Soe
from bridge.verification import Watch, applied, holds, matches, shown_in
from bridge.words import Island, Mode

ON_GRID, OFF_GRID = SetIsland(Island.ON_GRID), SetIsland(Island.OFF_GRID)
BACKUP = Operate(Mode.BACKUP)
ISLANDED = GridStatus("SystemIslandedActive")
CONNECTED = GridStatus("SystemGridConnected")


class Scene:
    """A watch, and the time."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ledger = Ledger()
        self.watch = Watch(self.ledger)

    def add(self, command: Command, before: Snapshot = HOUSE, name: str = "x") -> list[Result]:
        return self.watch.add(order(command, name), before, self.clock())

    def verify(self, snapshot: Snapshot, at_s: float = 0.0) -> list[Result]:
        self.clock.s = at_s
        return self.watch.verify(snapshot, self.clock())


def order(command: Command, name: str = "x") -> Order:
    return Order(name, control("refresh"), Parsed(command, None), 0.0)


def with_(*parts: Part) -> Snapshot:
    snapshot = HOUSE
    for part in parts:
        snapshot = snapshot.placed(part)
    return snapshot


@pytest.mark.parametrize(
    ("wish", "same"),
    [
        (Operate(Mode.SELF_CONSUMPTION), True),
        (Operate(Mode.BACKUP), False),
        (Operate(reserve_raw_percent=24.1), True),
        (Operate(reserve_raw_percent=23.9), True),
        (Operate(reserve_raw_percent=24.2), False),
        (Operate(Mode.SELF_CONSUMPTION, 24.0), True),
        (Operate(Mode.SELF_CONSUMPTION, 30.0), False),
        (Operate(Mode.BACKUP, 24.0), False),
    ],
)
def test_a_wish_matches_what_is_held_but_for_a_tenth_of_the_raw_reserve(
    wish: Operate,
    same: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert matches(wish, Operation("self_consumption", 24.0)) is same


def test_an_unknown_reserve_matches_no_wish_for_one() -> None:
    assert not matches(Operate(reserve_raw_percent=24.0), Operation("backup", None))


@pytest.mark.parametrize(
    ("command", "parts", "shown"),
    [
        (BACKUP, [Operation("backup", 24.0)], True),
        (BACKUP, [Operation("autonomous", 24.0)], False),
        (OFF_GRID, [ISLANDED], True),
        (OFF_GRID, [CONNECTED], False),
        (OFF_GRID, [GridStatus("SystemTransitionToIsland")], False),
        (ON_GRID, [CONNECTED], True),
        (ON_GRID, [GridStatus("SystemTransitionToGrid")], False),
        (ON_GRID, [GridStatus()], False),
        (Run(), [Sitemaster(running=True)], True),
        (Run(), [Sitemaster(running=False)], False),
        (Run(), [Sitemaster()], False),
        (Refresh(), [], True),
    ],
)
def test_a_command_is_shown_by_its_own_reading(
    command: Command,
    parts: list[Part],
    shown: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert holds(command, with_(*parts)) is shown


@pytest.mark.parametrize("command", [BACKUP, OFF_GRID, ON_GRID, Run()])
def test_what_was_not_read_shows_nothing(command: Command) -> None:
    assert not holds(command, Snapshot())


@pytest.mark.parametrize(
    ("command", "endpoints"),
    [
        (BACKUP, (Endpoint.OPERATION,)),
        (ON_GRID, (Endpoint.GRID_STATUS,)),
        (Run(), (Endpoint.SITEMASTER,)),
        (Refresh(), tuple(Endpoint)),
    ],
)
def test_each_command_has_its_endpoint(command: Command, endpoints: tuple[Endpoint, ...]) -> None:
    assert shown_in(command) == endpoints


@pytest.mark.parametrize(
    ("command", "parts", "value"),
    [
        (
            BACKUP,
            [Operation("backup", 33.3)],
            {"mode": "backup", "backup_reserve": 29.79, "backup_reserve_raw": 33.3},
        ),
        (
            BACKUP,
            [Operation("backup", None)],
            {"mode": "backup", "backup_reserve": None, "backup_reserve_raw": None},
        ),
        (OFF_GRID, [ISLANDED], "off_grid"),
        (OFF_GRID, [GridStatus("SystemTransitionToIsland")], "transition_to_island"),
        (OFF_GRID, [GridStatus()], None),
        (Run(), [Sitemaster(running=False)], False),
        (Refresh(), [], None),
    ],
)
def test_applied_is_what_the_gateway_shows_there(
    command: Command, parts: list[Part], value: object
) -> None:
    assert applied(command, with_(*parts)) == value


@pytest.mark.parametrize("command", [BACKUP, OFF_GRID, Run()])
def test_nothing_is_applied_as_far_as_nothing_was_read(command: Command) -> None:
    assert applied(command, Snapshot()) is None


def test_a_command_is_done_when_a_later_answer_shows_it() -> None:
    scene = Scene()
    scene.add(BACKUP)

    (result,) = scene.verify(with_(Operation("backup", 24.0)), 3.0)

    assert (result.status, result.reason) == (Outcome.DONE, None)
    assert result.applied == {"mode": "backup", "backup_reserve": 20.0, "backup_reserve_raw": 24.0}


def test_an_answer_from_before_the_command_proves_nothing() -> None:
    scene = Scene()
    scene.add(ON_GRID)

    assert scene.verify(HOUSE, 3.0) == []


def test_an_answer_of_another_endpoint_proves_nothing() -> None:
    scene = Scene()
    scene.add(ON_GRID)

    assert scene.verify(with_(Soe(50.0)), 3.0) == []


def test_an_unchanged_later_answer_proves_it_too() -> None:
    scene = Scene()
    scene.add(ON_GRID)

    assert HOUSE.grid_status is not None
    (result,) = scene.verify(with_(replace(HOUSE.grid_status)), 3.0)

    assert result.status is Outcome.DONE


def test_what_is_done_is_watched_no_more() -> None:
    scene = Scene()
    scene.add(Run())

    scene.verify(with_(Sitemaster(running=True)))

    assert (len(scene.watch), scene.watch.endpoints) == (0, frozenset())


def test_the_endpoints_of_all_that_is_watched_are_awaited() -> None:
    scene = Scene()
    scene.add(BACKUP)
    scene.add(ON_GRID)

    assert scene.watch.endpoints == {Endpoint.OPERATION, Endpoint.GRID_STATUS}


@pytest.mark.parametrize(("command", "patience_s"), [(BACKUP, 30), (Run(), 30), (OFF_GRID, 180)])
def test_a_command_that_is_not_seen_in_time_is_unverified(
    command: Command, patience_s: int
) -> None:
    scene = Scene()
    scene.add(command)
    early = scene.verify(HOUSE, patience_s - 0.1)

    (late,) = scene.verify(HOUSE, patience_s)

    assert early == []
    assert late.status is Outcome.UNVERIFIED
    assert late.reason == f"sent, but not seen within {patience_s} s"


def test_an_unverified_command_says_what_the_gateway_shows_instead() -> None:
    scene = Scene()
    scene.add(BACKUP)

    (result,) = scene.verify(HOUSE, 30.0)

    assert result.applied == {
        "mode": "self_consumption",
        "backup_reserve": 20.0,
        "backup_reserve_raw": 24.0,
    }


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("SystemIslandedActive", "the grid is down (islanded)"),
        ("SystemTransitionToGrid", "the grid is not back (transition_to_grid)"),
        (None, "the grid is not back (unknown)"),
    ],
)
def test_on_grid_during_an_outage_is_unverified_for_the_grid_is_down(
    status: str | None, words: str
) -> None:
    scene = Scene()
    scene.add(ON_GRID, with_(ISLANDED))

    (result,) = scene.verify(with_(GridStatus(status)), 180.0)

    assert result.status is Outcome.UNVERIFIED
    assert result.reason == f"sent, but not seen within 180 s: {words}"


def test_on_grid_that_was_not_confirmed_does_not_blame_a_grid_that_was_up() -> None:
    scene = Scene()
    scene.add(ON_GRID)

    (result,) = scene.verify(HOUSE, 180.0)

    assert result.reason == "sent, but not seen within 180 s"


def test_the_first_deadline_is_known() -> None:
    scene = Scene()
    scene.add(OFF_GRID)
    scene.clock.s = 10.0
    scene.add(BACKUP)

    assert scene.watch.deadline_s == 40.0


def test_without_anything_to_watch_there_is_no_deadline() -> None:
    assert Scene().watch.deadline_s == inf


def test_a_newer_command_replaces_a_watched_one() -> None:
    scene = Scene()
    scene.add(OFF_GRID, name="old")

    (result,) = scene.add(ON_GRID, name="new")

    assert (result.id, result.status) == ("old", Outcome.SUPERSEDED)
    assert result.reason == "replaced by new"


def test_a_replaced_command_gets_no_second_result() -> None:
    scene = Scene()
    scene.add(OFF_GRID, name="old")
    scene.add(ON_GRID, name="new")

    assert [r.id for r in scene.verify(with_(ISLANDED, CONNECTED), 500.0)] == ["new"]


def test_a_command_for_something_else_replaces_nothing() -> None:
    scene = Scene()
    scene.add(BACKUP)

    assert scene.add(Operate(reserve_raw_percent=50.0)) == []


def test_an_order_is_watched_itself_not_its_like() -> None:
    scene = Scene()
    watched = order(BACKUP)
    scene.watch.add(watched, house(), scene.clock())

    assert watched in scene.watch
    assert order(BACKUP) not in scene.watch


def test_a_contactor_that_was_just_told_otherwise_is_not_believed_at_once() -> None:
    """After off_grid the grid still reads connected for a moment: on_grid is not done by that."""
    scene = Scene()
    scene.add(OFF_GRID, with_(CONNECTED), "away")
    scene.add(ON_GRID, with_(CONNECTED), "back")
    again = with_(replace(CONNECTED))

    soon, later = scene.verify(again, 3), scene.verify(again, 12)

    assert soon == []
    assert [result.status for result in later] == [Outcome.DONE]


def test_a_write_that_got_lost_may_still_overtake_the_one_that_replaces_it() -> None:
    """The gateway may be at the older one yet: only what stays is done."""
    scene = Scene()
    lost = order(BACKUP, "lost")
    lost.uncertain = True
    scene.watch.add(lost, HOUSE, scene.clock())
    scene.add(Operate(Mode.AUTONOMOUS), name="newer")
    scene.add(Operate(Mode.SELF_CONSUMPTION), name="newest")
    shown = with_(Operation("self_consumption", 24.0))

    soon, overtaken = scene.verify(shown, 3.0), scene.verify(with_(Operation("backup", 24.0)), 12.0)
    (late,) = scene.verify(with_(Operation("backup", 24.0)), 30.0)

    assert (soon, overtaken) == ([], [])
    assert (late.id, late.status) == ("newest", Outcome.UNVERIFIED)


def test_a_write_that_stays_where_one_got_lost_is_done_after_a_while() -> None:
    scene = Scene()
    lost = order(Operate(Mode.BACKUP, 24.0), "lost")
    lost.uncertain = True
    scene.watch.add(lost, HOUSE, scene.clock())
    scene.add(Operate(Mode.AUTONOMOUS), name="newer")
    shown = with_(Operation("autonomous", 24.0))

    soon, later = scene.verify(shown, 3.0), scene.verify(shown, 12.0)

    assert soon == []
    assert [(result.id, result.status) for result in later] == [("newer", Outcome.DONE)]
