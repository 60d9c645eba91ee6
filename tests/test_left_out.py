"""Every documented path and field of these endpoints is read, or is on the list with a reason."""

import json
from collections import Counter

import pytest

from bridge.gateway.decode import LISTS, decode
from bridge.parts import Endpoint
from bridge.readings.left_out import LEFT_OUT

# Hand-written from the description of the API; `a.b` is b inside a, `a[].b` inside a's items.
DOCUMENTED = {
    Endpoint.STATUS: "din start_time up_time_seconds is_new version git_hash commission_count "
    "device_type sync_type teg_type leader followers cellular_disabled can_reboot",
    Endpoint.SITEMASTER: "status running uptime connected_to_tesla power_supply_mode can_reboot",
    Endpoint.OPERATION: "mode real_mode backup_reserve_percent freq_shift_load_shed_soe "
    "freq_shift_load_shed_delta_f",
    Endpoint.SITE_INFO: "site_name timezone max_site_meter_power_kW min_site_meter_power_kW "
    "nominal_system_energy_kWh nominal_system_power_kW max_system_energy_kWh max_system_power_kW "
    "panel_max_current measured_frequency grid_code grid_voltage_setting grid_freq_setting "
    "grid_phase_setting country state distributor utility retailer region grid_code.grid_code "
    "grid_code.grid_voltage_setting grid_code.grid_freq_setting grid_code.grid_phase_setting "
    "grid_code.country grid_code.state grid_code.distributor grid_code.utility "
    "grid_code.retailer grid_code.region",
    Endpoint.CONFIG: "vin",
    Endpoint.GRID_CODES: "US.CA.R[].grid_code US.CA.R[].grid_voltage_setting "
    "US.CA.R[].grid_freq_setting US.CA.R[].grid_phase_setting",
    Endpoint.CUSTOMER: "city state zip country registered privacy_notice limited_warranty "
    "emailed_registration marketing grid_services",
    Endpoint.REGISTRATION: "privacy_notice limited_warranty grid_services marketing registered "
    "timed_out_registration emailed_registration skipped_registration",
    Endpoint.GENERATORS: "disconnect_type generators generators[].any",
    Endpoint.SOLARS: "brand model power_rating_watts",
    Endpoint.UPDATE: "state info.status current_time last_status_time version offline_updating "
    "offline_update_error estimated_bytes_per_second",
    Endpoint.NETWORKS: "id name connected is_dhcp ip_address subnet config.network_name "
    "config.interface config.security_type config.dhcp config.enabled network_name interface dhcp "
    "enabled extra_ips[].ip extra_ips[].netmask active primary lastTeslaConnected "
    "lastInternetConnected security_type username iface_network_info.network_name "
    "iface_network_info.ip_networks[].ip iface_network_info.ip_networks[].mask "
    "iface_network_info.ip_networks[].IP iface_network_info.ip_networks[].Mask "
    "iface_network_info.gateway iface_network_info.interface iface_network_info.state "
    "iface_network_info.state_reason iface_network_info.signal_strength "
    "iface_network_info.hw_address",
    Endpoint.CONN_TESTS: "timestamp results.any.pass results.any.error name category disruptive "
    "inputs alert checks[].name checks[].status checks[].start_time checks[].end_time "
    "checks[].results checks[].debug checks[].checks",
    Endpoint.GRID_FAULTS: "timestamp alert_name alert_is_fault decoded_alert alert_raw git_hash "
    "site_uid ecu_type ecu_package_part_number ecu_package_serial_number",
    Endpoint.TOGGLE: "toggle_auth_supported",
    Endpoint.PROBLEMS: "problems",
}
PATHS = """
operation site_info site_info/site_name site_info/grid_codes site_info/grid_regions customer
customer/registration config installer installer/companies generators generators/disconnect_types
solars solars/brands solars/brands/<brand> system/update/status networks networks/access_points
networks/client_protocols system/networks system/networks/conn_tests system/networks/ping_test
system/testing synchrometer/ct_voltage_references synchrometer/ct_voltage_references/options
troubleshooting/problems autoconfig/status auth/toggle/supported legal/radio devices/vitals
solar_powerwall status sitemaster system_status/grid_faults system/update/urgency
auth/toggle/start auth/toggle/login login/Basic logout password/change password/generate
password/reset
autoconfig/run autoconfig/retry autoconfig/cancel customer/registration/legal
customer/registration/skip customer/registration/emailed logging meters/verify meters/<id>/verify
meters/<id>/commission meters/<id>/invert_cts meters/<id>/ct_config meters/<id>/cts
meters/detect_wired_meters meters/inverter_meter_readings networks/connect
networks/request_scan_wifi networks/enable_<name> networks/<id>/disconnect powerwalls/update
powerwalls/scan powerwalls/phase_detection powerwalls/pvi_power_status
powerwalls/enable_inverter_solar_meter_readings site_info/grid_code site_info/timezone
site_info/offgrid site_info/export_mode site_info/extra_programs sitemaster/run_for_commissioning
sitemaster/stop system/update system/testing/PINV_TEST solar_powerwall/reset
solar_powerwall/<n>/power_status solar_powerwall/<n>/reset config/completed sitemaster/run
v2/islanding/mode
"""
VALUES = (7, "x", {"a": 7}, [7], [{"a": 7}])
NEVER_READ = [row.path for row in LEFT_OUT if row.field is None]
FIELDS = [(Endpoint(row.path), row.field) for row in LEFT_OUT if row.field is not None]


def answer(endpoint: Endpoint, field: str, value: object) -> bytes:
    """Return an answer that holds nothing but this field."""
    for level in reversed(field.split(".")):
        name = level.removesuffix("[]")
        value = {name: [value] if name != level else value}
    return json.dumps([value] if endpoint in LISTS else value).encode()


def is_read(endpoint: Endpoint, field: str) -> bool:
    """Tell whether any value of the field shows in the part, or is said to be odd."""
    nothing = decode(endpoint, answer(endpoint, field, None))
    return any(decode(endpoint, answer(endpoint, field, value)) != nothing for value in VALUES)


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [(e, field) for e, names in DOCUMENTED.items() for field in names.split()],
)
def test_a_documented_field_is_read_or_left_out(endpoint: Endpoint, field: str) -> None:
    assert is_read(endpoint, field) is not ((endpoint, field) in FIELDS)


def test_a_field_that_is_left_out_is_documented() -> None:
    strange = [f for f in FIELDS if f[0] in DOCUMENTED and f[1] not in DOCUMENTED[f[0]].split()]

    assert strange == []


def test_a_documented_path_is_read_or_left_out() -> None:
    known = {*Endpoint, *NEVER_READ}

    assert [path for path in PATHS.split() if path not in known] == []


def test_a_path_that_is_read_is_not_left_out() -> None:
    assert [path for path in NEVER_READ if path in set(Endpoint)] == []


def test_nothing_is_left_out_twice() -> None:
    times = Counter((row.path, row.field) for row in LEFT_OUT)

    assert [place for place, count in times.items() if count > 1] == []


def test_every_row_has_a_reason_in_words() -> None:
    assert [row for row in LEFT_OUT if " " not in row.reason] == []
