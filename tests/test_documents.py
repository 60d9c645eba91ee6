"""Documents: which of their values are numbers."""

import pytest

from bridge.documents import Json, finite


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5.0),
        (-2.5, -2.5),
        (0, 0.0),
        (10**300, 1e300),
        (10**400, None),
        (-(10**400), None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ("5", None),
        (None, None),
        ([5], None),
    ],
)
def test_a_number_is_what_a_float_can_hold(value: Json, number: float | None) -> None:
    assert finite(value) == number
