"""Carrying out commands, and what is said of them."""

import logging
from itertools import count
from math import inf

import pytest
from fakes import ALL, HOUSE, FakeClock, FakeGateway, control, house

from bridge.commands import Command, Operate, Parsed, Refresh, Run, SetIsland
from bridge.controls import Controls
from bridge.desk import Desk, Executed
from bridge.entities import Offer
from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    Unauthorized,
    Uncertain,
    Unreachable,
    Untrusted,
)
from bridge.gateway import Receipt
from bridge.health import Health
from bridge.ledger import Ledger, Order, Outcome
from bridge.model import Snapshot
from bridge.off_grid import Ages, OffGrid, OffGridRules
from bridge.orders import Orders, Rules
from bridge.parts import Endpoint, Operation
from bridge.verification import Watch
from bridge.words import Island, Mode

BACKUP, RUN = Operate(Mode.BACKUP), Run()
ON_GRID, OFF_GRID = SetIsland(Island.ON_GRID), SetIsland(Island.OFF_GRID)
SHOWN = {"mode": "backup", "backup_reserve": 20.0, "backup_reserve_raw": 24.0}
PATHS = {Operate: "operation/mode", SetIsland: "island/mode", Run: "gateway/running"}


class Scene:
    """A desk before a gateway, and the time."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.gateway = FakeGateway(self.clock, HOUSE)
        self.controls = Controls(ALL, {})
        self.health = Health(5.0, lambda: 0.5)
        ledger = Ledger()
        numbers = count(1)
        orders = Orders(Rules(ALL, 12), ledger, lambda: f"made-{next(numbers)}")
        self.desk = Desk(
            self.gateway,
            orders,
            Watch(ledger),
            ledger,
            self.controls,
            self.health,
            OffGrid(OffGridRules()),
            lambda _: True,
        )

    def execute(
        self,
        command: Command,
        receipt: Receipt | Exception | None = None,
        snapshot: Snapshot = HOUSE,
        level_age_s: float = 0.0,
    ) -> Executed:
        if receipt is not None:
            self.gateway.receipts.append(receipt)
        return self.desk.execute(order(command), snapshot, Ages(level_age_s), self.clock)


def order(command: Command) -> Order:
    path = PATHS.get(type(command), "refresh")
    return Order("x", control(path), Parsed(command, None), 0.0)


def test_a_command_reaches_the_gateway() -> None:
    scene = Scene()

    scene.execute(BACKUP)

    assert scene.gateway.sent == [(0.0, BACKUP)]


def test_a_command_that_was_taken_is_awaited_not_done() -> None:
    scene = Scene()

    assert scene.execute(BACKUP).results == []
    assert scene.desk.waits_for() == {Endpoint.OPERATION}


def test_a_command_is_done_at_once_when_the_write_was_read_back() -> None:
    scene = Scene()
    receipt = Receipt(written=True, status=200, parts=(Operation("backup", 24.0),))

    (result,) = scene.execute(BACKUP, receipt).results

    assert (result.status, result.http_status, result.applied) == (Outcome.DONE, 200, SHOWN)


def test_what_was_read_back_is_known_from_then_on() -> None:
    part = Operation("backup", 24.0)

    done = Scene().execute(BACKUP, Receipt(written=True, status=200, parts=(part,)))

    assert (done.snapshot.operation, done.snapshot.at) == (part, "2026-01-02T03:00:00Z")


def test_a_write_that_was_read_back_otherwise_is_awaited() -> None:
    receipt = Receipt(written=True, status=200, parts=(Operation("self_consumption", 24.0),))

    assert Scene().execute(BACKUP, receipt).results == []


def test_a_write_that_would_change_nothing_is_unchanged() -> None:
    receipt = Receipt(written=False, parts=(Operation("backup", 24.0),))

    (result,) = Scene().execute(BACKUP, receipt).results

    assert (result.status, result.http_status, result.applied) == (Outcome.UNCHANGED, None, SHOWN)
    assert result.reason == "the gateway holds this already"


def test_a_command_that_takes_its_time_is_timed_by_its_end() -> None:
    scene = Scene()
    scene.gateway.takes_s = 20.0

    scene.execute(BACKUP)

    assert scene.desk.watch.deadline_s == 50.0


def test_a_refresh_is_not_sent_but_awaited() -> None:
    scene = Scene()

    scene.execute(Refresh())

    assert (scene.gateway.sent, scene.desk.waits_for()) == ([], frozenset(Endpoint))


def test_going_off_grid_is_refused_before_it_is_sent() -> None:
    scene = Scene()

    (result,) = scene.execute(OFF_GRID, level_age_s=inf).results

    assert (result.status, result.reason) == (Outcome.REFUSED, "the battery level is not known")
    assert scene.gateway.sent == []


@pytest.mark.parametrize("command", [ON_GRID, OFF_GRID])
def test_an_accepted_wish_for_the_contactor_is_remembered(command: SetIsland) -> None:
    assert Scene().execute(command).snapshot.island_requested == command.island


def test_a_refused_wish_is_not_remembered() -> None:
    done = Scene().execute(ON_GRID, Denied("403", 403))

    assert done.snapshot.island_requested is None


def test_the_contactor_is_never_taken_as_set_already() -> None:
    scene = Scene()

    assert scene.execute(ON_GRID, snapshot=house()).results == []
    assert scene.gateway.sent == [(0.0, ON_GRID)]


def test_an_answer_that_got_lost_leaves_the_command_awaited(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()

    with caplog.at_level(logging.WARNING):
        done = scene.execute(BACKUP, Uncertain("may have been carried out"))

    assert (done.results, list(scene.desk.waits_for())) == ([], [Endpoint.OPERATION])
    assert caplog.messages == [
        "operation/mode: may have been carried out; reading what became of it"
    ]


def test_a_lost_answer_is_made_up_for_by_a_reading() -> None:
    scene = Scene()
    scene.execute(BACKUP, Uncertain("may have been carried out"))

    (result,) = scene.desk.watch.verify(HOUSE.placed(Operation("backup", 24.0)), scene.clock())

    assert (result.status, len(scene.gateway.sent)) == (Outcome.DONE, 1)


UNWRITTEN = "nothing was written"


@pytest.mark.parametrize(
    ("error", "status", "http_status", "words"),
    [
        (
            Denied("operation: 403 User does not have rights: Unable to POST to resource", 403),
            Outcome.REFUSED,
            403,
            "the gateway lets nobody but Tesla's app do this: use the app "
            "(403 User does not have rights)",
        ),
        (
            Missing("v2: 404", 404),
            Outcome.REFUSED,
            404,
            "not known to the gateway's firmware (404): v2: 404",
        ),
        (
            RateLimited("limit reached"),
            Outcome.REFUSED,
            429,
            "the gateway wants to be left alone (429); try again in 60 s",
        ),
        (BadAnswer("operation: 400 no", 400), Outcome.REFUSED, 400, "operation: 400 no"),
        (Unauthorized("refused", 401), Outcome.REFUSED, 401, "refused"),
        (Unauthorized("set a password"), Outcome.FAILED, None, f"set a password; {UNWRITTEN}"),
        (BadAnswer("no mode in it", 200), Outcome.FAILED, 200, "no mode in it"),
        (BadAnswer("use https", 301), Outcome.FAILED, 301, "use https"),
        (Stopped("502", 502), Outcome.FAILED, 502, "502"),
        (Busy("503", 503), Outcome.FAILED, 503, "503"),
        (Unreachable("timed out"), Outcome.FAILED, None, f"timed out; {UNWRITTEN}"),
        (
            Untrusted("another certificate"),
            Outcome.FAILED,
            None,
            f"another certificate; {UNWRITTEN}",
        ),
    ],
)
def test_a_failure_is_told_in_plain_words(
    error: GatewayError, status: Outcome, http_status: int | None, words: str
) -> None:
    (result,) = Scene().execute(BACKUP, error).results

    assert (result.status, result.http_status, result.reason) == (status, http_status, words)


def test_a_failed_command_is_not_awaited() -> None:
    scene = Scene()

    scene.execute(BACKUP, Unreachable("timed out"))

    assert scene.desk.waits_for() == frozenset()


@pytest.mark.parametrize("error", [Denied("403", 403), Missing("404", 404)])
@pytest.mark.parametrize(("command", "control"), [(BACKUP, "operation"), (ON_GRID, "island")])
def test_a_denied_control_is_remembered_with_the_firmware(
    error: GatewayError, command: Command, control: str
) -> None:
    scene = Scene()

    scene.execute(command, error)

    assert HOUSE.status is not None
    assert scene.controls.denials == {control: HOUSE.status.version}


def test_a_denial_before_the_firmware_is_known_is_remembered_as_such() -> None:
    scene = Scene()

    scene.execute(BACKUP, Denied("403", 403), Snapshot())

    assert scene.controls.denials == {"operation": "unknown"}


@pytest.mark.parametrize("error", [Unreachable(""), Unauthorized("", 401), Busy("", 503)])
def test_other_failures_deny_nothing(error: GatewayError) -> None:
    scene = Scene()

    scene.execute(BACKUP, error)

    assert scene.controls.denials == {}


def test_a_start_of_the_site_master_that_is_denied_concerns_no_control() -> None:
    scene = Scene()

    scene.execute(RUN, Denied("403", 403))

    assert scene.controls.denials == {}


@pytest.mark.parametrize(
    ("receipt", "denials"),
    [
        (Receipt(written=True, status=200), {}),
        (Receipt(written=False, parts=(Operation("backup", 24.0),)), {"operation": "23.36"}),
    ],
)
def test_only_a_write_shows_that_writing_is_permitted(
    receipt: Receipt, denials: dict[str, str]
) -> None:
    scene = Scene()
    scene.controls.deny(Offer.OPERATION, "23.36")

    scene.execute(BACKUP, receipt)

    assert scene.controls.denials == denials


def test_a_write_whose_reading_back_was_limited_pauses_everything_too() -> None:
    scene = Scene()

    scene.execute(BACKUP, Receipt(written=True, status=200, unread=RateLimited("429", 300.0)))

    assert (scene.health.limited(299.0), scene.health.quiet_until) == (True, 300.0)


def test_a_limited_write_pauses_everything() -> None:
    scene = Scene()

    scene.execute(BACKUP, RateLimited("429", 300.0))

    assert (scene.health.limited(299.0), scene.health.quiet_until) == (True, 300.0)


@pytest.mark.parametrize(
    ("command", "receipt", "cut_short"),
    [
        (BACKUP, Receipt(written=True, status=200), True),
        (BACKUP, Receipt(written=False), True),
        (BACKUP, Uncertain("lost"), True),
        (Refresh(), None, True),
        (BACKUP, Unreachable("timed out"), False),
        (BACKUP, Denied("403", 403), False),
    ],
)
def test_a_wait_for_the_gateway_ends_when_there_is_something_to_read(
    command: Command,
    receipt: Receipt | Exception | None,
    cut_short: bool,  # noqa: FBT001  # a column of the table
) -> None:
    scene = Scene()
    scene.health.hold(Unreachable("timed out"), 0.0)

    scene.execute(command, receipt)

    assert (scene.health.quiet_until < 0) is cut_short


def test_an_order_without_a_final_result_gets_one() -> None:
    scene = Scene()
    cut = order(BACKUP)
    scene.desk.ledger.enter(cut, Outcome.ACCEPTED, scene.clock())

    (result,) = scene.desk.abandon(cut, scene.clock())

    assert result.status is Outcome.FAILED
    assert result.reason == "the bridge stumbled over it; see its log"


def test_an_order_with_a_final_result_gets_no_second_one() -> None:
    scene = Scene()
    done = order(BACKUP)
    for status in (Outcome.ACCEPTED, Outcome.UNCHANGED):
        scene.desk.ledger.enter(done, status, scene.clock())

    assert scene.desk.abandon(done, scene.clock()) == []


def test_an_order_that_is_watched_goes_on() -> None:
    scene = Scene()
    watched = order(BACKUP)
    scene.desk.ledger.enter(watched, Outcome.ACCEPTED, scene.clock())
    scene.desk.execute(watched, HOUSE, Ages(), scene.clock)

    assert scene.desk.abandon(watched, scene.clock()) == []
