"""What the board between street, house and meters reports: the vitals of TESYNC."""

import math
from collections.abc import Mapping

from bridge.simulator.answers_live import MeterReading
from bridge.simulator.moment import Moment
from bridge.simulator.physics import Island
from bridge.simulator.vitals_device import Vitals

_FIRST_LEG = 0.55  # of the site's power; the kitchen hangs on it


def board_vitals(moment: Moment, readings: Mapping[str, MeterReading]) -> Vitals:
    """Return the two sides of the contactor, then meter X (site) and Y (solar, if outside)."""
    solar = None if moment.site.profile.solar_powerwall else readings["solar"].as_wired
    return (
        _contactor(moment)
        | _meter_vitals("X", moment, readings["site"], _FIRST_LEG)
        | _meter_vitals("Y", moment, solar, 0.5)
    )


def _contactor(moment: Moment) -> Vitals:
    # 21.x and 22.x say -256 where there is no angle to measure, 23.x -180.5.
    no_angle = -180.5 if moment.site.profile.since(23, 0) else -256.0
    closed = moment.state.on_grid
    dark = moment.state.island is Island.FAULTED
    street = _halves(moment) if moment.orders.grid_up else (0.0, 0.0)
    house = (0.0, 0.0) if dark else _halves(moment)
    hertz = round(moment.frequency_hz, 2)
    angle = 0.0 if closed else no_angle
    state = "Compliant" if moment.orders.grid_up else "Uncompliant"
    values: Vitals = {}
    for phase, main, load in ((1, street[0], house[0]), (2, street[1], house[1]), (3, 0.0, 0.0)):
        values[f"ISLAND_VL{phase}N_Main"] = main
        values[f"ISLAND_VL{phase}N_Load"] = load
        values[f"ISLAND_FreqL{phase}_Main"] = hertz if main else 0.0
        values[f"ISLAND_FreqL{phase}_Load"] = hertz if load else 0.0
        values[f"ISLAND_PhaseL{phase}_Main_Load"] = angle if phase < 3 else no_angle
        values[f"ISLAND_L{phase}MicrogridOk"] = bool(load)
    for pair in ("L1L2", "L1L3", "L2L3"):
        values[f"ISLAND_{pair}PhaseDelta"] = no_angle
    return values | {
        "ISLAND_GridState": f"ISLAND_GridState_Grid_{state}",
        "ISLAND_ReadyForSynchronization": moment.orders.grid_up,
        "ISLAND_GridConnected": closed,
        "SYNC_ExternallyPowered": False,
        "SYNC_SiteSwitchEnabled": False,
    }


def _halves(moment: Moment) -> tuple[float, float]:
    """Return the legs in the half volts in which the contactor measures."""
    first, second = moment.leg_volts
    return round(first * 2) / 2, round(second * 2) / 2


def _meter_vitals(
    letter: str, moment: Moment, reading: MeterReading | None, first_share: float
) -> Vitals:
    values: Vitals = {}
    first, second = moment.leg_volts
    shares = (("CTA", first_share, first), ("CTB", 1 - first_share, second), ("CTC", 0.0, 0.0))
    for channel, share, volts in shares:
        power = round(reading.power_w * share) if reading else 0.0
        reactive = round(reading.reactive_var * share) if reading else 0.0
        amps = round(math.hypot(power, reactive) / volts, 4) if volts else 0.0
        values[f"METER_{letter}_{channel}_InstRealPower"] = power
        values[f"METER_{letter}_{channel}_InstReactivePower"] = reactive
        values[f"METER_{letter}_{channel}_I"] = amps
    on_grid_legs = (first, second) if moment.orders.grid_up else (0.0, 0.0)
    for phase, volts in enumerate((*on_grid_legs, 0.0), start=1):
        values[f"METER_{letter}_VL{phase}N"] = volts
    values[f"METER_{letter}_LifetimeEnergyImport"] = round(reading.imported_wh) if reading else 0
    values[f"METER_{letter}_LifetimeEnergyExport"] = round(reading.exported_wh) if reading else 0
    return values
