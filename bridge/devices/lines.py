"""The lines of the grid and of the sun, and how their voltage is found."""

from collections.abc import Iterable

from bridge.parts import Device, Line, LineMeter

_DEAD_V = 5.0  # below it an unconnected input floats: 0.2 V were seen


def line(meters: tuple[LineMeter, ...] | None, number: int) -> Line:
    """Return a line as all meters of one place see it together, None where one does not know.

    A meter that never told anything may be on any line; what the others count is not the whole.
    """
    listed = meters or ()
    seen = [meter.lines[number - 1] for meter in listed if meter.lines]
    used = [one for one in seen if _measured(one)] if len(seen) == len(listed) else []
    volts = (one.voltage_v for one in seen if one.voltage_v is not None)
    return Line(
        _live_v(next(volts, None), number),
        _total(one.power_w for one in used),
        _total(one.reactive_power_var for one in used),
        _total(one.imported_wh for one in used),
        _total(one.exported_wh for one in used),
    )


def line_voltage_v(
    devices: tuple[Device, ...], meters: tuple[LineMeter, ...] | None, number: int
) -> float | None:
    """Return the true voltage of a line on the grid side: the board's, else the site meter's.

    No voltage on line 2 or 3 is the gateway's way to say that there is no such line.
    """
    volts = _board_voltage_v(devices, number)
    return line(meters, number).voltage_v if volts is None else _live_v(volts, number)


def _board_voltage_v(devices: tuple[Device, ...], number: int) -> float | None:
    """Return what the gateway's board measures, None without vitals."""
    names = (f"ISLAND_VL{number}N_Main", f"METER_X_VL{number}N", f"METER_Z_VL{number}N")
    boards = [d for d in devices if d.type in {"TESYNC", "TEMSA"}]
    for name in (*names, f"METER_Z_VL{number}G"):
        for board in boards:
            value = board.number(name)
            if value is not None:
                return value
    return None


def _live_v(volts: float | None, number: int) -> float | None:
    return volts if volts is None or number == 1 or abs(volts) >= _DEAD_V else None


def _measured(one: Line) -> bool:
    """Return whether a meter has this line: it has a counter or power even while it is silent."""
    said = (one.power_w, one.reactive_power_var, one.imported_wh, one.exported_wh)
    return any(value is not None for value in said)


def _total(values: Iterable[float | None]) -> float | None:
    known = list(values)
    told = [value for value in known if value is not None]
    return sum(told) if told and len(told) == len(known) else None
