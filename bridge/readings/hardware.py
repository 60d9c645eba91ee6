"""Readings of packs and solar inverters as they are examined."""

from typing import Any

from bridge.readings.table import Group

HARDWARE_GROUPS: tuple[Group[Any], ...] = ()
