"""What a gateway says about itself, its owner and its house."""

import hashlib
from collections.abc import Iterator

from bridge.simulator.answers_system import can_reboot
from bridge.simulator.day import ZONE_NAME
from bridge.simulator.moment import Json, Moment, go_duration, start_time
from bridge.simulator.writes import operation_key

_GRID_CODE = "60Hz_240V_s_UL1741SA:2019_Arizona"


def status(moment: Moment) -> Json:
    return dict(_status(moment))


def sitemaster(moment: Moment) -> Json:
    profile, running = moment.site.profile, moment.orders.running
    if not profile.since(1, 50):
        seconds = int(moment.now - moment.running_since)
        uptime = f"{seconds}s," if running else "log:"
        return {"running": running, "uptime": uptime, "connected_to_tesla": running}
    document: dict[str, Json] = {
        "status": "StatusUp" if running else "StatusDown",
        "running": running,
        "connected_to_tesla": True,
        "power_supply_mode": False,
    }
    if profile.since(20, 40):
        document["can_reboot"] = can_reboot(moment) if running else ""
    return document


def operation(moment: Moment) -> Json:
    held, profile = moment.orders.operation, moment.site.profile
    document: dict[str, Json] = {
        operation_key(profile): held.mode.value,
        "backup_reserve_percent": held.reserve_raw_percent,
    }
    if profile.since(1, 50):
        document |= {"freq_shift_load_shed_soe": 0, "freq_shift_load_shed_delta_f": 0}
    return document


def site_info(moment: Moment) -> Json:
    profile, number = moment.site.profile, len(moment.packs)
    document: dict[str, Json] = {
        "max_site_meter_power_kW": 1000000000,
        "min_site_meter_power_kW": -1000000000,
        "nominal_system_energy_kWh": 13.5 * number,
    }
    if profile.since(1, 40):
        document["nominal_system_power_kW"] = (5 if moment.orders.running else 5.8) * number
    if profile.since(23, 0):
        document |= {"panel_max_current": 100, "max_system_energy_kWh": 0, "max_system_power_kW": 0}
    document |= {"site_name": moment.site.name, "timezone": ZONE_NAME}
    code = _grid_code(newer=profile.since(1, 40))
    return document | ({"grid_code": code} if profile.since(20, 49) else code)


def site_name(moment: Moment) -> Json:
    return {"site_name": moment.site.name, "timezone": ZONE_NAME}


def grid_codes(_: Moment) -> Json:
    """Return what can be chosen: country, state, region, and a list of codes."""
    split: dict[str, Json] = {
        "grid_voltage_setting": 240,
        "grid_freq_setting": 60,
        "grid_phase_setting": "Split",
    }
    single: dict[str, Json] = {
        "grid_voltage_setting": 230,
        "grid_freq_setting": 50,
        "grid_phase_setting": "Single",
    }
    return {
        "United States": {
            "Arizona": {"UL1741SA": [{"grid_code": _GRID_CODE, **split}]},
            "Hawaii": {"HECO": [{"grid_code": "60Hz_240V_s_HECO:2016", **split}]},
        },
        "United Kingdom": {"*": {"G59": [{"grid_code": "50Hz_230V_1_G59:UK", **single}]}},
    }


def config(moment: Moment) -> Json:
    return {"vin": moment.site.din}


def tedapi_din(moment: Moment) -> bytes:
    return moment.site.din.encode()


def customer(moment: Moment) -> Json:
    if moment.site.profile.since(20, 0):
        return {
            "registered": True,
            "privacy_notice": True,
            "limited_warranty": True,
            "grid_services": None,
            "marketing": None,
        }
    return {
        "city": "Phoenix",
        "state": "Arizona",
        "zip": "85001",
        "country": "US",
        "registered": True,
        "privacy_notice": True,
        "limited_warranty": True,
        "emailed_registration": True,
    }


def registration(moment: Moment) -> Json:
    document: dict[str, Json] = {
        "privacy_notice": True,
        "limited_warranty": True,
        "grid_services": None,
        "marketing": None,
        "registered": True,
    }
    if not moment.site.profile.since(1, 40):
        document |= {"emailed_registration": True, "skipped_registration": False}
    return document | {"timed_out_registration": False}


def installer(moment: Moment) -> Json:
    document: dict[str, Json] = {
        "company": "Example Solar",
        "customer_id": "",
        "phone": "",
        "email": "",
    }
    if moment.site.profile.since(20, 0):
        document |= {
            "location": "",
            "mounting": "",
            "wiring": "",
            "backup_configuration": "Whole Home",
            "solar_installation": "New",
            "solar_installation_type": "PV Panel",
            "has_cellular_modem_to_wifi": False,
        }
    if moment.orders.running:
        document["run_sitemaster"] = True
    if moment.site.profile.since(20, 0):
        document |= {"verified_config": True, "installation_types": ["Residential"]}
    return document


def solars(moment: Moment) -> Json:
    if moment.site.profile.solar_powerwall:
        return [{"brand": "Tesla", "model": "Solar Inverter 7.6", "power_rating_watts": 7600}]
    return [{"brand": "Example Inverters", "model": "EX5000", "power_rating_watts": 5000}]


def generators(_: Moment) -> Json:
    return {"disconnect_type": "None", "generators": []}


def disconnect_types(_: Moment) -> Json:
    return ["DownstreamATS"]


def toggle_supported(moment: Moment) -> Json:
    return {"toggle_auth_supported": moment.orders.running}


def voltage_references(_: Moment) -> Json:
    return {"ct1": "Phase1", "ct2": "Phase2", "ct3": "Phase1"}


def problems(_: Moment) -> Json:
    return {"problems": []}


def update_status(moment: Moment) -> Json:
    now_ms = int(moment.now * 1000)
    document: dict[str, Json] = {
        "state": "/update_failed",
        "info": {"status": ["nonactionable"]},
        "current_time": now_ms,
    }
    if moment.site.profile.since(21, 0):
        document |= {
            "last_status_time": int(moment.booted_at * 1000),
            "version": moment.version,
            "offline_updating": False,
            "offline_update_error": "",
            "estimated_bytes_per_second": None,
        }
    return document


def _status(moment: Moment) -> Iterator[tuple[str, Json]]:
    profile = moment.site.profile
    if profile.since(20, 40):
        yield "din", moment.site.din
    yield "start_time", start_time(moment.booted_at)
    yield "up_time_seconds", go_duration(moment.now - moment.booted_at)
    yield "is_new", False
    yield "version", moment.version
    yield "git_hash", git_hash(moment) + ("" if profile.since(1, 20) else "\n")
    if not profile.since(1, 50):
        return
    yield "commission_count", 0
    yield "device_type", profile.device_type
    if profile.since(23, 28):
        yield "teg_type", "pvinverter" if profile.solar_powerwall else "unknown"
    yield "sync_type", "v2.1" if profile.since(21, 0) else "v2"
    if profile.since(23, 28):
        yield "cellular_disabled", False
        yield "can_reboot", True
        return
    if profile.since(20, 49):
        yield "leader", ""
        yield "followers", None
    if profile.since(21, 44):
        yield "cellular_disabled", False


def git_hash(moment: Moment) -> str:
    """Return 40 hex digits that begin with the short hash of the version, if it names one."""
    _, _, short = moment.version.strip().partition(" ")
    whole = hashlib.sha256(moment.version.encode()).hexdigest()
    return (short + whole)[:40]


def _grid_code(*, newer: bool) -> dict[str, Json]:
    document: dict[str, Json] = {
        "grid_code": _GRID_CODE,
        "grid_voltage_setting": 240,
        "grid_freq_setting": 60,
        "grid_phase_setting": "Split",
        "country": "United States",
        "state": "Arizona",
    }
    if newer:
        document |= {"distributor": "*", "utility": "Example Electric", "retailer": "*"}
    return document | {"region": "UL1741SA"}
