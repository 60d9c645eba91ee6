"""Settings that go together badly: the bridge starts, and says so once."""

import pytest

from bridge.settings import load_settings

ALL = {"POWERWALL_CONTROL": "all"}
RETURN = ALL | {"POWERWALL_OFF_GRID_RETURN_AFTER": "3600"}
MEMORY = {"STATE_DIR": ""}


def warned(env: dict[str, str]) -> tuple[str, ...]:
    return load_settings({"POWERWALL_HOST": "teg", "HOME": "/"} | env, None).warnings


def test_a_return_to_the_grid_that_no_restart_would_know_of_is_warned_of() -> None:
    assert warned(RETURN | MEMORY) == (
        "POWERWALL_OFF_GRID_RETURN_AFTER=3600 holds until the bridge ends: "
        "STATE_DIR is empty, so nothing is kept",
    )


@pytest.mark.parametrize(
    "env", [RETURN, ALL | MEMORY, RETURN | MEMORY | {"POWERWALL_CONTROL": "operation"}]
)
def test_no_warning_is_for_a_return_that_is_kept_or_never_comes(env: dict[str, str]) -> None:
    assert warned(env) == ()
