"""Reading the members of a JSON answer, whatever it holds."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from bridge.quantities import ABSURD

T = TypeVar("T")

KINDS = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "text",
    type(None): "null",
}
_TINY = 1e-9  # nothing is as small either: what is divided by it would have no end
LONGEST_TEXT = 255  # characters: what Home Assistant takes for a state
_LONGEST_INTEGER = 25  # digits; more than a uint64 needs
_DEEPEST = 8  # levels of a value that is passed on as it is
_SHOWN = 60  # characters of the gateway's that an oddity repeats
_NEVER = "0001-"  # Go's zero time
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|m|s|us|ns)")
_MICRO = str.maketrans({"\u00b5": "u", "\u03bc": "u"})  # the micro sign and the Greek letter


def parse_json(text: str) -> object:
    """Return the JSON value of a text; raises ValueError or RecursionError.

    The bare words NaN and Infinity, which are no JSON, are numbers without use: one bad member does
    not cost the others.
    """
    answer: object = json.loads(text, parse_int=_integer)
    return answer


def parse_strictly(text: str) -> object:
    """Return the same, but raise ValueError for NaN and Infinity as well."""
    answer: object = json.loads(text, parse_int=_integer, parse_constant=_refuse)
    return answer


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def writable(text: str) -> str:
    """Return text that can be encoded; JSON can hold halves of characters, UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def safe(value: object, depth: int = 1) -> object:
    """Return a JSON value without NaN, halves of characters or depth beyond reason."""
    if isinstance(value, dict | list) and depth > _DEEPEST:
        return None
    match value:
        case dict():
            return {writable(key): safe(item, depth + 1) for key, item in value.items()}
        case list():
            return [safe(item, depth + 1) for item in value]
        case str():
            return writable(value)
        case float() if not math.isfinite(value):
            return None
    return value


def never(time: object) -> bool:
    """Return whether a time is the year 1, the gateway's way to say that it never was."""
    return isinstance(time, str) and time.strip().startswith(_NEVER)


def _utc(text: str) -> str:
    """Return a time as ISO 8601 in UTC, cut to the second; raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Fields:
    """Reads the members of one JSON object; `oddities` collects what could not be used."""

    def __init__(
        self, members: Mapping[str, object], place: str = "", oddities: list[str] | None = None
    ) -> None:
        self.members = members
        self.oddities: list[str] = [] if oddities is None else oddities
        self._place = place

    def number(self, key: str) -> float | None:
        value = self.members.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._take(key, float, "a number")
        if not abs(value) < ABSURD:
            self._odd(key, "out of range", "a number")
            return None
        return value + 0.0 if abs(value) > _TINY else 0.0  # a float, and never -0

    def measured(self, key: str) -> float | None:
        """Return a number for which the gateway writes 0 when it has none."""
        return self.number(key) or None

    def text(self, key: str) -> str | None:
        """Return the trimmed text, None for a blank one."""
        text = self._take(key, str, "text")
        if text and len(text) > LONGEST_TEXT:
            self._odd(key, f"{len(text)} characters long", f"at most {LONGEST_TEXT}")
            return None
        return writable(text).strip() or None if text else None

    def flag(self, key: str) -> bool | None:
        return self._take(key, bool, "true or false")

    def time(self, key: str) -> str | None:
        """Return the time, None for the year 1, which means never."""
        text = self.text(key)
        if text is None or never(text):
            return None
        try:
            return _utc(text)
        except (ValueError, OverflowError):
            self._odd(key, ascii(text[:_SHOWN]), "a time with offset")
            return None

    def duration_s(self, key: str) -> float | None:
        """Return a Go duration such as `223h5m51.5s`, `431ms` or `12us` in seconds."""
        text = (self.text(key) or "").translate(_MICRO)
        if not text:
            return None
        parts = _DURATION.findall(text[:_SHOWN])
        seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in parts)
        if "".join(map("".join, parts)) != text:
            self._odd(key, ascii(text[:_SHOWN]), "a duration")
            return None
        return seconds

    def rows(self, key: str) -> "Fields | None":
        """Return a list as fields with the keys `[0]`, `[1]` and so on."""
        rows = self._take(key, list, "a list")
        if rows is None:
            return None
        members = {f"[{index}]": row for index, row in enumerate(rows)}
        return Fields(members, self._place + key, self.oddities)

    def texts(self) -> tuple[str, ...]:
        """Return all members that are text."""
        return tuple(text for key in self.members if (text := self.text(key)))

    def section(self, key: str) -> "Fields":
        """Return a member that is an object, an empty one where there is none."""
        return Fields(
            self._take(key, dict, "an object") or {}, f"{self._place}{key}.", self.oddities
        )

    def sections(self) -> "dict[str, Fields]":
        """Return all members that are objects."""
        found = {key: self._take(key, dict, "an object") for key in self.members}
        return {
            key: Fields(members, f"{self._place}{key}.", self.oddities)
            for key, members in found.items()
            if members is not None
        }

    def read(self, key: str, reading: Callable[[object], T], expected: str) -> T | None:
        """Return what reading makes of a member, None where it raises ValueError or OverflowError.

        That is an oddity; a member that is missing or null is not read.
        """
        value = self.members.get(key)
        if value is None:
            return None
        try:
            return reading(value)
        except (ValueError, OverflowError):
            found = ascii(value[:_SHOWN]) if isinstance(value, str) else KINDS[type(value)]
            self._odd(key, found, expected)
            return None

    def _take(self, key: str, kind: type[T], expected: str) -> T | None:
        value = self.members.get(key)
        if isinstance(value, kind):
            return value
        if value is not None:
            self._odd(key, KINDS[type(value)], expected)
        return None

    def _odd(self, key: str, found: str, expected: str) -> None:
        place = self._place + key
        plain = place.isascii() and place.isprintable() and len(place) <= _SHOWN
        name = place if plain else ascii(place[:_SHOWN])
        self.oddities.append(f"{name} is {found}, expected {expected}")
