"""The derived views of the pyPowerwall proxy, for people who come from it: one line a view.

Same keys, same formulas, unrounded numbers, and nothing invented: a view whose inputs are missing
is not made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.parts import Endpoint
from bridge.views.bridge import stats, version
from bridge.views.devices import alerts, alerts_pw, temps, temps_pw, vitals
from bridge.views.flow import aggregates, csv, csv_v2, overview, soe
from bridge.views.packs import freq, pod
from bridge.views.sources import Sources
from bridge.views.strings import strings

Made = Mapping[str, object] | list[str] | str | None

_E = Endpoint


@dataclass(frozen=True, slots=True)
class View:
    """One view: what it shows, the endpoints that feed it, and how it is made.

    make returns JSON, or a line of text; None where an input is missing.
    """

    meaning: str
    endpoints: tuple[Endpoint, ...]
    make: Callable[[Sources], Made]


_POWERS = "grid, home, solar, battery (W) and raw level (%)"
VIEWS: dict[str, View] = {
    "aggregates": View("The meters as the gateway gives them", (_E.METERS,), aggregates),
    "soe": View("The level, raw scale", (_E.SOE,), soe),
    "csv": View(f"One line: {_POWERS}; empty where unknown", (_E.METERS, _E.SOE), csv),
    "csv_v2": View(
        f"One line: {_POWERS}, `1` on the grid else `0`, reserve (app scale); empty where unknown",
        (_E.METERS, _E.SOE, _E.GRID_STATUS, _E.OPERATION),
        csv_v2,
    ),
    "vitals": View("All devices by DIN with their vitals", (_E.VITALS,), vitals),
    "strings": View("The solar strings", (_E.VITALS, _E.SOLAR_POWERWALL), strings),
    "temps": View("Temperature of each Powerwall by DIN", (_E.VITALS,), temps),
    "temps_pw": View("Temperature of each Powerwall by number", (_E.VITALS,), temps_pw),
    "freq": View(
        "Frequency, voltages and output of packs, island and meter boards",
        (_E.SYSTEM_STATUS, _E.VITALS, _E.GRID_STATUS),
        freq,
    ),
    "pod": View(
        "Energies, states and flags of the packs",
        (_E.SYSTEM_STATUS, _E.VITALS, _E.OPERATION, _E.METERS),
        pod,
    ),
    "version": View("Firmware as text and number", (_E.STATUS,), version),
    "alerts": View(
        "All alerts, each once", (_E.VITALS, _E.SOLAR_POWERWALL, _E.GRID_STATUS), alerts
    ),
    "alerts_pw": View(
        "All alerts as keys", (_E.VITALS, _E.SOLAR_POWERWALL, _E.GRID_STATUS), alerts_pw
    ),
    "stats": View("Figures of the bridge", (), stats),
    "json": View(
        "Powers, level, grid, reserve, energies and strings in one",
        (
            *(_E.METERS, _E.SOE, _E.GRID_STATUS, _E.OPERATION, _E.SYSTEM_STATUS),
            *(_E.VITALS, _E.SOLAR_POWERWALL),
        ),
        overview,
    ),
}


__all__ = ["VIEWS", "Made", "Sources", "View"]
