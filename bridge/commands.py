"""Every command one row: its topic, how its payload is read, what Home Assistant shows.

Parsing takes any bytes and gives a frozen Command or raises CommandError with words that say what
was wrong and what is allowed.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import CommandError
from bridge.words import Island, Mode, to_raw

MAX_PAYLOAD = 4096
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Operate:
    """Set mode, reserve (raw scale, percent) or both; None keeps what the gateway holds."""

    mode: Mode | None = None
    reserve_raw_percent: float | None = None

    @property
    def subjects(self) -> frozenset[str]:
        """What it sets."""
        wished = {"mode": self.mode, "reserve": self.reserve_raw_percent}
        return frozenset(name for name, value in wished.items() if value is not None)


@dataclass(frozen=True, slots=True)
class SetIsland:
    """Open or close the grid contactor."""

    island: Island


@dataclass(frozen=True, slots=True)
class Run:
    """Start the site master."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """Read everything now."""


Write = Operate | SetIsland | Run
Command = Write | Refresh


class Access(StrEnum):
    """What POWERWALL_CONTROL must be for a control to be offered."""

    ALWAYS = "always"
    OPERATION = "operation"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command as it was meant; requested is its payload as a JSON-ready value."""

    command: Command
    requested: object
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """One command topic, `<path>/set`.

    capability names the control whose availability it shares; kind is what a newer command
    replaces in the queue.
    """

    path: tuple[str, ...]
    name: str
    allowed: str
    access: Access
    parse: Callable[[str], Parsed]
    capability: str | None = None

    def read(self, payload: bytes) -> Parsed:
        """Return the command in a payload; raises CommandError."""
        if len(payload) > MAX_PAYLOAD:
            raise CommandError(f"{len(payload)} bytes are too many; allowed: {self.allowed}")
        try:
            return self.parse(payload.decode("utf-8", "replace").strip())
        except CommandError as error:
            raise CommandError(f"{error}; allowed: {self.allowed}", error.id) from error


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = value if isinstance(value, str) else json.dumps(value)
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _mode(value: object) -> Mode:
    if value not in tuple(Mode):
        raise CommandError(f"{_shown(value)} is not a mode")
    return Mode(str(value))


def _percent(value: object, low: float) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not low <= number <= 100:
        raise CommandError(f"{_shown(value)} is not a number from {low:g} to 100")
    return number + 0.0  # never -0


def _number_text(text: str) -> str:
    # float() also takes 1_0 and digits of other scripts, which nobody means
    if not text.isascii() or "_" in text:
        raise CommandError(f"{_shown(text)} is not a number")
    return text


def _parse_mode(text: str) -> Parsed:
    mode = _mode(text)
    return Parsed(Operate(mode=mode), mode.value)


def _parse_reserve(text: str) -> Parsed:
    percent = _percent(_number_text(text), 0)
    return Parsed(Operate(reserve_raw_percent=to_raw(percent)), percent)


def _parse_reserve_raw(text: str) -> Parsed:
    percent = _percent(_number_text(text), 5)
    return Parsed(Operate(reserve_raw_percent=percent), percent)


def _parse_operation(text: str) -> Parsed:
    try:
        wish = json.loads(text, object_pairs_hook=_unambiguous)
    except CommandError:
        raise
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{_shown(text)} is not JSON") from error
    if not isinstance(wish, dict):
        raise CommandError(f"{_shown(text)} is not a JSON object")
    identity = _identity(wish)
    wish.pop("id", None)
    try:
        return Parsed(_operate(wish), wish, identity)
    except CommandError as error:
        raise CommandError(str(error), identity) from error


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise CommandError(f"{_shown(name)} is given twice")
        members[name] = value
    return members


def _identity(wish: dict[str, object]) -> str | None:
    name = wish.get("id")
    if name is None:
        return None
    text = str(name) if isinstance(name, str | int) and not isinstance(name, bool) else ""
    if 0 < len(text) <= 100 and text.isprintable():
        return text
    raise CommandError(f"{_shown(name)} is not an id (1 to 100 printable characters)")


def _operate(wish: dict[str, object]) -> Operate:
    if unknown := sorted(wish.keys() - {"mode", "backup_reserve", "backup_reserve_raw"}):
        raise CommandError(f"unknown key {_shown(unknown[0])}")
    if "backup_reserve" in wish and "backup_reserve_raw" in wish:
        raise CommandError("backup_reserve and backup_reserve_raw exclude each other")
    mode = _mode(wish["mode"]) if "mode" in wish else None
    if "backup_reserve" in wish:
        return Operate(mode, to_raw(_number(wish["backup_reserve"], 0)))
    if "backup_reserve_raw" in wish:
        return Operate(mode, _number(wish["backup_reserve_raw"], 5))
    if mode is None:
        raise CommandError("nothing to set")
    return Operate(mode)


def _number(value: object, low: float) -> float:
    if isinstance(value, str):
        raise CommandError(f"{_shown(value)} is text, not a number")
    return _percent(value, low)


def _parse_island(text: str) -> Parsed:
    try:
        return Parsed(SetIsland(Island(text)), text)
    except ValueError as error:
        raise CommandError(f"{_shown(text)} is not a side of the contactor") from error


def _parse_run(text: str) -> Parsed:
    if text != "true":
        raise CommandError(f"{_shown(text)} cannot be done; stopping is not offered")
    return Parsed(Run(), requested=True)


def _parse_refresh(text: str) -> Parsed:
    return Parsed(Refresh(), text[:_SHOWN])


_MODES = " ".join(Mode)

CONTROLS: tuple[Control, ...] = (
    Control(
        ("operation", "mode"), "Operation mode", _MODES, Access.OPERATION, _parse_mode, "operation"
    ),
    Control(
        ("operation", "backup_reserve"),
        "Backup reserve",
        "a number from 0 to 100 (%, as the Tesla app shows it)",
        Access.OPERATION,
        _parse_reserve,
        "operation",
    ),
    Control(
        ("operation", "backup_reserve_raw"),
        "Backup reserve, raw scale",
        "a number from 5 to 100 (%, the gateway's raw scale)",
        Access.OPERATION,
        _parse_reserve_raw,
        "operation",
    ),
    Control(
        ("operation",),
        "Operation",
        "a JSON object with mode, and backup_reserve (0 to 100) or backup_reserve_raw (5 to 100), "
        f"and an optional id; modes: {_MODES}",
        Access.OPERATION,
        _parse_operation,
        "operation",
    ),
    Control(
        ("island", "mode"), "Grid contactor", " ".join(Island), Access.ALL, _parse_island, "island"
    ),
    Control(("gateway", "running"), "Start the site master", "true", Access.ALL, _parse_run),
    Control(("refresh",), "Refresh", "anything", Access.ALWAYS, _parse_refresh),
)
