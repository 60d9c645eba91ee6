"""The table of readings: what every topic says for two sites, and what it says without a value."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import AT, site, values

from bridge.model import Snapshot
from bridge.parts import (
    BatteryBlock,
    Device,
    Endpoint,
    GridStatus,
    Meter,
    Meters,
    Operation,
    SystemStatus,
    Vitals,
)
from bridge.readings import GROUPS, Kind, Measured, Show, fed_by, measure
from bridge.topics import NONE, encode, has_topic

GOLDEN = Path(__file__).parent / "golden"
SITES = ("pw2-21.44", "pwplus-23.36")

# every topic that the design promises and this version feeds, below the gateway's own level
METER = "power reactive_power apparent_power average_voltage average_current frequency"
PROMISED = {
    "<meter>": METER,
    "meter/<name>": f"{METER} import_energy export_energy",
    "grid": "import_power export_power import_energy export_energy l1_voltage l2_voltage "
    "l3_voltage status connected services_active services_power faults min_power max_power "
    "measured_frequency code code_voltage code_frequency code_phase code_details codes "
    "l1_frequency l1_home_voltage l1_home_frequency l1_phase l1_microgrid_ok l1_usage "
    "l2_frequency l2_home_voltage l2_home_frequency l2_phase l2_microgrid_ok l2_usage "
    "l3_frequency l3_home_voltage l3_home_frequency l3_phase l3_microgrid_ok l3_usage "
    "l1_l2_phase l1_l3_phase l2_l3_phase contactor_state contactor_closed "
    "ready_for_synchronization externally_powered site_switch_enabled l1_power l1_reactive_power "
    "l1_import_energy l1_export_energy l2_power l2_reactive_power l2_import_energy "
    "l2_export_energy l3_power l3_reactive_power l3_import_energy l3_export_energy "
    "frequency_response_high frequency_response_low",
    "battery": "charge_power discharge_power charge_energy discharge_energy level level_raw "
    "energy_remaining capacity time_remaining max_charge_power max_discharge_power "
    "max_apparent_power target_power packs_expected packs_available nominal_energy nominal_power "
    "max_energy max_power packs_missing pack_problem enumerating updating checking_if_offgrid "
    "running_phase_detection phase_detection_not_available phase_detection_last_error "
    "bubble_shedding on_grid_check_error grid_qualifying grid_code_validating time_to_full "
    "time_to_reserve capacity_of_nameplate available_charge_power available_discharge_power "
    "inverter_usable_power auxiliary_load target_reactive_power command_source packs_controlled "
    "switches_on switch_toggled available_apparent_power rated_charge_power "
    "rated_discharge_power chargers_available",
    "solar": "energy consumed_energy inverters rated_power l1_voltage l1_power l1_reactive_power "
    "l1_energy l1_consumed_energy l2_voltage l2_power l2_reactive_power l2_energy "
    "l2_consumed_energy l3_voltage l3_power l3_reactive_power l3_energy l3_consumed_energy "
    "power_limit",
    "home": "energy panel_max_current",
    "operation": "mode backup_reserve backup_reserve_raw effective_backup_reserve load_shed_level "
    "load_shed_frequency_shift",
    "island": "mode requested",
    "gateway": "version git_hash started din device_type sync_type running connected_to_tesla "
    "power_supply_mode can_reboot site_name timezone is_new commission_count leader followers "
    "cellular_disabled teg_type sitemaster_status update_state update_in_progress update_failed "
    "update_notes update_version update_status_time update_offline update_offline_error "
    "update_speed update toggle_auth_supported problems problem_count has_sync sync_diagnostics "
    "backup_switch meters meter_status ct_voltage_references primary",
    "generator": "count disconnect_type disconnect_types list",
    "network": "list name interface address signal_strength connection_test connection_test_passed",
    "customer": "agreements registered",
    "alerts": " count problem",
    "pack/<serial>": "availability power reactive_power voltage current frequency "
    "energy_remaining capacity charge_energy discharge_energy state grid_state backup_ready "
    "off_grid charge_power_clamped wobble_detected enabled disabled_reasons temperature "
    "available_charge_power available_discharge_power firmware problem problem_reason "
    "energy_to_be_charged "
    "battery_state charge_complete discharge_complete charge_request active_heating voltage_hold "
    "battery_enable_line persistently_faulted permanently_faulted l1_voltage l2_voltage "
    "pll_frequency pll_locked ready_for_grid_forming inverter_enable_line power_limiter "
    "controller_state type in_config updating under_phase_detection grid_reconnection_time "
    "diagnostics grid_forming sequence_state part_number",
    "inverter/<serial>": "availability power reactive_power voltage current frequency energy "
    "state grid_state inverter_state l1_voltage l2_voltage negative_bus_voltage "
    "string_side_state string_side_voltage self_test_state output_enabled power_setpoint "
    "power_limit rated_power enabled string_side_enabled disabled_reasons alerts alert_count "
    "firmware",
    "inverter/<serial>/string/<a..f>": "voltage current power state connected",
    "meter_device/<serial>": "availability type location connected firmware frequency read_remark",
    "meter_device/<serial>/ct/<1..4>": "power reactive_power voltage current location "
    "import_energy export_energy valid inverted scale_factor",
    "device/<DIN>": " ",
    "flow": "solar_to_home solar_to_battery solar_to_grid grid_to_home grid_to_battery "
    "battery_to_home battery_to_grid self_sufficiency self_consumption",
    "outage": "active started count last",
}


def expected(name: str) -> dict[str, tuple[str, str]]:
    """Return topic -> (unit, payload) as written down by hand from a site's answers."""
    lines = (GOLDEN / name / "topics.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ", 2) for line in lines if not line.startswith("#")]
    return {topic: (unit, payload) for topic, unit, payload in rows}


def metered(**meters: Meter) -> Snapshot:
    return Snapshot().with_part(Meters(meters), AT)


@pytest.mark.parametrize("name", SITES)
def test_a_site_says_exactly_what_its_answers_hold(name: str) -> None:
    measured = [m for m in measure(GROUPS, site(name)) if has_topic(m) and m.path[0] != "device"]

    said = {
        "/".join(m.path): (m.reading.quantity.unit or "-", encode(m.value, m.reading.quantity))
        for m in measured
        if m.value is not None or m.reading.lasting
    }

    assert said == expected(name)


def test_the_table_has_the_promised_topics_and_no_others() -> None:
    table: dict[str, set[str]] = {}
    for group in GROUPS:
        keys = {r.key for r in group.readings if r.show is not Show.LISTED}
        table.setdefault(group.topic, set()).update(keys)

    assert table == {topic: set(keys.split(" ")) for topic, keys in PROMISED.items()}


@pytest.mark.parametrize("name", SITES)
def test_no_two_readings_share_a_topic(name: str) -> None:
    times = Counter(item.path for item in measure(GROUPS, site(name)))

    assert [path for path, count in times.items() if count > 1] == []


def test_every_device_is_passed_on_as_its_gateway_names_it() -> None:
    topics = [topic for topic in values(site("pwplus-23.36")) if topic.startswith("device/")]

    assert topics == [f"device/{device.din}" for device in site("pwplus-23.36").devices]


def test_a_device_is_one_json_object() -> None:
    neurio = values(site("pwplus-23.36"))["device/NEURIO--TG122180000T7U"]

    assert neurio == (
        '{"din":"NEURIO--TG122180000T7U","type":"NEURIO","part_number":null,'
        '"serial_number":"TG122180000T7U","manufacturer":"NEURIO",'
        '"parent_din":"STSTSM--1232100-00-J--TG122220000C3D","firmware":"1.7.2-Tesla",'
        '"last_communication_time":"2026-01-01T15:04:04Z","attributes":{"meter_location":[5]},'
        '"vitals":{"NEURIO_CT0_Location":"solarRGM",'
        '"NEURIO_CT0_InstRealPower":3001.9656982421875},"alerts":[],"heard":true}'
    )


def test_a_device_name_cannot_leave_its_topic_level() -> None:
    snapshot = Snapshot().with_part(Vitals((Device("X--1/2+#ä", "X"),)), AT)

    assert "device/X--1_2___" in values(snapshot)


@pytest.mark.parametrize(
    ("power_w", "imported", "exported"),
    [(113.25, "113", "0"), (-1184.6, "0", "1185"), (0.0, "0", "0"), (-0.4, "0", "0")],
)
def test_grid_power_is_positive_when_importing(
    power_w: float, imported: str, exported: str
) -> None:
    said = values(metered(site=Meter(power_w=power_w)))

    assert (said["grid/import_power"], said["grid/export_power"]) == (imported, exported)


@pytest.mark.parametrize(
    ("power_w", "charge", "discharge"), [(-2350.0, "2350", "0"), (810.0, "0", "810")]
)
def test_battery_power_is_positive_when_discharging(
    power_w: float, charge: str, discharge: str
) -> None:
    said = values(metered(battery=Meter(power_w=power_w)))

    assert (said["battery/charge_power"], said["battery/discharge_power"]) == (charge, discharge)


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e6, 1e6))
def test_a_derived_power_is_never_negative(power_w: float) -> None:
    said = values(metered(site=Meter(power_w=power_w), battery=Meter(power_w=power_w)))

    derived = [said[f"grid/{way}_power"] for way in ("import", "export")]
    derived += [said[f"battery/{way}_power"] for way in ("charge", "discharge")]
    assert not any(payload.startswith("-") for payload in derived)


def test_a_derived_power_is_unknown_when_its_power_is() -> None:
    said = values(metered(site=Meter(imported_wh=1.0)))

    assert said["grid/import_power"] == said["grid/export_power"] == NONE


def test_a_meter_we_have_no_word_for_keeps_its_own_name() -> None:
    said = values(metered(solarRGM=Meter(power_w=12.0, imported_wh=1.0, exported_wh=2500.0)))

    own = {topic: payload for topic, payload in said.items() if topic.startswith("meter/")}
    assert {topic: payload for topic, payload in own.items() if payload != NONE} == {
        "meter/solar_rgm/power": "12",
        "meter/solar_rgm/import_energy": "0.001",
        "meter/solar_rgm/export_energy": "2.5",
    }


def test_a_meter_we_have_no_word_for_is_titled_by_its_name() -> None:
    measured = measure(GROUPS, metered(solarRGM=Meter()))

    assert {m.item.title for m in measured if m.path[0] == "meter"} == {"Solar rgm"}


def test_a_meter_name_of_signs_alone_is_still_one_level() -> None:
    said = values(metered(**{"/": Meter(power_w=1.0)}))

    assert said["meter/_/power"] == "1"


def test_an_empty_snapshot_knows_no_value() -> None:
    assert set(values(Snapshot()).values()) == {NONE}


@pytest.mark.parametrize("endpoint", Endpoint)
def test_a_silent_endpoint_changes_no_topic_but_to_none(endpoint: Endpoint) -> None:
    before = values(site("pwplus-23.36"))
    after = values(site("pwplus-23.36").silenced(endpoint))

    changed = {topic: after.get(topic) for topic in before if after.get(topic) != before[topic]}
    plain = {topic: p for topic, p in changed.items() if not topic.startswith("device/")}
    assert {p for topic, p in plain.items() if not topic.endswith("/availability")} <= {NONE}


def test_silent_meters_keep_their_counters_alone() -> None:
    before = values(site("pw2-21.44"))
    after = values(site("pw2-21.44").silenced(Endpoint.METERS))

    lost = {topic for topic, payload in before.items() if after[topic] != payload}
    meters = {t for t in before if t.partition("/")[0] in {"grid", "home", "solar", "battery"}}
    assert {topic for topic in meters - lost if topic.endswith("_energy")} >= {
        "grid/import_energy",
        "grid/export_energy",
        "battery/charge_energy",
        "battery/discharge_energy",
        "solar/consumed_energy",
    }
    assert {"grid/power", "grid/import_power", "home/power", "battery/time_remaining"} <= lost


@pytest.mark.parametrize(
    "quieter",
    [
        lambda full: full.silenced(Endpoint.VITALS),
        lambda full: full.silenced(Endpoint.METERS),
        lambda full: replace(full, vitals=None),
        lambda full: replace(full, meters=None),
    ],
)
def test_silence_takes_no_reading_out_of_the_table(quieter: Callable[[Snapshot], Snapshot]) -> None:
    """Else Home Assistant would forget an entity and what its owner made of it."""
    full = site("pwplus-23.36")

    missing = set(values(full)) - set(values(quieter(full)))

    assert {topic for topic in missing if not topic.startswith("device/")} == set()


def test_a_lost_pack_is_offline_and_known_by_nothing_else() -> None:
    said = values(Snapshot().remembering(pack="TG1"))

    own = {topic: payload for topic, payload in said.items() if topic.startswith("pack/TG1/")}
    assert own.pop("pack/TG1/availability") == "offline"
    assert set(own.values()) == {NONE}


def test_a_disabled_pack_is_a_problem_with_reasons() -> None:
    block = BatteryBlock("P", "TG1", disabled_reasons=("DisabledExcessiveVoltageDrop",))
    said = values(Snapshot().with_part(SystemStatus(blocks=(block,)), AT))

    shown = [said[f"pack/TG1/{key}"] for key in ("enabled", "problem", "problem_reason")]
    assert shown == ["false", "true", "disabled: DisabledExcessiveVoltageDrop"]


def test_alerts_are_unknown_rather_than_none_at_all() -> None:
    read = Snapshot().with_part(Vitals((Device("STSTSM--1", "STSTSM", alerts=()),)), AT)

    unread, empty = values(Snapshot()), values(read)
    assert (unread["alerts"], unread["alerts/count"]) == (NONE, NONE)
    assert (empty["alerts"], empty["alerts/count"]) == ("[]", "0")


def test_in_backup_all_of_the_battery_is_reserved() -> None:
    said = values(Snapshot().with_part(Operation("backup", 24.0), AT))

    assert said["operation/backup_reserve"] == "20"
    assert said["operation/effective_backup_reserve"] == "100"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("SystemIslandedActive", ("islanded", "false", "off_grid")),
        ("SystemTransitionToGrid", ("transition_to_grid", "false", NONE)),
        ("SystemBrandNew", ("system_brand_new", NONE, NONE)),
    ],
)
def test_the_grid_status_says_three_things(status: str, said: tuple[str, str, str]) -> None:
    topics = values(Snapshot().with_part(GridStatus(status), AT))

    assert tuple(topics[t] for t in ("grid/status", "grid/connected", "island/mode")) == said


def test_a_reading_belongs_to_the_kind_its_topic_starts_with() -> None:
    levels = {"pack": Kind.PACK, "inverter": Kind.INVERTER, "meter_device": Kind.METER}

    def misplaced(item: Measured) -> bool:
        device = item.path[1] if item.path[0] in levels else ""
        return (item.kind, item.item.device) != (levels.get(item.path[0], Kind.SITE), device)

    assert [m.path for m in measure(GROUPS, site("pwplus-23.36")) if misplaced(m)] == []


@pytest.mark.parametrize("endpoint", Endpoint)
def test_an_endpoint_changes_no_reading_of_a_group_that_does_not_name_it(
    endpoint: Endpoint,
) -> None:
    """Only the groups that an endpoint feeds are measured when it has answered."""
    full = site("pwplus-23.36")
    part = full.part(endpoint)
    lacking = full.placed(part.stale()) if part else full

    before = {(m.path, id(m.group)): m.value for m in measure(GROUPS, full)}
    after = {(m.path, id(m.group)): m.value for m in measure(GROUPS, lacking)}

    fed = {id(group) for group in fed_by(frozenset({endpoint}))}
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert {group for _, group in changed} <= fed
