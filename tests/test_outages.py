"""Outages of the grid: counted once, timed by what was seen, and none that was commanded."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.documents import Json
from bridge.outages import Outage, Outages, follow, resumed
from bridge.words import Island

ON, OFF = Island.ON_GRID, Island.OFF_GRID
BEGIN = datetime(2026, 1, 2, 3, 0, 0, tzinfo=UTC)


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
