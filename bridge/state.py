"""What outlives a restart: one small JSON file per gateway, written whole, readable by us only."""

import fcntl
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridge.documents import Json

log = logging.getLogger(__name__)

Mark = tuple[int, int, int]
_SCRATCH = "[a-z0-9_]" * 8  # what tempfile puts behind a prefix


class Store:
    """Named values of one gateway; without a directory they live in memory only.

    Other processes may write the same file: their values are seen, and kept. A file that cannot be
    read is set aside and said; one that cannot be written is said once, and tried again.
    """

    def __init__(self, directory: Path | None, name: str) -> None:
        self._path = directory / f"{name}.json" if directory else None
        self._values: dict[str, Json] = {}
        self._unsaved: dict[str, Json] = {}
        self._mark: Mark | None = None
        self._writable = True
        self._swept = False
        self._follow()

    @property
    def failing(self) -> bool:
        """Whether the last value that was put would not outlive this run, though it should."""
        return not self._writable

    def get(self, key: str) -> Json:
        self._follow()
        return self._values.get(key)

    def put(self, key: str, value: Json) -> None:
        self._follow()
        if not self._unsaved and key in self._values and self._values[key] == value:
            return
        self._values[key] = value
        if self._path is None:
            return
        self._unsaved[key] = value
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self._path.parent) as alone:
                self._follow()
                if alone and not self._swept:
                    _sweep(self._path)
                    self._swept = True
                self._mark = _write(self._path, self._values)
        except OSError as error:
            if self._writable:
                log.warning(
                    "STATE_DIR: %s cannot be written (%s); the next start will not know session, "
                    "certificate, logins and counters",
                    self._path,
                    error,
                )
            self._writable = False
        else:
            self._unsaved.clear()
            self._writable = True

    def _follow(self) -> None:
        """Take in what another process wrote; what is known outlives a file that is lost."""
        if self._path is None:
            return
        mark = _mark(self._path)
        if mark == self._mark:
            return
        self._mark = mark
        found = _load(self._path) if mark else None
        if found is None:
            self._unsaved = dict(self._values)
        else:
            self._values = found | self._unsaved


def _mark(path: Path) -> Mark | None:
    """Return what changes with every new version of a file, None without one."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _load(path: Path) -> dict[str, Json] | None:
    """Return what a file holds; one that cannot be used is set aside and None."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(values, dict):
            return values
        reason = "it holds no JSON object"
    except (OSError, ValueError, RecursionError) as error:
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
            json.dump(values, file)
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
def _locked(directory: Path) -> Iterator[bool]:
    """Keep other processes from writing; say whether that is so, for not all systems have locks."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
