"""Which meters are still heard."""

import tracemalloc
from dataclasses import replace

import pytest

from bridge.freshness import MOST_METERS, Freshness
from bridge.parts import Line, LineMeter, Meter, Meters, MetersSite, MetersSolar

GRID = Meter(
    power_w=400.0,
    average_voltage_v=240.0,
    imported_wh=1000.0,
    last_communication_time="2015-01-01T00:00:00Z",
)


class Scene:
    """A judge of meters; says() gives the power of the grid that is let through."""

    def __init__(self, poll_interval_s: float = 5.0, meter: Meter = GRID) -> None:
        self.judge = Freshness(poll_interval_s)
        self.meter = meter

    def at(self, now_s: float, *, heard: str | None = None) -> Meter:
        if heard is not None:
            self.meter = replace(self.meter, last_communication_time=heard)
        return self.judge.judge(Meters({"site": self.meter}), now_s).meters["site"]


def test_a_meter_whose_time_moves_is_believed_whatever_year_it_tells() -> None:
    scene = Scene()
    scene.at(0.0)

    assert scene.at(100.0, heard="2015-01-01T00:01:40Z") == scene.meter


def test_a_meter_whose_time_stands_still_for_a_minute_is_silent() -> None:
    scene = Scene()

    powers = [scene.at(now_s).power_w for now_s in (0.0, 59.9, 60.0)]

    assert powers == [400.0, 400.0, None]


def test_a_silent_meter_keeps_its_counters_and_its_time() -> None:
    scene = Scene()
    scene.at(0.0)

    silent = scene.at(60.0)

    assert silent == Meter(imported_wh=1000.0, last_communication_time="2015-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("interval_s", "timeout_s", "patience_s"),
    [(5.0, 1.5, 60.0), (30.0, 1.5, 90.0), (5.0, 60.0, 180.0), (5.0, 1e9, 1800.0)],
)
def test_slow_meters_and_slow_polls_take_more_patience(
    interval_s: float, timeout_s: float, patience_s: float
) -> None:
    scene = Scene(interval_s, replace(GRID, timeout_s=timeout_s))
    scene.at(0.0)

    powers = [scene.at(patience_s - 0.1).power_w, scene.at(patience_s).power_w]

    assert powers == [400.0, None]


def test_a_meter_is_believed_again_when_it_is_heard() -> None:
    scene = Scene()
    for now_s in (0.0, 60.0):
        scene.at(now_s)

    assert scene.at(65.0, heard="2015-01-01T00:00:01Z") == scene.meter


def test_a_meter_that_tells_no_time_is_believed() -> None:
    scene = Scene(meter=replace(GRID, last_communication_time=None))
    scene.at(0.0)

    assert scene.at(1e6).power_w == 400.0


def test_silence_and_its_end_are_said_once() -> None:
    scene = Scene()
    for now_s in (0.0, 60.0, 65.0):
        scene.at(now_s)
    scene.at(70.0, heard="2015-01-01T00:00:01Z")

    assert scene.judge.take_news() == [
        "meter site is not heard any more",
        "meter site is heard again",
    ]


def test_of_ever_new_meters_the_first_are_let_through_and_that_is_said_once() -> None:
    """Each becomes topics, series and devices that stay: a real gateway names a handful."""
    judge = Freshness(5.0)
    let_through: set[str] = set()
    for number in range(3 * MOST_METERS):
        meters = Meters({"site": GRID, f"meter_{number}": GRID})
        let_through |= judge.judge(meters, 5.0 * number).meters.keys()

    assert let_through == {"site", *(f"meter_{number}" for number in range(MOST_METERS - 1))}
    said = [words for words in judge.take_news() if "meter_" in words and "named" in words]
    assert said == [
        f"{MOST_METERS} meters were named; meter_{MOST_METERS - 1} and more are left out"
    ]


def test_ever_new_serial_numbers_of_lines_leave_little_behind() -> None:
    judge = Freshness(5.0)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(5000):
        place = MetersSite(
            (LineMeter(serial_number=f"S{number}", last_communication_time=str(number)),)
        )
        judge.judge_lines(place, 5.0 * number)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert after - before < 200_000


def test_a_meter_that_is_not_listed_any_more_is_not_heard_again() -> None:
    scene = Scene()
    for now_s in (0.0, 60.0):
        scene.at(now_s)
    scene.judge.judge(Meters({}), 65.0)
    scene.at(70.0)

    assert scene.judge.take_news() == ["meter site is not heard any more"]


LINES = (Line(120.0, 5.0, 1.0, 7.0, 8.0),)
COUNTED = (Line(imported_wh=7.0, exported_wh=8.0),)


def street(
    serial: str = "A", *, heard: str | None = "2026-01-02T03:00:00Z", timeout_s: float = 1.5
) -> LineMeter:
    return LineMeter(serial, "f", heard, LINES, timeout_s)


@pytest.mark.parametrize("kind", [MetersSite, MetersSolar])
def test_what_a_meter_repeats_of_its_lines_is_no_news_after_a_minute(
    kind: type[MetersSite] | type[MetersSolar],
) -> None:
    """The gateway repeats what a lost meter said last, with its time, for ever."""
    judge, said = Freshness(5.0), kind((street(),))

    answers = [judge.judge_lines(said, now_s) for now_s in (0.0, 300.0)]

    assert answers == [said, kind((LineMeter("A", "f", "2026-01-02T03:00:00Z", COUNTED),))]


def test_lines_that_are_asked_twice_in_a_moment_are_still_believed() -> None:
    judge, said = Freshness(5.0), MetersSite((street(),))

    assert [judge.judge_lines(said, now_s) for now_s in (0.0, 1.0, 59.9)] == [said] * 3


def test_lines_of_a_slow_meter_take_more_patience() -> None:
    judge, said = Freshness(5.0), MetersSite((street(timeout_s=120.0),))

    powers = [judge.judge_lines(said, now_s) == said for now_s in (0.0, 300.0, 600.0)]

    assert powers == [True, True, False]


def test_only_the_meter_that_is_silent_loses_its_lines() -> None:
    judge = Freshness(5.0)
    judge.judge_lines(MetersSite((street("A"), street("B"))), 0.0)

    later = MetersSite((street("B", heard="2026-01-02T03:05:00Z"), street("A")))
    meters = judge.judge_lines(later, 300.0).meters

    assert [(m.serial_number, m.lines) for m in meters or ()] == [("B", LINES), ("A", COUNTED)]


def test_lines_are_believed_again_when_their_meter_is_heard() -> None:
    judge, lost = Freshness(5.0), MetersSite((street(),))
    back = MetersSite((street(heard="2026-01-02T03:20:00Z"),))
    for now_s in (0.0, 300.0):
        judge.judge_lines(lost, now_s)

    assert judge.judge_lines(back, 600.0) == back
    assert judge.take_news() == [
        "meter A of meters/site is not heard any more",
        "meter A of meters/site is heard again",
    ]


def test_lines_of_a_meter_that_tells_no_time_are_believed() -> None:
    judge, timeless = Freshness(5.0), MetersSite((street(heard=None),))

    assert [judge.judge_lines(timeless, now_s) for now_s in (0.0, 1e6)] == [timeless] * 2


def test_a_place_without_meters_stays_as_it_is() -> None:
    assert Freshness(5.0).judge_lines(MetersSite(None), 0.0) == MetersSite(None)
