"""How one gateway's loop leaves a gateway alone that is not well."""

from dataclasses import replace
from itertools import pairwise

import pytest
from fakes import ASKED, HOUSE, Bench

from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    TimedOut,
    Unreachable,
)
from bridge.parts import Cadence, Endpoint

LOST, GARBAGE, BUSY = Unreachable("timed out"), BadAnswer("no JSON", 200), Busy("503", 503)
DENIED, MISSING, LIMITED = Denied("403", 403), Missing("404", 404), RateLimited("429")
METERS, VITALS = Endpoint.METERS, Endpoint.VITALS


def ready() -> Bench:
    """Return a bench after its first poll, in between two polls."""
    bench = Bench()
    bench.live(2)
    return bench


def test_a_silent_gateway_is_asked_once_per_interval_then_ever_less_often() -> None:
    bench = ready()
    bench.gateway.fails(LOST)

    bench.live(600)

    asked = bench.gateway.asked_since(2)
    waits = [b - a for a, b in pairwise(asked)]
    assert waits == pytest.approx([5.0] * 24 + [10.0, 20.0, 40.0] + [60.0] * 6)


def test_the_time_out_of_a_silent_gateway_does_not_stretch_the_interval() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.gateway.takes_s = 5.0

    bench.live(60)

    assert bench.gateway.asked_since(2) == [5.0 * n for n in range(1, 13)]


def test_one_endpoint_that_times_out_keeps_no_other_from_being_asked() -> None:
    bench = Bench()
    bench.gateway.answers[VITALS] = LOST

    bench.live(700)

    for endpoint in ASKED:
        assert len(bench.gateway.asked_since(0, endpoint)) >= 3


@pytest.mark.parametrize("error", [LOST, TimedOut("late")])
def test_one_endpoint_that_times_out_is_left_alone_and_no_other(error: GatewayError) -> None:
    bench = Bench()
    bench.gateway.answers[VITALS] = error

    bench.live(1000)

    assert bench.said("availability") == ["online"]
    assert bench.said("connection") == ["connected"]
    assert bench.gateway.asked_since(0, VITALS) == [0.0, 60.0, 180.0, 420.0, 720.0]
    assert bench.gateway.asked_since(0, METERS) == [5.0 * n for n in range(201)]


def test_a_gateway_that_falls_silent_in_the_middle_of_a_poll_is_noticed_with_the_next_path() -> (
    None
):
    bench = ready()
    bench.live(27)
    bench.gateway.fails(LOST, set(Endpoint) - {METERS, Endpoint.SOE, Endpoint.GRID_STATUS})

    bench.live(2)

    assert bench.last("connection") == "unreachable"
    assert len(bench.gateway.asked_since(29.5)) == 5


def test_a_limited_gateway_is_not_asked_at_all_then_by_one_probe() -> None:
    bench = ready()
    bench.gateway.fails(LIMITED)

    bench.live(500)

    assert bench.gateway.asked_since(2) == [5.0, 65.0, 185.0, 425.0]


def test_a_limited_gateway_is_left_alone_as_long_as_it_says() -> None:
    bench = ready()
    bench.gateway.fails(RateLimited("429", 1000.0))

    bench.live(1002)
    before = bench.gateway.asked_since(5.1)
    bench.live(2)

    assert (before, bench.gateway.asked_since(5.1)) == ([], [1005.0])


def test_after_the_probe_everything_goes_on() -> None:
    bench = ready()
    bench.gateway.fails(LIMITED)
    bench.live(10)
    bench.gateway.recovers(HOUSE)

    bench.live(60)

    assert bench.last("connection") == "connected"
    assert bench.gateway.asked_since(66, METERS) == [70.0]


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (BUSY, [30.0, 90.0, 210.0, 450.0]),
        (DENIED, [30.0, 630.0]),
        (MISSING, [30.0, 630.0]),
        (GARBAGE, [30.0 * n for n in range(1, 24)]),
    ],
)
def test_a_path_is_left_alone_and_the_others_go_on(error: GatewayError, times: list[float]) -> None:
    bench = ready()
    bench.gateway.answers[VITALS] = error

    bench.live(700)

    assert bench.gateway.asked_since(2, VITALS) == times
    assert len(bench.gateway.asked_since(2, METERS)) == 140


def test_a_denied_path_is_asked_hourly_after_the_first_10_min() -> None:
    bench = Bench(intervals=dict.fromkeys(Cadence, 60.0))
    bench.gateway.answers[VITALS] = DENIED

    bench.live(8000)

    assert bench.gateway.asked_since(0, VITALS) == [0.0, 600.0, 4200.0, 7800.0]


@pytest.mark.parametrize(
    ("endpoint", "state"), [(METERS, "busy"), (VITALS, "connected")], ids=["fast", "slower"]
)
def test_a_gateway_is_busy_when_a_fast_path_is(endpoint: Endpoint, state: str) -> None:
    bench = ready()
    bench.gateway.answers[endpoint] = BUSY

    bench.live(40)

    assert bench.last("connection") == state


@pytest.mark.parametrize("change", [{"version": "99.1"}, {"started": "2026-01-02T03:02:00Z"}])
@pytest.mark.parametrize("error", [DENIED, MISSING])
def test_a_changed_gateway_is_asked_again_for_what_it_denied(
    error: GatewayError, change: dict[str, str]
) -> None:
    bench = Bench()
    bench.gateway.answers[VITALS] = error
    bench.live(2)
    status = bench.house.status
    assert status is not None
    bench.gateway.answers[Endpoint.STATUS] = replace(status, **change)  # type: ignore[arg-type]  # text members

    bench.live(310)

    assert bench.gateway.asked_since(2, VITALS) == [300.0]


def test_a_changed_gateway_that_denies_again_is_asked_after_10_min_again() -> None:
    bench = Bench(intervals=dict.fromkeys(Cadence, 60.0))
    bench.gateway.answers[VITALS] = DENIED
    bench.live(700)
    status = bench.house.status
    assert status is not None
    bench.gateway.answers[Endpoint.STATUS] = replace(status, version="99.1")

    bench.live(800)

    assert bench.gateway.asked_since(0, VITALS) == [0.0, 600.0, 720.0, 1320.0]


@pytest.mark.parametrize("error", [DENIED, MISSING])
def test_a_gateway_that_is_closed_as_a_whole_is_asked_every_minute_and_all_of_it_when_it_opens(
    error: GatewayError,
) -> None:
    bench = ready()
    bench.gateway.fails(error, set(Endpoint))
    bench.live(3600)
    asked = bench.gateway.asked_since(2, METERS)
    assert [b - a for a, b in pairwise(asked)] == [60.0] * 59
    assert len(bench.gateway.asked_since(2, VITALS)) == 2  # the next one is an hour later

    bench.gateway.recovers(HOUSE)
    back_s = bench.clock.s
    bench.live(70)

    assert bench.health.online
    assert all(bench.gateway.asked_since(back_s, e) for e in ASKED if e is not Endpoint.STATUS)


def test_the_wait_of_a_path_counts_from_the_question() -> None:
    bench = Bench(intervals=dict.fromkeys(Cadence, 60.0) | {Cadence.SLOW: 3600.0})
    bench.gateway.takes_s = 1.0
    bench.gateway.answers[VITALS] = BUSY

    bench.live(80)

    first, second = bench.gateway.asked_since(0, VITALS)
    assert second - first == 60.0


def test_an_unchanged_gateway_is_not() -> None:
    bench = Bench()
    bench.gateway.answers[VITALS] = DENIED

    bench.live(310)

    assert bench.gateway.asked_since(2, VITALS) == []


def test_what_is_said_of_requests_per_minute_goes_down_while_nothing_is_asked() -> None:
    bench = ready()
    bench.live(118)
    busy = bench.poller.figures["requests_per_minute"]
    bench.gateway.fails(RateLimited("429", 1000.0))

    bench.live(180)

    assert busy > 36
    assert bench.poller.figures["requests_per_minute"] == 0


def test_one_request_is_under_way_at_a_time() -> None:
    """A slow gateway gets fewer requests, not several at once."""
    bench = Bench()
    bench.gateway.takes_s = 4.0

    bench.live(600)

    starts = [at for at, _ in bench.gateway.asked]
    assert min(b - a for a, b in pairwise(starts)) >= 4.0
