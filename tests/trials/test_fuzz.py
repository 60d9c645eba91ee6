"""A short version of the fuzz trial; its long one is `python -m trials.fuzz`."""

import pytest

from bridge.topics import Message
from trials.fuzz_answers import fuzz_answers
from trials.fuzz_commands import fuzz_commands
from trials.fuzz_oracle import Deed, Held, deed
from trials.fuzz_rules import Rules

HELD = Held("backup", 24.0)


def test_random_commands_do_what_they_say_or_nothing() -> None:
    tried = fuzz_commands(1200, seed=1)

    assert tried.faults == []
    assert tried.writes["POST operation"] > 50


def test_mutated_answers_are_errors_or_good_payloads() -> None:
    outcome = fuzz_answers(2500, 300, seed=1)

    assert outcome.faults == []
    assert outcome.seen["understood"] > 500


@pytest.mark.parametrize(
    ("path", "payload", "body"),
    [
        ("operation/mode", b"autonomous", ("autonomous", 24.0)),
        ("operation/backup_reserve", b" 50 ", ("backup", 52.5)),
        ("operation/backup_reserve_raw", b"+5", ("backup", 5.0)),
        ("operation", b'{"mode":"autonomous","backup_reserve":0}', ("autonomous", 5.0)),
        ("island/mode", b"on_grid", ("backup",)),
    ],
)
def test_the_oracle_knows_what_a_good_command_does(
    path: str, payload: bytes, body: tuple[str | float, ...]
) -> None:
    found = deed(path, payload, HELD)

    assert found is not None
    assert found.body == body


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("operation/mode", b"backup"),
        ("operation/backup_reserve", b"20.1"),
        ("operation/backup_reserve", b"NaN"),
        ("operation", b'{"mode":"autonomous","mode":"autonomous"}'),
        ("operation", b'{"backup_reserve":"50"}'),
        ("gateway/running", b"false"),
        ("refresh", b"autonomous"),
    ],
)
def test_the_oracle_allows_nothing_else(path: str, payload: bytes) -> None:
    assert deed(path, payload, HELD) is None


def test_a_write_of_another_value_is_seen() -> None:
    asked = Deed("POST", "operation", ("backup", 52.5))

    assert asked.is_like(
        "POST", "operation", b'{"real_mode":"backup","backup_reserve_percent":52.5}'
    )
    assert not asked.is_like(
        "POST", "operation", b'{"real_mode":"backup","backup_reserve_percent":50}'
    )


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("grid/power", "1e3"),
        ("grid/power", "-0"),
        ("grid/power", "nan"),
        ("grid/power", ""),
        ("grid/connected", "True"),
        ("grid/status", "No Word"),
        ("gateway/started", "yesterday"),
        ("snapshot", '{"a":NaN}'),
        ("no/such/reading", "1"),
        ("grid/po+wer", "1"),
    ],
)
def test_a_payload_against_the_rules_is_seen(topic: str, payload: str) -> None:
    assert Rules().faults(Message(f"powerwall/main/{topic}", payload))
