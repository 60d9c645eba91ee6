"""Packs, inverters and meters, joined from the parts that mention them.

A device that was seen once stays in the list, so that it can be said to be offline.
"""

from bridge.devices.boards import Boards
from bridge.devices.inverters import (
    PLAIN_KEY,
    STRINGS,
    Inverter,
    String,
    inverters,
    owners,
    plain_key,
    strings,
)
from bridge.devices.lines import line, line_voltage_v
from bridge.devices.meters import CHANNELS, Channel, MeterDevice, meter_devices
from bridge.devices.packs import Pack, pack_keys, packs, packs_missing

__all__ = [
    "CHANNELS",
    "PLAIN_KEY",
    "STRINGS",
    "Boards",
    "Channel",
    "Inverter",
    "MeterDevice",
    "Pack",
    "String",
    "inverters",
    "line",
    "line_voltage_v",
    "meter_devices",
    "owners",
    "pack_keys",
    "packs",
    "packs_missing",
    "plain_key",
    "strings",
]
