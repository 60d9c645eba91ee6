"""The table of everything that is published, one line a reading."""

from typing import Any

from bridge.readings.devices import DEVICE_GROUPS
from bridge.readings.meters import METER_GROUPS
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
)

GROUPS: tuple[Group[Any], ...] = (*METER_GROUPS, *SITE_GROUPS, *DEVICE_GROUPS)

__all__ = ["GROUPS", "Group", "Item", "Kind", "Measured", "Reading", "Show", "Value", "measure"]
