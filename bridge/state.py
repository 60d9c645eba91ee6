"""What outlives a restart: one small JSON file per gateway, written whole, readable by us only."""

import json
import logging
import os
import tempfile
from pathlib import Path

log = logging.getLogger(__name__)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Store:
    """Named values of one gateway; without a directory they live in memory only.

    A file that cannot be read is set aside and said; one that cannot be written is said once.
    """

    def __init__(self, directory: Path | None, name: str) -> None:
        self._path = directory / f"{name}.json" if directory else None
        self._values = self._load()
        self._writable = True

    def get(self, key: str) -> Json:
        return self._values.get(key)

    def put(self, key: str, value: Json) -> None:
        if self._values.get(key) == value and key in self._values:
            return
        self._values[key] = value
        self._save()

    def _load(self) -> dict[str, Json]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(values, dict):
                return values
            reason = "it holds no JSON object"
        except (OSError, ValueError) as error:
            reason = str(error)
        log.warning("%s cannot be used and is set aside as %s.bad: %s", *[self._path] * 2, reason)
        try:
            self._path.replace(self._path.with_suffix(".json.bad"))
        except OSError as error:
            log.warning("%s cannot be set aside: %s", self._path, error)
        return {}

    def _save(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, scratch = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:  # mkstemp gives mode 0600
                json.dump(self._values, file)
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(self._path)
            self._writable = True
        except OSError as error:
            if self._writable:
                log.warning("%s cannot be written, going on without: %s", self._path, error)
            self._writable = False
