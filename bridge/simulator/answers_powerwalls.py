"""The Powerwalls and the gateway's doubts about them, none of which means a fault."""

from bridge.simulator.moment import Json, Moment, rfc3339
from bridge.simulator.site import Pack

_REFUSED = (
    "Cannot perform this action with site controller running. "
    'From landing page, either "STOP SYSTEM" or "RUN WIZARD" to proceed.'
)
_RUNNING = "run sitemanager flag enabled, sitemanager process is running"
_COMMISSIONING = (
    "CAN connectivity",
    "Enable switch",
    "Internal communications",
    "Firmware up-to-date",
)
_UPDATE = ("Powerwall firmware", "Battery firmware", "Inverter firmware", "Grid code")
_SOLAR_UPDATE = ("Solar Inverter firmware", "Solar Safety firmware", "Grid code")
_SYNC_UPDATE = ("Synchronizer firmware", "Islanding configuration", "Grid code")


def powerwalls(moment: Moment) -> Json:
    packs = moment.site.packs
    if not moment.site.profile.since(1, 40):
        named: list[Json] = [
            {"PackagePartNumber": pack.part, "PackageSerialNumber": pack.serial} for pack in packs
        ]
        return {"powerwalls": named, "has_sync": True}
    return _flags(moment) | {
        "powerwalls": [
            _powerwall(moment, pack, solar=moment.site.profile.solar_powerwall and index == 0)
            for index, pack in enumerate(packs)
        ],
        "gateway_din": moment.site.din,
        "sync": {
            "updating": False,
            "commissioning_diagnostic": _commissioning(
                moment, ("CAN connectivity", "Firmware up-to-date")
            ),
            "update_diagnostic": _update(_SYNC_UPDATE),
        },
        "msa": None,
        "states": None,
    }


def powerwalls_status(moment: Moment) -> Json:
    return _flags(moment)


def _flags(moment: Moment) -> dict[str, Json]:
    flags: dict[str, Json] = {
        "enumerating": False,
        "updating": False,
        "checking_if_offgrid": False,
        "running_phase_detection": False,
        "phase_detection_last_error": "no phase information",
        "bubble_shedding": False,
        "on_grid_check_error": _RUNNING if moment.orders.running else "on grid check not run",
        "grid_qualifying": False,
        "grid_code_validating": False,
    }
    newer = moment.site.profile.since(20, 0)
    return flags | ({"phase_detection_not_available": True} if newer else {})


def _powerwall(moment: Moment, pack: Pack, *, solar: bool) -> Json:
    document: dict[str, Json] = {
        "Type": "",
        "PackagePartNumber": pack.part,
        "PackageSerialNumber": pack.serial,
        "type": "SolarPowerwall" if solar else "ACPW",
        "grid_state": "Grid_Uncompliant" if moment.orders.running else "Grid_Compliant",
        "grid_reconnection_time_seconds": 0,
        "under_phase_detection": False,
        "updating": False,
        "commissioning_diagnostic": _commissioning(moment, _COMMISSIONING),
        "update_diagnostic": _update(_SOLAR_UPDATE + _UPDATE if solar else _UPDATE),
        "bc_type": None,
    }
    return document | ({"in_config": True} if moment.site.profile.since(21, 0) else {})


def _commissioning(moment: Moment, names: tuple[str, ...]) -> Json:
    return _diagnostic("Commissioning", [_commissioning_check(moment, name) for name in names])


def _commissioning_check(moment: Moment, name: str) -> Json:
    running = moment.orders.running
    check: dict[str, Json] = {
        "name": name,
        "status": "fail" if running else "pass",
        "start_time": rfc3339(moment.now, 355910442),
        "end_time": rfc3339(moment.now, 355915942),
    }
    if running:
        check["message"] = _REFUSED
    return check | {"results": {}, "debug": {}, "checks": None}


def _update(names: tuple[str, ...]) -> Json:
    checks: list[Json] = [
        {
            "name": name,
            "status": "not_run",
            "start_time": None,
            "end_time": None,
            "progress": 0,
            "results": None,
            "debug": None,
            "checks": None,
        }
        for name in names
    ]
    return _diagnostic("Firmware Update", checks, disruptive=True)


def _diagnostic(name: str, checks: list[Json], *, disruptive: bool = False) -> Json:
    return {
        "name": name,
        "category": "InternalComms",
        "disruptive": disruptive,
        "inputs": None,
        "checks": checks,
        "alert": False,
    }
