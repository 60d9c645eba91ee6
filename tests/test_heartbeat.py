"""The sign of life for `healthcheck`."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from bridge.heartbeat import FRESH_S, age_s, beat, heartbeat_file


def test_the_sign_of_life_lies_with_the_state(tmp_path: Path) -> None:
    assert heartbeat_file(tmp_path, "powerwall-mqtt-x") == tmp_path / "powerwall-mqtt-x.alive"


def test_without_a_state_directory_it_lies_with_what_is_temporary() -> None:
    assert heartbeat_file(None, "x") == Path(tempfile.gettempdir()) / "x.alive"


def test_a_bridge_that_never_ran_left_no_sign(tmp_path: Path) -> None:
    assert age_s(tmp_path / "x.alive") is None


def test_a_beat_is_fresh(tmp_path: Path) -> None:
    beat(tmp_path / "new" / "x.alive")

    age = age_s(tmp_path / "new" / "x.alive")
    assert age is not None
    assert 0 <= age < FRESH_S


def test_a_beat_renews_an_old_sign(tmp_path: Path) -> None:
    file = tmp_path / "x.alive"
    file.touch()
    os.utime(file, (0, 0))

    beat(file)

    assert (age_s(file) or 0) < FRESH_S


def test_an_old_sign_is_as_old_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "x.alive"
    file.touch()
    os.utime(file, (0, 0))

    assert (age_s(file) or 0) > FRESH_S


def test_a_sign_from_the_future_is_as_old_as_it_is_ahead(tmp_path: Path) -> None:
    """The clock went back; a living bridge leaves a new sign within seconds."""
    file = tmp_path / "x.alive"
    file.touch()
    ahead = time.time() + FRESH_S + 60
    os.utime(file, (ahead, ahead))

    assert (age_s(file) or 0) > FRESH_S


def test_a_sign_that_cannot_be_left_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(OSError, match="state"):
        beat(tmp_path / "state" / "x.alive")
