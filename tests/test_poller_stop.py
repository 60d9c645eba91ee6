"""One gateway's loop when the bridge stops: nothing is begun any more, and all is answered."""

from fakes import Bench, incoming

from bridge.gateway import Receipt
from bridge.orders import Incoming
from bridge.parts import Operation
from bridge.poller import Entrance, Stop
from bridge.raw import Request


def test_a_stop_ends_the_loop_and_closes_the_gateway() -> None:
    bench = Bench()
    bench.poller.inbox.put(Stop())

    bench.poller.run()

    assert (bench.gateway.closed, bench.gateway.asked) == (True, [])


def test_a_stop_ends_a_poll_between_two_answers() -> None:
    bench = Bench()
    bench.gateway.when_asked = lambda _: bench.poller.inbox.put(Stop())

    bench.poller.run()

    assert len(bench.gateway.asked) == 1


def test_a_stop_leaves_waiting_commands_unsent() -> None:
    bench = Bench()
    bench.order("operation/mode", "backup")
    bench.poller.inbox.put(Stop())

    bench.poller.run()

    assert bench.gateway.sent == []


def test_every_command_has_its_last_word_when_the_bridge_stops() -> None:
    """One was sent and not seen yet, one waits, one is done."""
    bench = Bench()
    bench.live(2)
    held = Operation("self_consumption", 24.0)
    bench.gateway.receipts.append(Receipt(written=False, parts=(held,)))
    for command, payload in (
        ("operation/mode", "self_consumption"),
        ("operation/mode", "backup"),
    ):
        bench.order(command, payload)
        bench.live(0)
    bench.order("operation/backup_reserve", "50", reply="me")
    bench.poller.inbox.put(Stop())
    bench.poller.run()
    before = len(bench.results)

    for _ in range(2):
        bench.poller.dismiss()

    told = [(r["requested"], r["status"], r["reason"]) for r in bench.results[before:]]
    assert told == [
        ("backup", "unverified", "sent, but the bridge was stopped before it was seen"),
        (50.0, "failed", "the bridge was stopped; nothing was written"),
    ]
    assert [m.topic for m in bench.published].count("me") == 1


def test_commands_that_the_loop_never_looked_at_have_their_last_word_too() -> None:
    bench = Bench()
    bench.live(2)
    bench.poller.inbox.put(Stop())
    bench.poller.run()
    bench.order("operation/mode", "backup", reply="me")
    bench.poller.inbox.put(Request("status", b"", None, bench.clock.s))

    bench.poller.dismiss()

    told = [(r["command"], r["status"], r["reason"]) for r in bench.results]
    assert told == [
        ("operation/mode", "refused", "the bridge was stopped; nothing was written"),
        ("api/status", "failed", "the bridge was stopped"),
    ]
    assert [m.topic for m in bench.published].count("me") == 1
    late = incoming("operation/mode", "backup")
    assert not Entrance(bench.poller, Incoming, 10).admits(late)
    bench.poller.turn_away(late)
    assert bench.results[-1]["reason"] == "the bridge was stopped; nothing was written"


def test_a_request_at_which_the_loop_hangs_when_it_stops_is_answered_once() -> None:
    bench = Bench()
    bench.live(2)
    bench.gateway.when_fetched = bench.poller.dismiss
    bench.poller.inbox.put(Request("status", b"", None, bench.clock.s))

    bench.poller.step()

    (result,) = bench.results
    told = (result["command"], result["status"], result["reason"])
    assert told == ("api/status", "failed", "the bridge was stopped")
    assert bench.said("api/status") == []


def test_a_loop_that_wakes_up_after_the_stop_sends_nothing_more() -> None:
    bench = Bench()
    bench.live(2)
    bench.gateway.when_sent = bench.poller.dismiss
    bench.order("operation/mode", "backup")
    bench.order("operation/backup_reserve", "40")

    bench.poller.step()

    assert len(bench.gateway.sent) == 1
    ends = {r["requested"]: r["status"] for r in bench.results if r["status"] != "accepted"}
    assert ends == {"backup": "unverified", 40.0: "failed"}


def test_a_command_at_which_the_loop_hangs_when_it_stops_is_uncertain() -> None:
    bench = Bench()
    bench.live(2)
    bench.gateway.when_sent = bench.poller.dismiss
    bench.order("operation/mode", "backup")

    bench.poller.step()

    (_, result) = bench.results
    words = "the bridge was stopped in the middle of it; what became of it is not known"
    assert (result["status"], result["reason"]) == ("unverified", words)
