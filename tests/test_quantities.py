"""How a number looks on its topic."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import quantities
from bridge.quantities import CURRENT, ENERGY, FREQUENCY, LEVEL, POWER, VOLTAGE, Form, Quantity

NUMBERS = [
    quantity
    for quantity in vars(quantities).values()
    if isinstance(quantity, Quantity) and quantity.form is Form.NUMBER
]


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        (POWER, -0.4, "0"),
        (POWER, -0.6, "-1"),
        (POWER, 100, "100"),
        (POWER, 1208.2499694824219, "1208"),
        (POWER, 1e22, "10000000000000000000000"),
        (VOLTAGE, -0.04, "0"),
        (VOLTAGE, 240.0, "240"),
        (LEVEL, 69.4027184, "69.4"),
        (CURRENT, 2.4795, "2.48"),
        (FREQUENCY, 59.997999999999998, "59.998"),
        (ENERGY, 7884022.5, "7884.023"),
        (ENERGY, 7884000, "7884"),
        (ENERGY, -0.4, "0"),
        (ENERGY, 1e-9, "0"),
    ],
)
def test_a_number_is_plain_and_rounded(quantity: Quantity, value: float, text: str) -> None:
    assert quantity.encode_number(value) == text


@given(st.sampled_from(NUMBERS), st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_a_plain_decimal(quantity: Quantity, value: float) -> None:
    text = quantity.encode_number(value)

    assert re.fullmatch(r"0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9]", text)


def test_a_person_sees_all_decimals_by_default() -> None:
    assert VOLTAGE.precision == 1


def test_a_person_may_be_shown_fewer_decimals() -> None:
    assert ENERGY.precision == 1


@given(st.sampled_from(NUMBERS))
def test_nobody_is_shown_more_decimals_than_there_are(quantity: Quantity) -> None:
    assert quantity.precision <= quantity.decimals
