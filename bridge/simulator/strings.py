"""The solar strings of a Powerwall+: what its inverter takes in for what it gives out."""

from dataclasses import dataclass

from bridge.simulator.moment import Moment

_EFFICIENCY = 0.98
_DARK_V = 10.0
_UNUSED_V = -2.1


@dataclass(frozen=True, slots=True)
class SolarString:
    """One input of the inverter; share is its part of the sun, None for nothing plugged in."""

    letter: str
    share: float | None
    volts: float
    state: str = "PV_Active"


@dataclass(frozen=True, slots=True)
class StringReading:
    """V, A and W of one string now."""

    letter: str
    volts: float
    amps: float
    power_w: float
    state: str
    connected: bool = True


_STRINGS = (
    SolarString("A", 0.26, 257.0),
    SolarString("B", None, _UNUSED_V),
    SolarString("C", 0.38, 294.5),
    SolarString("D", 0.36, 295.0, "PV_Active_Parallel"),
)


def inverter_power_w(moment: Moment) -> float:
    """Return the inverter's output, in its 10 W steps."""
    return round(moment.state.flows.solar_w / 10) * 10.0


def string_readings(moment: Moment) -> tuple[StringReading, ...]:
    return tuple(_reading(moment, index, string) for index, string in enumerate(_STRINGS))


def _reading(moment: Moment, index: int, string: SolarString) -> StringReading:
    if string.share is None:
        return StringReading(string.letter, _UNUSED_V, 0.0, 0.0, string.state, connected=False)
    power_w = float(round(inverter_power_w(moment) / _EFFICIENCY * string.share))
    lit = string.volts + 3 * moment.jitter(41 + index)
    volts = round(lit if power_w > 0 else _DARK_V + moment.jitter(41 + index), 1)
    return StringReading(string.letter, volts, round(power_w / volts, 2), power_w, string.state)
