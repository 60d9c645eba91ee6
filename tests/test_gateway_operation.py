"""Mode and reserve: read first, written together, committed as set, read back."""

import pytest
from gateway_lab import Raw, Step, answer, visiting

from bridge.commands import Operate
from bridge.errors import (
    BadAnswer,
    GatewayError,
    RateLimited,
    Uncertain,
)
from bridge.gateway import Receipt
from bridge.parts import Endpoint, Operation
from bridge.simulator import Fault, Manner, Simulator
from bridge.words import Mode

COMMIT = ("GET", "config/completed")
RUN = ("GET", "sitemaster/run")


def simulated(mode: str, reserve_raw_percent: float) -> Operation:
    """Return what a simulated gateway shows, which sheds no loads."""
    return Operation(mode, reserve_raw_percent, load_shed_percent=0.0, load_shed_shift_hz=0.0)


def held(mode: str = "self_consumption", reserve: bytes = b"24") -> bytes:
    body = b'{"real_mode":"%s","backup_reserve_percent":%s}' % (mode.encode(), reserve)
    return answer(200, body=body)


def written(commit: str, wish: Operate, *script: bytes | Step) -> tuple[Receipt, Raw]:
    with Raw(*script, scheme="https") as raw:
        return raw.gateway(commit=commit).send(wish), raw


def posted(raw: Raw) -> list[bytes]:
    return [r.split(b"\r\n\r\n", 1)[1] for r in raw.requests if r.startswith(b"POST")]


def test_a_mode_and_a_reserve_arrive() -> None:
    with Simulator("fw2336") as sim, visiting(sim) as gateway:
        receipt = gateway.send(Operate(Mode.AUTONOMOUS, 33.5))

        assert receipt == Receipt(written=True, status=200, parts=(simulated("autonomous", 33.5),))
        assert (sim.operation.mode, sim.operation.reserve_raw_percent) == ("autonomous", 33.5)


@pytest.mark.parametrize("reserve", [b"5.000019999999999", b"24", b"24.0", b"2.40E1", b"-0", b"0"])
def test_a_reserve_that_nobody_wished_goes_back_byte_for_byte(reserve: bytes) -> None:
    _, raw = written("never", Operate(mode=Mode.BACKUP), held(reserve=reserve))

    assert posted(raw) == [b'{"real_mode":"backup","backup_reserve_percent":%s}' % reserve]


@pytest.mark.parametrize("around", [b"\x0c", b"\xc2\xa0", b"\x1c\n"])
def test_white_space_that_is_none_to_json_does_not_matter(around: bytes) -> None:
    body = around + b'{"real_mode":"self_consumption","backup_reserve_percent":24}' + around
    _, raw = written("never", Operate(mode=Mode.BACKUP), answer(200, body=body))

    assert posted(raw) == [b'{"real_mode":"backup","backup_reserve_percent":24}']


def test_a_mode_that_nobody_wished_goes_back_as_it_was() -> None:
    """The gateway knows more modes than an owner may choose."""
    _, raw = written("never", Operate(reserve_raw_percent=24.5), held("site_control"))

    assert posted(raw) == [b'{"real_mode":"site_control","backup_reserve_percent":24.5}']


def test_the_mode_goes_under_the_name_it_came() -> None:
    old = answer(200, body=b'{"mode":"backup","backup_reserve_percent":24}')
    _, raw = written("never", Operate(mode=Mode.SELF_CONSUMPTION), old)

    assert posted(raw) == [b'{"mode":"self_consumption","backup_reserve_percent":24}']


@pytest.mark.parametrize(
    "wish",
    [
        Operate(),
        Operate(mode=Mode.SELF_CONSUMPTION),
        Operate(reserve_raw_percent=24.09),
        Operate(Mode.SELF_CONSUMPTION, 23.91),
    ],
)
def test_what_is_so_already_is_not_written(wish: Operate) -> None:
    receipt, raw = written("always", wish, held())

    assert receipt == Receipt(written=False, parts=(Operation("self_consumption", 24.0),))
    assert raw.lines == ["GET operation"]


@pytest.mark.parametrize(
    ("body", "lacking"),
    [
        (b"{}", "mode"),
        (b'{"real_mode":"backup"}', "reserve"),
        (b'{"real_mode":"backup","backup_reserve_percent":"24"}', "reserve"),
        (b'{"real_mode":"backup","backup_reserve_percent":NaN}', "reserve"),
        (b'{"real_mode":7,"backup_reserve_percent":24}', "mode"),
        (b'{"real_mode":"","backup_reserve_percent":24}', "mode"),
    ],
)
@pytest.mark.parametrize("wish", [Operate(mode=Mode.AUTONOMOUS), Operate(reserve_raw_percent=50.0)])
def test_nothing_is_written_without_both_values(body: bytes, lacking: str, wish: Operate) -> None:
    with Raw(answer(200, body=body), scheme="https") as raw:
        with pytest.raises(BadAnswer, match=f"no {lacking}, so nothing was written"):
            raw.gateway().send(wish)

        assert raw.lines == ["GET operation"]


@pytest.mark.parametrize(
    ("commit", "commits", "mode"),
    [("auto", 1, "backup"), ("always", 1, "backup"), ("never", 0, "self_consumption")],
)
def test_a_write_is_committed_as_set(commit: str, commits: int, mode: str) -> None:
    """This gateway takes what is written only after a commit."""
    with Simulator("fw2336") as sim, visiting(sim, commit=commit) as gateway:
        receipt = gateway.send(Operate(mode=Mode.BACKUP))

        assert receipt.written
        assert receipt.parts == (simulated(mode, 24.0),)
        assert sim.count(*COMMIT) == commits
        assert sim.operation.mode == mode


@pytest.mark.parametrize(("commit", "commits"), [("auto", 0), ("always", 1), ("never", 0)])
def test_a_write_that_took_is_not_committed_again(commit: str, commits: int) -> None:
    script = [held(), answer(200), held("backup")]
    receipt, raw = written(commit, Operate(mode=Mode.BACKUP), *script)

    assert receipt.parts == (Operation("backup", 24.0),)
    assert raw.lines.count("GET config/completed") == commits


def test_a_failed_commit_is_said_and_leaves_the_receipt(caplog: pytest.LogCaptureFixture) -> None:
    with Simulator("fw2336") as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("config/completed", status=500))
        receipt = gateway.send(Operate(mode=Mode.BACKUP))

    assert receipt == Receipt(
        written=True, status=200, parts=(simulated("self_consumption", 24.0),)
    )
    assert "main: the write could not be committed: config/completed: 500" in caplog.text


@pytest.mark.parametrize("commit", ["auto", "always"])
def test_a_commit_that_is_answered_with_429_ends_the_calls(commit: str) -> None:
    with Simulator("fw2336") as sim, visiting(sim, commit=commit) as gateway:
        sim.faults.add(Fault("config/completed", status=429, headers=(("retry-after", "77"),)))
        receipt = gateway.send(Operate(mode=Mode.BACKUP))

        assert isinstance(receipt.unread, RateLimited)
        assert receipt.unread.retry_after_s == 77
        assert sim.requests[-1].path == "config/completed"


@pytest.mark.parametrize("lost", [Step(close=True), answer(500), answer(200, body=b"{")])
def test_a_write_that_cannot_be_read_back_was_written(lost: bytes | Step) -> None:
    receipt, _ = written("auto", Operate(mode=Mode.BACKUP), held(), answer(200), lost)

    assert (receipt.written, receipt.status, receipt.parts) == (True, 200, ())
    assert isinstance(receipt.unread, GatewayError)


def test_a_write_whose_answer_is_lost_is_uncertain() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.OPERATION)
        sim.faults.add(Fault("operation", method="POST", manner=Manner.RESET))

        with pytest.raises(Uncertain, match="operation may have been carried out"):
            gateway.send(Operate(mode=Mode.BACKUP))
        assert [r.path for r in sim.requests if r.method == "POST"] == ["login/Basic", "operation"]


def test_a_write_with_an_expired_session_arrives_once() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.OPERATION)
        sim.faults.add(Fault("operation", method="POST", status=403, count=1))
        sim.faults.add(Fault("meters/aggregates", status=403, count=1))
        gateway.send(Operate(mode=Mode.BACKUP))

        assert gateway.logins == 2
        assert str(sim.operation.mode) == "backup"
