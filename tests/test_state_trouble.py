"""State that cannot be read, written or locked: nothing is lost, forgotten or waited for."""

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.documents import Json
from bridge.errors import StateError
from bridge.state import LOCK_S, Store, tenancy

KNOWN = '{"certificate": "old"}'


def file(directory: Path) -> Path:
    return directory / "main.json"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def break_reading(directory: Path) -> None:
    """Let reading the file fail with an error of input and output, as a disk that dies does."""
    file(directory).rename(directory / "whole")
    file(directory).symlink_to("/proc/self/mem")


def mend_reading(directory: Path) -> None:
    (directory / "whole").rename(file(directory))


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock as another process would."""
    with (directory / "main.lock").open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def nested(depth: int) -> Json:
    value: Json = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_file_that_cannot_be_read_at_the_start_stops_it_and_stays(tmp_path: Path) -> None:
    """Begun without it, the bridge would trust the next certificate and log in once more."""
    file(tmp_path).write_text(KNOWN)
    break_reading(tmp_path)

    with pytest.raises(StateError, match=r"STATE_DIR: .*main\.json cannot be read"):
        Store(tmp_path, "main")

    mend_reading(tmp_path)
    assert Store(tmp_path, "main").get("certificate") == "old"


def test_a_directory_that_cannot_be_looked_into_at_the_start_stops_it(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to("state")

    with pytest.raises(StateError):
        Store(tmp_path / "state", "main")


def test_a_directory_in_the_place_of_the_file_is_set_aside(tmp_path: Path) -> None:
    """Docker makes one for a file that is mounted and missing; it never held any state."""
    file(tmp_path).mkdir()

    Store(tmp_path, "main").put("a", 1)

    assert Store(tmp_path, "main").get("a") == 1


def test_what_is_known_outlives_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    store = Store(tmp_path, "main")
    store.put("certificate", "old")
    break_reading(tmp_path)

    assert store.get("certificate") == "old"
    assert not list(tmp_path.glob("*.bad"))


def test_a_file_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process may have put something in: a certificate that the owner trusts now."""
    store = Store(tmp_path, "main")
    Store(tmp_path, "main").put("certificate", "new")
    break_reading(tmp_path)

    store.put("a", 1)
    store.put("b", 2)

    assert (store.get("a"), store.failing) == (1, True)
    (said,) = warnings(caplog)
    assert "it cannot be read" in said
    mend_reading(tmp_path)
    store.put("b", 2)
    assert json.loads(file(tmp_path).read_text()) == {"certificate": "new", "a": 1, "b": 2}
    assert not store.failing


def test_a_lock_that_another_keeps_is_not_waited_for_without_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path, "main")
    with locked(tmp_path):
        store.put("a", 1)

        assert (store.get("a"), store.failing) == (1, True)
    (said,) = warnings(caplog)
    assert "another process keeps it locked" in said


def test_the_lock_of_one_gateway_does_not_hold_up_another(tmp_path: Path) -> None:
    other = Store(tmp_path, "garage")
    with locked(tmp_path):
        began_s = time.monotonic()
        other.put("a", 1)

        assert time.monotonic() - began_s < LOCK_S / 2
        assert not other.failing


def test_a_state_directory_has_one_bridge_that_runs(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    with tenancy(directory):
        Store(directory, "main").put("a", 1)
        with (
            pytest.raises(StateError, match=r"^STATE_DIR: .*/state is in use by another bridge"),
            tenancy(directory),
        ):
            raise AssertionError("two of them run")
    with tenancy(directory), tenancy(None):
        assert Store(directory, "main").get("a") == 1


def test_a_state_directory_that_cannot_be_had_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with tenancy(tmp_path / "file"), tenancy(tmp_path / "file"):
        pass


def test_a_lock_that_was_waited_for_in_vain_is_not_waited_for_again(tmp_path: Path) -> None:
    store = Store(tmp_path, "main")
    with locked(tmp_path):
        store.put("a", 1)
        began_s = time.monotonic()
        for number in range(5):
            store.put("b", number)
        assert time.monotonic() - began_s < LOCK_S / 2

    store.put("c", 3)
    assert json.loads(file(tmp_path).read_text()) == {"a": 1, "b": 4, "c": 3}


def test_a_value_that_cannot_be_written_is_left_out_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path, "main")
    store.put("session", "old")

    store.put("session", {"token": nested(200_000)})
    store.put("logins", [1.0])

    assert json.loads(file(tmp_path).read_text()) == {"session": "old", "logins": [1.0]}
    assert sorted(os.listdir(tmp_path)) == ["main.json", "main.lock"]
    assert not store.failing
    (said,) = warnings(caplog)
    assert said.startswith("session cannot be kept")
