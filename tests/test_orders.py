"""Commands from acceptance to the moment they are sent."""

import json
from collections.abc import Callable
from itertools import count

import pytest
from fakes import FakeClock, control, incoming

from bridge.commands import Access, Operate, Parsed, Refresh, Run, SetIsland
from bridge.ledger import MOST_REMEMBERED, MOST_REPLIES, Ledger, Order, Outcome, Reply, Result
from bridge.orders import Incoming, Orders, Rules
from bridge.words import Island, Mode

MODE, RESERVE, RAW = "operation/mode", "operation/backup_reserve", "operation/backup_reserve_raw"
BOTH, ISLAND, RUNNING, REFRESH = "operation", "island/mode", "gateway/running", "refresh"


class Desk:
    """Orders of one gateway and the time."""

    def __init__(self, access: frozenset[Access] = frozenset(Access)) -> None:
        self.clock = FakeClock()
        self.ledger = Ledger()
        numbers = count(1)
        rules = Rules(access, 12)
        self.orders = Orders(rules, self.ledger, lambda: f"made-{next(numbers)}")

    def accept(
        self, path: str, payload: str | dict[str, object], *, limited: float = 0.0
    ) -> list[Result]:
        return self.take_in(incoming(path, payload), limited=limited)

    def take_in(self, message: Incoming, *, limited: float = 0.0) -> list[Result]:
        return self.orders.accept(message, self.clock(), limited=limited)

    def statuses(self, path: str, payload: str | dict[str, object]) -> list[Outcome]:
        return [result.status for result in self.accept(path, payload)]

    def taken(self) -> list[object]:
        """Return the commands that are left, in the order in which they go out."""
        commands: list[object] = []
        while True:
            order, _ = self.orders.take(self.clock(), limited=False)
            if order is None:
                return commands
            commands.append(order.command)

    def finish(self, status: Outcome = Outcome.DONE) -> Result:
        order, _ = self.orders.take(self.clock(), limited=False)
        assert order is not None
        return self.ledger.enter(order, status, self.clock())


def test_a_good_command_is_accepted_and_waits() -> None:
    desk = Desk()

    assert desk.statuses(MODE, "backup") == [Outcome.ACCEPTED]
    assert len(desk.orders) == 1


def test_a_result_says_what_was_asked_and_what_became_of_it() -> None:
    desk = Desk()
    desk.accept(RESERVE, "30")
    order, _ = desk.orders.take(desk.clock(), limited=False)
    assert order is not None
    order.applied, order.http_status = {"backup_reserve": 30}, 200

    result = desk.ledger.enter(order, Outcome.DONE, desk.clock(), "so it is")

    assert result.json() == {
        "id": "made-1",
        "command": "operation/backup_reserve",
        "requested": 30.0,
        "status": "done",
        "applied": {"backup_reserve": 30},
        "reason": "so it is",
        "http_status": 200,
        "at": "2026-01-02T03:00:00Z",
    }


def test_a_result_can_be_written_as_json() -> None:
    result = Desk().accept(BOTH, {"mode": "backup", "backup_reserve": 5, "id": "x"})[0]

    assert json.loads(json.dumps(result.json()))["requested"] == {
        "mode": "backup",
        "backup_reserve": 5,
    }


def test_a_malformed_command_is_refused_in_words() -> None:
    (result,) = Desk().accept(MODE, "turbo")

    assert (result.status, result.requested) == (Outcome.REFUSED, "turbo")
    assert result.reason is not None
    assert result.reason.startswith("'turbo' is not a mode; allowed: ")


def test_a_long_malformed_payload_is_repeated_in_part() -> None:
    (result,) = Desk().take_in(Incoming(control(MODE), b"\xff" + b"x" * 500))

    assert result.requested == "\ufffd" + "x" * 99


def test_malformed_commands_do_not_count_against_the_limit() -> None:
    desk = Desk()
    for _ in range(50):
        desk.accept(MODE, "turbo")

    assert desk.statuses(MODE, "backup") == [Outcome.ACCEPTED]


def test_more_commands_than_the_limit_in_a_minute_are_refused() -> None:
    desk = Desk()
    for _ in range(12):
        desk.accept(MODE, "backup")

    (result,) = desk.accept(MODE, "backup")

    assert (result.status, result.reason) == (
        Outcome.REFUSED,
        "more than 12 commands in a minute; try again in 60 s",
    )


def test_the_limit_is_over_a_minute_later() -> None:
    desk = Desk()
    for _ in range(13):
        desk.accept(MODE, "backup")

    desk.clock.s = 60.0

    assert desk.statuses(MODE, "backup")[0] is Outcome.ACCEPTED


def test_refused_commands_do_not_prolong_the_limit() -> None:
    desk = Desk()
    for second in range(60):
        desk.clock.s = float(second)
        desk.accept(MODE, "backup")

    desk.clock.s = 60.0

    assert desk.statuses(MODE, "backup")[0] is Outcome.ACCEPTED


def test_going_back_on_grid_is_exempt_from_the_limit() -> None:
    desk = Desk()
    for _ in range(13):
        desk.accept(MODE, "backup")

    assert desk.statuses(ISLAND, "on_grid") == [Outcome.ACCEPTED]


def test_going_off_grid_is_not_exempt() -> None:
    desk = Desk()
    for _ in range(12):
        desk.accept(MODE, "backup")

    assert desk.statuses(ISLAND, "off_grid") == [Outcome.REFUSED]


def test_a_limited_gateway_gets_no_commands() -> None:
    (result,) = Desk().accept(MODE, "backup", limited=39.5)

    words = "the gateway wants to be left alone (429); try again in 40 s"
    assert (result.status, result.reason) == (Outcome.REFUSED, words)


@pytest.mark.parametrize("path", [REFRESH, RUNNING])
def test_a_limited_gateway_is_not_refreshed_either(path: str) -> None:
    (result,) = Desk().accept(path, "true", limited=True)

    assert result.status is Outcome.REFUSED


def test_going_back_on_grid_is_tried_even_at_a_limited_gateway() -> None:
    (result,) = Desk().accept(ISLAND, "on_grid", limited=True)

    assert result.status is Outcome.ACCEPTED


@pytest.mark.parametrize("path", [MODE, RESERVE, RAW])
def test_without_control_an_operation_is_refused(path: str) -> None:
    (result,) = Desk(frozenset({Access.ALWAYS})).accept(path, "backup" if path == MODE else "50")

    assert result.reason == "not enabled; POWERWALL_CONTROL=operation allows it"


@pytest.mark.parametrize(("path", "payload"), [(ISLAND, "on_grid"), (RUNNING, "true")])
def test_island_and_running_need_control_of_all(path: str, payload: str) -> None:
    (result,) = Desk(frozenset({Access.ALWAYS, Access.OPERATION})).accept(path, payload)

    assert result.reason == "not enabled; POWERWALL_CONTROL=all allows it"


def test_a_refusal_names_the_variables_of_its_gateway() -> None:
    rules = Rules(frozenset({Access.ALWAYS}), 12, "POWERWALLS__cabin__")
    orders = Orders(rules, Ledger(), lambda: "made")

    (result,) = orders.accept(incoming(MODE, "backup"), FakeClock()(), limited=False)

    assert result.reason == "not enabled; POWERWALLS__cabin__CONTROL=operation allows it"


def test_without_control_a_refresh_is_accepted() -> None:
    assert Desk(frozenset({Access.ALWAYS})).statuses(REFRESH, "") == [Outcome.ACCEPTED]


def test_a_refresh_is_accepted_once_in_5_s() -> None:
    desk = Desk()
    said = []
    for second in (0.0, 4.9, 5.0):
        desk.clock.s = second
        said.append(desk.statuses(REFRESH, "")[0])

    assert said == [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.ACCEPTED]


def test_refreshes_do_not_use_up_the_limit() -> None:
    desk = Desk()
    for second in range(0, 60, 5):
        desk.clock.s = float(second)
        desk.accept(REFRESH, "")

    assert desk.statuses(MODE, "backup") == [Outcome.ACCEPTED]


def test_commands_go_out_in_the_order_of_their_arrival() -> None:
    desk = Desk()
    desk.accept(RESERVE, "30")
    desk.accept(MODE, "backup")
    desk.accept(RUNNING, "true")
    desk.accept(REFRESH, "")

    reserve = Operate(reserve_raw_percent=33.5)
    assert desk.taken() == [reserve, Operate(Mode.BACKUP), Run(), Refresh()]


def test_going_back_on_grid_goes_first() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")
    desk.accept(ISLAND, "on_grid")

    assert desk.taken() == [SetIsland(Island.ON_GRID), Operate(Mode.BACKUP)]


def test_going_off_grid_waits_its_turn() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")
    desk.accept(ISLAND, "off_grid")

    assert desk.taken() == [Operate(Mode.BACKUP), SetIsland(Island.OFF_GRID)]


def test_a_newer_command_replaces_a_waiting_one_of_its_kind() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")

    accepted, superseded = desk.accept(MODE, "autonomous")

    assert (accepted.id, accepted.status) == ("made-2", Outcome.ACCEPTED)
    assert (superseded.id, superseded.status) == ("made-1", Outcome.SUPERSEDED)
    assert superseded.reason == "replaced by made-2"
    assert desk.taken() == [Operate(Mode.AUTONOMOUS)]


@pytest.mark.parametrize(
    ("older", "newer", "replaced"),
    [
        ((MODE, "backup"), (RESERVE, "30"), False),
        ((RESERVE, "20"), (RAW, "30"), True),
        ((MODE, "backup"), (BOTH, {"mode": "autonomous", "backup_reserve": 5}), True),
        ((BOTH, {"mode": "autonomous", "backup_reserve": 5}), (MODE, "backup"), False),
        ((BOTH, {"mode": "autonomous"}), (MODE, "backup"), True),
        ((ISLAND, "on_grid"), (ISLAND, "off_grid"), True),
        ((ISLAND, "off_grid"), (ISLAND, "on_grid"), True),
        ((RUNNING, "true"), (RUNNING, "true"), True),
        ((RUNNING, "true"), (MODE, "backup"), False),
    ],
)
def test_of_a_kind_is_what_sets_all_of_the_same(
    older: tuple[str, str | dict[str, object]],
    newer: tuple[str, str | dict[str, object]],
    replaced: bool,  # noqa: FBT001  # a column of the table
) -> None:
    desk = Desk()
    desk.accept(*older)

    assert (Outcome.SUPERSEDED in desk.statuses(*newer)) is replaced


def test_a_command_that_waited_for_30_s_is_still_sent() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")

    desk.clock.s = 30.0

    assert desk.taken() == [Operate(Mode.BACKUP)]


def test_a_command_that_waited_longer_is_refused_as_stale() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")
    desk.clock.s = 31.0

    order, (result,) = desk.orders.take(desk.clock(), limited=False)

    assert order is None
    assert result.status is Outcome.REFUSED
    assert result.reason == "stale: it waited 31 s for the gateway"


def test_a_fresh_command_behind_a_stale_one_is_sent() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")
    desk.clock.s = 31.0
    desk.accept(RESERVE, "0")

    order, _ = desk.orders.take(desk.clock(), limited=False)

    assert order is not None
    assert order.command == Operate(reserve_raw_percent=5.0)


def test_a_waiting_command_is_refused_when_the_gateway_turns_out_limited() -> None:
    desk = Desk()
    desk.accept(MODE, "backup")

    order, (result,) = desk.orders.take(desk.clock(), limited=39.5)

    words = "the gateway wants to be left alone (429); try again in 40 s"
    assert (order, result.status, result.reason) == (None, Outcome.REFUSED, words)


def test_going_back_on_grid_is_sent_even_to_a_limited_gateway() -> None:
    desk = Desk()
    desk.accept(ISLAND, "on_grid")

    order, results = desk.orders.take(desk.clock(), limited=True)

    assert order is not None
    assert results == []


def named(reply: str | None = None, name: str = "x") -> Incoming:
    return incoming(BOTH, {"mode": "backup", "id": name}, reply)


def test_a_finished_id_gets_its_earlier_result_and_is_not_run_again() -> None:
    desk = Desk()
    desk.take_in(named())
    done = desk.finish()

    assert desk.take_in(named()) == [done]
    assert len(desk.orders) == 0


def test_the_one_who_repeats_gets_the_answer_and_the_first_one_not_again() -> None:
    desk = Desk()
    desk.take_in(named("a"))
    desk.finish()

    (result,) = desk.take_in(named("b"))

    assert result.replies == (Reply("b", b"c"),)


def test_an_id_under_way_is_not_run_twice() -> None:
    desk = Desk()
    desk.take_in(named())

    (result,) = desk.take_in(named())

    assert (result.status, len(desk.orders)) == (Outcome.ACCEPTED, 1)


def test_both_who_asked_under_one_id_get_the_final_result() -> None:
    desk = Desk()
    desk.take_in(named("a"))
    desk.take_in(named("b"))

    assert desk.finish().replies == (Reply("a", b"c"), Reply("b", b"c"))


def test_an_accepted_command_is_not_yet_answered() -> None:
    (result,) = Desk().take_in(named("a"))

    assert result.replies == ()


def test_a_refused_id_is_remembered_too() -> None:
    desk = Desk(frozenset({Access.ALWAYS}))
    desk.take_in(named())

    assert [r.status for r in desk.take_in(named())] == [Outcome.REFUSED]


def test_an_id_is_remembered_for_10_min() -> None:
    desk = Desk()
    desk.take_in(named())
    desk.finish()

    desk.clock.s = 600.0

    assert [r.status for r in desk.take_in(named())] == [Outcome.DONE]


def test_an_id_is_forgotten_after_10_min() -> None:
    desk = Desk()
    desk.take_in(named())
    desk.finish()

    desk.clock.s = 601.0

    assert [r.status for r in desk.take_in(named())] == [Outcome.ACCEPTED]


def test_the_10_min_count_from_the_final_result() -> None:
    desk = Desk()
    desk.take_in(named())
    order, _ = desk.orders.take(desk.clock(), limited=False)
    assert order is not None
    desk.take_in(named(name="y"))
    desk.clock.s = 180.0
    desk.ledger.enter(order, Outcome.UNVERIFIED, desk.clock())

    desk.clock.s = 700.0

    assert [r.status for r in desk.take_in(named())] == [Outcome.UNVERIFIED]


def test_an_id_is_forgotten_though_an_older_one_ended_later() -> None:
    desk = Desk()
    desk.take_in(named())
    older, _ = desk.orders.take(desk.clock(), limited=False)
    assert older is not None
    desk.take_in(named(name="y"))
    desk.finish()
    desk.clock.s = 180.0
    desk.ledger.enter(older, Outcome.UNVERIFIED, desk.clock())

    desk.clock.s = 601.0

    assert [r.status for r in desk.take_in(named(name="y"))] == [Outcome.ACCEPTED]


def test_an_id_under_way_is_never_forgotten() -> None:
    desk = Desk()
    desk.take_in(named())
    desk.clock.s = 5000.0

    (result,) = desk.take_in(named())

    assert (result.status, len(desk.orders)) == (Outcome.ACCEPTED, 1)


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        (MODE, lambda _: "rubbish"),
        (BOTH, lambda n: {"mode": "rubbish", "id": f"n{n}"}),
        (BOTH, lambda n: {"mode": "backup", "id": f"n{n}"}),
        (ISLAND, lambda _: "on_grid"),
    ],
)
def test_an_id_outlives_a_flood(
    path: str, payload: Callable[[int], str | dict[str, object]]
) -> None:
    """Who repeats an id relies on it for 10 min, whatever others send meanwhile."""
    desk = Desk()
    desk.take_in(named())
    done = desk.finish()
    for number in range(MOST_REMEMBERED + 100):
        desk.accept(path, payload(number))

    assert desk.take_in(named()) == [done]


def test_of_refusals_only_so_many_are_remembered() -> None:
    desk = Desk(frozenset({Access.ALWAYS}))
    (first,) = desk.take_in(named(name="first"))
    for number in range(MOST_REMEMBERED):
        desk.take_in(named(name=f"n{number}"))
    desk.clock.s = 1.0

    (again,) = desk.take_in(named(name="first"))
    (last,) = desk.take_in(named(name=f"n{number}"))

    assert (first.at, again.at) == ("2026-01-02T03:00:00Z", "2026-01-02T03:00:01Z")
    assert last.at == first.at


def test_so_many_get_the_answer_of_one_id_and_each_of_them_once() -> None:
    desk = Desk()
    for number in [0, 0, *range(MOST_REPLIES + 5)]:
        desk.take_in(named(f"r/{number}"))

    assert [reply.topic for reply in desk.finish().replies] == [
        f"r/{number}" for number in range(MOST_REPLIES)
    ]


def test_an_order_is_pending_until_its_final_result() -> None:
    clock, ledger = FakeClock(), Ledger()
    order = Order("x", control(MODE), Parsed(Operate(Mode.BACKUP), "backup"), 0.0)

    pending = [ledger.pending(order)]
    for status in (Outcome.ACCEPTED, Outcome.DONE):
        ledger.enter(order, status, clock())
        pending.append(ledger.pending(order))

    assert pending == [False, True, False]


@pytest.mark.parametrize(
    ("command", "subjects"),
    [
        (Operate(Mode.BACKUP), {"mode"}),
        (Operate(reserve_raw_percent=5.0), {"reserve"}),
        (Operate(Mode.BACKUP, 5.0), {"mode", "reserve"}),
        (SetIsland(Island.OFF_GRID), {"island"}),
        (Run(), {"run"}),
        (Refresh(), {"refresh"}),
    ],
)
def test_an_order_knows_what_it_sets(
    command: Operate | SetIsland | Run | Refresh, subjects: set[str]
) -> None:
    assert Order("x", control(MODE), Parsed(command, None), 0.0).subjects == subjects


def test_a_refusal_of_a_malformed_command_bears_its_id() -> None:
    """Who sends an id waits for it, most of all when the rest was wrong."""
    (result,) = Desk().take_in(Incoming(control("operation"), b'{"mode": "party", "id": "night"}'))

    assert (result.id, result.status) == ("night", Outcome.REFUSED)


def test_what_is_turned_away_takes_no_other_result_s_place() -> None:
    desk = Desk()
    message = incoming(BOTH, {"mode": "backup", "id": "a"})
    (accepted,) = desk.take_in(message)

    under_way = desk.orders.turn_away(message, desk.clock(), "full")
    desk.finish()
    ended = desk.orders.turn_away(message, desk.clock(), "full")
    (stranger,) = desk.orders.turn_away(incoming(MODE, "backup"), desk.clock(), "full")

    assert (accepted.status, under_way, ended) == (Outcome.ACCEPTED, [], [])
    assert (stranger.status, stranger.reason) == (Outcome.REFUSED, "full")
