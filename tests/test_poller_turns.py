"""When a command is sent, and when not: turns, pauses, denials, what is enabled, off grid."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ASKED, FAST, HOUSE, Bench, house

from bridge.commands import Access, Operate, Run, SetIsland
from bridge.errors import Denied, Missing, RateLimited, Unreachable
from bridge.parts import Endpoint
from bridge.state import Store
from bridge.topics import Message
from bridge.words import Island, Mode

LOST = Unreachable("timed out")


def ready(access: frozenset[Access] = frozenset(Access), store: Store | None = None) -> Bench:
    """Return a bench after its first poll, in between two polls."""
    bench = Bench(access, store)
    bench.live(2)
    return bench


def test_a_command_is_sent_between_two_answers() -> None:
    bench = Bench()

    def order(endpoint: Endpoint) -> None:
        if endpoint is Endpoint.SOE:
            bench.order("operation/mode", "backup")
            bench.gateway.when_asked = lambda _: None

    bench.gateway.takes_s = 1.0
    bench.gateway.when_asked = order
    bench.live(0)

    assert bench.gateway.sent == [(3.0, Operate(Mode.BACKUP))]


def test_on_grid_goes_before_what_came_earlier() -> None:
    bench = ready()

    bench.order("operation/mode", "backup")
    bench.order("island/mode", "on_grid")
    bench.live(0)

    sent = [command for _, command in bench.gateway.sent]
    assert sent == [SetIsland(Island.ON_GRID), Operate(Mode.BACKUP)]


def test_on_grid_does_not_wait_for_the_end_of_a_flood() -> None:
    """The flood goes on while the loop takes it in: with every answer comes one more."""
    bench = ready()
    answer = bench.published.append

    def answer_and_go_on(message: Message) -> None:
        answer(message)
        if message.topic.endswith("command/result") and len(bench.results) < 500:
            bench.order("operation/mode", "rubbish")

    bench.reporter.publish = answer_and_go_on
    before = []
    bench.gateway.when_sent = lambda: before.append(len(bench.results))
    bench.order("operation/mode", "rubbish")
    bench.order("island/mode", "on_grid")
    bench.live(0)

    assert before == [2]


def test_a_newer_command_takes_the_place_of_a_waiting_one() -> None:
    bench = ready()

    bench.order("operation/mode", "backup")
    bench.order("operation/mode", "autonomous")
    bench.live(0)

    assert [command for _, command in bench.gateway.sent] == [Operate(Mode.AUTONOMOUS)]
    assert bench.outcomes == ["accepted", "accepted", "superseded"]


def test_a_command_is_tried_at_once_while_the_gateway_is_left_alone() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(400)
    now = bench.clock.s

    bench.order("operation/mode", "backup")
    bench.live(0)

    assert bench.gateway.sent == [(now, Operate(Mode.BACKUP))]


def test_a_gateway_that_took_a_command_is_polled_again_at_once() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(400)
    bench.gateway.recovers(HOUSE)

    bench.order("operation/mode", "backup")
    bench.live(0)

    assert bench.last("availability") == "online"


def test_a_command_that_does_not_reach_the_gateway_has_failed() -> None:
    bench = ready()
    bench.gateway.receipts.append(LOST)

    bench.order("operation/mode", "backup")
    bench.live(0)

    assert (bench.outcomes, bench.results[1]["reason"]) == (
        ["accepted", "failed"],
        "timed out; nothing was written",
    )


def waited_behind_an_answer(takes_s: float) -> Bench:
    """Return a bench where a command came while an answer was under way for so long."""
    bench = ready()

    def order(_: Endpoint) -> None:
        bench.gateway.when_asked = lambda _: None
        bench.order("operation/mode", "backup")
        bench.clock.s += takes_s

    bench.gateway.when_asked = order
    bench.live(4)
    return bench


def test_a_command_that_waited_behind_a_long_answer_is_stale() -> None:
    bench = waited_behind_an_answer(31.0)

    assert (bench.outcomes, bench.gateway.sent) == (["accepted", "refused"], [])
    assert bench.results[1]["reason"] == "stale: it waited 31 s for the gateway"


def test_a_command_that_waited_behind_a_shorter_answer_is_sent() -> None:
    bench = waited_behind_an_answer(30.0)

    assert bench.gateway.sent == [(35.0, Operate(Mode.BACKUP))]


def limited() -> Bench:
    """Return a bench whose gateway has answered 429 to a command."""
    bench = ready()
    bench.gateway.receipts.append(RateLimited("429", 300.0))
    bench.order("operation/mode", "backup")
    bench.live(0)
    return bench


def test_a_limited_write_is_told_in_words() -> None:
    bench = limited()

    assert bench.results[1]["status"] == "refused"
    assert bench.results[1]["http_status"] == 429
    words = "the gateway wants to be left alone (429); try again in 300 s"
    assert bench.results[1]["reason"] == words


def test_a_limited_write_stops_all_calls() -> None:
    bench = limited()

    bench.live(299)

    assert bench.gateway.asked_since(0.1) == []


def test_a_limited_write_shows_in_the_connection() -> None:
    assert limited().last("connection") == "rate_limited"


def test_a_command_during_the_pause_is_refused_at_once() -> None:
    bench = limited()

    bench.order("operation/backup_reserve", "30")
    bench.live(0)

    assert bench.outcomes[-1] == "refused"
    assert len(bench.gateway.sent) == 1


def test_a_command_that_waited_already_is_refused_too() -> None:
    bench = ready()
    bench.gateway.receipts.append(RateLimited("429"))

    bench.order("operation/mode", "backup")
    bench.order("operation/backup_reserve", "30")
    bench.live(0)

    assert bench.outcomes == ["accepted", "accepted", "refused", "refused"]
    assert len(bench.gateway.sent) == 1


def test_a_write_that_is_limited_within_a_poll_ends_the_poll() -> None:
    bench = ready()
    bench.gateway.receipts.append(RateLimited("429"))

    def order(_: Endpoint) -> None:
        bench.gateway.when_asked = lambda _: None
        bench.order("operation/mode", "backup")

    bench.gateway.when_asked = order
    bench.live(10)

    assert bench.gateway.asked_since(1.0) == [5.0]


def test_on_grid_is_tried_even_during_the_pause() -> None:
    bench = limited()

    bench.order("island/mode", "on_grid")
    bench.live(0)

    assert [sent for _, sent in bench.gateway.sent][1:] == [SetIsland(Island.ON_GRID)]


def test_a_refresh_reads_everything_now() -> None:
    bench = ready()

    bench.order("refresh", "")
    bench.live(0)

    assert {e for at, e in bench.gateway.asked if at == 2.0} == set(ASKED)
    assert bench.outcomes == ["accepted", "done"]


def test_a_refresh_shifts_no_interval() -> None:
    bench = ready()

    bench.order("refresh", "")
    bench.live(9)

    assert bench.gateway.asked_since(2.5, Endpoint.METERS) == [5.0, 10.0]


def test_a_refresh_does_not_wait_for_the_end_of_an_outage() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(400)
    bench.gateway.recovers(HOUSE)

    bench.order("refresh", "")
    bench.live(0)

    assert bench.last("availability") == "online"


@pytest.mark.parametrize("error", [Denied("403", 403), Missing("404", 404)])
def test_a_denied_control_is_offline(error: Denied | Missing) -> None:
    bench = ready()
    bench.gateway.receipts.append(error)

    bench.order("island/mode", "on_grid")
    bench.live(0)

    assert bench.said("control/island/availability") == ["online", "offline"]
    assert bench.last("control/operation/availability") == "online"


def test_a_denied_control_stays_offline_over_a_restart(tmp_path: Path) -> None:
    bench = ready(store=Store(tmp_path, "main"))
    bench.gateway.receipts.append(Denied("403", 403))
    bench.order("island/mode", "on_grid")
    bench.live(0)

    later = Bench(store=Store(tmp_path, "main"))
    later.live(60)

    assert later.said("control/island/availability") == ["offline"]


def test_a_new_firmware_may_permit_what_the_old_one_denied(tmp_path: Path) -> None:
    bench = ready(store=Store(tmp_path, "main"))
    bench.gateway.receipts.append(Denied("403", 403))
    bench.order("island/mode", "on_grid")
    bench.live(0)
    assert HOUSE.status is not None
    newer = HOUSE.placed(replace(HOUSE.status, version="99.1"))

    later = Bench(store=Store(tmp_path, "main"), house=newer)
    later.live(60)

    assert later.last("control/island/availability") == "online"


@pytest.mark.parametrize(
    ("access", "sent"),
    [
        (frozenset({Access.ALWAYS}), []),
        (frozenset({Access.ALWAYS, Access.OPERATION}), [Operate(Mode.BACKUP)]),
        (frozenset(Access), [SetIsland(Island.ON_GRID), Operate(Mode.BACKUP), Run()]),
    ],
    ids=["none", "operation", "all"],
)
def test_only_what_is_enabled_is_sent(access: frozenset[Access], sent: list[object]) -> None:
    bench = ready(access)

    bench.order("operation/mode", "backup")
    bench.order("gateway/running", "true")
    bench.order("island/mode", "on_grid")
    bench.live(0)

    assert [command for _, command in bench.gateway.sent] == sent


def test_off_grid_is_sent_with_a_grid_and_a_fresh_level() -> None:
    bench = ready()

    bench.order("island/mode", "off_grid")
    bench.live(0)

    assert [command for _, command in bench.gateway.sent] == [SetIsland(Island.OFF_GRID)]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (house(grid="SystemIslandedActive"), "off_grid needs a connected grid; it is islanded"),
        (house(raw_percent=10.0), "the battery is at 5.3 %, below POWERWALL_OFF_GRID_MIN_LEVEL=20"),
    ],
)
def test_off_grid_is_refused_when_the_house_forbids_it(state: object, words: str) -> None:
    bench = Bench(house=state)  # type: ignore[arg-type]  # a Snapshot; its ids would be long
    bench.live(2)

    bench.order("island/mode", "off_grid")
    bench.live(0)

    assert (bench.outcomes[-1], bench.results[-1]["reason"]) == ("refused", words)
    assert bench.gateway.sent == []


def test_off_grid_is_refused_with_what_was_known_before_an_outage() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(60)

    bench.order("island/mode", "off_grid")
    bench.live(0)

    assert bench.results[-1]["reason"] == "off_grid needs a connected grid; it is unknown"
    assert bench.gateway.sent == []


def test_off_grid_is_refused_before_the_level_was_read() -> None:
    bench = Bench()
    bench.gateway.fails(LOST, FAST)

    bench.order("island/mode", "off_grid")
    bench.live(0)

    assert bench.outcomes == ["accepted", "refused"]
