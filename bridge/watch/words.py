"""How values are said to people. Pure."""

from datetime import datetime, tzinfo

UNKNOWN = "--"
IDLE_W = 10.0  # below it a flow is noise and gets no direction


def power(watts: float | None) -> str:
    """Return a power as `412 W` or `4.82 kW`."""
    if watts is None:
        return UNKNOWN
    if abs(round(watts)) < 1000:
        return f"{round(watts)} W"
    return f"{watts / 1000:.2f} kW"


def amount(watts: float | None) -> str:
    """Return a power whose direction is said in words."""
    return power(None if watts is None else abs(watts))


def direction(watts: float | None, towards: str, away: str) -> str:
    """Return the word for the sign of a flow, empty when it is unknown."""
    if watts is None:
        return ""
    if abs(watts) < IDLE_W:
        return "idle"
    return towards if watts > 0 else away


def percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f} %"


def energy(remaining_kwh: float | None, capacity_kwh: float | None) -> str:
    """Return `8.4 of 13.5 kWh`, empty when nothing is known."""
    if remaining_kwh is None and capacity_kwh is None:
        return ""
    parts = [UNKNOWN if part is None else f"{part:.1f}" for part in (remaining_kwh, capacity_kwh)]
    return f"{' of '.join(parts)} kWh"


def clock(iso: str | None, zone: tzinfo | None = None) -> str:
    """Return the time of day of an ISO 8601 time, in the zone of this machine by default."""
    try:
        return datetime.fromisoformat(iso or "").astimezone(zone).strftime("%H:%M:%S")
    except ValueError:
        return "--:--:--"
