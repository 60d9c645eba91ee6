"""Readings of where energy comes from and goes to, derived from the meters."""

from typing import Any

from bridge.readings.table import Group

FLOWS_GROUPS: tuple[Group[Any], ...] = ()
