"""The meters behind the readings: which there are, and what each of them measures itself."""

import math

from bridge.simulator.answers_live import MeterReading, meter_document, meter_readings
from bridge.simulator.moment import NEVER, Json, Moment

_RUNNING = "run sitemanager flag enabled, sitemanager process is running"
_NEURIO_FIRMWARE = "1.7.2-Tesla"
_FIRST_TWO: tuple[bool, ...] = (True, True, False, False)
_LAST_TWO: tuple[bool, ...] = (False, False, True, True)


def meters(moment: Moment) -> Json:
    site, profile = moment.site, moment.site.profile
    if not profile.since(1, 40):
        return [
            {
                "serial": site.neurio_serial,
                "short_id": site.neurio_id,
                "connected": True,
                "cts": [_cts("solar", _LAST_TWO), _cts("site", _FIRST_TWO)],
            }
        ]
    board: list[Json] = [_board_meter(moment, "X", "site")]
    if not profile.solar_powerwall:
        return [*board, _board_meter(moment, "Y", "solar")]
    neurio: Json = {
        "serial": site.neurio_serial,
        "short_id": site.neurio_id,
        "type": "neurio_w2_tcp",
        "connected": True,
        "cts": [_cts("solarRGM", (True, False, False, False), scale=2)],
        "ip_address": f"PWRview-{site.neurio_id}",
        "mac": "02-00-00-00-00-01",
    }
    return [*board, neurio]


def meters_site(moment: Moment) -> Json:
    return [_detail(moment, "site", "X", meter_readings(moment)["site"])]


def meters_solar(moment: Moment) -> Json:
    """Return the outside solar meter in its own view."""
    if moment.site.profile.solar_powerwall:
        return None
    return [_detail(moment, "solar", "Y", meter_readings(moment)["solar"].as_wired)]


def readings(moment: Moment) -> Json:
    """Map serial to the meter's raw channels; energies in Ws."""
    site, seen = moment.site, meter_readings(moment)
    solar = _channels(moment, seen["solar"].as_wired)
    if not site.profile.since(1, 40):
        return {site.neurio_serial: _neurio(moment, _channels(moment, seen["site"]) + solar)}
    document: dict[str, Json] = {}
    board = {"X": _channels(moment, seen["site"])}
    if site.profile.solar_powerwall:
        document[site.neurio_serial] = _neurio(moment, solar)
    else:
        board["Y"] = solar
    for letter, channels in board.items():
        document[_board_serial(moment, letter)] = _board_readings(moment, channels)
    return document


def meters_status(_: Moment) -> Json:
    return {"status": "", "errors": None}


def _board_serial(moment: Moment, letter: str) -> str:
    return f"{moment.site.board_serial}synchrometer{letter}"


def _board_meter(moment: Moment, letter: str, place: str) -> Json:
    return {
        "serial": _board_serial(moment, letter),
        "short_id": moment.site.din,
        "type": f"synchrometer{letter}",
        "cts": [_cts(place, _FIRST_TWO)],
    }


def _cts(place: str, valid: tuple[bool, ...], scale: int | None = None) -> Json:
    document: dict[str, Json] = {"type": place, "valid": valid, "inverted": [False] * 4}
    return document if scale is None else document | {"real_power_scale_factor": scale}


def _detail(moment: Moment, place: str, letter: str, reading: MeterReading) -> Json:
    return {
        "id": 0,
        "location": place,
        "type": f"synchrometer{letter}",
        "cts": _FIRST_TWO,
        "inverted": [False] * 4,
        "connection": {
            "short_id": moment.site.din,
            "device_serial": _board_serial(moment, letter),
            "https_conf": {},
        },
        "ct_voltage_references": {"ct1": "Phase1", "ct2": "Phase2", "ct3": "Phase1"},
        "Cached_readings": _cached(moment, letter, reading),
    }


def _cached(moment: Moment, letter: str, reading: MeterReading) -> Json:
    document = meter_document(moment, reading)
    document.pop("num_meters_aggregated", None)
    first, second = moment.leg_volts
    document |= {"v_l1n": first, "v_l2n": second}
    for phase in "ab":
        document |= {
            f"real_power_{phase}": reading.power_w / 2,
            f"reactive_power_{phase}": reading.reactive_var / 2,
            f"energy_exported_{phase}": reading.exported_wh / 2,
            f"energy_imported_{phase}": reading.imported_wh / 2,
        }
    document["last_phase_energy_communication_time"] = NEVER
    return document | {"serial_number": _board_serial(moment, letter), "version": "fa0c1ad02efda3"}


def _channels(moment: Moment, reading: MeterReading) -> list[Json]:
    return [
        {
            "v_V": volts,
            "p_W": round(reading.power_w / 2, 2),
            "q_VAR": round(reading.reactive_var / 2, 2),
            "eExp_Ws": int(reading.exported_wh * 1800),
            "eImp_Ws": int(reading.imported_wh * 1800),
            "i_A": round(math.hypot(reading.power_w, reading.reactive_var) / 2 / volts, 3),
        }
        for volts in moment.leg_volts
    ]


def _numbered(channels: list[Json]) -> list[Json]:
    nothing: Json = {"v_V": 0, "p_W": 0, "q_VAR": 0, "eExp_Ws": 0, "eImp_Ws": 0, "i_A": 0}
    four = (channels + [nothing] * 4)[:4]
    return [
        {"ct": number, **channel}
        for number, channel in enumerate(four, start=1)
        if isinstance(channel, dict)
    ]


def _neurio(moment: Moment, channels: list[Json]) -> Json:
    data: Json = {
        "IP": f"PWRview-{moment.site.neurio_id}",
        "sensorId": f"0x{moment.site.git_hash[:16].upper()}",
        "firmwareVersion": _NEURIO_FIRMWARE,
        "f_Hz": moment.frequency_hz,
        "cts": _numbered(channels),
    }
    return {"error": "", "data": data}


def _board_readings(moment: Moment, channels: list[Json]) -> Json:
    """Return a meter of the gateway's board, which can only be read while nobody else does."""
    if moment.orders.running:
        return {"error": _RUNNING, "data": {"firmwareVersion": "", "cts": _numbered([])}}
    data: Json = {"firmwareVersion": "fa0c1ad02efda3", "cts": _numbered(channels)}
    return {"error": "", "data": data}
