"""Readings of the meters, line by line."""

from typing import Any

from bridge.readings.table import Group

METERING_GROUPS: tuple[Group[Any], ...] = ()
