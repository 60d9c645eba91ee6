"""The sign of life that a running bridge leaves for `healthcheck`: a file's time of change."""

import tempfile
import time
from pathlib import Path

FRESH_S = 60.0


def heartbeat_file(state_dir: Path | None, client_id: str) -> Path:
    """Return where the bridge of these settings leaves its sign of life."""
    directory = state_dir or Path(tempfile.gettempdir())
    return directory / f"{client_id}.alive"


def beat(file: Path) -> None:
    """Leave a sign of life; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def age_s(file: Path) -> float | None:
    """Return how old the last sign of life is, None when there is none.

    After a clock went back it is as old as it is ahead: the next one has the new time.
    """
    try:
        return abs(time.time() - file.stat().st_mtime)
    except OSError:
        return None
