"""What the answers become: the gateway, its site master, how it is operated, and the site."""

import json

import pytest
from sites import site

from bridge.gateway.decode import decode
from bridge.parts import (
    Config,
    Endpoint,
    GridCode,
    Operation,
    Part,
    SiteInfo,
    Sitemaster,
    Status,
    TedapiDin,
)


def read(endpoint: Endpoint, answer: object) -> Part:
    return decode(endpoint, json.dumps(answer).encode())[0]


def oddities(endpoint: Endpoint, answer: object) -> tuple[str, ...]:
    return decode(endpoint, json.dumps(answer).encode())[1]


def test_status_says_who_the_gateway_is() -> None:
    assert site("pw2-21.44").status == Status(
        din="1232100-00-E--TG120120000A1B",
        version="21.44 223a56cd",
        git_hash="21440ddba11dec0de21440ddba11dec0de214400",
        started="2025-12-23T12:58:13Z",
        uptime_s=803151.577762169,
        device_type="teg",
        sync_type="v2.1",
        is_new=False,
        commission_count=0.0,
        cellular_disabled=False,
    )


def test_a_newer_status_says_what_kind_it_is_and_whether_it_can_reboot() -> None:
    newer = site("pwplus-23.36").status

    assert newer
    assert (newer.teg_type, newer.can_reboot) == ("unknown", True)


def test_an_old_version_loses_its_newline() -> None:
    old = site("pw2-1.15").status

    assert old
    assert old.version == "1.15.0"


@pytest.mark.parametrize(
    ("given", "followers"),
    [(None, None), ([], ()), (["1232100-00-E--TG1", {"din": "x"}, float("nan")],) * 2],
)
def test_followers_are_passed_on_as_they_are(given: object, followers: object) -> None:
    part = read(Endpoint.STATUS, {"leader": "", "followers": given})

    known = ("1232100-00-E--TG1", {"din": "x"}, None) if isinstance(followers, list) else followers
    assert part == Status(followers=known)  # type: ignore[arg-type]  # a row of the table


def test_new_firmware_spells_the_mode_real_mode() -> None:
    assert site("pwplus-23.36").operation == Operation(
        "autonomous",
        14.499999999999998,
        load_shed_percent=65.0,
        load_shed_shift_hz=-0.32,
    )


def test_old_firmware_spells_the_mode_mode() -> None:
    assert site("pw2-1.15").operation == Operation("self_consumption", 24.0, "mode")


def test_the_real_mode_wins() -> None:
    both = read(Endpoint.OPERATION, {"mode": "backup", "real_mode": "autonomous"})

    assert both == Operation("autonomous")


def test_an_old_sitemaster_says_less_but_how_long_it_runs() -> None:
    assert site("pw2-1.15").sitemaster == Sitemaster(
        running=True, connected_to_tesla=True, uptime_s=802459.0
    )


@pytest.mark.parametrize(
    ("uptime", "seconds"),
    [("802459s,", 802459.0), ("5h1m2s", 18062.0), ("0s,", 0.0), ("log:", None), ("", None)],
)
def test_a_sitemasters_uptime_has_two_spellings(uptime: str, seconds: float | None) -> None:
    given = {"uptime": uptime}

    assert read(Endpoint.SITEMASTER, given) == Sitemaster(uptime_s=seconds)
    assert oddities(Endpoint.SITEMASTER, given) == ()


def test_another_uptime_is_odd() -> None:
    odd = oddities(Endpoint.SITEMASTER, {"uptime": "long,"})

    assert odd == ("uptime is 'long', expected a duration",)


def test_a_sitemaster_says_why_it_cannot_reboot() -> None:
    assert site("pw2-21.44").sitemaster == Sitemaster(
        running=True,
        connected_to_tesla=True,
        power_supply_mode=False,
        can_reboot="Power flow is too high",
        status="StatusUp",
    )


@pytest.mark.parametrize(
    ("given", "text"), [("", None), ("Yes", "Yes"), (True, "Yes"), (False, "No")]
)
def test_can_reboot_is_a_word(given: object, text: str | None) -> None:
    assert read(Endpoint.SITEMASTER, {"can_reboot": given}) == Sitemaster(can_reboot=text)


def test_a_flat_site_info_has_its_grid_code_in_itself() -> None:
    assert site("pw2-1.15").site_info == SiteInfo(
        "Cabin",
        "America/Los_Angeles",
        nominal_energy_wh=27000.0,
        grid_code=GridCode(
            "60Hz_240V_s_UL1741SA:2016_California",
            voltage_v=240.0,
            frequency_hz=60.0,
            phase="Split",
            country="United States",
            state="California",
            region="UL1741SA",
        ),
    )


def test_a_nested_site_info_has_its_grid_code_in_an_object() -> None:
    assert site("pwplus-23.36").site_info == SiteInfo(
        "Büro & Scheune",
        "America/Chicago",
        nominal_energy_wh=27000.0,
        nominal_power_w=10800.0,
        panel_max_current_a=200.0,
        grid_code=GridCode(
            "60Hz_240V_s_UL1741SA:2019_California",
            voltage_v=240.0,
            frequency_hz=60.0,
            phase="Split",
            country="United States",
            state="California",
            utility="*",
        ),
    )


def test_a_grid_code_names_who_runs_the_grid() -> None:
    code = {"distributor": "D", "utility": "U", "retailer": "R", "region": "X"}

    expected = GridCode(distributor="D", utility="U", retailer="R", region="X")
    assert read(Endpoint.SITE_INFO, {"grid_code": code}) == SiteInfo(grid_code=expected)
    assert read(Endpoint.SITE_INFO, code) == SiteInfo(grid_code=expected)


def test_a_grid_code_that_is_neither_is_odd() -> None:
    odd = oddities(Endpoint.SITE_INFO, {"grid_code": 7})

    assert odd == ("grid_code is a number, expected text",)


@pytest.mark.parametrize(
    ("limit_kw", "limit_w"),
    [(1e9, None), (-1e9, None), (2e9, None), (12.5, 12500.0), (-7, -7000.0), (0, 0.0)],
)
def test_a_billion_kilowatts_are_no_limit(limit_kw: float, limit_w: float | None) -> None:
    given = {"min_site_meter_power_kW": limit_kw, "max_site_meter_power_kW": limit_kw}

    assert read(Endpoint.SITE_INFO, given) == SiteInfo(
        min_site_power_w=limit_w, max_site_power_w=limit_w
    )


@pytest.mark.parametrize(("given", "kept"), [(0, None), (0.0, None), (7.5, 7500.0)])
def test_a_system_that_may_hold_nothing_is_not_limited(given: float, kept: float | None) -> None:
    part = read(Endpoint.SITE_INFO, {"max_system_energy_kWh": given, "max_system_power_kW": given})

    assert part == SiteInfo(max_energy_wh=kept, max_power_w=kept)


def test_no_measured_frequency_is_no_value() -> None:
    assert read(Endpoint.SITE_INFO, {"measured_frequency": 0}) == SiteInfo()
    assert read(Endpoint.SITE_INFO, {"measured_frequency": 59.98}) == SiteInfo(
        measured_frequency_hz=59.98
    )


def test_the_vin_of_config_is_the_din() -> None:
    assert site("pw2-21.44").config == Config("1232100-00-E--TG120120000A1B")


@pytest.mark.parametrize("body", [b"1707000-11-J--TG0A", b"\xef\xbb\xbf1707000-11-J--TG0A\r\n"])
def test_the_din_of_a_powerwall_3_is_plain_text(body: bytes) -> None:
    assert decode(Endpoint.TEDAPI_DIN, body) == (TedapiDin("1707000-11-J--TG0A"), ())


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<html>Login</html>", "HTML"),
        (b'{"din":"1707000-11-J--TG0A"}', "JSON"),
        (b"null", "'null'"),
        (b"TG0A", "'TG0A'"),
        (b"1707000-11-J--", "'1707000-11-J--'"),
        (b"a--b\nc--d", "'a--b\\nc--d'"),
        (b"a--\xff", "'a--\\ufffd'"),
        (b"1707000-11-J--TG" + b"0" * 5000, "5016 characters long"),
    ],
)
def test_what_is_no_din_is_said_in_words(body: bytes, found: str) -> None:
    with pytest.raises(ValueError, match="din") as error:
        decode(Endpoint.TEDAPI_DIN, body)

    assert str(error.value) == f"/tedapi/din is {found}, expected a DIN"
