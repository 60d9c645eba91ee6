"""Commands on their way through one gateway's loop."""

import json

import pytest
from fakes import OWN, Bench, house

from bridge.commands import Access, Operate, Run
from bridge.errors import Uncertain, Unreachable
from bridge.gateway import Receipt
from bridge.parts import Endpoint, GridStatus, Operation, Sitemaster
from bridge.state import Store
from bridge.words import Mode

BACKUP = Operation("backup", 24.0)
LOST = Unreachable("timed out")


def ready(access: frozenset[Access] = frozenset(Access), store: Store | None = None) -> Bench:
    """Return a bench after its first poll, in between two polls."""
    bench = Bench(access, store)
    bench.live(2)
    return bench


def changes(bench: Bench, *parts: Operation | GridStatus | Sitemaster) -> None:
    """Let the gateway show something new from now on."""
    places = {
        Operation: Endpoint.OPERATION,
        GridStatus: Endpoint.GRID_STATUS,
        Sitemaster: Endpoint.SITEMASTER,
    }
    for part in parts:
        bench.gateway.answers[places[type(part)]] = part


def test_a_command_is_done_when_the_gateway_shows_it() -> None:
    bench = ready()
    changes(bench, BACKUP)

    bench.order("operation/mode", "backup")
    bench.live(0)

    assert bench.outcomes == ["accepted", "done"]
    assert bench.last("operation/mode") == "backup"


def test_a_command_has_an_extra_answer_read_at_once() -> None:
    bench = ready()

    bench.order("operation/mode", "backup")
    bench.live(0)

    assert bench.gateway.asked_since(1.0) == [2.0]
    assert bench.gateway.asked[-1][1] is Endpoint.OPERATION


def test_a_command_that_is_not_seen_yet_is_looked_for_with_every_poll() -> None:
    bench = ready()

    bench.order("operation/mode", "backup")
    bench.live(14)

    assert bench.gateway.asked_since(1.0, Endpoint.OPERATION) == [2.0, 5.0, 10.0, 15.0]


def test_looking_for_a_command_shifts_no_interval_and_breaks_no_poll() -> None:
    bench = ready()

    bench.order("operation/mode", "backup")
    bench.live(60)

    assert bench.gateway.asked_since(0, Endpoint.METERS) == [5.0 * n for n in range(13)]
    assert len(bench.said("snapshot")) == 14  # one more than polls: the extra answer's


def test_a_command_that_is_never_seen_is_unverified_in_time() -> None:
    bench = ready()

    bench.order("operation/mode", "backup")
    bench.live(60)

    assert bench.outcomes == ["accepted", "unverified"]
    assert bench.results[1]["at"] == "2026-01-02T03:00:32Z"
    assert bench.results[1]["reason"] == "sent, but not seen within 30 s"


def test_a_command_is_unverified_in_time_though_the_gateway_fell_silent() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(400)
    bench.gateway.receipts.append(Uncertain("may have been carried out"))

    bench.order("operation/mode", "backup")
    bench.live(31)

    assert bench.outcomes == ["accepted", "unverified"]


def test_islanding_has_3_min_and_does_not_hold_up_other_commands() -> None:
    bench = ready()
    bench.order("island/mode", "off_grid")
    bench.live(0)
    changes(bench, BACKUP)

    bench.order("operation/mode", "backup")
    bench.live(120)
    between = bench.outcomes
    changes(bench, GridStatus("SystemIslandedActive"))
    bench.live(10)

    assert between == ["accepted", "accepted", "done"]
    assert (bench.results[3]["status"], bench.results[3]["applied"]) == ("done", "off_grid")


def test_on_grid_during_an_outage_is_unverified_for_the_grid_is_down() -> None:
    bench = Bench(house=house(grid="SystemIslandedActive"))
    bench.live(2)

    bench.order("island/mode", "on_grid")
    bench.live(200)

    assert bench.outcomes == ["accepted", "unverified"]
    assert bench.results[1]["reason"].endswith("the grid is down (islanded)")


def test_the_wish_for_the_contactor_is_published() -> None:
    bench = ready()
    before = bench.last("island/requested")

    bench.order("island/mode", "off_grid")
    bench.live(0)

    assert (before, bench.last("island/requested")) == ("None", "off_grid")


def test_a_command_that_changes_nothing_is_unchanged() -> None:
    bench = ready()
    held = Operation("self_consumption", 24.0)
    bench.gateway.receipts.append(Receipt(written=False, parts=(held,)))

    bench.order("operation/mode", "self_consumption")
    bench.live(0)

    assert bench.outcomes == ["accepted", "unchanged"]


def test_what_a_write_read_back_is_published_with_its_result() -> None:
    bench = ready()
    bench.gateway.receipts.append(Receipt(written=True, status=200, parts=(BACKUP,)))

    bench.order("operation/mode", "backup")
    bench.live(0)

    topics = [m.topic.removeprefix(OWN) for m in bench.published]
    assert {*topics[-3:-1]} == {"operation/mode", "operation/effective_backup_reserve"}
    assert bench.outcomes == ["accepted", "done"]
    assert bench.gateway.asked_since(1.0) == []


def test_a_lost_answer_is_resolved_by_reading_and_nothing_is_sent_twice() -> None:
    bench = ready()
    bench.gateway.receipts.append(Uncertain("may have been carried out"))
    changes(bench, BACKUP)

    bench.order("operation/mode", "backup")
    bench.live(60)

    assert bench.outcomes == ["accepted", "done"]
    assert len(bench.gateway.sent) == 1


def test_the_way_back_from_a_write_that_got_lost_is_done_only_when_it_stays() -> None:
    bench = ready()
    bench.gateway.receipts.append(Uncertain("may have been carried out"))
    bench.order("operation/mode", "backup")
    bench.live(1)
    held = Operation("self_consumption", 24.0)
    bench.gateway.receipts.append(Receipt(written=True, status=200, parts=(held,)))

    bench.order("operation/mode", "self_consumption")
    bench.live(1)
    before = bench.outcomes
    bench.live(15)

    assert before == ["accepted", "accepted", "superseded"]
    assert [*bench.outcomes[3:]] == ["done"]


def test_a_malformed_command_is_answered_and_nothing_is_sent() -> None:
    bench = ready()

    bench.order("operation/mode", "turbo")
    bench.live(10)

    assert (bench.outcomes, bench.gateway.sent) == (["refused"], [])


@pytest.mark.parametrize(
    ("payload", "command"),
    [
        ({"mode": "backup"}, Operate(Mode.BACKUP, None)),
        ({"backup_reserve": 20}, Operate(None, 24.0)),
        ({"mode": "backup", "backup_reserve_raw": 24.6}, Operate(Mode.BACKUP, 24.6)),
    ],
)
def test_a_command_of_json_sets_only_what_it_names(
    payload: dict[str, object], command: Operate
) -> None:
    bench = ready()

    bench.order("operation", payload)
    bench.live(0)

    assert [sent for _, sent in bench.gateway.sent] == [command]


def test_the_site_master_is_started_and_seen_to_run() -> None:
    bench = ready()
    changes(bench, Sitemaster(running=False))
    bench.live(40)

    bench.order("gateway/running", "true")
    bench.live(4)
    before = bench.outcomes
    changes(bench, Sitemaster(running=True))
    bench.live(5)

    assert [sent for _, sent in bench.gateway.sent] == [Run()]
    assert (before, bench.outcomes) == (["accepted"], ["accepted", "done"])
    assert bench.last("gateway/running") == "true"


def test_a_requester_is_answered_once_with_the_final_result() -> None:
    bench = ready()
    changes(bench, BACKUP)

    bench.order("operation/mode", "backup", reply="me/answers")
    bench.live(10)

    (answer,) = [m for m in bench.published if m.topic == "me/answers"]
    assert json.loads(answer.payload)["status"] == "done"
    assert (answer.correlation, answer.qos, answer.retain) == (b"c", 1, False)


def test_both_requesters_of_one_id_are_answered_and_one_command_is_sent() -> None:
    bench = ready()
    wish: dict[str, object] = {"mode": "backup", "id": "x"}
    bench.order("operation", wish, reply="one")
    bench.live(0)
    bench.order("operation", wish, reply="two")
    bench.live(0)
    changes(bench, BACKUP)

    bench.live(10)

    answers = [m.topic for m in bench.published if m.topic in {"one", "two"}]
    assert (answers, len(bench.gateway.sent)) == (["one", "two"], 1)
