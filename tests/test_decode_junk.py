"""Answers that no gateway should give: they end in words, never in a crash or a made-up value."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import SITES, answer

from bridge.gateway.decode import LISTS, decode
from bridge.parts import (
    Endpoint,
    GridStatus,
    Meter,
    Meters,
    Part,
    SiteInfo,
    Soe,
    SystemStatus,
)

JSON_ENDPOINTS = [e for e in Endpoint if e not in {Endpoint.VITALS, Endpoint.TEDAPI_DIN}]
ANSWERED = [e for e in JSON_ENDPOINTS if any(answer(name, e) for name in SITES)]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**310)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(
        ["0001-01-01T00:00:00Z", "8.1s", "2021-12-16 22:13:25 +0800", "[[1", "\ud800"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def members_of(value: object) -> set[str]:
    """Return all keys that stand anywhere in a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(members_of, value.values()))
    return set().union(*map(members_of, value)) if isinstance(value, list) else set()


KEYS = sorted(
    {
        key
        for name in SITES
        for endpoint in JSON_ENDPOINTS
        if (body := answer(name, endpoint))
        for key in members_of(json.loads(body))
    }
)
SECTION = st.dictionaries(st.sampled_from(KEYS), VALUES)
ANSWERS = st.dictionaries(st.sampled_from(KEYS), VALUES | SECTION | st.lists(SECTION, max_size=3))


def read(endpoint: Endpoint, body: bytes) -> Part | None:
    """Return the part, None for a body that is unusable as a whole."""
    try:
        part, oddities = decode(endpoint, body)
    except ValueError:
        return None
    assert all(odd.isascii() and odd.isprintable() for odd in oddities)
    return part


@given(st.sampled_from(JSON_ENDPOINTS), ANSWERS)
def test_any_object_is_a_part_that_can_be_published(endpoint: Endpoint, given: object) -> None:
    answer = [given] if endpoint in LISTS else given
    part = read(endpoint, json.dumps(answer).encode())

    assert part
    assert json.dumps(asdict(part), allow_nan=False, ensure_ascii=False).encode()


@given(st.sampled_from(JSON_ENDPOINTS), VALUES)
def test_any_value_is_a_part_or_an_error(endpoint: Endpoint, given: object) -> None:
    part = read(endpoint, json.dumps(given).encode())

    none = endpoint in {Endpoint.METERS_SITE, Endpoint.METERS_SOLAR} and given is None
    fits = isinstance(given, list if endpoint in LISTS else dict)
    assert (part is not None) == (fits or none)


@given(st.sampled_from(Endpoint), st.binary())
def test_any_bytes_are_a_part_or_an_error(endpoint: Endpoint, body: bytes) -> None:
    part = read(endpoint, body)

    assert part is None or isinstance(part, Part)


@given(st.sampled_from(ANSWERED), st.data())
def test_an_answer_that_is_cut_short_is_an_error(endpoint: Endpoint, data: st.DataObject) -> None:
    body = next(body for name in SITES if (body := answer(name, endpoint)))
    body = body[: data.draw(st.integers(0, len(body.rstrip()) - 1))]

    with pytest.raises(ValueError, match=endpoint):
        decode(endpoint, body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "status is empty, expected a JSON object"),
        (b" \n", "status is empty, expected a JSON object"),
        (b"null", "status is null, expected a JSON object"),
        (b"[]", "status is a list, expected a JSON object"),
        (b'"x"', "status is text, expected a JSON object"),
        (b"5", "status is a number, expected a JSON object"),
        (b"true", "status is true or false, expected a JSON object"),
        (b"<html>Moved</html>", "status is HTML, expected a JSON object"),
        (b"[" * 100_000, "status is nested too deeply"),
        (
            b'{"din": "1232',
            "status is not JSON, or cut short: Unterminated string starting at at character 8",
        ),
    ],
)
def test_an_unusable_body_is_said_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match="status") as error:
        decode(Endpoint.STATUS, body)

    assert str(error.value) == words


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("1", "text"),
        (True, "true or false"),
        ([], "a list"),
        ({}, "an object"),
        (float("nan"), "out of range"),
        (float("-inf"), "out of range"),
    ],
)
def test_what_is_no_number_is_odd(given: object, kind: str) -> None:
    part, odd = decode(Endpoint.SOE, json.dumps({"percentage": given}).encode())

    assert (part, odd) == (Soe(), (f"percentage is {kind}, expected a number",))


@pytest.mark.parametrize("digits", ["1e999", "-1e999", "9" * 400, "9" * 5000])
def test_a_number_beyond_a_float_is_odd(digits: str) -> None:
    part, odd = decode(Endpoint.SOE, f'{{"percentage": {digits}}}'.encode())

    assert (part, odd) == (Soe(), ("percentage is out of range, expected a number",))


def test_a_number_larger_than_anything_measured_is_odd() -> None:
    """Sums and products of what is read must stay finite, or they could not be published."""
    part, odd = decode(Endpoint.SOE, b'{"percentage": %s}' % (b"9" * 40))

    assert (part, odd) == (Soe(), ("percentage is out of range, expected a number",))


@pytest.mark.parametrize("digits", ["1e-320", "-4.9e-324", "-0.0", "1e-10"])
def test_a_number_smaller_than_anything_measured_is_zero(digits: str) -> None:
    """Energy divided by such a power would last for ever, and infinity cannot be published."""
    body = b'{"load": {"instant_power": %s}}' % digits.encode()

    assert decode(Endpoint.METERS, body) == (Meters({"load": Meter(power_w=0.0)}), ())


def test_an_oddity_says_where_it_is() -> None:
    given = {"battery_blocks": [{}, {"p_out": "5", "disabled_reasons": ["x", 3]}, 7]}

    _, odd = decode(Endpoint.SYSTEM_STATUS, json.dumps(given).encode())

    assert odd == (
        "battery_blocks[2] is a number, expected an object",
        "battery_blocks[1].disabled_reasons[1] is a number, expected text",
        "battery_blocks[1].p_out is text, expected a number",
    )


def test_an_odd_member_of_a_meter_leaves_the_others() -> None:
    part, odd = decode(Endpoint.METERS, b'{"site": {"instant_power": "x", "frequency": 60}}')

    assert (part, odd) == (
        Meters({"site": Meter(frequency_hz=60.0)}),
        ("site.instant_power is text, expected a number",),
    )


def test_a_list_that_is_none_is_odd() -> None:
    part, odd = decode(Endpoint.SYSTEM_STATUS, b'{"battery_blocks": {}}')

    assert (part, odd) == (SystemStatus(), ("battery_blocks is an object, expected a list",))


def test_missing_and_null_members_are_nothing_special() -> None:
    assert decode(Endpoint.GRID_STATUS, b'{"grid_status": null}') == (GridStatus(), ())


def test_extra_members_are_nothing_special() -> None:
    assert decode(Endpoint.SOE, b'{"percentage": 5, "new": {"x": 1}}') == (Soe(5.0), ())


def test_half_a_character_is_replaced() -> None:
    part, _ = decode(Endpoint.GRID_STATUS, b'{"grid_status": "a\\ud800b"}')

    assert part == GridStatus("a?b")


def test_bytes_that_are_no_utf8_do_not_spoil_the_rest() -> None:
    part, _ = decode(Endpoint.SOE, b'\xef\xbb\xbf{"x": "B\xfcro", "percentage": 5}')

    assert part == Soe(5.0)


def test_a_strange_name_cannot_break_a_log_line() -> None:
    _, odd = decode(Endpoint.METERS, json.dumps({"a\nb": 1}).encode())

    assert odd == ("'a\\nb' is a number, expected an object",)


def test_a_body_of_junk_does_not_fill_the_log() -> None:
    _, odd = decode(Endpoint.METERS, json.dumps(dict.fromkeys(map(str, range(1000)), 1)).encode())

    assert len(odd) == 20


def test_a_text_without_end_is_odd() -> None:
    """It would not fit into the snapshot, nor into a state of Home Assistant."""
    part, odd = decode(Endpoint.SITE_INFO, b'{"site_name": "%s"}' % (b"x" * 20_000))

    assert part == SiteInfo()
    assert odd == ("site_name is 20000 characters long, expected at most 255",)
