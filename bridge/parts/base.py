"""What a part of an answer is.

W, var, VA, V, A, Hz, Wh, percent on the raw scale. None means not reported, never zero.
Sign: grid import, battery discharge, home use and solar generation are positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self, TypeVar

from bridge.parts.endpoints import Endpoint

Scalar = float | bool | str
P = TypeVar("P", bound="Part")


@dataclass(frozen=True, slots=True)
class Part:
    """Something an answer says.

    ENDPOINT is the path whose whole answer it is, None for a piece of one; KEPT names what stays
    true while nothing is heard.
    """

    ENDPOINT: ClassVar[Endpoint | None] = None
    KEPT: ClassVar[frozenset[str]] = frozenset()

    def stale(self) -> Self:
        """Return the part with all forgotten but counters and identity."""
        changing = [field.name for field in fields(self) if field.name not in self.KEPT]
        return replace(self, **{name: _forget(getattr(self, name)) for name in changing})


def _forget(value: object) -> object:
    """Return None for a plain value; a container of nothing but parts keeps its shape."""
    if isinstance(value, Part):
        return value.stale()
    if isinstance(value, tuple) and any(isinstance(item, Part) for item in value):
        return tuple(map(_forget, value))
    if isinstance(value, Mapping) and all(isinstance(item, Part) for item in value.values()):
        return {key: item.stale() for key, item in value.items() if isinstance(item, Part)}
    return None
