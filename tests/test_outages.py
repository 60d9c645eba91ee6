"""Outages of the grid: counted once, timed by what was seen, and none that was commanded."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import Bench, house

from bridge.commands import SetIsland
from bridge.documents import Json
from bridge.errors import Unreachable
from bridge.history import History
from bridge.model import Snapshot
from bridge.outages import Outage, Outages, follow, resumed
from bridge.parts import Endpoint, GridStatus, Soe
from bridge.poller import Stop
from bridge.state import Store
from bridge.words import Island

ON, OFF = Island.ON_GRID, Island.OFF_GRID
BEGIN = datetime(2026, 1, 2, 3, 0, 0, tzinfo=UTC)
LOST = Unreachable("timed out")


class Watcher:
    """Sees the contactor from time to time; seconds are those since the beginning."""

    def __init__(self, outages: Outages | None = None) -> None:
        self.outages = outages or Outages()

    def sees(
        self,
        side: Island | None,
        at_s: float,
        level: float | None = 50.0,
        *,
        wished: bool = False,
    ) -> Outages:
        now = BEGIN + timedelta(seconds=at_s)
        self.outages = follow(self.outages, side, level, now, wished=wished)
        return self.outages

    def restarts(self) -> None:
        """Go on with what the Store gives back."""
        self.outages = resumed(json.loads(json.dumps(self.outages.saved)))


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


def test_an_outage_is_timed_and_counted() -> None:
    watcher = Watcher()
    watcher.sees(ON, 0)

    during = watcher.sees(OFF, 10, 60.0)
    watcher.sees(OFF, 400, 58.0)
    after = watcher.sees(ON, 910, 55.5)

    assert (during.count, during.started) == (1, BEGIN + timedelta(seconds=10))
    assert (after.count, after.started) == (1, None)
    assert after.last == Outage("2026-01-02T03:00:10Z", "2026-01-02T03:15:10Z", 900, 4.5)


def test_nothing_is_counted_before_the_grid_was_seen() -> None:
    watcher = Watcher()

    assert watcher.sees(None, 0).count is None
    assert watcher.sees(ON, 5).count == 0


def test_a_transition_neither_begins_nor_ends_an_outage() -> None:
    watcher = Watcher()
    watcher.sees(ON, 0)

    assert watcher.sees(None, 10).started is None
    watcher.sees(OFF, 20)
    assert watcher.sees(None, 30).started == BEGIN + timedelta(seconds=20)
    assert watcher.sees(OFF, 40).count == 1


@pytest.mark.parametrize("level", [(None, 50.0), (50.0, None)])
def test_what_was_used_is_unknown_without_both_levels(
    level: tuple[float | None, float | None],
) -> None:
    watcher = Watcher()
    watcher.sees(OFF, 0, level[0])

    last = watcher.sees(ON, 60, level[1]).last

    assert last is not None
    assert (last.seconds, last.level_used) == (60, None)


def test_the_sun_may_give_more_than_the_home_takes() -> None:
    watcher = Watcher()
    watcher.sees(OFF, 0, 50.0)

    last = watcher.sees(ON, 60, 62.0).last

    assert last is not None
    assert last.level_used == -12.0


@pytest.mark.parametrize(("gap_s", "seconds"), [(600, 660), (601, None)])
def test_an_end_that_nobody_saw_is_unknown(gap_s: int, seconds: int | None) -> None:
    watcher = Watcher()
    watcher.sees(OFF, 0)
    watcher.sees(OFF, 60)

    after = watcher.sees(ON, 60 + gap_s)

    assert after.last is not None
    assert (after.last.seconds, after.last.end is None) == (seconds, seconds is None)
    assert (after.count, after.started) == (1, None)


def test_a_clock_that_is_set_back_gives_no_negative_time() -> None:
    watcher = Watcher()
    watcher.sees(OFF, 3600)

    last = watcher.sees(ON, 0).last

    assert last is not None
    assert last.seconds == 0


def test_an_outage_is_found_again_after_a_restart() -> None:
    watcher = Watcher()
    watcher.sees(ON, 0)
    watcher.sees(OFF, 10)
    watcher.restarts()

    watcher.sees(None, 290)
    watcher.sees(OFF, 300)
    after = watcher.sees(ON, 610, 45.0)

    assert after.count == 1
    assert after.last == Outage("2026-01-02T03:00:10Z", "2026-01-02T03:10:10Z", 600, 5.0)


def test_a_leave_by_command_is_no_outage() -> None:
    watcher = Watcher()
    watcher.sees(ON, 0)
    watcher.sees(None, 5, wished=True)
    watcher.sees(OFF, 10, wished=True)
    watcher.sees(OFF, 20)  # the way back is wished by now

    after = watcher.sees(ON, 30)

    assert after == Outages(count=0)


def test_an_outage_after_a_leave_is_one() -> None:
    watcher = Watcher()
    watcher.sees(OFF, 10, wished=True)
    watcher.sees(ON, 30)

    assert watcher.sees(OFF, 40).count == 1


def test_a_leave_goes_on_over_a_restart() -> None:
    """The next run does not know the wish any more, but what became of it."""
    watcher = Watcher()
    watcher.sees(ON, 0, wished=True)
    watcher.restarts()
    watcher.sees(ON, 30)
    watcher.sees(OFF, 60)
    watcher.restarts()

    assert watcher.sees(OFF, 7200) == replace(watcher.outages, count=0, started=None)
    assert watcher.sees(ON, 7300) == Outages(count=0)


@pytest.mark.parametrize(("lost_s", "count"), [(170, 0), (190, 1)])
def test_a_contactor_that_did_not_move_in_time_was_not_opened_by_command(
    lost_s: int, count: int
) -> None:
    watcher = Watcher()
    watcher.sees(ON, 0, wished=True)
    watcher.sees(ON, lost_s - 5)
    watcher.sees(ON, lost_s - 1)

    assert watcher.sees(OFF, lost_s).count == count


@pytest.mark.parametrize(
    "saved",
    [
        None,
        5,
        [],
        "a",
        {},
        {"count": "1", "last": 5, "started": 5, "left": "soon", "away": 1, "level": "a"},
        {"count": True, "last": {}, "started": "2026-01-02T03:00:00", "level": 5.0},
        {"count": float("nan"), "last": {"start": None}, "seen": "2026-01-02T03:00:00Z"},
        {"away": True},
    ],
)
def test_what_cannot_be_read_of_an_earlier_run_is_forgotten(saved: Json) -> None:
    assert resumed(saved) == Outages()


def test_what_is_half_readable_is_half_kept() -> None:
    saved: Json = {"count": 3, "last": {"start": "2026-01-02T03:00:00Z", "end": 5, "seconds": "a"}}

    assert resumed(saved) == Outages(count=3, last=Outage("2026-01-02T03:00:00Z"))


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
    bench = Bench()
    bench.live(2)
    bench.order("island/mode", "off_grid")
    bench.live(0)
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
    bench = Bench()
    bench.live(2)
    bench.order("island/mode", "off_grid")
    bench.live(0)

    later = Bench(store=bench.store)
    later.clock.s = 30.0
    later.live(10)
    shows(later, "SystemIslandedActive")
    later.live(60)

    assert (later.last("outage/active"), later.last("outage/count")) == ("false", "0")


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
    history = History(lambda _key: None, lambda key, _value: written.append(key))
    bench = Bench()
    known = history.recalled
    for at_s in range(0, 100, 5):
        bench.clock.s = float(at_s)
        fresh: Snapshot = house(grid="SystemIslandedActive")
        known = history.follow(replace(fresh, outages=known.outages), 50.0, bench.clock())
        history.events(known, bench.clock())

    assert written == ["outages"]
