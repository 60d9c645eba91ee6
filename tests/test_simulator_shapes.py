"""Every document has the keys of its firmware, and only those."""

import json
import re

import pytest

from bridge.simulator.clock import Clock
from bridge.simulator.endpoints import ENDPOINTS
from bridge.simulator.gateway import Gateway
from bridge.simulator.profiles import PROFILES, Writes, profile_named
from bridge.simulator.site import make_site

METER_1_15 = {
    "last_communication_time",
    "instant_power",
    "instant_reactive_power",
    "instant_apparent_power",
    "frequency",
    "energy_exported",
    "energy_imported",
    "instant_average_voltage",
    "i_a_current",
    "i_b_current",
    "i_c_current",
    "instant_total_current",
}
METER_20_49 = METER_1_15 | {
    "instant_average_current",
    "last_phase_voltage_communication_time",
    "last_phase_power_communication_time",
    "timeout",
    "num_meters_aggregated",
}
METER_21_44 = METER_20_49 | {"last_phase_energy_communication_time"}
METERS = {"fw115": METER_1_15, "fw150": METER_1_15 | {"timeout"}, "fw2049": METER_20_49}

STATUS_1_15 = {"start_time", "up_time_seconds", "is_new", "version", "git_hash"}
STATUS_1_50 = STATUS_1_15 | {"commission_count", "device_type", "sync_type"}
STATUS_20_49 = STATUS_1_50 | {"din"}
STATUS = {
    "fw115": STATUS_1_15,
    "fw150": STATUS_1_50,
    "fw2049": STATUS_20_49 | {"leader", "followers"},
    "fw2144": STATUS_20_49 | {"leader", "followers", "cellular_disabled"},
    "fw2336": STATUS_20_49 | {"teg_type", "cellular_disabled", "can_reboot"},
    "fw2412": STATUS_20_49 | {"teg_type", "cellular_disabled", "can_reboot"},
}

SYSTEM = {
    "command_source", "battery_target_power", "battery_target_reactive_power",
    "nominal_full_pack_energy", "nominal_energy_remaining", "max_power_energy_remaining",
    "max_power_energy_to_be_charged", "max_charge_power", "max_discharge_power",
    "max_apparent_power", "instantaneous_max_discharge_power", "instantaneous_max_charge_power",
    "grid_services_power", "system_island_state", "available_blocks", "battery_blocks",
    "ffr_power_availability_high", "ffr_power_availability_low", "load_charge_constraint",
    "max_sustained_ramp_rate", "grid_faults", "can_reboot", "smart_inv_delta_p",
    "smart_inv_delta_q", "last_toggle_timestamp", "solar_real_power_limit", "score",
    "blocks_controlled", "primary", "auxiliary_load", "all_enable_lines_high",
    "inverter_nominal_usable_power", "expected_energy_remaining",
}  # fmt: skip
SYSTEM_23_28 = SYSTEM | {
    "instantaneous_max_apparent_power",
    "hardware_capability_charge_power",
    "hardware_capability_discharge_power",
    "available_charger_blocks",
}
BLOCK = {
    "Type", "PackagePartNumber", "PackageSerialNumber", "disabled_reasons", "pinv_state",
    "pinv_grid_state", "nominal_energy_remaining", "nominal_full_pack_energy", "p_out", "q_out",
    "v_out", "f_out", "i_out", "energy_charged", "energy_discharged", "off_grid", "vf_mode",
    "wobble_detected", "charge_power_clamped", "backup_ready", "OpSeqState", "version",
}  # fmt: skip

DIN = "/tedapi/din"
WHOLE = [name for name in PROFILES if name != "pw3"]  # of which most is known
OLD_ONLY = {"site_info/grid_codes", "system/networks"}
NOT_ON_1_50 = {
    "devices/vitals",
    "solar_powerwall",
    "auth/toggle/supported",
    "synchrometer/ct_voltage_references",
}
NOT_ON_1_15 = NOT_ON_1_50 | {
    "system_status",
    "meters/site",
    "meters/solar",
    "meters/status",
    "troubleshooting/problems",
}


def gateway(profile: str) -> Gateway:
    clock = Clock(lambda: 0.0, 1_767_308_100.0)
    return Gateway(make_site(profile_named(profile), 1, None), clock, 1, Writes.OPEN)


def body(profile: str, path: str) -> bytes:
    return gateway(profile).document(path)


def paths(profile: str) -> set[str]:
    return {row.path for row in ENDPOINTS if row.on(profile_named(profile))}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_document_is_compact_json(profile: str) -> None:
    made = gateway(profile)
    for path in paths(profile) - {"devices/vitals", DIN}:
        text = made.document(path)
        assert text == json.dumps(json.loads(text), separators=(",", ":")).encode()
        assert not re.search(rb"[:,]-0[,}\]]", text), path


def test_each_firmware_has_its_paths() -> None:
    everything = {row.path for row in ENDPOINTS} - {DIN}

    assert paths("fw115") == everything - NOT_ON_1_15
    assert paths("fw150") == everything - NOT_ON_1_50
    assert paths("fw2144") == everything - OLD_ONLY - {"solar_powerwall"}
    assert paths("fw2336") == everything - OLD_ONLY - {"troubleshooting/problems"}
    assert paths("fw2412") == paths("fw2336") - {"solar_powerwall", "devices/vitals"}
    assert paths("pw3") == {
        "meters/aggregates",
        "system_status/soe",
        "system_status/grid_status",
        DIN,
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_the_meters_have_the_fields_of_their_firmware(profile: str) -> None:
    meters = json.loads(body(profile, "meters/aggregates"))
    expected = METERS.get(profile, METER_21_44)

    assert list(meters)[:4] == ["site", "battery", "load", "solar"]
    for name, meter in meters.items():
        missing = {"num_meters_aggregated"} if name == "load" else set()
        assert set(meter) == expected - missing


@pytest.mark.parametrize("profile", ["fw115", "fw150"])
def test_firmware_1_has_three_meters_that_never_measured(profile: str) -> None:
    meters = json.loads(body(profile, "meters/aggregates"))

    for name in ("busway", "frequency", "generator"):
        assert meters[name]["last_communication_time"] == "0001-01-01T00:00:00Z"
        assert meters[name]["energy_imported"] == 0


@pytest.mark.parametrize("profile", PROFILES)
def test_frequencies_are_zero_where_a_synchrometer_measures(profile: str) -> None:
    meters = json.loads(body(profile, "meters/aggregates"))
    measured = {name for name in ("site", "battery", "load", "solar") if meters[name]["frequency"]}

    inverter = {"solar"} if profile == "fw2336" else set()
    everything = {"site", "load", "solar"} if profile in ("fw115", "fw150", "pw3") else inverter
    assert measured == {"battery"} | everything


def test_split_phase_shows_the_odd_voltage_of_gateway_2() -> None:
    meters = json.loads(body("fw2144", "meters/aggregates"))

    assert 209 < float(str(meters["site"]["instant_average_voltage"])) < 214
    assert 241 < float(str(meters["battery"]["instant_average_voltage"])) < 246


def test_a_powerwall_3_measures_the_true_voltage_and_has_patience_with_its_meters() -> None:
    meters = json.loads(body("pw3", "meters/aggregates"))

    assert 241 < meters["site"]["instant_average_voltage"] < 246
    assert {meter["timeout"] for meter in meters.values()} == {60_000_000_000}


def test_a_powerwall_3_says_its_din_in_plain_text() -> None:
    made = gateway("pw3")

    assert made.document(DIN) == made.site.din.encode()
    assert made.site.din.startswith("1707000-")


@pytest.mark.parametrize("profile", ["fw2049", "fw2144", "fw2336", "fw2412"])
def test_the_system_has_the_fields_of_its_firmware(profile: str) -> None:
    status = json.loads(body(profile, "system_status"))
    newer = profile in ("fw2336", "fw2412")

    assert set(status) == (SYSTEM_23_28 if newer else SYSTEM)
    for block in status["battery_blocks"]:
        assert set(block) == BLOCK


@pytest.mark.parametrize("profile", WHOLE)
def test_the_status_has_the_fields_of_its_firmware(profile: str) -> None:
    status = json.loads(body(profile, "status"))

    assert set(status) == STATUS[profile]
    assert status["version"] == profile_named(profile).version
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0800", str(status["start_time"]))
    assert re.fullmatch(r"\d+h\d+m\d+(\.\d+)?s", str(status["up_time_seconds"]))
    assert re.fullmatch(r"[0-9a-f]{40}", str(status["git_hash"]).strip())


@pytest.mark.parametrize("profile", WHOLE)
def test_operation_and_grid_status_follow_their_firmware(profile: str) -> None:
    operation, grid = (
        json.loads(body(profile, "operation")),
        json.loads(body(profile, "system_status/grid_status")),
    )
    shed = {"freq_shift_load_shed_soe", "freq_shift_load_shed_delta_f"}
    old = profile == "fw115"

    mode = {"mode"} if old else {"real_mode"} | shed
    assert set(operation) == mode | {"backup_reserve_percent"}
    assert set(grid) == {"grid_status"} | (set() if old else {"grid_services_active"})


def test_the_site_master_of_old_counts_seconds_with_a_comma() -> None:
    old, new = json.loads(body("fw115", "sitemaster")), json.loads(body("fw2336", "sitemaster"))

    assert re.fullmatch(r"\d+s,", str(old["uptime"]))
    assert set(old) == {"running", "uptime", "connected_to_tesla"}
    assert set(new) == {
        "status",
        "running",
        "connected_to_tesla",
        "power_supply_mode",
        "can_reboot",
    }


@pytest.mark.parametrize(
    ("profile", "nested"), [("fw115", False), ("fw150", False), ("fw2049", True)]
)
def test_the_grid_code_moved_into_an_object(profile: str, *, nested: bool) -> None:
    site = json.loads(body(profile, "site_info"))
    code = site["grid_code"]

    assert isinstance(code, dict) == nested
    assert ("grid_voltage_setting" in (code if nested else site)) is True
    assert site["timezone"] == "America/Phoenix"


def test_powerwalls_grew_from_a_list_to_diagnostics() -> None:
    old, new = json.loads(body("fw115", "powerwalls")), json.loads(body("fw2336", "powerwalls"))

    assert set(old) == {"powerwalls", "has_sync"}
    assert [pack["type"] for pack in new["powerwalls"]] == ["SolarPowerwall", "ACPW"]
    assert set(json.loads(body("fw2336", "powerwalls/status"))) < set(new)
    checks = new["powerwalls"][0]["update_diagnostic"]["checks"]
    assert [check["name"] for check in checks].count("Grid code") == 2


def test_the_oldest_firmware_refuses_pack_states_while_it_runs() -> None:
    refused = json.loads(body("fw115", "powerwalls/status"))

    assert refused == {
        "code": 409,
        "error": "Sitemaster is current running",
        "message": "Sitemaster is current running",
    }


def test_the_solar_meter_sees_generation_as_its_own_import() -> None:
    made = gateway("fw2144")
    own = json.loads(made.document("meters/solar"))[0]["Cached_readings"]
    total = json.loads(made.document("meters/aggregates"))["solar"]

    assert own["energy_imported"] == total["energy_exported"]
    assert own["instant_power"] == total["instant_power"]
    assert json.loads(gateway("fw2336").document("meters/solar")) is None


@pytest.mark.parametrize(
    ("profile", "serial", "cts"),
    [("fw115", "", (3, 4)), ("fw2144", "synchrometerY", (1, 2)), ("fw2336", "", (1,))],
)
def test_a_meter_of_the_sun_that_is_asked_itself_counts_generation_as_import(
    profile: str, serial: str, cts: tuple[int, ...]
) -> None:
    """As in meters/solar; an owner's old gateway shows it beside the aggregates."""
    made = gateway(profile)
    aggregates = json.loads(made.document("meters/aggregates"))["solar"]
    made.writes.halt()
    name = f"{made.site.board_serial}{serial}" if serial else made.site.neurio_serial

    found = json.loads(made.document("meters/readings"))[name]["data"]["cts"]
    own = [ct for ct in found if ct["ct"] in cts]

    assert [2 * ct["eImp_Ws"] / 3600 for ct in own] == pytest.approx(
        [aggregates["energy_exported"]] * len(cts), abs=0.01
    )
    assert [2 * ct["eExp_Ws"] / 3600 for ct in own] == pytest.approx(
        [aggregates["energy_imported"]] * len(cts), abs=0.01
    )


def test_a_synchrometer_can_be_read_out_only_while_nobody_else_does() -> None:
    made = gateway("fw2144")
    busy = json.loads(made.document("meters/readings"))
    made.writes.halt()
    free = json.loads(made.document("meters/readings"))

    assert all("sitemanager process is running" in meter["error"] for meter in busy.values())
    assert all(meter["error"] == "" for meter in free.values())
    assert all(len(meter["data"]["cts"]) == 4 for meter in [*busy.values(), *free.values()])


def test_23_writes_network_masks_in_base64() -> None:
    new, old = gateway("fw2336").document("networks"), gateway("fw2144").document("networks")

    assert b'{"IP":"192.168.1.50","Mask":"////AA=="}' in new
    assert b'{"ip":"192.168.1.50","mask":"255.255.255.0"}' in old


def test_the_strings_of_a_powerwall_plus_feed_its_inverter() -> None:
    solar = json.loads(gateway("fw2336").document("solar_powerwall"))
    strings = solar["pvac_status"]["string_vitals"]
    taken = sum(string["measured_power"] for string in strings)

    assert [string["connected"] for string in strings] == [True, False, True, True]
    assert taken * 0.98 == pytest.approx(solar["pvac_status"]["p_out"], abs=3)
    assert solar["pvs_alerts"]["PVS_a018_MciStringB"] is True
