"""The table of everything that is published, one line a reading."""

from functools import cache, lru_cache
from typing import Any

from bridge.parts import Endpoint
from bridge.quantities import Form
from bridge.readings.administration import ADMINISTRATION_GROUPS
from bridge.readings.battery import BATTERY_GROUPS
from bridge.readings.devices import DEVICE_GROUPS
from bridge.readings.equipment import EQUIPMENT_GROUPS
from bridge.readings.flows import FLOWS_GROUPS
from bridge.readings.gateway import GATEWAY_GROUPS
from bridge.readings.hardware import HARDWARE_GROUPS
from bridge.readings.metering import METERING_GROUPS
from bridge.readings.meters import METER_GROUPS, TOPICS
from bridge.readings.outages import OUTAGES_GROUPS
from bridge.readings.setup import SETUP_GROUPS
from bridge.readings.site import SITE_GROUPS
from bridge.readings.table import (
    Group,
    Item,
    Kind,
    Measured,
    Reading,
    Show,
    Value,
    measure,
    spoken,
)

# What is derived comes after what it is made from: it is judged by what is believed of that.
GROUPS: tuple[Group[Any], ...] = (
    *METER_GROUPS,
    *SITE_GROUPS,
    *FLOWS_GROUPS,
    *GATEWAY_GROUPS,
    *SETUP_GROUPS,
    *OUTAGES_GROUPS,
    *EQUIPMENT_GROUPS,
    *ADMINISTRATION_GROUPS,
    *METERING_GROUPS,
    *BATTERY_GROUPS,
    *HARDWARE_GROUPS,
    *DEVICE_GROUPS,
)

SUMMARY = tuple(
    group
    for group in GROUPS
    if group.kind is Kind.SITE
    and group.summary
    and any(reading.quantity.form is not Form.DATA for reading in group.readings)
)


@cache
def fed_by(endpoints: frozenset[Endpoint]) -> tuple[Group[Any], ...]:
    """Return the groups that can change when these endpoints have answered."""
    return tuple(
        group for group in GROUPS if not endpoints.isdisjoint((*group.endpoints, *group.listed_by))
    )


Row = tuple[Group[Any], Reading[Any]]


@lru_cache(maxsize=4096)  # more topics than several gateways have; others may write beside them
def row_at(path: tuple[str, ...]) -> Row | None:
    """Return the row whose topic is at this path below the gateway's, None where there is none."""
    return next((row for levels, row in _PLACES if _fits(levels, path)), None)


def _fits(levels: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Return whether a pattern for people is that of a path; the four meters are known by name."""
    return len(levels) == len(path) and all(
        at in TOPICS.values() if level == "<meter>" else level in (at, "*")
        for level, at in zip(levels, path, strict=True)
    )


def _levels(group: Group[Any], reading: Reading[Any]) -> tuple[str, ...]:
    own = (*group.topic.split("/"), *((reading.key,) if reading.key else ()))
    return tuple("*" if x.startswith("<") and x != "<meter>" else x for x in own)


_PLACES: tuple[tuple[tuple[str, ...], Row], ...] = tuple(
    (_levels(group, reading), (group, reading))
    for group in GROUPS
    for reading in group.readings
    if reading.show is not Show.LISTED
)

FIRST_LEVELS = frozenset(
    level
    for levels, _ in _PLACES
    for level in (TOPICS.values() if levels[0] == "<meter>" else levels[:1])
)

__all__ = [
    "FIRST_LEVELS",
    "GROUPS",
    "SUMMARY",
    "Group",
    "Item",
    "Kind",
    "Measured",
    "Reading",
    "Show",
    "Value",
    "fed_by",
    "measure",
    "row_at",
    "spoken",
]
