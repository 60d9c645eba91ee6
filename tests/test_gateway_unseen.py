"""Writes of mode and reserve that were not seen to take: committed late, and never skipped over."""

from dataclasses import dataclass

import pytest
from gateway_lab import Raw, Step, Time, answer

from bridge.commands import Operate
from bridge.errors import BadAnswer, Uncertain
from bridge.gateway import Receipt
from bridge.gateway.local import LocalGateway
from bridge.parts import Endpoint, Operation
from bridge.words import Mode

BACKUP, BACK = Operate(mode=Mode.BACKUP), Operate(mode=Mode.SELF_CONSUMPTION)
LOST, UNREADABLE, TAKEN = Step(close=True), answer(500), answer(200)
COMMIT, COMMITTED = "GET config/completed", answer(202)
READ, WRITE = "GET operation", "POST operation"


def shows(mode: str, reserve: float = 24.0) -> bytes:
    body = f'{{"real_mode":"{mode}","backup_reserve_percent":{reserve}}}'
    return answer(200, body=body.encode())


OLD, NEW = shows("self_consumption"), shows("backup")


@dataclass
class Scene:
    """A gateway that plays a script, its client, and the time."""

    raw: Raw
    gateway: LocalGateway
    time: Time

    def write(self, wish: Operate) -> Receipt | None:
        """Send a write; None stands for an answer that got lost."""
        try:
            return self.gateway.send(wish)
        except Uncertain:
            return None

    def read(self) -> object:
        return self.gateway.read(Endpoint.OPERATION)

    @property
    def bodies(self) -> list[bytes]:
        found = [r.split(b"\r\n\r\n", 1)[1] for r in self.raw.requests]
        return [body for body in found if body]


def scene(*script: bytes | Step, commit: str = "auto") -> Scene:
    raw, time = Raw(*script, scheme="https"), Time()
    return Scene(raw, raw.gateway(commit=commit, clock=time.clock), time)


@pytest.mark.parametrize("commit", ["auto", "always"])
def test_a_write_whose_answer_got_lost_is_committed_when_the_old_value_still_shows(
    commit: str,
) -> None:
    one = scene(OLD, LOST, OLD, COMMITTED, NEW, commit=commit)
    with one.raw:
        one.write(BACKUP)

        assert one.read() == Operation("backup", 24.0)
        assert one.raw.lines == [READ, WRITE, READ, COMMIT, READ]


def test_a_write_that_could_not_be_read_back_is_committed_by_the_next_reading() -> None:
    one = scene(OLD, TAKEN, UNREADABLE, OLD, COMMITTED, NEW)
    with one.raw:
        one.write(BACKUP)

        assert one.read() == Operation("backup", 24.0)
        assert one.raw.lines[3:] == [READ, COMMIT, READ]


@pytest.mark.parametrize("commit", ["auto", "never"])
@pytest.mark.parametrize("later", [NEW, OLD])
def test_only_what_needs_it_is_committed_by_a_reading(commit: str, later: bytes) -> None:
    one = scene(OLD, LOST, later, commit=commit)
    with one.raw:
        one.write(BACKUP)
        one.read()

        assert (COMMIT in one.raw.lines) is (commit == "auto" and later is OLD)


def test_a_write_that_always_is_committed_is_so_though_its_answer_got_lost() -> None:
    one = scene(OLD, LOST, NEW, COMMITTED, NEW, commit="always")
    with one.raw:
        one.write(BACKUP)
        for _ in range(2):
            one.read()

        assert one.raw.lines == [READ, WRITE, READ, COMMIT, READ, READ]


def test_what_nobody_has_written_here_is_never_committed() -> None:
    """What another has staged is his."""
    one = scene(OLD, answer(400), OLD)
    with one.raw:
        with pytest.raises(BadAnswer):
            one.write(BACKUP)
        one.read()

        assert COMMIT not in one.raw.lines


def test_a_write_that_was_taken_is_committed_once_and_one_that_got_lost_a_few_times() -> None:
    """The gateway may carry out much later what was not answered."""
    commits = []
    for answered in (TAKEN, LOST):
        one = scene(OLD, answered, OLD, COMMITTED, OLD)
        with one.raw:
            one.write(BACKUP)
            for _ in range(60):
                one.read()
                one.time.s += 1
            commits.append(one.raw.lines.count(COMMIT))

    assert commits == [1, 3]


def test_a_commit_that_failed_is_tried_again() -> None:
    one = scene(OLD, TAKEN, OLD, answer(500), OLD, OLD, COMMITTED, NEW)
    with one.raw:
        one.write(BACKUP)
        one.time.s += 5

        assert one.read() == Operation("backup", 24.0)
        assert one.raw.lines.count(COMMIT) == 2


def test_a_write_that_nobody_waits_for_any_more_is_not_committed() -> None:
    one = scene(OLD, LOST, OLD)
    with one.raw:
        one.write(BACKUP)
        one.time.s += 30
        one.read()

        assert COMMIT not in one.raw.lines


@pytest.mark.parametrize("answered", [LOST, TAKEN])
def test_the_way_back_is_written_while_a_write_is_not_seen(answered: bytes | Step) -> None:
    """The gateway may still carry out, or commit, what came before."""
    one = scene(OLD, answered, OLD, commit="never")
    with one.raw:
        one.write(BACKUP)
        receipt = one.write(BACK)

        assert receipt == Receipt(
            written=True, status=200, parts=(Operation("self_consumption", 24.0),)
        )
        assert one.bodies[-1] == b'{"real_mode":"self_consumption","backup_reserve_percent":24.0}'


def test_the_way_back_is_committed_and_what_came_before_is_not() -> None:
    """No reading tells whether it took: what is staged looks like what was held before."""
    one = scene(OLD, LOST, OLD, TAKEN, COMMITTED, OLD)
    with one.raw:
        one.write(BACKUP)
        one.write(BACK)

        assert one.raw.lines[2:] == [READ, WRITE, COMMIT, READ]


def test_what_came_late_after_all_is_not_written_again() -> None:
    one = scene(OLD, LOST, NEW)
    with one.raw:
        one.write(BACKUP)

        assert one.write(BACKUP) == Receipt(written=False, parts=(Operation("backup", 24.0),))


def test_what_is_so_already_is_not_written_for_another_write_that_is_not_seen() -> None:
    one = scene(OLD, LOST, OLD, commit="never")
    with one.raw:
        one.write(BACKUP)
        receipt = one.write(Operate(reserve_raw_percent=24.0))

        assert receipt == Receipt(written=False, parts=(Operation("self_consumption", 24.0),))


def test_what_is_so_already_is_not_written_once_the_last_write_was_seen() -> None:
    one = scene(OLD, LOST, NEW, OLD, commit="never")
    with one.raw:
        one.write(BACKUP)
        one.read()
        receipt = one.write(BACK)

        assert receipt is not None
        assert not receipt.written


def test_a_write_of_something_else_keeps_what_waits_for_its_commit() -> None:
    """It sends mode and reserve as the gateway holds them: what is staged would be lost."""
    one = scene(OLD, TAKEN, UNREADABLE, OLD, COMMITTED, NEW, TAKEN, shows("backup", 33.5))
    with one.raw:
        one.write(BACKUP)
        one.write(Operate(reserve_raw_percent=33.5))

        assert one.bodies[-1] == b'{"real_mode":"backup","backup_reserve_percent":33.5}'


def test_a_write_that_was_refused_leaves_the_one_before_it_waiting() -> None:
    one = scene(OLD, LOST, OLD, answer(400), OLD, COMMITTED, NEW)
    with one.raw:
        one.write(BACKUP)
        with pytest.raises(BadAnswer):
            one.write(BACK)

        assert one.read() == Operation("backup", 24.0)
