"""The lines of the grid and of the sun, and how their voltage is found."""

from collections.abc import Iterable

from bridge.devices.boards import Boards
from bridge.parts import Device, Line, LineMeter

_DEAD_V = 5.0  # below it an unconnected input floats: 0.2 V were seen


def line(meters: tuple[LineMeter, ...] | None, number: int) -> Line:
    """Return a line as all meters of one place see it together, None where one does not know.

    A meter that never told anything may be on any line; what the others count is not the whole.
    """
    listed = meters or ()
    seen = [meter.lines[number - 1] for meter in listed if meter.lines]
    used = [one for one in seen if _measured(one)] if len(seen) == len(listed) else []
    volts = _meter_voltage_v(meters, number)
    dark = _dead(_meter_voltage_v(meters, 1)) and _counted(meters, number)
    return Line(
        None if _dead(volts) and not (number == 1 or dark) else volts,
        _total(one.power_w for one in used),
        _total(one.reactive_power_var for one in used),
        _total(one.imported_wh for one in used),
        _total(one.exported_wh for one in used),
    )


def line_voltage_v(
    devices: tuple[Device, ...], meters: tuple[LineMeter, ...] | None, number: int
) -> float | None:
    """Return the true voltage of a line on the grid side: the board's, else the site meter's.

    No voltage on line 2 or 3 is the gateway's way to say that there is no such line. It is 0 V of
    a line that is there where the home's side of it lives, or where all went dark.
    """
    boards = Boards.among(devices)
    volts = _board_voltage_v(boards, number)
    if volts is None:
        return line(meters, number).voltage_v
    at_home = boards.number(f"ISLAND_VL{number}N_Load") or 0.0
    if number == 1 or not _dead(volts) or not _dead(at_home):
        return volts
    return volts if _dead(_board_voltage_v(boards, 1)) and _counted(meters, number) else None


def _board_voltage_v(boards: Boards, number: int) -> float | None:
    """Return what the gateway's boards measure, None without vitals."""
    names = (f"ISLAND_VL{number}N_Main", f"METER_X_VL{number}N", f"METER_Z_VL{number}N")
    told = (boards.number(name) for name in (*names, f"METER_Z_VL{number}G"))
    return next((volts for volts in told if volts is not None), None)


def _meter_voltage_v(meters: tuple[LineMeter, ...] | None, number: int) -> float | None:
    told = (meter.lines[number - 1].voltage_v for meter in meters or () if meter.lines)
    return next((volts for volts in told if volts is not None), None)


def _dead(volts: float | None) -> bool:
    return volts is not None and abs(volts) < _DEAD_V


def _counted(meters: tuple[LineMeter, ...] | None, number: int) -> bool:
    """Return whether a meter has this line, so that it is there."""
    return any(_measured(meter.lines[number - 1]) for meter in meters or () if meter.lines)


def _measured(one: Line) -> bool:
    """Return whether a meter has this line: it has a counter or power even while it is silent."""
    said = (one.power_w, one.reactive_power_var, one.imported_wh, one.exported_wh)
    return any(value is not None for value in said)


def _total(values: Iterable[float | None]) -> float | None:
    known = list(values)
    told = [value for value in known if value is not None]
    return sum(told) if told and len(told) == len(known) else None
