"""What outlives a restart."""

import json
import logging
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from bridge.state import Store


def file(directory: Path) -> Path:
    return directory / "main.json"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_a_value_outlives_a_restart(tmp_path: Path) -> None:
    Store(tmp_path, "main").put("site_key", "1232100-00-E--TG0")

    assert Store(tmp_path, "main").get("site_key") == "1232100-00-E--TG0"


def test_without_a_directory_values_live_in_memory() -> None:
    store = Store(None, "main")

    store.put("site_key", "x")

    assert store.get("site_key") == "x"


def test_a_value_that_was_never_put_is_none(tmp_path: Path) -> None:
    assert Store(tmp_path, "main").get("site_key") is None


def test_each_gateway_has_its_own_file(tmp_path: Path) -> None:
    Store(tmp_path, "main").put("site_key", "x")

    assert Store(tmp_path, "cabin").get("site_key") is None


def test_a_directory_that_is_missing_is_made(tmp_path: Path) -> None:
    Store(tmp_path / "a" / "b", "main").put("site_key", "x")

    assert file(tmp_path / "a" / "b").exists()


def test_the_file_is_readable_by_us_only(tmp_path: Path) -> None:
    Store(tmp_path, "main").put("session", "token")

    assert stat.S_IMODE(file(tmp_path).stat().st_mode) == 0o600


def test_a_file_that_others_can_read_is_not_written_through(tmp_path: Path) -> None:
    file(tmp_path).write_text("{}")
    file(tmp_path).chmod(0o644)

    Store(tmp_path, "main").put("session", "token")

    assert stat.S_IMODE(file(tmp_path).stat().st_mode) == 0o600


def test_a_new_version_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    """A reader that has the old one open goes on reading it; a crash leaves one or the other."""
    store = Store(tmp_path, "main")
    store.put("a", 1)
    with file(tmp_path).open() as old:
        store.put("b", 2)

        assert json.load(old) == {"a": 1}

    assert json.loads(file(tmp_path).read_text()) == {"a": 1, "b": 2}


def test_nothing_but_the_file_and_its_lock_is_left_behind(tmp_path: Path) -> None:
    store = Store(tmp_path, "main")

    store.put("a", 1)
    store.put("b", 2)

    assert sorted(os.listdir(tmp_path)) == ["main.json", "main.lock"]


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / "main.jsonx8_k2v0q").write_text('{"site_key": "1232')
    (tmp_path / "cabin.jsonx8_k2v0q").write_text("another gateway's, which may just be written")
    (tmp_path / "main.json.bad").write_text("junk that somebody may want to see")

    Store(tmp_path, "main").put("a", 1)

    kept = ["cabin.jsonx8_k2v0q", "main.json", "main.json.bad", "main.lock"]
    assert sorted(os.listdir(tmp_path)) == kept


def test_a_value_that_does_not_change_is_not_written_again(tmp_path: Path) -> None:
    store = Store(tmp_path, "main")
    store.put("a", [1, {"b": None}])
    before = file(tmp_path).stat().st_ino

    store.put("a", [1, {"b": None}])

    assert file(tmp_path).stat().st_ino == before


def test_none_can_be_kept(tmp_path: Path) -> None:
    Store(tmp_path, "main").put("a", None)

    assert json.loads(file(tmp_path).read_text()) == {"a": None}


def test_what_another_process_wrote_is_seen(tmp_path: Path) -> None:
    running, check = Store(tmp_path, "main"), Store(tmp_path, "main")
    running.put("certificate", "old")

    check.put("certificate", "new")

    assert running.get("certificate") == "new"


def test_what_another_process_wrote_is_not_undone(tmp_path: Path) -> None:
    running, check = Store(tmp_path, "main"), Store(tmp_path, "main")
    check.put("certificate", "new")

    running.put("site_key", "x")

    assert json.loads(file(tmp_path).read_text()) == {"certificate": "new", "site_key": "x"}


def test_what_another_process_changed_can_be_changed_back(tmp_path: Path) -> None:
    running, check = Store(tmp_path, "main"), Store(tmp_path, "main")
    running.put("certificate", "old")
    check.put("certificate", "new")

    running.put("certificate", "old")

    assert check.get("certificate") == "old"


def test_two_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    def write(name: str) -> None:
        store = Store(tmp_path, "main")
        for number in range(40):
            store.put(f"{name}{number}", number)

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(json.loads(file(tmp_path).read_text())) == 80


@pytest.mark.parametrize(
    "junk", [b"", b'{"site_key": "x', b"[1]", b"null", b"\xff\xfe", b"[" * 100_000]
)
def test_a_file_that_cannot_be_used_is_set_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, junk: bytes
) -> None:
    file(tmp_path).write_bytes(junk)

    store = Store(tmp_path, "main")

    assert store.get("site_key") is None
    assert (tmp_path / "main.json.bad").read_bytes() == junk
    (said,) = warnings(caplog)
    assert said.startswith(f"{file(tmp_path)} cannot be used and is set aside as")


def test_after_junk_a_new_file_is_begun(tmp_path: Path) -> None:
    file(tmp_path).write_text("junk")

    Store(tmp_path, "main").put("site_key", "x")

    assert Store(tmp_path, "main").get("site_key") == "x"


@pytest.mark.parametrize("harm", ["junk", None])
def test_what_is_known_outlives_a_file_that_is_lost_on_the_way(
    tmp_path: Path, harm: str | None
) -> None:
    store = Store(tmp_path, "main")
    store.put("site_key", "x")
    if harm:
        file(tmp_path).write_text(harm)
    else:
        file(tmp_path).unlink()

    store.put("certificate", "y")

    assert json.loads(file(tmp_path).read_text()) == {"site_key": "x", "certificate": "y"}


def test_junk_that_cannot_be_set_aside_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file(tmp_path).write_text("junk")
    (tmp_path / "main.json.bad").mkdir()

    store = Store(tmp_path, "main")
    store.get("site_key")

    assert [text.partition(":")[0] for text in warnings(caplog)] == [
        f"{file(tmp_path)} cannot be used and is set aside as {file(tmp_path)}.bad",
        f"{file(tmp_path)} cannot be set aside",
    ]


def blocked(tmp_path: Path) -> Path:
    """Return a directory that cannot be made: a file has its name."""
    (tmp_path / "state").write_text("")
    return tmp_path / "state"


def test_a_directory_that_cannot_be_written_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(blocked(tmp_path), "main")

    store.put("a", 1)
    store.put("b", 2)

    (said,) = warnings(caplog)
    assert "main.json cannot be written" in said


def test_what_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    store = Store(blocked(tmp_path), "main")

    store.put("a", 1)

    assert store.get("a") == 1


def test_what_could_not_be_written_is_written_as_soon_as_it_can_be(tmp_path: Path) -> None:
    store = Store(blocked(tmp_path), "main")
    store.put("a", 1)
    store.put("b", 2)

    (tmp_path / "state").unlink()
    store.put("b", 2)

    assert json.loads(file(tmp_path / "state").read_text()) == {"a": 1, "b": 2}


def test_what_could_not_be_written_outlives_what_another_process_wrote(tmp_path: Path) -> None:
    store = Store(blocked(tmp_path), "main")
    store.put("a", 1)
    (tmp_path / "state").unlink()

    Store(tmp_path / "state", "main").put("b", 2)

    assert (store.get("a"), store.get("b")) == (1, 2)


def test_a_file_that_was_deleted_comes_back_with_the_next_put(tmp_path: Path) -> None:
    store = Store(tmp_path, "main")
    store.put("a", 1)
    file(tmp_path).unlink()

    store.put("a", 1)

    assert json.loads(file(tmp_path).read_text()) == {"a": 1}


def test_a_directory_that_breaks_again_is_said_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = blocked(tmp_path)
    store = Store(directory, "main")
    store.put("a", 1)
    directory.unlink()
    store.put("a", 2)
    shutil.rmtree(directory)
    directory.write_text("")

    store.put("a", 3)

    assert len(warnings(caplog)) == 2


def test_a_version_that_cannot_take_its_place_leaves_no_scratch(tmp_path: Path) -> None:
    store = Store(tmp_path, "main")
    file(tmp_path).mkdir()
    (file(tmp_path) / "in the way").write_text("")
    (tmp_path / "main.json.bad").write_text("")

    store.put("a", 1)

    assert sorted(os.listdir(tmp_path)) == ["main.json", "main.json.bad", "main.lock"]
