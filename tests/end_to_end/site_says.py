"""What the topics of gateway, site, networks, updates and agreements say, read off raw answers.

Written from the topic reference, like gateway_says.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from payloads import Number, amperes, flag, hertz, kilowatt_hours, volts, watts
from raw_answers import Answers, Json

Pair = tuple[str, object]
UNDER_WAY = {"/download", "/update_downloaded", "/update_staged", "/clear_update_status"}


def site_pairs(answers: Answers) -> Iterator[Pair]:
    """Return topic below the gateway's and payload."""
    yield from _gateway(answers.object("status"), answers.object("sitemaster"))
    yield from _set_up(answers.object("site_info"))
    yield from _update(answers.object("system/update/status"))
    yield "gateway/update", _release(answers)
    if answers.has("operation"):
        operation = answers.object("operation")
        level, shift = (operation[f"freq_shift_load_shed_{name}"] for name in ("soe", "delta_f"))
        yield "operation/load_shed_level", Number(float(str(level)), 1)
        yield "operation/load_shed_frequency_shift", hertz(shift)
    if answers.has("generators"):
        yield "generator/count", "0"
        yield "generator/disconnect_type", "none"
        yield "generator/list", []
        yield "generator/disconnect_types", ["DownstreamATS"]
    if answers.has("auth/toggle/supported"):
        supported = answers.object("auth/toggle/supported")["toggle_auth_supported"]
        yield "gateway/toggle_auth_supported", flag(supported)
    if answers.has("troubleshooting/problems"):
        yield from (("gateway/problems", []), ("gateway/problem_count", "0"))
    if not answers.has("system_status"):
        yield "grid/faults", []
    if answers.has("networks"):
        yield from _networks(answers.objects("networks"))
        yield from _solars(answers.objects("solars"))
        yield from _test(answers.object("system/networks/conn_tests"))
    yield from _agreements(answers, told=answers.has("customer"))


def _solars(rows: list[Json]) -> Iterator[Pair]:
    yield "solar/rated_power", watts(sum(float(str(row["power_rating_watts"])) for row in rows))
    yield (
        "solar/inverters",
        [
            {
                "brand": row["brand"],
                "model": row["model"],
                "rated_power_w": row["power_rating_watts"],
            }
            for row in rows
        ],
    )


def _agreements(answers: Answers, *, told: bool) -> Iterator[Pair]:
    """Yield what was agreed; the registration knows whatever the customer does not tell."""
    customer = answers.object("customer") if told else {}
    both = answers.object("customer/registration") | customer
    names = ("registered", "privacy_notice", "limited_warranty", "grid_services", "marketing")
    ends = ("emailed_registration", "skipped_registration", "timed_out_registration")
    yield "customer/registered", flag(both["registered"])
    yield "customer/agreements", {name: both.get(name) for name in (*names, *ends)}


def _networks(rows: list[Json]) -> Iterator[Pair]:
    wired, cellular = rows
    yield "network/name", wired["network_name"]
    yield "network/interface", "eth_type"
    yield "network/address", "192.168.1.50"
    mask = "255.255.255.0"
    link = {
        "addresses": [{"address": "192.168.1.50", "mask": mask}],
        "gateway": "192.168.1.1",
        "hw_address": "02:00:00:00:00:02",
        "state": "DeviceStateReady",
        "state_reason": "DeviceStateReasonNone",
    }
    extra: list[object] = [{"address": "192.168.90.2", "mask": mask}]
    yield (
        "network/list",
        [
            _network(wired, link | {"extra_addresses": extra}),
            _network(cellular, dict.fromkeys(link) | {"extra_addresses": []}),
        ],
    )


def _network(row: Json, link: Json) -> Json:
    seen = [_utc(row[f"last{name}Connected"]) for name in ("Tesla", "Internet")]
    same = ("interface", "active", "primary", "enabled", "dhcp", "security_type")
    return {
        "name": row["network_name"],
        "device": None,
        "id": None,
        "signal_strength_percent": None,
        "last_tesla_connected": seen[0],
        "last_internet_connected": seen[1],
        **{name: row[name] for name in same},
        **link,
    }


def _test(test: Json) -> Iterator[Pair]:
    checks = test["checks"]
    assert isinstance(checks, list)
    yield (
        "network/connection_test",
        {
            **{name: test[name] for name in ("name", "category", "disruptive", "alert")},
            "checks": [
                {
                    **{name: check[name] for name in ("name", "status", "results", "debug")},
                    "started": _utc(check["start_time"]),
                    "ended": _utc(check["end_time"]),
                }
                for check in checks
            ],
        },
    )


def _utc(time: object) -> str | None:
    if str(time).startswith("0001"):
        return None
    moment = datetime.fromisoformat(str(time)).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _gateway(status: Json, master: Json) -> Iterator[Pair]:
    for name in ("is_new", "cellular_disabled"):
        if name in status:
            yield f"gateway/{name}", flag(status[name])
    if "commission_count" in status:
        yield "gateway/commission_count", str(status["commission_count"])
    yield "gateway/teg_type", status.get("teg_type")
    if "status" in master:
        yield "gateway/sitemaster_status", {"StatusUp": "status_up"}[str(master["status"])]


def _set_up(info: Json) -> Iterator[Pair]:
    yield "battery/nominal_energy", kilowatt_hours(_thousand(info["nominal_system_energy_kWh"]))
    if "nominal_system_power_kW" in info:
        yield "battery/nominal_power", watts(_thousand(info["nominal_system_power_kW"]))
    if "panel_max_current" in info:
        yield "home/panel_max_current", amperes(info["panel_max_current"])
    code = info["grid_code"] if isinstance(info["grid_code"], dict) else info
    yield "grid/code", code["grid_code"]
    yield "grid/code_voltage", volts(code["grid_voltage_setting"])
    yield "grid/code_frequency", hertz(code["grid_freq_setting"])
    yield "grid/code_phase", str(code["grid_phase_setting"]).lower()
    names = ("country", "state", "distributor", "utility", "retailer", "region")
    yield (
        "grid/code_details",
        {
            "code": code["grid_code"],
            "voltage_v": code["grid_voltage_setting"],
            "frequency_hz": code["grid_freq_setting"],
            "phase": code["grid_phase_setting"],
            **{name: code.get(name) for name in names},
        },
    )


def _thousand(number: object) -> float:
    return float(str(number)) * 1000


def _release(answers: Answers) -> Json:
    installed = str(answers.object("status")["version"]).split()[0]
    versions = {"installed_version": installed, "latest_version": installed}
    return {**versions, "title": "Powerwall gateway"}


def _update(update: Json) -> Iterator[Pair]:
    state = str(update["state"])
    yield "gateway/update_state", state.removeprefix("/")
    yield "gateway/update_in_progress", flag(state in UNDER_WAY)
    yield "gateway/update_failed", "false"
    yield "gateway/update_notes", ["nonactionable"]
    yield "gateway/update_version", update.get("version")
    if "offline_updating" in update:
        yield "gateway/update_offline", flag(update["offline_updating"])
    if "last_status_time" in update:
        moment = datetime.fromtimestamp(int(str(update["last_status_time"])) // 1000, UTC)
        yield "gateway/update_status_time", moment.strftime("%Y-%m-%dT%H:%M:%SZ")
