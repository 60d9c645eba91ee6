"""Secrets are taken out of a gateway's words, at the same cost however many there were."""

import secrets
import tracemalloc

import pytest
from gateway_lab import Raw, answer
from hypothesis import given
from hypothesis import strategies as st

from bridge.gateway.discretion import without
from bridge.gateway.http import Call

ALPHABET = st.text('ab"ü\\ é/_1', max_size=8)


@pytest.mark.parametrize(
    ("told", "said", "shown"),
    [
        (["secret"], "a secretive secret", "a ***ive ***"),
        (["bad"], "not bad, badly: bad credentials", "not ***, badly: bad credentials"),
        (["e"], "Login Error: e", "Login Error: ***"),
        (["ab"], "ab_ab ab1 1ab (ab)", "ab_ab ab1 1ab (***)"),
        (["secret", "secrets-of-mine"], "secrets-of-mine", "***"),
        (["my bad credentials"], "my bad credentials", "***"),
        (["aaaaaa"], "aaaaaaaaaaaaa", "******a"),
        ([""], "nothing", "nothing"),
        ([], "nothing", "nothing"),
    ],
)
def test_what_is_left_of_a_text(told: list[str], said: str, shown: str) -> None:
    assert without(told, said.encode()) == shown.encode()


@pytest.mark.parametrize("spelled", ["gr\\u00fcn/es", "grün/es"])
def test_a_secret_is_found_as_json_spells_it(spelled: str) -> None:
    assert without(["grün/es"], f'{{"error":"{spelled}"}}'.encode()) == b'{"error":"***"}'


@given(st.lists(ALPHABET, max_size=3), st.lists(ALPHABET, max_size=6))
def test_no_long_secret_is_left(told: list[str], said: list[str]) -> None:
    text = without(told, "-".join([*said, *told]).encode())

    assert not [one for one in told if len(one) >= 6 and one.encode() in text]


def test_the_secrets_of_the_last_sessions_and_no_more_are_kept() -> None:
    """A gateway whose sessions expire by the hour gives thousands of them in a year."""
    with Raw(answer(403, body=b"session-1 session-2 session-3")) as raw:
        http = raw.http()
        for number in range(1, 4):
            http.confide(f"session-{number}")

        assert http.ask(Call("GET", "config")).body == b"session-1 *** ***"


def test_a_secret_that_is_forgotten_leaves_nothing_behind() -> None:
    """Python keeps the last 512 regular expressions, each as large as its secrets."""
    said = b'{"code":403,"error":"Unable to GET to resource"}'
    without([secrets.token_hex(300)], said)

    tracemalloc.start()
    for _ in range(100):
        without([secrets.token_hex(300)], said)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 50_000
