"""Groups of one thing that every site has."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.readings.table import Group, Item, Kind, Reading

T = TypeVar("T")
_UNTITLED = frozenset({"operation", "island", "gateway", "alerts", "flow"})  # the name says it all


def single(
    topic: str,
    source: Endpoint | tuple[Endpoint, ...],
    firmware: str,
    find: Callable[[Snapshot], T],
    readings: tuple[Reading[T], ...],
    *,
    summary: bool = True,
) -> Group[T]:
    """Return the readings of one thing that every site has; most stand in the entity's name.

    summary is whether they stand in the `snapshot` topic too.
    """
    title = "" if topic in _UNTITLED else topic.capitalize()

    def items(snapshot: Snapshot) -> Iterator[Item[T]]:
        yield Item((topic,), find(snapshot), title)

    sources = source if isinstance(source, tuple) else (source,)
    return Group(topic, Kind.SITE, sources, firmware, items, readings, summary)


def whole(snapshot: Snapshot) -> Snapshot:
    return snapshot
