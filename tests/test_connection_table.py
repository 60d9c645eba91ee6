"""Every row of the table of the connection, from every state that it names."""

from collections.abc import Callable

import pytest
from fakes import FAST, HOUSE, OWN, Bench

from bridge.errors import BadAnswer, GatewayError, RateLimited, TimedOut, Unreachable
from bridge.health import PATIENCE, SILENCE_S, Connection
from bridge.health.table import (
    ALONE,
    NOTHING,
    ROWS,
    START,
    Counts,
    Readings,
    Row,
    Scope,
    row_of,
)
from bridge.parts import Cadence, Endpoint

METERS, VITALS = Endpoint.METERS, Endpoint.VITALS
STOPPABLE = (*FAST, Endpoint.SYSTEM_STATUS)
INTERVAL_S = 5.0
HAPPENINGS = [row for row in ROWS if row is not START]
CASES = [(state, row) for row in HAPPENINGS for state in Connection if state in row.states]


def name(value: object) -> str:
    return value.event if isinstance(value, Row) else str(value)


def until(bench: Bench, condition: Callable[[], bool], step_s: float = 1.0) -> None:
    """Let time pass until something has happened, for some minutes at most."""
    for _ in range(400):
        if condition():
            return
        bench.live(step_s)
    pytest.fail("it did not happen")


def soon(bench: Bench) -> float:
    """Return a time after all that was asked so far."""
    return bench.clock.s + 0.1 if bench.gateway.asked else 0.0


def error_of(row: Row, words: str) -> GatewayError:
    if row is ALONE:
        return TimedOut(words)
    kind = BadAnswer if row.error in (GatewayError, None) else row.error
    return RateLimited(words) if kind is RateLimited else (kind or BadAnswer)(words)


def paths_of(row: Row) -> set[Endpoint]:
    """Return the paths that say it; of the slower ones only those that cannot be spared."""
    if row.counts is Counts.SPOILED:
        return set(Endpoint) - {Endpoint.STATUS}  # open on every firmware
    if row.scope is Scope.GATEWAY:
        return set(Endpoint)
    return {VITALS} if row.state is None else set(STOPPABLE if row.fast else ())


def happens(
    bench: Bench, row: Row, paths: set[Endpoint] | None = None, words: str = "said"
) -> None:
    """Let a gateway answer so from now on; what one path says leaves the others as they were."""
    if row.state is not None:
        bench.gateway.recovers(HOUSE)
    bench.gateway.fails(error_of(row, words), paths_of(row) if paths is None else paths)


def in_state(state: Connection) -> Bench:
    bench = Bench()
    bench.poller.announce()
    if state is not Connection.CONNECTING:
        bench.live(2)
    if state not in (Connection.CONNECTING, Connection.CONNECTED):
        row = next(row for row in HAPPENINGS if row.state is state)
        happens(bench, row, set(FAST) if row is NOTHING else None, "before")
        until(bench, lambda: bench.last("connection") == state)
    return bench


def asked(bench: Bench, row: Row, since_s: float) -> list[float]:
    """Return when what a row speaks of was asked: everything, or the path that says it."""
    if row.scope is Scope.GATEWAY:
        return bench.gateway.asked_since(since_s)
    return bench.gateway.asked_since(since_s, VITALS if row.state is None else METERS)


@pytest.mark.parametrize(("state", "row"), CASES, ids=name)
def test_an_event_leads_from_every_state_to_the_next_with_its_reason(
    state: Connection, row: Row
) -> None:
    bench = in_state(state)
    reason = bench.last("connection/reason")
    start_s = soon(bench)

    happens(bench, row)
    until(bench, lambda: bool(asked(bench, row, start_s)))

    own = row.plain or not (row.error or row is NOTHING)
    said = row.remedy if own else f"said; {row.remedy}"
    wait_s = row.wait.first_s * (row.wait.growth if state is row.state else 1) if row.wait else 0
    words = said.format(variables="POWERWALL_", pause=f"{wait_s:g} s")
    wanted = words if row.state else reason
    assert bench.last("connection") == (row.state or state)
    assert bench.last("connection/reason") == wanted


@pytest.mark.parametrize(("state", "row"), CASES, ids=name)
def test_after_an_event_is_left_alone_what_the_row_says_for_as_long(
    state: Connection, row: Row
) -> None:
    bench = in_state(state)
    start_s = soon(bench)
    happens(bench, row)
    until(bench, lambda: bool(asked(bench, row, start_s)))
    (at_s, *_) = asked(bench, row, start_s)

    until(bench, lambda: bool(asked(bench, row, at_s + 0.1)), 20.0)

    wait_s = asked(bench, row, at_s + 0.1)[0] - at_s
    if row.wait is None:
        assert wait_s == INTERVAL_S
    elif row.wait.first_s:
        again = row.wait.growth if state is row.state else 1.0
        assert wait_s == row.wait.first_s * again
    else:
        stretched = 8 if row.state is None else 2
        assert wait_s <= INTERVAL_S * stretched


def polls(bench: Bench, since_s: float) -> int:
    """Return how many polls asked a path of every poll."""
    return len(set(bench.gateway.asked_since(since_s, *FAST)))


@pytest.mark.parametrize("row", HAPPENINGS, ids=name)
@pytest.mark.parametrize("online", [True, False])
def test_availability_is_what_the_row_says_after_one_and_after_two(
    row: Row,
    online: bool,  # noqa: FBT001
) -> None:
    bench = Bench()
    bench.live(2)
    if not online:
        bench.gateway.fails(Unreachable("said"))
        bench.live(20)
    if row.counts is Counts.AS_REST:
        bench.gateway.recovers(HOUSE)
    start_s = soon(bench)
    happens(bench, row, None if row.counts is not Counts.LOST else set(Endpoint))
    seen = []

    for count in range(1, PATIENCE + 1):
        until(bench, lambda count=count: polls(bench, start_s) >= count)  # type: ignore[misc]
        seen.append(bench.last("availability"))

    usual = True if row.counts is Counts.AS_REST else online
    wanted = [usual if said is None else said for said in row.counts.online]
    assert seen == ["online" if one else "offline" for one in wanted]


@pytest.mark.parametrize("row", HAPPENINGS, ids=name)
def test_readings_become_what_the_row_says(row: Row) -> None:
    topic = "grid/l1_frequency" if row.state is None else "grid/power"
    counter = "inverter" if row.state is None else "grid/import_energy"
    bench = Bench()
    bench.live(2)
    before, counted = bench.last(topic), values(bench, counter)
    start_s = soon(bench)
    happens(bench, row, set(FAST) if row.fast and row.counts is Counts.LOST else None)
    until(bench, lambda: bool(asked(bench, row, start_s)))
    at_once = bench.last(topic)

    bench.live(SILENCE_S + 100.0)

    later = "None" if bench.last("availability") == "online" else before
    wanted = {
        Readings.CURRENT: (before, before),
        Readings.GONE: ("None", "None"),
        Readings.FADE: (before, later),
    }
    assert (at_once, bench.last(topic)) == wanted[row.readings]
    assert values(bench, counter) == counted != {}


def values(bench: Bench, under: str) -> dict[str, str]:
    """Return the lifetime counters below a level, or at it."""
    return {
        message.topic: message.payload
        for message in bench.published
        if message.topic.startswith(OWN + under) and message.topic.endswith("energy")
    }


def test_a_start_says_so_and_nothing_of_readings() -> None:
    bench = Bench()

    bench.poller.announce()

    said = [bench.last(topic) for topic in ("connection", "connection/reason", "availability")]
    assert said == [START.state, START.remedy, "offline"]
    assert [m for m in bench.published if "/power" in m.topic or "/energy" in m.topic] == []


def test_a_limited_gateway_that_counts_as_online_keeps_no_old_readings() -> None:
    """The pause may be longer than two polls take."""
    bench = Bench()
    bench.live(2)
    bench.gateway.fails(RateLimited("said", 3600.0))

    bench.live(SILENCE_S + INTERVAL_S)

    assert (bench.last("availability"), bench.last("grid/power")) == ("online", "None")


def test_a_gateway_whose_every_poll_is_useless_does_not_come_and_go() -> None:
    """Its slower paths answer between two polls; that makes no reading of the others current."""
    bench = Bench()
    bench.live(2)
    bench.gateway.fails(BadAnswer("said"), FAST)

    bench.live(1200)

    assert bench.said("availability") == ["online", "offline"]


def test_every_error_of_a_request_has_a_row_and_any_other_counts_as_useless() -> None:
    assert row_of(BadAnswer("no JSON")) is row_of(GatewayError("new")) is ROWS[-1]


def test_the_paths_of_every_poll_are_those_of_its_cadence() -> None:
    assert {e for e in Endpoint if e.cadence is Cadence.POLL} == set(FAST)
