"""View strings: the strings of all solar inverters under short names."""

import re
from collections.abc import Iterator

from bridge.parts import Endpoint
from bridge.views.sources import Members, Sources, section

_OF_INVERTER = re.compile(r"PVAC_(PVCurrent|PVMeasuredPower|PVMeasuredVoltage|PvState)_([A-Z])")
_OF_STRINGS = re.compile(r"PVS_String([A-Z])_(Connected)")
_KEYS = {
    "PVCurrent": "Current",
    "PVMeasuredPower": "Power",
    "PVMeasuredVoltage": "Voltage",
    "PvState": "State",
}
_PLAIN = {
    "Connected": "connected",
    "Voltage": "measured_voltage",
    "Current": "current",
    "Power": "measured_power",
}
_LETTERS = "ABCD"


def strings(sources: Sources) -> Members | None:
    """Return Current (A), Power (W), Voltage (V), State and Connected of each string.

    The strings of the first inverter are A, B and so on, those of the second A1, B1, of the third
    A2. Without vitals they are those of `solar_powerwall`, which knows no State; without either
    there is nothing.
    """
    if sources.members(Endpoint.VITALS) is not None:
        return _of_vitals(sources)
    if (plain := sources.members(Endpoint.SOLAR_POWERWALL)) is not None:
        return _of_plain(section(plain, "pvac_status").get("string_vitals"))
    return None


def _of_vitals(sources: Sources) -> Members:
    found: dict[str, dict[str, object]] = {}
    boards = dict(sources.devices("PVS"))
    for index, (din, inverter) in enumerate(sources.devices("PVAC")):
        suffix = f"{index or ''}"
        board = boards.get(f"PVS{din.removeprefix('PVAC')}", {})
        for letter, key, value in (*_read(inverter), *_read(board)):
            found.setdefault(f"{letter}{suffix}", {})[key] = value
    return found


def _read(device: Members) -> Iterator[tuple[str, str, object]]:
    for name, value in device.items():
        if match := _OF_INVERTER.fullmatch(name):
            yield match[2], _KEYS[match[1]], value
        elif match := _OF_STRINGS.fullmatch(name):
            yield match[1], match[2], value


def _of_plain(listed: object) -> Members:
    rows = listed if isinstance(listed, list) else []
    return {
        f"{_LETTERS[place % len(_LETTERS)]}{place // len(_LETTERS) or ''}": {
            key: row.get(name) for key, name in _PLAIN.items()
        }
        for place, row in enumerate(rows)
        if isinstance(row, dict)
    }
