"""Which endpoints are due when."""

import pytest
from fakes import FAST, INTERVALS
from hypothesis import given
from hypothesis import strategies as st

from bridge.parts import Cadence, Endpoint
from bridge.schedule import Schedule

METERS, SOE, GRID = FAST
OPERATION, CONFIG = Endpoint.OPERATION, Endpoint.CONFIG


def schedule() -> Schedule:
    return Schedule(INTERVALS)


def polled(at_s: float, each_takes_s: float = 0.1) -> Schedule:
    """Return the schedule after everything was asked, one after the other."""
    plan = schedule()
    for number, endpoint in enumerate(plan.due(at_s)):
        plan.asked(endpoint, at_s + number * each_takes_s)
    return plan


def test_fast_endpoints_do_not_wait_for_the_slower_ones_of_a_poll() -> None:
    plan = polled(1000.0)
    for at in (1005.0, 1010.0, 1015.0, 1020.0, 1025.0):
        for endpoint in FAST:
            plan.asked(endpoint, at)

    assert plan.due(1030.0)[:3] == list(FAST)


def test_everything_is_due_at_the_start_in_the_order_of_a_cycle() -> None:
    assert schedule().due(0) == list(Endpoint)


def test_an_endpoint_comes_as_often_as_its_cadence_says() -> None:
    plan = schedule()

    assert [plan.interval(e) for e in (METERS, OPERATION, CONFIG)] == [5.0, 30.0, 300.0]


@pytest.mark.parametrize(
    ("now", "count"), [(1004.9, 0), (1005.0, 3), (1030.0, 8), (1300.0, 13), (1305.0, 14)]
)
def test_due_is_what_has_reached_its_next_point(now: float, count: int) -> None:
    assert len(polled(1000.0).due(now)) == count


def test_what_was_asked_in_one_poll_is_due_in_one_poll() -> None:
    """Else each endpoint becomes a poll of its own, later by what the ones before it took."""
    plan = polled(1000.0, each_takes_s=0.3)

    assert (plan.next(), plan.due(1005.0)) == (1005.0, list(FAST))


def test_a_late_poll_does_not_shift_the_next() -> None:
    plan = polled(1000.0)

    for endpoint in FAST:
        plan.asked(endpoint, 1007.2)

    assert plan.next() == 1010.0


def test_points_that_were_slept_through_are_not_made_up_for() -> None:
    plan = polled(1000.0)

    for endpoint in Endpoint:
        plan.asked(endpoint, 1998.0)

    assert plan.next() == 2000.0


@given(st.floats(0.1, 1000), st.floats(0, 1e6), st.integers(1, 100_000))
def test_an_endpoint_is_never_due_again_at_the_moment_it_was_asked(
    interval: float, origin: float, count: int
) -> None:
    plan = Schedule(dict.fromkeys(Cadence, interval))
    plan.asked(METERS, origin)

    now = origin + count * interval
    plan.asked(METERS, now)

    assert METERS not in plan.due(now + interval / 1000)


def test_what_is_due_longest_comes_first() -> None:
    """So that one whose failure ends every poll does not starve those behind it."""
    plan = polled(1000.0)
    plan.asked(METERS, 1005.0)

    assert plan.due(1010.0) == [SOE, GRID, METERS]


def test_no_endpoint_starves_when_every_poll_ends_with_its_first_question() -> None:
    plan = schedule()
    asked = set()
    for poll in range(100):
        first = plan.due(poll * 5.0)[0]
        plan.asked(first, poll * 5.0)
        asked.add(first)

    assert asked == set(Endpoint)


def test_a_hurried_endpoint_is_due_now() -> None:
    plan = polled(1000.0)

    plan.hurry([OPERATION], 1002.0)

    assert (plan.next(), plan.due(1002.0)) == (1002.0, [OPERATION])


def test_an_overdue_endpoint_is_not_put_off_by_haste() -> None:
    plan = polled(1000.0)

    plan.hurry(FAST, 1009.0)

    assert plan.next() == 1005.0


def test_a_hurried_endpoint_goes_back_to_its_place() -> None:
    plan = polled(1000.0)
    plan.hurry([OPERATION], 1002.0)

    plan.asked(OPERATION, 1002.0)

    assert OPERATION in plan.due(1030.0)
    assert OPERATION not in plan.due(1029.9)


def test_a_followed_endpoint_comes_with_every_poll() -> None:
    plan = polled(1000.0)

    plan.follow([OPERATION])

    assert plan.due(1005.0) == [*FAST, OPERATION]


def test_what_was_never_asked_can_be_followed() -> None:
    plan = schedule()

    plan.follow([OPERATION])

    assert plan.due(0) == list(Endpoint)


def test_a_paused_endpoint_is_not_due_however_hurried() -> None:
    plan = polled(1000.0)

    plan.pause(METERS, 1065.0)
    plan.hurry([METERS], 1001.0)

    assert METERS not in plan.due(1064.9)
    assert METERS in plan.due(1065.0)


def test_a_pause_is_waited_for_when_nothing_else_is_due_before() -> None:
    plan = polled(1000.0)

    for endpoint in Endpoint:
        plan.pause(endpoint, 1600.0)

    assert plan.next() == 1600.0


def test_all_pauses_end_together() -> None:
    plan = polled(1000.0)
    plan.pause(METERS, 2000.0)
    plan.pause(SOE, 2000.0)

    plan.resume_all()

    assert plan.due(1005.0) == list(FAST)
