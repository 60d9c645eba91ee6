"""What a payload on a command topic means."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.commands import (
    CONTROLS,
    MAX_PAYLOAD,
    Access,
    Control,
    Operate,
    Parsed,
    Refresh,
    Run,
    SetIsland,
)
from bridge.errors import CommandError
from bridge.words import Island, Mode

OPERATION = ("operation",)
MODE = ("operation", "mode")
RESERVE = ("operation", "backup_reserve")
RAW = ("operation", "backup_reserve_raw")
ISLAND = ("island", "mode")
RUNNING = ("gateway", "running")
REFRESH = ("refresh",)


def control(path: tuple[str, ...]) -> Control:
    return next(control for control in CONTROLS if control.path == path)


def read(path: tuple[str, ...], payload: str | dict[str, object]) -> Parsed:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return control(path).read(text.encode())


def refusal(path: tuple[str, ...], payload: str | dict[str, object]) -> str:
    with pytest.raises(CommandError) as error:
        read(path, payload)
    return str(error.value).removesuffix(f"; allowed: {control(path).allowed}")


@pytest.mark.parametrize("mode", Mode)
def test_a_mode_is_set_by_its_name(mode: Mode) -> None:
    assert read(MODE, f" {mode}\n") == Parsed(Operate(mode), mode.value)


def test_a_reserve_is_meant_on_the_apps_scale() -> None:
    assert read(RESERVE, "20") == Parsed(Operate(reserve_raw_percent=24.0), 20.0)


def test_a_raw_reserve_is_sent_as_it_is() -> None:
    assert read(RAW, "24.6") == Parsed(Operate(reserve_raw_percent=24.6), 24.6)


@pytest.mark.parametrize(("text", "raw"), [("0", 5), ("100", 100), ("-0", 5), ("1e1", 14.5)])
def test_a_reserve_may_be_any_number_from_0_to_100(text: str, raw: float) -> None:
    assert read(RESERVE, text).command == Operate(reserve_raw_percent=raw)


def test_minus_zero_was_zero() -> None:
    assert str(read(RESERVE, "-0").requested) == "0.0"


@pytest.mark.parametrize(
    ("path", "payload", "words"),
    [
        (MODE, "turbo", "'turbo' is not a mode"),
        (MODE, "", "'' is not a mode"),
        (MODE, "Backup", "'Backup' is not a mode"),
        (MODE, "site_control", "'site_control' is not a mode"),
        (MODE, "x" * 50, f"'{'x' * 40}...' is not a mode"),
        (RESERVE, "-1", "'-1' is not a number from 0 to 100"),
        (RESERVE, "100.1", "'100.1' is not a number from 0 to 100"),
        (RESERVE, "nan", "'nan' is not a number from 0 to 100"),
        (RESERVE, "inf", "'inf' is not a number from 0 to 100"),
        (RESERVE, "", "'' is not a number from 0 to 100"),
        (RESERVE, "20 %", "'20 %' is not a number from 0 to 100"),
        (RESERVE, "1_0", "'1_0' is not a number"),
        (RESERVE, "٢٠", "'٢٠' is not a number"),
        (RAW, "4.9", "'4.9' is not a number from 5 to 100"),
        (OPERATION, "20", "'20' is not a JSON object"),
        (OPERATION, "{", "'{' is not JSON"),
        (OPERATION, "[" * 4000, f"'{'[' * 40}...' is not JSON"),
        (OPERATION, {}, "nothing to set"),
        (OPERATION, {"id": "x"}, "nothing to set"),
        (OPERATION, {"mod": "backup", "x": 1}, "unknown key 'mod'"),
        (OPERATION, {"mode": None}, "'null' is not a mode"),
        (OPERATION, {"mode": ["backup"]}, "a list is not a mode"),
        (OPERATION, {"mode": {"x": 1}}, "an object is not a mode"),
        (OPERATION, {"backup_reserve": "20"}, "'20' is text, not a number"),
        (OPERATION, {"backup_reserve": True}, "'true' is not a number from 0 to 100"),
        (OPERATION, {"backup_reserve": None}, "'null' is not a number from 0 to 100"),
        (OPERATION, {"backup_reserve": 120}, "'120' is not a number from 0 to 100"),
        (OPERATION, {"backup_reserve": float("nan")}, "'NaN' is not a number from 0 to 100"),
        (OPERATION, {"backup_reserve_raw": 4}, "'4' is not a number from 5 to 100"),
        (
            OPERATION,
            {"backup_reserve": 10**400},
            f"'1{'0' * 39}...' is not a number from 0 to 100",
        ),
        (
            OPERATION,
            {"backup_reserve": 20, "backup_reserve_raw": 24},
            "backup_reserve and backup_reserve_raw exclude each other",
        ),
        (
            OPERATION,
            {"mode": "backup", "id": True},
            "'true' is not an id (1 to 100 printable characters)",
        ),
        (ISLAND, "backup", "'backup' is not a side of the contactor"),
        (RUNNING, "false", "'false' cannot be done; stopping is not offered"),
        (RUNNING, "ON", "'ON' cannot be done; stopping is not offered"),
    ],
)
def test_a_payload_that_means_nothing_is_refused_in_words(
    path: tuple[str, ...], payload: str | dict[str, object], words: str
) -> None:
    assert refusal(path, payload) == words


@pytest.mark.parametrize(
    "text",
    [
        '{"mode": "backup", "mode": "autonomous"}',
        '{"mode": "backup", "mode": "backup"}',
        '{"backup_reserve": 20, "mode": "backup", "mode": null}',
    ],
)
def test_a_member_that_is_given_twice_is_not_guessed_at(text: str) -> None:
    """Which of both is meant, readers of JSON do not agree on."""
    assert refusal(OPERATION, text) == "'mode' is given twice"


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(CommandError) as error:
        read(ISLAND, "yes")

    assert str(error.value).endswith("; allowed: on_grid off_grid")


def test_one_write_sets_mode_and_reserve() -> None:
    wish: dict[str, object] = {"mode": "backup", "backup_reserve": 20, "id": "abc"}

    assert read(OPERATION, wish) == Parsed(
        Operate(Mode.BACKUP, 24.0), {"mode": "backup", "backup_reserve": 20}, "abc"
    )


def test_one_write_may_set_the_mode_alone() -> None:
    assert read(OPERATION, {"mode": "autonomous"}).command == Operate(Mode.AUTONOMOUS)


def test_one_write_may_set_the_raw_reserve_alone() -> None:
    wish: dict[str, object] = {"backup_reserve_raw": 24.6}

    assert read(OPERATION, wish).command == Operate(None, 24.6)


@pytest.mark.parametrize(("given", "name"), [(17, "17"), ("x y", "x y"), (None, None)])
def test_a_command_may_have_an_id(given: object, name: str | None) -> None:
    assert read(OPERATION, {"mode": "backup", "id": given}).id == name


@pytest.mark.parametrize("given", ["", "x" * 101, 1.5, [1], "a\nb", "\ud800", 10**100])
def test_an_id_that_could_not_be_repeated_is_refused(given: object) -> None:
    words = refusal(OPERATION, {"mode": "backup", "id": given})

    assert words.endswith("is not an id (1 to 100 printable characters)")


@pytest.mark.parametrize("side", Island)
def test_the_contactor_is_set_by_the_side_it_is_on(side: Island) -> None:
    assert read(ISLAND, side) == Parsed(SetIsland(side), side.value)


def test_the_site_master_is_started_by_true() -> None:
    assert read(RUNNING, "true") == Parsed(Run(), requested=True)


@pytest.mark.parametrize("text", ["", "now", "x" * 500])
def test_a_refresh_is_any_payload_and_repeats_little_of_it(text: str) -> None:
    assert read(REFRESH, text) == Parsed(Refresh(), text[:40])


def test_a_payload_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(CommandError, match=f"{MAX_PAYLOAD + 1} bytes are too many"):
        control(REFRESH).read(b"x" * (MAX_PAYLOAD + 1))


def test_only_a_refresh_is_always_offered() -> None:
    always = [control.path for control in CONTROLS if control.access is Access.ALWAYS]

    assert always == [REFRESH]


PAYLOADS = (
    st.binary(max_size=MAX_PAYLOAD + 10)
    | st.text().map(lambda text: text.encode("utf-8", "replace"))
    | st.floats().map(lambda number: str(number).encode())
    | st.builds(
        lambda wish: json.dumps(wish).encode(),
        st.dictionaries(
            st.sampled_from(["mode", "backup_reserve", "backup_reserve_raw", "id", "x"]),
            st.sampled_from(Mode)
            | st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
                lambda inner: st.lists(inner, max_size=3),
                max_leaves=5,
            ),
        ),
    )
)


@given(st.sampled_from(CONTROLS), PAYLOADS)
def test_any_payload_is_a_command_or_words_that_can_be_sent(
    control: Control, payload: bytes
) -> None:
    try:
        parsed = control.read(payload)
        said = json.dumps([parsed.requested, parsed.id], allow_nan=False, ensure_ascii=False)
    except CommandError as error:
        said = str(error)

    assert said.encode()


@given(st.integers(100, 2000))
def test_a_deeply_nested_payload_is_refused(depth: int) -> None:
    nest = b"[" * depth + b"]" * depth

    with pytest.raises(CommandError):
        control(OPERATION).read(b'{"mode":' + nest + b"}")
