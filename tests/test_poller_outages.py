"""What the topics and events say of outages of the grid, also over a restart."""

import json
from dataclasses import replace

import pytest
from fakes import Bench, FakeClock, house

from bridge.commands import SetIsland
from bridge.documents import Json
from bridge.errors import Unreachable
from bridge.history import OFF_GRID, History
from bridge.model import Snapshot
from bridge.parts import Endpoint, GridStatus, Soe
from bridge.poller import Stop
from bridge.state import Store
from bridge.words import Island

LOST = Unreachable("timed out")


def shows(bench: Bench, grid: str, raw_percent: float = 52.5) -> None:
    bench.gateway.answers[Endpoint.GRID_STATUS] = GridStatus(grid, services_active=False)
    bench.gateway.answers[Endpoint.SOE] = Soe(raw_percent)


def ended(bench: Bench) -> None:
    bench.poller.inbox.put(Stop())
    bench.poller.run()


def said(bench: Bench) -> dict[str, str | None]:
    return {key: bench.last(f"outage/{key}") for key in ("active", "started", "count", "last")}


def happened(bench: Bench) -> list[str]:
    return [json.loads(text)["event_type"] for text in bench.said("event")]


def commanded_off() -> Bench:
    """Return a bench that was just told to leave the grid, and has sent it."""
    bench = Bench()
    bench.live(2)
    bench.order("island/mode", "off_grid")
    bench.live(0)
    return bench


def test_only_an_answer_shows_where_the_contactor_stands() -> None:
    """What was said before a silence is no sign that it is so still."""
    bench = Bench(house=house(grid="SystemIslandedActive"))
    bench.live(60)
    bench.gateway.fails(LOST)
    bench.live(3600)
    bench.gateway.recovers(house())
    bench.live(120)

    last = json.loads(bench.last("outage/last") or "null")
    assert (last["start"], last["end"], last["seconds"]) == ("2026-01-02T03:00:00Z", None, None)


def test_the_topics_follow_an_outage() -> None:
    bench = Bench()
    bench.live(2)
    before = said(bench)
    shows(bench, "SystemIslandedActive", 52.5)
    bench.live(10)
    during = said(bench)
    bench.live(600)
    shows(bench, "SystemGridConnected", 43.0)
    bench.live(10)

    assert before == {"active": "false", "started": None, "count": "0", "last": None}
    assert during == {
        "active": "true",
        "started": "2026-01-02T03:00:05Z",
        "count": "1",
        "last": None,
    }
    assert said(bench) == {
        "active": "false",
        "started": "None",
        "count": "1",
        "last": '{"start":"2026-01-02T03:00:05Z","end":"2026-01-02T03:10:15Z","seconds":610,'
        '"level_used":10.0}',
    }
    assert happened(bench) == ["grid_lost", "grid_restored"]


@pytest.mark.parametrize(
    ("grid", "active"),
    [("SystemTransitionToGrid", "true"), ("SystemOnTheMoon", "None"), (None, "None")],
)
def test_an_outage_is_unknown_while_the_grid_is(grid: str | None, active: str) -> None:
    bench = Bench(house=house(grid="SystemIslandedActive"))
    bench.live(2)
    bench.gateway.answers[Endpoint.GRID_STATUS] = GridStatus(grid)

    bench.live(10)

    assert (bench.last("outage/active"), bench.last("outage/count")) == (active, "1")
    assert (bench.last("outage/started") == "None") is (active == "None")


def test_a_grid_that_fell_silent_leaves_the_number_alone() -> None:
    bench = Bench(house=house(grid="SystemIslandedActive"))
    bench.live(2)
    bench.gateway.answers[Endpoint.GRID_STATUS] = LOST
    bench.live(120)

    assert said(bench) == {"active": "None", "started": "None", "count": "1", "last": None}


@pytest.mark.parametrize("orderly", [True, False])
def test_the_next_run_goes_on_with_an_outage(orderly: bool) -> None:  # noqa: FBT001
    bench = Bench()
    bench.live(2)
    shows(bench, "SystemIslandedActive")
    bench.live(60)
    if orderly:
        ended(bench)

    later = Bench(store=bench.store, house=house(grid="SystemIslandedActive"))
    later.clock.s = 300.0
    later.live(60)
    during = said(later)
    shows(later, "SystemGridConnected")
    later.live(10)

    assert (during["active"], during["started"], during["count"]) == (
        "true",
        "2026-01-02T03:00:05Z",
        "1",
    )
    assert later.last("outage/count") == "1"
    assert json.loads(later.last("outage/last") or "null")["start"] == "2026-01-02T03:00:05Z"
    assert happened(later) == ["grid_restored"]


def test_an_outage_that_ended_while_the_bridge_was_away_has_no_end_and_is_no_news() -> None:
    bench = Bench()
    bench.live(2)
    shows(bench, "SystemIslandedActive")
    bench.live(60)

    later = Bench(store=bench.store)
    later.clock.s = 7200.0
    later.live(10)

    assert said(later) == {
        "active": "false",
        "started": None,
        "count": "1",
        "last": '{"start":"2026-01-02T03:00:05Z","end":null,"seconds":null,"level_used":null}',
    }
    assert happened(later) == []
    assert later.said("outage/active") == ["false"]


def test_off_grid_by_command_is_no_outage_even_for_the_next_run() -> None:
    bench = commanded_off()
    shows(bench, "SystemIslandedActive")
    bench.live(60)

    later = Bench(store=bench.store, house=house(grid="SystemIslandedActive"))
    later.clock.s = 300.0
    later.live(60)
    during = said(later)
    shows(later, "SystemGridConnected")
    later.live(60)
    shows(later, "SystemIslandedActive")
    later.live(10)

    assert [sent for _, sent in bench.gateway.sent] == [SetIsland(Island.OFF_GRID)]
    assert (bench.last("outage/active"), bench.last("outage/count")) == ("false", "0")
    assert (during["active"], during["count"]) == ("false", "0")
    assert (later.last("outage/active"), later.last("outage/count")) == ("true", "1")
    assert (happened(bench), happened(later)) == ([], ["grid_lost"])


def test_a_bridge_that_is_killed_before_the_contactor_moves_knows_whose_wish_it_was() -> None:
    bench = commanded_off()

    later = Bench(store=bench.store)
    later.clock.s = 30.0
    later.live(10)
    shows(later, "SystemIslandedActive")
    later.live(60)

    assert (later.last("outage/active"), later.last("outage/count")) == ("false", "0")


@pytest.mark.parametrize(("after_s", "count"), [(30.0, "0"), (400.0, "1")])
def test_a_bridge_that_is_killed_with_its_command_knows_whose_wish_it_was(
    after_s: float, count: str
) -> None:
    bench = commanded_off()
    left = Store(None, "main")  # what is noted before a command is sent, and nothing of after
    left.put(OFF_GRID, dict(bench.off_grid.saved))

    later = Bench(store=left, house=house(grid="SystemIslandedActive"), begins_s=after_s)
    later.live(60)

    assert later.last("outage/count") == count


def test_an_outage_soon_after_a_commanded_return_is_told_by_the_next_run_too() -> None:
    bench = commanded_off()
    shows(bench, "SystemIslandedActive")
    bench.live(60)
    bench.order("island/mode", "on_grid")
    bench.live(0)
    shows(bench, "SystemGridConnected")
    bench.live(10)

    later = Bench(store=bench.store, begins_s=bench.clock.s + 20.0)
    later.live(60)
    shows(later, "SystemIslandedActive")
    later.live(10)

    assert (later.last("outage/active"), later.last("outage/count")) == ("true", "1")
    assert happened(later) == ["grid_lost"]


@pytest.mark.parametrize(
    ("to", "count"), [("off_grid", "0"), ("on_grid", "1"), (None, "0"), ("up", "0"), ([], "0")]
)
def test_only_a_switch_that_is_known_as_a_return_is_no_leave(to: Json, count: str) -> None:
    """Earlier versions did not write down which way the contactor went."""
    clock, store = FakeClock(), Store(None, "main")
    store.put(OFF_GRID, {"at": clock().wall.timestamp(), "rested_s": 5.0, "to": to})

    bench = Bench(store=store, house=house(grid="SystemIslandedActive"))
    bench.live(10)

    assert bench.last("outage/count") == count


def test_a_level_that_is_not_believed_is_none() -> None:
    bench = Bench()
    bench.live(2)
    shows(bench, "SystemIslandedActive", 52.5)
    bench.live(60)
    shows(bench, "SystemGridConnected", 2.0)
    bench.live(10)

    assert json.loads(bench.last("outage/last") or "null")["level_used"] is None


def test_the_first_sight_of_an_outage_that_is_on_already_is_its_start() -> None:
    bench = Bench(house=house(grid="SystemIslandedActive"), store=Store(None, "main"))
    bench.live(2)

    assert (bench.last("outage/count"), happened(bench)) == ("1", [])
    assert bench.last("outage/started") == "2026-01-02T03:00:00Z"


def test_nothing_is_written_while_nothing_happens() -> None:
    written: list[str] = []
    history = History(lambda _key: None, lambda key, _value: written.append(key), FakeClock()())
    bench = Bench()
    known = history.recalled
    for at_s in range(0, 100, 5):
        bench.clock.s = float(at_s)
        fresh: Snapshot = house(grid="SystemIslandedActive")
        known = history.follow(replace(fresh, outages=known.outages), 50.0, bench.clock())
        history.events(known, bench.clock())

    assert written == ["outages"]
