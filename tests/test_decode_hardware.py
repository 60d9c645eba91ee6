"""What is read of packs and the solar inverter as they were set up and examined."""

import json
from collections.abc import Mapping

import pytest
from sites import site

from bridge.gateway.decode import decode
from bridge.parts import (
    Activity,
    Endpoint,
    ListedPack,
    Part,
    Powerwalls,
    PowerwallsStatus,
    SolarPowerwall,
    SolarString,
)

CHECK: dict[str, object] = {
    "name": "CAN connectivity",
    "status": "fail",
    "start_time": "2026-01-01T03:04:05.123456789-08:00",
    "end_time": "2026-01-01T03:04:05.12346-08:00",
    "message": "Cannot perform this action with site controller running.",
    "results": {},
    "debug": {},
    "checks": None,
}
EXAMINED = {
    "name": "Commissioning",
    "category": "InternalComms",
    "disruptive": False,
    "inputs": None,
    "checks": [CHECK],
    "alert": False,
}
EXAMINED_SHORT = {
    "disruptive": False,
    "alert": False,
    "checks": [
        {
            "name": "CAN connectivity",
            "status": "fail",
            "message": "Cannot perform this action with site controller running.",
        }
    ],
}


def read(endpoint: Endpoint, answer: object) -> Part:
    return decode(endpoint, json.dumps(answer).encode())[0]


def powerwalls(**members: object) -> Powerwalls:
    part = read(Endpoint.POWERWALLS, members)
    assert isinstance(part, Powerwalls)
    return part


def pack(**members: object) -> ListedPack:
    part = powerwalls(powerwalls=[{"PackageSerialNumber": "TG1", **members}])
    assert part.packs
    return part.packs[0]


def solar(**members: object) -> SolarPowerwall:
    part = read(Endpoint.SOLAR_POWERWALL, members)
    assert isinstance(part, SolarPowerwall)
    return part


def test_old_powerwalls_are_part_and_serial_number() -> None:
    assert site("pw2-1.15").powerwalls == Powerwalls(
        packs=(
            ListedPack("1092170-03-E", "TG118010000C2D"),
            ListedPack("1092170-03-E", "TG118010000B1D"),
        ),
        activity=Activity(),
        has_sync=True,
    )


def test_new_powerwalls_know_gateway_types_and_configuration() -> None:
    part = site("pwplus-23.36").powerwalls

    assert part
    assert part.gateway_din == "1232100-00-J--TG122220000C3D"
    assert [(p.part_number, p.serial_number, p.type, p.in_config) for p in part.packs or ()] == [
        ("2012170-25-E", "TG122330001E5F", "SolarPowerwall", True),
        ("3012170-05-C", "TG121440002G7H", "ACPW", True),
    ]


def test_a_powerwall_without_a_serial_number_is_left_out() -> None:
    rows = [{"PackagePartNumber": "1092170-03-E"}, {"PackageSerialNumber": "TG1"}, None, 5]

    assert powerwalls(powerwalls=rows).packs == (ListedPack(None, "TG1"),)


def test_null_powerwalls_are_unknown() -> None:
    assert powerwalls(powerwalls=None).packs is None


def test_a_powerwall_tells_what_is_done_to_it() -> None:
    told = pack(
        type="acpw", grid_reconnection_time_seconds=300, under_phase_detection=True, updating=False
    )

    assert told == ListedPack(
        None,
        "TG1",
        type="acpw",
        grid_reconnection_s=300.0,
        under_phase_detection=True,
        updating=False,
    )


def test_the_grid_state_of_a_powerwall_is_not_read() -> None:
    assert pack(grid_state="Grid_Uncompliant") == pack()


def test_a_check_is_told_without_its_times() -> None:
    assert pack(commissioning_diagnostic=EXAMINED).diagnostics == {"commissioning": EXAMINED_SHORT}


def test_an_update_tells_its_progress() -> None:
    check = {"name": "Grid code", "status": "running", "progress": 0.25, "results": None}
    told = pack(update_diagnostic={"disruptive": True, "checks": [check, check]}).diagnostics

    step = {"name": "Grid code", "status": "running", "progress": 0.25}
    assert told == {"update": {"disruptive": True, "alert": None, "checks": [step, step]}}


@pytest.mark.parametrize("diagnostic", [None, {}, "x", []])
def test_a_diagnostic_that_is_none_is_left_out(diagnostic: object) -> None:
    assert pack(commissioning_diagnostic=diagnostic).diagnostics is None


@pytest.mark.parametrize(("checks", "told"), [(None, None), ("x", None), ([], []), ([7], [])])
def test_checks_of_the_wrong_kind_are_none(checks: object, told: object) -> None:
    diagnostics = pack(commissioning_diagnostic={"checks": checks}).diagnostics

    assert diagnostics == {"commissioning": {"disruptive": None, "alert": None, "checks": told}}


@pytest.mark.parametrize(("key", "member"), [("sync", "sync"), ("msa", "backup_switch")])
def test_a_board_is_told_with_its_diagnostics(key: str, member: str) -> None:
    given = {"updating": False, "commissioning_diagnostic": EXAMINED}

    told: Mapping[str, object] = getattr(powerwalls(**{key: given}), member)

    assert told == {"updating": False, "commissioning": EXAMINED_SHORT}


@pytest.mark.parametrize("given", [None, {}])
def test_no_backup_switch_is_none(given: object) -> None:
    assert powerwalls(msa=given).backup_switch is None


def test_both_sources_tell_what_goes_on_among_the_packs() -> None:
    flags = {
        "enumerating": False,
        "updating": True,
        "checking_if_offgrid": False,
        "running_phase_detection": False,
        "phase_detection_last_error": "no phase information",
        "bubble_shedding": False,
        "on_grid_check_error": "on grid check not run",
        "grid_qualifying": True,
        "grid_code_validating": False,
        "phase_detection_not_available": True,
    }
    activity = Activity(
        enumerating=False,
        updating=True,
        checking_if_offgrid=False,
        running_phase_detection=False,
        phase_detection_not_available=True,
        phase_detection_last_error="no phase information",
        bubble_shedding=False,
        on_grid_check_error="on grid check not run",
        grid_qualifying=True,
        grid_code_validating=False,
    )

    assert read(Endpoint.POWERWALLS_STATUS, flags) == PowerwallsStatus(activity)
    assert powerwalls(**flags).activity == activity


def test_a_solar_inverter_is_both_of_its_sides() -> None:
    part = site("pwplus-23.36").solar_powerwall

    assert part == SolarPowerwall(
        fitted=True,
        state="PVAC_Active",
        disabled=False,
        disabled_reasons=(),
        grid_state="Grid_Compliant",
        inverter_state="INV_Grid_Connected",
        power_w=3010.0,
        reactive_power_var=40.0,
        voltage_v=241.6,
        current_a=12.45,
        frequency_hz=60.016,
        strings=(
            SolarString("A", connected=True, voltage_v=256.9, current_a=1.74, power_w=441.0),
            SolarString("B", connected=False, voltage_v=-2.1, current_a=0.0, power_w=0.0),
            SolarString("C", connected=True, voltage_v=294.4, current_a=4.42, power_w=1302.0),
            SolarString("D", connected=True, voltage_v=294.8, current_a=4.5, power_w=1327.0),
        ),
        string_side_state="PVS_GridSupporting",
        string_side_disabled=False,
        string_side_voltage_v=241.6,
        output_enabled=True,
        self_test_state="PVS_SelfTestOff",
        pv_power_limit_w=7600.0,
        power_setpoint="on",
        alerts=("PVS_a018_MciStringB",),
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"pvac_status": None},
        {"pvac_status": {"state": "", "p_out": 0, "string_vitals": None}},
        {"pvac_status": {"string_vitals": []}, "pv_power_limit": 0},
    ],
)
def test_an_answer_without_state_and_strings_is_of_no_inverter(given: dict[str, object]) -> None:
    assert not solar(**given).fitted


@pytest.mark.parametrize(
    ("numbers", "letters"),
    [
        ([1, 2, 3, 4, 5, 6], "ABCDEF"),
        ([3, 1], "AC"),
        ([None, None], "AB"),
        ([0, 7, 1], "A"),
        ([2, 2], "B"),
    ],
)
def test_a_string_has_the_letter_of_its_number(numbers: list[int | None], letters: str) -> None:
    rows = [{"string_id": number} for number in numbers]

    strings = solar(pvac_status={"string_vitals": rows}).strings

    assert "".join(string.letter for string in strings or ()) == letters


def test_of_alerts_only_those_that_are_on_are_told() -> None:
    told = solar(
        pvac_alerts={"LastRxTime": "x", "ReceivedMuxBitmask": 1, "PVAC_a009_SwAppBoot": True},
        pvs_alerts={"PVS_a059_MciOpen": True, "PVS_a060_MciClose": False, "PVS_a001": "true"},
    )

    assert told.alerts == ("PVAC_a009_SwAppBoot", "PVS_a059_MciOpen")


@pytest.mark.parametrize(
    ("given", "alerts"),
    [({}, None), ({"pvs_alerts": None}, None), ({"pvs_alerts": {"PVS_a001": False}}, ())],
)
def test_alerts_that_are_not_listed_are_unknown(
    given: dict[str, object], alerts: tuple[str, ...] | None
) -> None:
    assert solar(**given).alerts == alerts


def test_an_odd_member_says_where_it_stands() -> None:
    given = {"pvac_status": {"string_vitals": [{"current": "x"}]}, "pvs_status": 5}

    _, odd = decode(Endpoint.SOLAR_POWERWALL, json.dumps(given).encode())

    assert odd == (
        "pvs_status is a number, expected an object",
        "pvac_status.string_vitals[0].current is text, expected a number",
    )
