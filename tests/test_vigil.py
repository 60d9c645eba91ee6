"""A loop that gives no sign of life: its gateway is offline until it answers again."""

import pytest
from fakes import Bench

from bridge.errors import Unreachable
from bridge.health.table import STUCK_S
from bridge.parts import Endpoint
from bridge.poller import Lapse
from bridge.topics import BridgeTopics
from bridge.vigil import Vigil


@pytest.fixture
def bench() -> Bench:
    """Return a bridge whose gateway is online."""
    bench = Bench()
    bench.live(10)
    assert bench.last("availability") == "online"
    return bench


def watching(bench: Bench) -> Vigil:
    """Return who has looked once."""
    vigil = Vigil({"main": bench.poller}, bench.published.append, BridgeTopics("powerwall"))
    assert vigil.missed(bench.clock.s) == []
    return vigil


def stand_still(bench: Bench) -> Vigil:
    """Let the loop be stuck until that is noticed."""
    vigil = watching(bench)
    bench.clock.s += STUCK_S + 1
    assert vigil.missed(bench.clock.s) == ["main"]
    return vigil


def test_the_gateway_of_a_loop_that_stands_still_is_said_to_be_offline(bench: Bench) -> None:
    stand_still(bench)

    assert bench.last("availability") == "offline"


def test_that_is_said_once(bench: Bench) -> None:
    vigil = stand_still(bench)
    said = len(bench.published)

    assert vigil.missed(bench.clock.s + 5) == ["main"]
    assert len(bench.published) == said


def test_a_loop_that_lives_again_is_online_only_when_its_gateway_has_answered(
    bench: Bench,
) -> None:
    vigil = stand_still(bench)
    bench.gateway.fails(Unreachable("timed out"))
    bench.live(60)

    assert bench.last("availability") == "offline"
    assert vigil.missed(bench.clock.s) == []

    bench.gateway.recovers(bench.house)
    bench.live(10)
    assert bench.last("availability") == "online"


def test_what_was_answered_before_a_standstill_in_a_poll_does_not_count(bench: Bench) -> None:
    since = len(bench.published)
    bench.gateway.when_asked = lambda endpoint: (
        bench.poller.inbox.put(Lapse()) if endpoint is Endpoint.GRID_STATUS else None
    )
    bench.live(5)
    bench.gateway.when_asked = lambda _: None
    (said,) = [m.payload for m in bench.published[since:] if m.topic.endswith("main/availability")]
    assert said == "offline"

    bench.live(5)
    assert bench.last("availability") == "online"


def test_each_request_of_a_long_command_is_a_sign_of_life(bench: Bench) -> None:
    """With a time-out of a minute one command can take minutes between two turns of the loop."""
    vigil = watching(bench)
    for _ in range(5):
        bench.clock.s += STUCK_S - 60
        bench.gateway.asked.append((bench.clock.s, Endpoint.OPERATION))

        assert vigil.missed(bench.clock.s) == []


def test_each_turn_is_a_sign_of_life(bench: Bench) -> None:
    vigil = watching(bench)
    for _ in range(5):
        bench.clock.s += STUCK_S - 60
        bench.poller.step()

        assert vigil.missed(bench.clock.s) == []
