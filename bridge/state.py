"""What outlives a restart: one small JSON file per gateway, written whole, readable by us only."""

import fcntl
import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bridge.documents import Json
from bridge.errors import StateError

log = logging.getLogger(__name__)

Mark = tuple[int, int, int]
LOCK_S = 2.0  # others hold the lock for one write
TENANT = "in-use"
_LOOK_S = 0.02
_SCRATCH = "[a-z0-9_]" * 8  # what tempfile puts behind a prefix


@contextmanager
def tenancy(directory: Path | None) -> Iterator[None]:
    """Keep a state directory for one bridge that runs; raises StateError where another one does.

    Two houses in one file would get each other's counters, sessions and certificates. Where no
    file or no lock can be had, nobody is kept out.
    """
    file = _opened(directory / TENANT) if directory else None
    if file is None:
        yield
        return
    with file:
        try:
            _lock(file.fileno(), time.monotonic())
        except OSError as error:
            words = "is in use by another bridge that runs; two bridges need two"
            raise StateError(f"STATE_DIR: {directory} {words}") from error
        yield


class Store:
    """Named values of one gateway; without a directory they live in memory only.

    Other processes may write the same file: their values are seen, and kept. A file that holds no
    state is set aside and said. One that cannot be read stays as it is and is tried again: what is
    known by then stays known, and a start without it raises StateError. One that cannot be written
    is said once, and tried again; a lock that somebody keeps is waited for once.
    """

    def __init__(self, directory: Path | None, name: str) -> None:
        self._path = directory / f"{name}.json" if directory else None
        self._values: dict[str, Json] = {}
        self._unsaved: dict[str, Json] = {}
        self._mark: Mark | None = None
        self._writable = True
        self._swept = False
        self._unread: OSError | None = None
        self._follow()
        if self._unread:
            words = "let the user of the bridge read it; without it nobody is trusted"
            raise StateError(f"STATE_DIR: {self._path} cannot be read ({self._unread}): {words}")

    @property
    def failing(self) -> bool:
        """Whether the last value that was put would not outlive this run, though it should."""
        return not self._writable

    def get(self, key: str) -> Json:
        self._follow()
        return self._values.get(key)

    def keep(self, key: str, value: Json) -> bool:
        """Put a value; return whether it outlives this run, as far as it should."""
        self.put(key, value)
        return not self.failing

    def put(self, key: str, value: Json) -> None:
        self._follow()
        if not self._unsaved and key in self._values and self._values[key] == value:
            return
        if reason := _unwritable(key, value):
            log.warning("%s cannot be kept: %s", key, reason)
            return
        self._values[key] = value
        if self._path is None:
            return
        self._unsaved[key] = value
        try:
            self._save(self._path)
        except OSError as error:
            if self._writable:
                log.warning(
                    "STATE_DIR: %s cannot be written (%s); the next start will not know session, "
                    "certificate, logins, counters and a leave from the grid",
                    self._path,
                    error,
                )
            self._writable = False
        else:
            self._unsaved.clear()
            self._writable = True

    def _save(self, path: Path) -> None:
        """Write all values, and what other processes have written; raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_suffix(".lock"), LOCK_S if self._writable else 0.0) as alone:
            self._follow()
            if self._unread:
                raise OSError(f"it cannot be read: {self._unread}") from self._unread
            if alone and not self._swept:
                _sweep(path)
                self._swept = True
            self._mark = _write(path, self._values)

    def _follow(self) -> None:
        """Take in what another process wrote; what is known outlives a file that is lost."""
        if self._path is None:
            return
        try:
            mark = _mark(self._path)
            found = _load(self._path) if mark and mark != self._mark else None
        except OSError as error:
            self._unread = error
            return
        self._unread = None
        if mark == self._mark:
            return
        self._mark = mark
        if found is None:
            self._unsaved = dict(self._values)
        else:
            self._values = found | self._unsaved


def _opened(path: Path) -> IO[bytes] | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError:
        return None


def _unwritable(key: str, value: Json) -> str | None:
    """Return why no file can hold a value, None for one that can be written."""
    try:
        json.dumps([{key: value}])  # deeper than it will stand in the file
    except (RecursionError, TypeError, ValueError) as error:
        return str(error)
    return None


def _mark(path: Path) -> Mark | None:
    """Return what changes with every new version of a file, None without one; raises OSError."""
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _load(path: Path) -> dict[str, Json] | None:
    """Return what a file holds; one that holds no state is set aside and None. Raises OSError."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(values, dict):
            return values
        reason = "it holds no JSON object"
    except (IsADirectoryError, ValueError, RecursionError) as error:
        reason = str(error)
    log.warning("%s cannot be used and is set aside as %s.bad: %s", path, path, reason)
    try:
        path.replace(path.with_suffix(".json.bad"))
    except OSError as error:
        log.warning("%s cannot be set aside: %s", path, error)
    return None


def _write(path: Path, values: dict[str, Json]) -> Mark | None:
    """Put a new file in the place of the old one, whole or not at all; raises OSError."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:  # mkstemp gives mode 0600
            file.write(json.dumps(values))
            file.flush()
            os.fsync(file.fileno())
        mark = _mark(Path(scratch))
        Path(scratch).replace(path)
    except OSError:
        with suppress(OSError):
            Path(scratch).unlink()
        raise
    return mark


def _sweep(path: Path) -> None:
    """Remove what runs that were killed while they wrote have left behind."""
    for scratch in path.parent.glob(f"{path.name}{_SCRATCH}"):
        with suppress(OSError):
            scratch.unlink()


@contextmanager
def _locked(path: Path, wait_s: float) -> Iterator[bool]:
    """Keep other processes from writing; say whether that is so, for not all systems have locks.

    Raises OSError when another one keeps the lock for longer. Each gateway has its own: they are
    not to wait for each other's disk writes.
    """
    with path.open("ab") as file:
        yield _lock(file.fileno(), time.monotonic() + wait_s)


def _lock(handle: int, until_s: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until_s:
                raise OSError("another process keeps it locked") from error
            time.sleep(_LOOK_S)
        except OSError:
            return False
        else:
            return True
