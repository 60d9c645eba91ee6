"""What the topics of gateway, grid code, networks, solar inverters and generators say."""

import json
from functools import cache

import pytest
from sites import AT, said, site, values

from bridge.parts import (
    Endpoint,
    GridFaults,
    Network,
    Networks,
    Part,
    SiteInfo,
    Sitemaster,
    SolarInverter,
    Solars,
    Status,
    SystemStatus,
)
from bridge.quantities import DATA, FREQUENCY_SHIFT
from bridge.readings import GROUPS, Kind, Show, measure
from bridge.topics import NONE, snapshot_json


@cache
def known(name: str, level: str) -> dict[str, str]:
    """Return what a site says below a topic level, but no JSON."""
    return {
        topic.removeprefix(f"{level}/"): payload
        for topic, payload in values(site(name)).items()
        if topic.startswith(f"{level}/") and payload != NONE and payload[0] not in "[{"
    }


def test_a_gateway_says_what_it_is_and_does() -> None:
    assert known("pwplus-23.36", "gateway") == {
        "primary": "true",
        "version": "23.36.4 4064fc6a",
        "git_hash": "23364f00dfeed23364f00dfeed23364f00dfeed0+",
        "started": "2025-12-31T14:46:41Z",
        "is_new": "false",
        "device_type": "teg",
        "sync_type": "v2.1",
        "commission_count": "0",
        "cellular_disabled": "false",
        "teg_type": "unknown",
        "din": "1232100-00-J--TG122220000C3D",
        "running": "true",
        "connected_to_tesla": "true",
        "sitemaster_status": "status_up",
        "power_supply_mode": "false",
        "can_reboot": "Yes",
        "site_name": "Büro & Scheune",
        "timezone": "America/Chicago",
        "update_state": "download",
        "update_in_progress": "true",
        "update_failed": "false",
        "update_version": "23.44.0 0b1a2c3d",
        "update_status_time": "2026-01-01T15:03:20Z",
        "update_offline": "false",
        "update_speed": "184320",
        "toggle_auth_supported": "true",
    }


def test_what_moves_with_every_answer_stands_in_the_snapshot_alone() -> None:
    snapshot = site("pw2-1.15")

    gateway = json.loads(snapshot_json(measure(GROUPS, snapshot), AT))["gateway"]

    assert gateway["clock"] == "2015-01-31T09:45:52Z"
    assert gateway["sitemaster_uptime"] == 802459
    assert not {"gateway/clock", "gateway/sitemaster_uptime"} & values(snapshot).keys()


@pytest.mark.parametrize(
    ("master", "status", "payload"),
    [
        (Sitemaster(can_reboot="Power flow is too high"), Status(can_reboot=True), "Power flow "),
        (Sitemaster(), Status(can_reboot=True), "Yes"),
        (Sitemaster(), Status(can_reboot=False), "No"),
        (Sitemaster(), Status(), NONE),
    ],
)
def test_the_site_master_knows_best_whether_it_can_reboot(
    master: Sitemaster, status: Status, payload: str
) -> None:
    assert said(master, status)["gateway/can_reboot"].startswith(payload)


def test_the_limits_of_a_site_keep_the_sign_of_its_power() -> None:
    topics = said(SiteInfo(min_site_power_w=-7000.0, max_site_power_w=12500.0))

    assert (topics["grid/min_power"], topics["grid/max_power"]) == ("-7000", "12500")


def test_a_grid_code_is_four_topics_and_one_with_all() -> None:
    topics = values(site("pw2-1.15"))

    assert [topics[f"grid/code{key}"] for key in ("", "_voltage", "_frequency", "_phase")] == [
        "60Hz_240V_s_UL1741SA:2016_California",
        "240",
        "60",
        "split",
    ]
    assert json.loads(topics["grid/code_details"]) == {
        "code": "60Hz_240V_s_UL1741SA:2016_California",
        "voltage_v": 240,
        "frequency_hz": 60,
        "phase": "Split",
        "country": "United States",
        "state": "California",
        "distributor": None,
        "utility": None,
        "retailer": None,
        "region": "UL1741SA",
    }


def test_the_site_is_set_up_for_so_much() -> None:
    topics = values(site("pwplus-23.36"))

    keys = ("battery/nominal_energy", "battery/nominal_power", "home/panel_max_current")
    assert [topics[key] for key in keys] == ["27", "10800", "200"]


def test_a_grid_code_to_choose_says_only_what_is_known_of_it() -> None:
    codes = json.loads(values(site("pw2-1.15"))["grid/codes"])

    assert codes[2] == {
        "code": "60Hz_240V_s_HECO:2016",
        "voltage_v": 240,
        "frequency_hz": 60,
        "phase": "Split",
        "country": "United States",
        "state": "Hawaii",
        "region": "HECO",
    }


@pytest.mark.parametrize(
    ("parts", "payload"),
    [
        ((SystemStatus(grid_faults=()), GridFaults(({"alert_name": "old"},))), "[]"),
        ((SystemStatus(), GridFaults(({"alert_name": "x"},))), '[{"alert_name":"x"}]'),
        ((SystemStatus(grid_faults=({"alert_name": "x"},)),), '[{"alert_name":"x"}]'),
        ((GridFaults(()),), "[]"),
        ((SystemStatus(), GridFaults()), NONE),
    ],
)
def test_grid_faults_are_those_of_whom_tells_of_them(parts: tuple[Part, ...], payload: str) -> None:
    assert said(*parts)["grid/faults"] == payload


def test_the_sun_can_give_what_all_inverters_are_made_for() -> None:
    topics = values(site("pw2-1.15"))

    assert topics["solar/rated_power"] == "8800"
    assert json.loads(topics["solar/inverters"])[1] == {
        "brand": "Example Inverters",
        "model": "EX3800",
        "rated_power_w": 3800,
    }


@pytest.mark.parametrize(
    "inverters",
    [None, (), (SolarInverter("a", "b", 5000.0), SolarInverter("a", "c"))],
)
def test_a_sum_that_lacks_one_is_unknown(inverters: tuple[SolarInverter, ...] | None) -> None:
    assert said(Solars(inverters))["solar/rated_power"] == NONE


def test_a_house_without_generators_says_so() -> None:
    topics = values(site("pw2-21.44"))

    keys = ("count", "disconnect_type", "list", "disconnect_types")
    assert [topics[f"generator/{key}"] for key in keys] == ["0", "none", "[]", '["DownstreamATS"]']


def test_the_network_in_use_has_topics_of_its_own() -> None:
    assert known("pwplus-23.36", "network") == {
        "name": "Scheune 5G",
        "interface": "wifi_type",
        "address": "10.20.0.7",
        "signal_strength": "61",
    }


def test_a_network_in_use_may_have_no_address() -> None:
    assert said(Networks((Network("a", primary=True),)))["network/address"] == NONE


def test_every_network_is_in_the_list() -> None:
    listed = json.loads(values(site("pw2-21.44"))["network/list"])

    assert [row["name"] for row in listed] == [
        "ethernet_tesla_internal_default",
        "gsm_tesla_internal_default",
    ]
    assert listed[0]["addresses"] == [{"address": "192.168.1.50", "mask": "255.255.255.0"}]


def test_a_connection_test_says_only_what_it_knows() -> None:
    topics = values(site("pw2-1.15"))

    assert topics["network/connection_test_passed"] == "false"
    assert json.loads(topics["network/connection_test"]) == {
        "tested": "2018-02-23T01:12:56Z",
        "checks": [
            {"name": "Config Syncer Test", "passed": True},
            {"name": "Hermes Status Test", "passed": False, "error": "no route to host"},
        ],
    }


def test_a_frequency_may_be_shifted_down() -> None:
    assert values(site("pwplus-23.36"))["operation/load_shed_frequency_shift"] == "-0.32"
    assert FREQUENCY_SHIFT.limits
    assert FREQUENCY_SHIFT.limits.low < -0.32


def test_what_an_installer_sets_up_is_not_shown_every_day() -> None:
    sources = {Endpoint.SITE_INFO, Endpoint.NETWORKS, Endpoint.GENERATORS, Endpoint.SOLARS}
    sources |= {Endpoint.CUSTOMER, Endpoint.TOGGLE, Endpoint.GRID_CODES, Endpoint.CONN_TESTS}

    shown = [
        (group.topic, reading.key)
        for group in GROUPS
        if group.kind is Kind.SITE and sources.issuperset(group.endpoints)
        for reading in group.readings
        if reading.show.enabled
    ]

    assert shown == []


def test_json_is_a_topic_without_entity() -> None:
    wrong = [
        (group.topic, reading.key)
        for group in GROUPS
        for reading in group.readings
        if reading.quantity is DATA and reading.show is not Show.TOPIC
    ]

    assert wrong == []
