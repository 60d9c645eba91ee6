"""JSON documents: what is kept over restarts, and what a gateway answered, as it came."""

from dataclasses import dataclass
from math import isfinite

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Document:
    """An answer as the gateway gave it.

    value is what it says, unrounded and ready to be written as JSON again; text is its JSON
    untouched, None for a protobuf answer.
    """

    value: object
    text: str | None = None


def finite(value: Json) -> float | None:
    """Return a number of a document, None where it is none or beyond what a float holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None
