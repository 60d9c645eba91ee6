"""Views of what the devices say: vitals, temps, temps_pw, alerts, alerts_pw."""

from bridge.parts import Endpoint
from bridge.views.sources import Members, Sources, section


def vitals(sources: Sources) -> Members | None:
    """Return all devices by DIN with their vitals by name.

    The angles by which the gateway says "no value" (-256, -180.5) are null.
    """
    return sources.members(Endpoint.VITALS)


def temps(sources: Sources) -> Members | None:
    """Return the ambient temperature (deg C) of each Powerwall by the DIN of its controller."""
    if sources.members(Endpoint.VITALS) is None:
        return None
    return {din: device.get("THC_AmbientTemp") for din, device in sources.devices("TETHC")}


def temps_pw(sources: Sources) -> Members | None:
    """Return the same by PW1_temp, PW2_temp and so on, in the order of the vitals."""
    found = temps(sources)
    if found is None:
        return None
    return {f"PW{place}_temp": value for place, value in enumerate(found.values(), start=1)}


def alerts(sources: Sources) -> list[str] | None:
    """Return the alerts of all devices, each once, and one that follows from the grid status.

    Without vitals the alerts of the solar inverter in `solar_powerwall`; without either nothing:
    an alert that nobody could report is not known to be absent.
    """
    found: list[object] = []
    if sources.members(Endpoint.VITALS) is not None:
        for _, device in sources.devices():
            listed = device.get("alerts")
            found += listed if isinstance(listed, list) else []
    elif (solar := sources.members(Endpoint.SOLAR_POWERWALL)) is not None:
        for name in ("pvac_alerts", "pvs_alerts"):
            found += [alert for alert, on in section(solar, name).items() if on is True]
    else:
        return None
    found.append(_of_grid(sources.members(Endpoint.GRID_STATUS) or {}))
    return list(dict.fromkeys(alert for alert in found if alert and isinstance(alert, str)))


def _of_grid(grid: Members) -> object:
    if grid.get("grid_services_active") is True:
        return "GridServicesActive"
    word = grid.get("grid_status")
    return "SystemConnectedToGrid" if word == "SystemGridConnected" else word


def alerts_pw(sources: Sources) -> Members | None:
    """Return the same as keys with the value 1."""
    found = alerts(sources)
    return None if found is None else dict.fromkeys(found, 1)
