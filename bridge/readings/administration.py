"""Readings of what was agreed and set up."""

from typing import Any

from bridge.readings.table import Group

ADMINISTRATION_GROUPS: tuple[Group[Any], ...] = ()
