"""One gateway's loop when all is well: what is asked when, and what is published when."""

import json
import logging
from collections.abc import Callable
from itertools import pairwise

import pytest
from fakes import ASKED, OWN, Bench, incoming
from waiting_room import WaitingRoom

from bridge.commands import Operate
from bridge.errors import BadAnswer
from bridge.parts import Cadence, Endpoint
from bridge.topics import Message
from bridge.words import Mode


def running(bench: Bench) -> WaitingRoom:
    """Give the loop an inbox in which waiting makes the time pass."""
    room = WaitingRoom(bench.clock)
    bench.poller.inbox = room
    return room


def test_the_first_poll_asks_everything_in_order() -> None:
    bench = Bench()

    bench.live(0)

    assert [endpoint for _, endpoint in bench.gateway.asked] == list(ASKED)


@pytest.mark.parametrize(
    ("endpoint", "times"),
    [
        (Endpoint.METERS, [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]),
        (Endpoint.OPERATION, [0.0, 30.0]),
        (Endpoint.CONFIG, [0.0]),
    ],
)
def test_each_endpoint_keeps_its_interval(endpoint: Endpoint, times: list[float]) -> None:
    bench = Bench()

    bench.live(34)

    assert bench.gateway.asked_since(0, endpoint) == times


def test_slow_answers_do_not_shift_the_intervals() -> None:
    bench = Bench()
    bench.gateway.takes_s = 0.3

    bench.live(62)

    polls = bench.gateway.asked_since(4, Endpoint.METERS)
    assert polls == pytest.approx([5.0 * n for n in range(1, 13)], abs=0.3)
    assert polls[3:] == pytest.approx([5.0 * n for n in range(4, 13)])


def test_slow_answers_do_not_break_a_poll_into_pieces() -> None:
    """Each piece would be a poll of its own, with its own snapshot and its own verdict."""
    bench = Bench()
    bench.gateway.takes_s = 0.3

    bench.live(62)

    assert len(bench.said("snapshot")) == bench.poller.tally.polls == 13


def test_a_gateway_slower_than_its_interval_is_asked_for_everything_all_the_same() -> None:
    bench = Bench()
    bench.gateway.takes_s = 4.0

    bench.live(600)

    for endpoint in ASKED:
        asked = [*bench.gateway.asked_since(0, endpoint), bench.clock.s]
        longest = max(b - a for a, b in pairwise(asked))
        assert (
            longest <= {Cadence.POLL: 52, Cadence.DEVICE: 82, Cadence.SLOW: 600}[endpoint.cadence]
        )


def test_what_a_command_left_to_do_is_finished_with_every_poll() -> None:
    bench = Bench()

    bench.live(14)

    assert bench.gateway.settled == 3


def test_a_reading_is_published_right_after_its_answer() -> None:
    bench = Bench()
    seen: dict[Endpoint, bool] = {}

    def look(endpoint: Endpoint) -> None:
        seen[endpoint] = bench.said("battery/level") != []

    bench.gateway.when_asked = look

    bench.live(0)

    assert [seen[e] for e in (Endpoint.SOE, Endpoint.GRID_STATUS)] == [False, True]


def test_availability_and_connection_are_said_before_the_first_question() -> None:
    bench = Bench()
    running(bench)
    said: list[str] = []
    bench.gateway.when_asked = lambda _: said.extend(
        bench.said("availability") + bench.said("connection")
    )

    bench.poller.announce()
    bench.poller.run()

    assert said[:2] == ["offline", "connecting"]


def test_a_good_poll_ends_with_a_snapshot_and_a_gateway_online() -> None:
    bench = Bench()

    bench.live(0)

    assert json.loads(bench.said("snapshot")[0])["battery"]["level"] == 50.0
    assert (bench.last("availability"), bench.last("connection")) == ("online", "connected")


def test_every_poll_has_its_snapshot_changed_or_not() -> None:
    bench = Bench()

    bench.live(14)

    stamps = [json.loads(text)["timestamp"] for text in bench.said("snapshot")]
    assert stamps == ["2026-01-02T03:00:00Z", "2026-01-02T03:00:05Z", "2026-01-02T03:00:10Z"]


def test_two_polls_within_a_second_have_two_snapshots() -> None:
    intervals = {Cadence.POLL: 0.25, Cadence.DEVICE: 30.0, Cadence.SLOW: 300.0}
    bench = Bench(intervals=intervals)

    bench.live(0.9)

    assert len(bench.said("snapshot")) == 4


def test_discovery_is_made_when_every_endpoint_was_tried() -> None:
    bench = Bench()
    found: list[int] = []
    bench.gateway.when_asked = lambda _: found.append(
        sum(m.topic.startswith("homeassistant/") for m in bench.published)
    )

    bench.live(0)

    assert max(found) == 0
    assert any(m.topic.startswith("homeassistant/device/site_") for m in bench.published)


def test_nothing_is_said_twice_but_the_snapshot() -> None:
    bench = Bench()
    bench.live(0)
    bench.published.clear()

    bench.live(20)

    assert {m.topic for m in bench.published} == {OWN + "snapshot"}


def test_the_figures_count_what_was_done() -> None:
    bench = Bench()
    bench.live(0)
    bench.gateway.answers[Endpoint.METERS] = BadAnswer("no JSON", 200)
    bench.order("refresh", "")

    bench.live(0)

    figures = bench.poller.figures
    assert (figures["polls"], figures["commands"]) == (2, 1)
    assert (figures["failed_requests"], figures["failed_polls"]) == (1, 1)
    assert (figures["requests"], figures["requests_per_minute"]) == (62, 62)


def test_a_command_wakes_the_loop() -> None:
    bench = Bench()
    room = running(bench)
    room.later(2.0, incoming("operation/mode", "backup"))

    bench.poller.run()

    assert bench.gateway.sent == [(2.0, Operate(Mode.BACKUP))]


def test_the_loop_waits_until_the_next_poll() -> None:
    bench = Bench()
    room = running(bench)
    room.later(5.0, None)

    bench.poller.run()

    assert room.waits == [5.0, 5.0]


def test_the_loop_never_waits_so_long_that_it_seems_stuck() -> None:
    bench = Bench(intervals=dict.fromkeys(Cadence, 600.0))
    room = running(bench)

    bench.poller.run()

    assert room.waits == [30.0]


def test_each_turn_is_a_sign_of_life() -> None:
    bench = Bench()
    beats: list[float] = []
    bench.gateway.takes_s = 10.0
    bench.gateway.when_asked = lambda _: beats.append(bench.poller.beat_s)

    bench.live(0)

    assert beats == [10.0 * n for n in range(len(beats))]
    assert len(beats) == 1 + sum(not endpoint.leisurely for endpoint in ASKED)


def stumbling(times: int) -> Callable[[Endpoint], None]:
    """Return a bug that shows so many times."""
    left = [times]

    def stumble(_: Endpoint) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise ZeroDivisionError("a bug")

    return stumble


def test_a_bug_is_logged_and_the_loop_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    room = running(bench)
    room.later(5.0, None)
    bench.gateway.when_asked = stumbling(1)

    bench.poller.run()

    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.getMessage() == "main: unexpected, going on"
    assert record.exc_info is not None
    assert bench.last("availability") == "online"


def test_a_bug_that_stays_does_not_become_a_storm() -> None:
    bench = Bench()
    room = running(bench)
    for second in (5.0, 10.0):
        room.later(second, None)
    bench.gateway.when_asked = stumbling(1000)

    bench.poller.run()

    assert (room.waits, len(bench.gateway.asked)) == ([5.0] * 3, 3)


def test_a_bug_in_publishing_does_not_end_the_loop() -> None:
    bench = Bench()
    room = running(bench)
    room.later(5.0, None)
    publish = bench.reporter.publish

    def stumble(message: Message) -> None:
        bench.reporter.publish = publish
        raise ZeroDivisionError(f"a bug at {message.topic}")

    bench.reporter.publish = stumble

    bench.poller.run()

    assert bench.gateway.closed
    assert len(bench.gateway.asked) == len(ASKED)


def test_a_bug_in_taking_in_a_command_does_not_end_the_loop() -> None:
    bench = Bench()
    room = running(bench)
    broken = incoming("operation/mode", "backup")
    object.__setattr__(broken, "control", None)
    room.later(2.0, broken)
    room.later(7.0, None)

    bench.poller.run()

    assert bench.gateway.closed
    assert bench.gateway.asked_since(2.1) != []


def test_a_command_that_a_bug_cut_short_has_failed() -> None:
    bench = Bench()
    bench.gateway.receipts.append(ZeroDivisionError("a bug"))
    room = running(bench)
    room.put(incoming("operation/mode", "backup"))
    room.later(5.0, None)

    bench.poller.run()

    assert bench.outcomes == ["accepted", "failed"]
    assert bench.results[1]["reason"] == "the bridge stumbled over it; see its log"


def test_a_command_that_was_answered_before_a_bug_is_not_answered_again() -> None:
    bench = Bench()
    room = running(bench)
    room.put(incoming("island/mode", "off_grid"))
    room.later(5.0, None)
    publish = bench.reporter.publish

    def stumble(message: Message) -> None:
        publish(message)
        if "refused" in message.payload:
            bench.reporter.publish = publish
            raise ZeroDivisionError("a bug")

    bench.reporter.publish = stumble

    bench.poller.run()

    assert bench.outcomes == ["accepted", "refused"]


def test_the_queue_is_what_waits_to_be_sent() -> None:
    bench = Bench()

    bench.live(0)

    assert bench.poller.queue == 0
