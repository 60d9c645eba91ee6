"""Outages of the grid: counted once, timed by what was seen, and none that was commanded."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.documents import Json
from bridge.moment import Moment
from bridge.outages import Outage, Outages, follow, resumed
from bridge.words import Island

ON, OFF = Island.ON_GRID, Island.OFF_GRID
BEGIN = datetime(2026, 1, 2, 3, 0, 0, tzinfo=UTC)


class Watcher:
    """Sees the contactor from time to time; seconds are those since the beginning.

    ahead_s is how far the wall clock is ahead of the truth.
    """

    def __init__(self, outages: Outages | None = None) -> None:
        self.outages = outages or Outages()
        self.ahead_s = 0.0

    def sees(
        self,
        side: Island | None,
        at_s: float,
        level: float | None = 50.0,
        *,
        wished: bool = False,
    ) -> Outages:
        now = Moment(at_s, BEGIN + timedelta(seconds=at_s + self.ahead_s))
        self.outages = follow(self.outages, side, level, now, wished=wished)
        return self.outages

    def restarts(self) -> None:
        """Go on with what the Store gives back."""
        self.outages = resumed(json.loads(json.dumps(self.outages.saved)))


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


@pytest.mark.parametrize("ahead_s", [-17_280_000.0, -86_400.0, 86_400.0])
def test_an_outage_is_dated_by_the_clock_as_it_was_set_right(ahead_s: float) -> None:
    """A machine that starts without network learns late what time it is."""
    watcher = Watcher()
    watcher.ahead_s = ahead_s
    watcher.sees(OFF, 10, 60.0)
    watcher.ahead_s = 0.0

    during = watcher.sees(OFF, 300, 58.0)
    after = watcher.sees(ON, 310, 55.5)

    assert during.started == BEGIN + timedelta(seconds=10)
    assert after.last == Outage("2026-01-02T03:00:10Z", "2026-01-02T03:05:10Z", 300, 4.5)


def test_a_clock_that_is_set_right_as_an_outage_ends_dates_it_too() -> None:
    watcher = Watcher()
    watcher.ahead_s = 86_400.0
    watcher.sees(OFF, 10)
    watcher.ahead_s = 0.0

    last = watcher.sees(ON, 70).last

    assert last == Outage("2026-01-02T03:00:10Z", "2026-01-02T03:01:10Z", 60, 0.0)


def test_a_clock_that_is_only_adjusted_leaves_the_start_alone() -> None:
    watcher = Watcher()
    watcher.sees(OFF, 10)
    watcher.ahead_s = 59.0

    assert watcher.sees(OFF, 300).started == BEGIN + timedelta(seconds=10)


@pytest.mark.parametrize("ahead_s", [-3600.0, 32 * 86_400.0])
def test_the_time_of_an_outage_from_an_earlier_run_is_unknown_when_it_cannot_be(
    ahead_s: float,
) -> None:
    """The age of what was kept is told by the wall clock alone."""
    watcher = Watcher()
    watcher.sees(OFF, 10)
    watcher.restarts()
    watcher.ahead_s = ahead_s
    watcher.sees(OFF, 300)

    assert watcher.sees(ON, 310).last == Outage("2026-01-02T03:00:10Z")


def test_an_outage_that_was_seen_in_the_future_ended_at_no_known_time() -> None:
    watcher = Watcher()
    watcher.sees(OFF, 10)
    watcher.restarts()
    watcher.outages = replace(watcher.outages, seen=BEGIN + timedelta(days=1))

    assert watcher.sees(ON, 310).last == Outage("2026-01-02T03:00:10Z")


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


@pytest.mark.parametrize("ahead_s", [-7200.0, 7200.0])
@pytest.mark.parametrize(("lost_s", "count"), [(170, 0), (190, 1)])
def test_a_clock_that_jumps_does_not_change_when_a_leave_is_settled(
    ahead_s: float, lost_s: int, count: int
) -> None:
    watcher = Watcher()
    watcher.sees(ON, 0, wished=True)
    watcher.ahead_s = ahead_s
    watcher.sees(ON, lost_s - 5)
    watcher.sees(ON, lost_s - 1)

    assert watcher.sees(OFF, lost_s).count == count


@pytest.mark.parametrize(("back_s", "count"), [(170, 0), (190, 1)])
@pytest.mark.parametrize("ahead_s", [-7200.0, 32 * 86_400.0])
def test_a_leave_of_an_unknown_age_is_settled_after_the_usual_time(
    ahead_s: float, back_s: int, count: int
) -> None:
    watcher = Watcher()
    watcher.sees(ON, 0, wished=True)
    watcher.restarts()
    watcher.ahead_s = ahead_s
    watcher.sees(ON, 1000)
    watcher.sees(ON, 1000 + back_s)

    assert watcher.sees(OFF, 1005 + back_s).count == count


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
        {"count": 10**400, "last": {"start": "0001-01-01T00:00:00+14:00"}},
        {"left": "9999-12-31T23:59:59-14:00", "started": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_cannot_be_read_of_an_earlier_run_is_forgotten(saved: Json) -> None:
    assert resumed(saved) == Outages()


def test_what_is_half_readable_is_half_kept() -> None:
    saved: Json = {"count": 3, "last": {"start": "2026-01-02T03:00:00Z", "end": 5, "seconds": "a"}}

    assert resumed(saved) == Outages(count=3, last=Outage("2026-01-02T03:00:00Z"))


def test_times_and_levels_at_the_end_of_the_calendar_stop_nothing() -> None:
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    saved: Json = {
        "count": 1,
        "level": 10**400,
        "started": "0001-01-01T00:00:00Z",
        "seen": "0001-01-01T00:00:00Z",
        "left": "9999-12-31T23:59:59Z",
    }
    watcher = Watcher(resumed(saved))

    assert watcher.outages.left == end
    assert watcher.sees(OFF, 0).level is None
