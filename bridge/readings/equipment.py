"""Readings of what stands around the battery."""

from typing import Any

from bridge.readings.table import Group

EQUIPMENT_GROUPS: tuple[Group[Any], ...] = ()
