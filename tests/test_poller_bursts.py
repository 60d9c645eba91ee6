"""Commands that arrive while others are carried out."""

from itertools import cycle

from fakes import Bench

from bridge.commands import Operate, SetIsland
from bridge.errors import GatewayError
from bridge.parts import Endpoint
from bridge.words import Island, Mode


def test_on_grid_goes_right_after_the_command_in_hand_and_takes_the_place_of_off_grid() -> None:
    bench = Bench()
    bench.live(2)
    sent = bench.gateway.sent

    def come_back() -> None:
        if len(sent) == 1:
            bench.order("island/mode", "on_grid")

    bench.gateway.when_sent = come_back
    for path, payload in (
        ("operation/mode", "backup"),
        ("operation/backup_reserve", "40"),
        ("island/mode", "off_grid"),
    ):
        bench.order(path, payload)

    bench.live(0)

    commands = [command for _, command in sent]
    assert commands[:2] == [Operate(mode=Mode.BACKUP), SetIsland(Island.ON_GRID)]
    assert SetIsland(Island.OFF_GRID) not in commands
    assert len(commands) == 3
    ends = {r["requested"]: r["status"] for r in bench.results if r["status"] != "accepted"}
    assert ends["off_grid"] == "superseded"


def test_commands_that_keep_coming_leave_the_polls_their_turn() -> None:
    bench = Bench()
    bench.live(2)
    modes = cycle(("backup", "self_consumption"))
    bench.gateway.when_sent = lambda: bench.order("operation/mode", next(modes))
    bench.gateway.takes_s = 0.5
    bench.order("operation/mode", "backup")

    bench.live(60)

    assert len(bench.gateway.sent) > 10
    assert len(bench.gateway.asked_since(2, Endpoint.METERS)) >= 3


def test_what_arrives_during_the_last_of_a_burst_does_not_wait_for_a_poll() -> None:
    bench = Bench()
    bench.live(2)
    sent = bench.gateway.sent
    bench.gateway.receipts.extend([GatewayError("400", 400)] * 9)

    def another() -> None:
        if len(sent) < 9:
            bench.order("operation/backup_reserve", str(20 + len(sent)))

    bench.gateway.when_sent = another
    bench.order("operation/backup_reserve", "20")

    bench.live(0)

    assert len(sent) == 9
