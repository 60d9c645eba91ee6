"""Readings of the outages of the grid."""

from collections.abc import Iterator
from typing import Any

from bridge.model import Snapshot, outage
from bridge.moment import iso
from bridge.parts import Endpoint
from bridge.quantities import COUNT, DATA, FLAG, TIME
from bridge.readings.table import ANY, Data, Group, Item, Kind, Reading, Show


def _started(snapshot: Snapshot) -> str | None:
    started = snapshot.outages.started
    return iso(started) if started and outage(snapshot) else None


def _last(snapshot: Snapshot) -> Data | None:
    last = snapshot.outages.last
    return last.json() if last else None


OUTAGES: tuple[Reading[Snapshot], ...] = (
    Reading("active", "Grid outage", FLAG, outage, device_class="problem"),
    Reading("started", "Grid outage started", TIME, _started),
    Reading(
        "count",
        "Grid outages",
        COUNT,
        lambda s: s.outages.count,
        Show.DIAGNOSTIC,
        icon="mdi:transmission-tower-off",
    ),
    Reading("last", "Last grid outage", DATA, _last, Show.TOPIC),
)


def _site(snapshot: Snapshot) -> Iterator[Item[Snapshot]]:
    yield Item(("outage",), snapshot)


OUTAGES_GROUPS: tuple[Group[Any], ...] = (
    Group("outage", Kind.SITE, (Endpoint.GRID_STATUS,), ANY, _site, OUTAGES),
)
