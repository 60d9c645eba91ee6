"""The gateway's words and ours."""

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256

GRID_WORDS = {
    "SystemGridConnected": "connected",
    "SystemIslandedActive": "islanded",
    "SystemIslandedReady": "islanded_ready",
    "SystemTransitionToGrid": "transition_to_grid",
    "SystemTransitionToIsland": "transition_to_island",
    "SystemMicroGridFaulted": "micro_grid_faulted",
    "SystemWaitForUser": "wait_for_user",
}
LONGEST_LEVEL = 100  # characters of a device's name in a topic
FIRST_NEW = (20, 0)  # the first firmware whose login is the owner's and stops nothing
_TRANSITIONS = frozenset({"transition_to_grid", "transition_to_island"})


class Mode(StrEnum):
    """The operation modes an owner can choose; the gateway reports a few more."""

    SELF_CONSUMPTION = "self_consumption"
    BACKUP = "backup"
    AUTONOMOUS = "autonomous"


class Island(StrEnum):
    """Which side of the grid contactor the home is on."""

    ON_GRID = "on_grid"
    OFF_GRID = "off_grid"


def snake(word: str) -> str | None:
    """Return a word in lower snake case, None for an empty one."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word.strip())
    return re.sub(r"[^0-9a-z]+", "_", parted.lower()).strip("_") or None


def segment(text: str) -> str:
    """Return text from a device as one topic level: `[A-Za-z0-9_-]` stays, the rest becomes `_`.

    What is longer than any name of a device is cut: a topic has an end.
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", text[:LONGEST_LEVEL]) or "_"


def segments(names: Iterable[str]) -> list[str]:
    """Return names as topic levels, each name its own.

    Where several would be the same, those that are no level as they stand get a mark of the whole.
    """
    listed = list(names)
    times = Counter(map(segment, set(listed)))
    return [_marked(n) if times[segment(n)] > 1 and segment(n) != n else segment(n) for n in listed]


def _marked(name: str) -> str:
    mark = f"_{sha256(name.encode(errors='backslashreplace')).hexdigest()[:8]}"
    return segment(name)[: LONGEST_LEVEL - len(mark)] + mark


def grid_word(status: str) -> str | None:
    """Return our word for `grid_status`; an unknown one is passed on in snake case."""
    return GRID_WORDS.get(status) or snake(status)


def contactor(grid: str | None) -> Island | None:
    """Return where the contactor stands by our grid word, None in transition or when unknown."""
    if grid == "connected":
        return Island.ON_GRID
    if grid in _TRANSITIONS or grid not in GRID_WORDS.values():
        return None
    return Island.OFF_GRID


def to_app(raw_percent: float) -> float:
    """Return a raw percentage as the Tesla app shows it, 0 to 100 %.

    The gateway keeps its lowest 5 % back: raw = 0.95 * app + 5.
    Source: the reserve table in the community's gateway documents, checked against six more pairs.
    """
    return min(100.0, max(0.0, (raw_percent - 5) / 0.95))


def to_raw(app_percent: float) -> float:
    """Return an app percentage on the gateway's raw scale, 5 to 100 %, to 6 decimals."""
    return round(0.95 * app_percent + 5, 6)


def firmware(version: str) -> tuple[int, int] | None:
    """Return year and week of a firmware (`21.44 223a56cd`; 1.x: 1 and minor), None if unread."""
    found = re.match(r"\s*(\d{1,4})(?:\.(\d{1,4}))?(?!\d)", version)
    return (int(found[1]), int(found[2] or 0)) if found else None


def installer_generation(version: str | None) -> bool:
    """Return whether a firmware (`1.15.0`, `21.44 223a56cd`) is of the first generation, 1.x.

    There a login is the installer's: it stops the site master. Unknown counts as later.
    """
    return (firmware(version or "") or FIRST_NEW) < FIRST_NEW
