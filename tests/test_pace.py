"""How often a strained gateway is asked, and how often it was."""

import pytest
from fakes import INTERVALS, FakeClock

from bridge.errors import Busy, GatewayError, RateLimited, TimedOut, Unreachable
from bridge.health import Health, Rate
from bridge.health.waits import Pace
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint
from bridge.schedule import Schedule

BUSY = Busy("503", 503)


def after(*polls: bool) -> float:
    """Return the factor after these polls; true is a strained one."""
    pace = Pace()
    for strained in polls:
        if strained:
            pace.strain()
        pace.poll_ended()
    return pace.factor


@pytest.mark.parametrize(
    ("polls", "factor"),
    [
        ([False] * 5, 1.0),
        ([True], 2.0),
        ([True] * 2, 4.0),
        ([True] * 9, 8.0),
        ([True, *[False] * 11], 2.0),
        ([True, *[False] * 12], 1.0),
        ([*[True] * 2, *[False] * 12], 2.0),
        ([True, *[False] * 11, True, *[False] * 11], 4.0),
    ],
)
def test_each_strained_poll_halves_the_pace_and_twelve_calm_ones_double_it(
    polls: list[bool], factor: float
) -> None:
    assert after(*polls) == factor


@pytest.mark.parametrize(
    ("error", "endpoint", "factor"),
    [
        (RateLimited("429"), Endpoint.METERS, 2.0),
        (TimedOut("late"), Endpoint.METERS, 2.0),
        (BUSY, Endpoint.SOE, 2.0),
        (BUSY, Endpoint.CONFIG, 1.0),
        (Unreachable("refused"), Endpoint.METERS, 1.0),
    ],
)
def test_what_strains_a_gateway(error: GatewayError, endpoint: Endpoint, factor: float) -> None:
    clock, health = FakeClock(), Health(5.0, lambda: 0.5)
    health.heard(Endpoint.METERS, clock())

    health.failed(endpoint, error, clock())
    health.cycle_ended()

    assert health.pace.factor == factor


def test_an_outage_strains_once_however_long_it_is() -> None:
    health = Health(5.0, lambda: 0.5)
    health.heard(Endpoint.METERS, moment(0.0))
    for number in range(10):
        health.failed(Endpoint.METERS, TimedOut("late"), moment(5.0 * number))
        health.cycle_ended()

    assert health.pace.factor == 2.0


def moment(seconds: float) -> Moment:
    clock = FakeClock()
    clock.s = seconds
    return clock()


@pytest.mark.parametrize(
    ("set_s", "factor", "interval_s"),
    [(5.0, 1.0, 5.0), (5.0, 4.0, 20.0), (10.0, 8.0, 60.0), (90.0, 8.0, 90.0)],
)
def test_a_stretched_poll_comes_at_least_once_a_minute_or_as_it_is_set(
    set_s: float, factor: float, interval_s: float
) -> None:
    schedule = Schedule(INTERVALS | {Cadence.POLL: set_s})

    schedule.stretch(factor)

    assert schedule.interval(Endpoint.METERS) == interval_s


def test_a_pace_that_is_normal_again_asks_as_set() -> None:
    schedule = Schedule(INTERVALS)

    schedule.stretch(8.0)
    schedule.stretch(1.0)

    assert [schedule.interval(e) for e in (Endpoint.METERS, Endpoint.CONFIG)] == [5.0, 300.0]


def test_a_rate_is_what_was_added_in_the_last_minute() -> None:
    rate = Rate()
    for second in range(0, 130, 10):
        rate.note(float(second), total=second * 2)

    assert rate.per_minute == 120


def test_a_young_rate_is_what_was_added_so_far() -> None:
    rate = Rate()
    rate.note(0.0, 5)
    rate.note(10.0, 25)

    assert rate.per_minute == 20


def test_a_rate_of_nothing_is_zero() -> None:
    assert Rate().per_minute == 0


def test_polls_without_an_answer_do_not_quicken_the_pace() -> None:
    pace = Pace()
    pace.strain()
    for _ in range(100):
        pace.poll_ended(answered=False)

    assert pace.factor == 2.0
