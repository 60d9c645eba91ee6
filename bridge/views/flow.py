"""Views of meters and charge: aggregates, soe, csv, csv_v2, json."""

from bridge.parts import Endpoint
from bridge.views.sources import Members, Sources
from bridge.views.strings import strings

_MEASURED = (
    "instant_power",
    "instant_reactive_power",
    "instant_apparent_power",
    "frequency",
    "instant_average_voltage",
    "instant_average_current",
    "instant_total_current",
)


def aggregates(sources: Sources) -> Members | None:
    """Return `meters/aggregates` as the gateway gave it.

    What a meter measured that is not heard any more is null: the gateway repeats it for ever.
    """
    meters = sources.members(Endpoint.METERS)
    if meters is None:
        return None
    return {
        name: _quiet(meter) if isinstance(meter, dict) and _silent(sources, name) else meter
        for name, meter in meters.items()
    }


def _silent(sources: Sources, name: str) -> bool:
    known = sources.snapshot.meter(name)
    return known is not None and known.power_w is None


def _quiet(meter: Members) -> Members:
    return {key: None if key in _MEASURED else value for key, value in meter.items()}


def soe(sources: Sources) -> Members | None:
    """Return the level on the gateway's scale; as of `/soe`, not as of `/api/system_status/soe`."""
    percent = sources.number(Endpoint.SOE, "percentage")
    return None if percent is None else {"percentage": percent}


def csv(sources: Sources) -> str | None:
    """Return `grid,home,solar,battery,level` (W, raw %) with two decimals, without a line end.

    A meter that the site has not got, or that is silent, leaves its field empty, never 0.
    """
    fields = _powers(sources)
    return None if fields is None else ",".join(fields)


def csv_v2(sources: Sources) -> str | None:
    """Return the fields of csv, `1` while on the grid else `0`, and the reserve (app, truncated).

    The grid is empty for a word nobody knows. Missing without any of its four endpoints.
    """
    fields = _powers(sources)
    needed = (Endpoint.GRID_STATUS, Endpoint.OPERATION)
    if fields is None or any(sources.members(endpoint) is None for endpoint in needed):
        return None
    reserve = sources.reserve_percent
    truncated = "" if reserve is None else f"{int(reserve)}"
    return ",".join((*fields, "" if _up(sources) is None else f"{_up(sources)}", truncated))


def _powers(sources: Sources) -> list[str] | None:
    level = sources.number(Endpoint.SOE, "percentage")
    if sources.members(Endpoint.METERS) is None or level is None:
        return None
    powers = [sources.power_w(name) for name in ("site", "load", "solar", "battery")]
    return [_two_decimals(value) for value in (*powers, level)]


def _two_decimals(value: float | None) -> str:
    return "" if value is None else f"{round(value, 2) + 0.0:.2f}"


def _up(sources: Sources) -> int | None:
    grid = sources.grid_number
    return None if grid is None else int(grid == 1)


def overview(sources: Sources) -> Members | None:
    """Return view `json`: all that matters in one.

    Powers in W, soe in raw %, grid_status 1 on the grid else 0, reserve in app %, energies in Wh.
    Needs the meters. Where anything else is missing the proxy writes 0, or {} for strings; here it
    is null.
    """
    if sources.members(Endpoint.METERS) is None:
        return None
    return {
        "grid": sources.power_w("site"),
        "home": sources.power_w("load"),
        "solar": sources.power_w("solar"),
        "battery": sources.power_w("battery"),
        "soe": sources.number(Endpoint.SOE, "percentage"),
        "grid_status": _up(sources),
        "reserve": sources.reserve_percent,
        "time_remaining_hours": sources.time_remaining_h,
        "full_pack_energy": sources.number(Endpoint.SYSTEM_STATUS, "nominal_full_pack_energy"),
        "energy_remaining": sources.number(Endpoint.SYSTEM_STATUS, "nominal_energy_remaining"),
        "strings": strings(sources),
    }
