"""Readings of the outages of the grid."""

from typing import Any

from bridge.readings.table import Group

OUTAGES_GROUPS: tuple[Group[Any], ...] = ()
