"""A house off the grid by command: it comes back whatever happens meanwhile."""

import json
from math import inf
from pathlib import Path

import pytest
from fakes import Bench, house

from bridge.commands import SetIsland
from bridge.documents import Json
from bridge.errors import BadAnswer, Denied, GatewayError, Uncertain, Unreachable
from bridge.off_grid import NOTE_S, OffGridRules
from bridge.parts import Endpoint, GridStatus
from bridge.state import Store
from bridge.words import Island

ISLANDED = house(grid="SystemIslandedActive")
LOST = Unreachable("timed out")
HOUR = OffGridRules(return_after_s=3600.0)


def shows(bench: Bench, grid: str) -> None:
    bench.gateway.answers[Endpoint.GRID_STATUS] = GridStatus(grid, services_active=False)


def left(store: Store | None = None) -> Bench:
    """Return a bench whose house has just left the grid by command."""
    bench = Bench(store=store, rules=HOUR)
    bench.live(2)
    bench.order("island/mode", "off_grid")
    bench.live(0)
    shows(bench, "SystemIslandedActive")
    return bench


def returns(bench: Bench) -> list[float]:
    return [at for at, sent in bench.gateway.sent if sent == SetIsland(Island.ON_GRID)]


def happened(bench: Bench) -> list[str]:
    return [json.loads(text)["event_type"] for text in bench.said("event")]


def test_the_house_returns_after_the_time_that_is_set() -> None:
    bench = left()

    bench.live(3610)

    assert returns(bench) == [3602.0]
    assert bench.results[-1]["command"] == "island/mode"


def test_a_return_is_tried_until_the_gateway_is_there_again_and_shows_it() -> None:
    bench = left()
    bench.live(60)
    bench.gateway.fails(LOST)
    bench.gateway.receipts.extend([LOST] * 20)
    bench.live(7200)
    tried = len(returns(bench))
    bench.gateway.receipts.clear()
    bench.gateway.recovers(ISLANDED)

    bench.live(400)
    shows(bench, "SystemGridConnected")
    bench.live(3600)

    assert tried == 21
    assert tried < len(returns(bench)) <= tried + 3


def test_a_gateway_that_fell_silent_with_the_command_brings_the_house_back_all_the_same() -> None:
    """What it said last is that the house is on the grid."""
    bench = Bench(rules=HOUR)
    bench.live(2)
    bench.gateway.receipts.append(Uncertain("may have been carried out"))
    bench.gateway.fails(LOST)
    bench.order("island/mode", "off_grid")
    bench.live(1800)
    bench.gateway.recovers(ISLANDED)

    bench.live(2000)

    assert returns(bench)


def test_a_bridge_that_is_killed_at_the_write_brings_the_house_back() -> None:
    bench = Bench(rules=HOUR)
    bench.live(2)
    bench.gateway.receipts.append(RuntimeError("killed"))
    bench.order("island/mode", "off_grid")
    with pytest.raises(RuntimeError):
        bench.live(0)

    later = Bench(store=bench.store, rules=HOUR)
    later.live(10)
    shows(later, "SystemIslandedActive")
    later.live(3650)

    assert len(returns(later)) >= 1
    assert returns(later)[0] <= 3610.0


def full(tmp_path: Path) -> Path:
    """Return a directory in which nothing can be written, not even by root."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def told_to_leave(store: Store, rules: OffGridRules) -> Bench:
    bench = Bench(store=store, rules=rules)
    bench.live(2)
    bench.order("island/mode", "off_grid")
    bench.live(0)
    return bench


def test_a_house_whose_return_cannot_be_kept_does_not_leave(tmp_path: Path) -> None:
    """If the bridge ended now, the next one would leave it off the grid."""
    bench = told_to_leave(Store(full(tmp_path), "main"), HOUR)

    assert (bench.gateway.sent, bench.outcomes) == ([], ["accepted", "refused"])
    assert bench.results[-1]["reason"] == (
        "STATE_DIR cannot be written: a restart would forget the return of "
        "POWERWALL_OFF_GRID_RETURN_AFTER=3600"
    )
    assert bench.off_grid.deadline_s == inf


@pytest.mark.parametrize("written", [True, False])
def test_a_house_leaves_where_its_return_is_kept_or_none_is_wanted(
    tmp_path: Path,
    written: bool,  # noqa: FBT001
) -> None:
    directory = tmp_path if written else full(tmp_path)
    bench = told_to_leave(Store(directory, "main"), HOUR if written else OffGridRules())

    assert len(bench.gateway.sent) == 1


def test_a_disk_that_can_be_written_again_lets_the_house_leave(tmp_path: Path) -> None:
    bench = told_to_leave(Store(full(tmp_path), "main"), HOUR)
    full(tmp_path).unlink()

    bench.order("island/mode", "off_grid")
    bench.live(0)

    assert len(bench.gateway.sent) == 1


class Diary(Store):
    """Takes down how many commands the gateway had been sent when something was kept."""

    def __init__(self) -> None:
        super().__init__(None, "main")
        self.bench: Bench | None = None
        self.pages: list[int] = []

    def put(self, key: str, value: Json) -> None:
        super().put(key, value)
        if self.bench:
            self.pages.append(len(self.bench.gateway.sent))


def test_on_grid_waits_for_no_disk() -> None:
    """One that hangs would keep the house off the grid; what is kept comes after."""
    diary = Diary()
    bench = left(diary)
    bench.clock.s += NOTE_S  # the leave's time is to be kept again, just now
    diary.bench = bench

    bench.order("island/mode", "on_grid")
    bench.live(0)

    assert len(returns(bench)) == 1
    assert diary.pages
    assert min(diary.pages) == len(bench.gateway.sent)


def test_a_leave_that_has_ended_is_not_ended_again_by_the_next_run_in_an_outage() -> None:
    bench = left()
    bench.live(60)
    shows(bench, "SystemGridConnected")
    bench.live(60)

    later = Bench(store=bench.store, house=ISLANDED, rules=HOUR)
    later.live(7200)

    assert returns(later) == []


@pytest.mark.parametrize(
    ("answer", "comes_back"),
    [(Denied("403", 403), False), (LOST, False), (BadAnswer("500", 500), True)],
)
def test_only_a_refusal_shows_that_the_contactor_will_not_move(
    answer: GatewayError,
    comes_back: bool,  # noqa: FBT001
) -> None:
    bench = Bench(rules=HOUR)
    bench.live(2)
    bench.gateway.receipts.append(answer)
    bench.order("island/mode", "off_grid")
    bench.live(10)
    shows(bench, "SystemIslandedActive")

    bench.live(3700)

    assert bool(returns(bench)) is comes_back


def test_a_wish_is_over_when_somebody_else_has_brought_the_house_back() -> None:
    bench = left()
    bench.live(60)
    wished = bench.last("island/requested")
    shows(bench, "SystemGridConnected")

    bench.live(10)

    assert (wished, bench.last("island/requested")) == ("off_grid", "None")


def test_an_outage_after_a_leave_is_an_outage() -> None:
    bench = left()
    bench.live(60)
    shows(bench, "SystemGridConnected")
    bench.live(60)
    before = happened(bench)

    shows(bench, "SystemIslandedActive")
    bench.live(10)

    assert (before, happened(bench)) == ([], ["grid_lost"])


def test_a_leave_whose_answer_got_lost_is_no_loss_of_the_grid() -> None:
    bench = Bench()
    bench.live(2)
    bench.gateway.receipts.append(Uncertain("may have been carried out"))
    bench.order("island/mode", "off_grid")
    bench.live(0)
    shows(bench, "SystemIslandedActive")
    bench.live(60)

    assert bench.last("island/requested") == "off_grid"
    assert happened(bench) == []


def test_a_switch_whose_answer_got_lost_is_never_sent_twice() -> None:
    bench = Bench()
    bench.live(2)
    bench.gateway.receipts.append(Uncertain("may have been carried out"))
    bench.order("island/mode", "off_grid")

    bench.live(3600)

    assert len(bench.gateway.sent) == 1
    assert bench.outcomes == ["accepted", "unverified"]


@pytest.mark.parametrize("path", ["island/mode", "operation/mode"])
def test_a_command_of_an_outage_is_not_sent_after_it(path: str) -> None:
    bench = Bench()
    bench.live(2)
    bench.gateway.fails(LOST)
    bench.gateway.receipts.append(LOST)
    bench.live(200)
    bench.order(path, "backup" if path == "operation/mode" else "on_grid")
    bench.live(200)
    bench.gateway.recovers(house())

    bench.live(3600)

    assert len(bench.gateway.sent) == 1
    assert bench.outcomes == ["accepted", "failed"]
