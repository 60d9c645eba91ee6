"""What the answers become: battery, packs and faults."""

import json
from dataclasses import replace

import pytest
from sites import site

from bridge.gateway.decode import decode
from bridge.parts import (
    BatteryBlock,
    Endpoint,
    GridStatus,
    Part,
    Soe,
    SystemStatus,
)


def read(endpoint: Endpoint, answer: object) -> Part:
    return decode(endpoint, json.dumps(answer).encode())[0]


def block(**members: object) -> BatteryBlock:
    part = read(Endpoint.SYSTEM_STATUS, {"battery_blocks": [members]})
    assert isinstance(part, SystemStatus)
    assert part.blocks
    return part.blocks[0]


def fault(**members: object) -> object:
    part = read(Endpoint.SYSTEM_STATUS, {"grid_faults": [members]})
    assert isinstance(part, SystemStatus)
    assert part.grid_faults
    return part.grid_faults[0]


def test_the_charge_is_raw() -> None:
    assert site("pw2-1.15").soe == Soe(69.4027184)


def test_an_old_grid_status_does_not_know_of_services() -> None:
    assert site("pw2-1.15").grid_status == GridStatus("SystemGridConnected")


def test_a_new_grid_status_knows_of_services() -> None:
    status = site("pwplus-23.36").grid_status

    assert status == GridStatus("SystemGridConnected", services_active=True)


def test_system_status_is_the_battery_as_a_whole() -> None:
    whole = site("pwplus-23.36").system_status

    assert whole
    assert replace(whole, blocks=None, grid_faults=None) == SystemStatus(
        energy_remaining_wh=14833.0,
        capacity_wh=26849.0,
        max_charge_power_w=10000.0,
        max_discharge_power_w=10000.0,
        max_apparent_power_va=11600.0,
        target_power_w=-1028.4,
        target_reactive_power_var=0.0,
        command_source="Configuration",
        available_charge_w=10580.0,
        available_discharge_w=24000.0,
        available_apparent_va=20000.0,
        rated_charge_w=10000.0,
        rated_discharge_w=10000.0,
        inverter_usable_w=11600.0,
        auxiliary_load_w=0.0,
        response_high_w=11600.0,
        response_low_w=11600.0,
        switches_on=True,
        switch_toggled="2025-11-30T16:14:51Z",
        primary=True,
        grid_services_power_w=0.0,
        available_blocks=2.0,
        available_charger_blocks=0.0,
        controlled_blocks=2.0,
    )


@pytest.mark.parametrize(("given_w", "limit_w"), [(-1, None), (0, 0.0), (3800, 3800.0)])
def test_no_limit_of_the_sun_is_a_negative_one(given_w: int, limit_w: float | None) -> None:
    part = read(Endpoint.SYSTEM_STATUS, {"solar_real_power_limit": given_w})

    assert part == SystemStatus(solar_limit_w=limit_w)


def test_a_block_is_a_pack() -> None:
    whole = site("pw2-21.44").system_status

    assert whole
    assert whole.blocks == (
        BatteryBlock(
            part_number="3012170-05-B",
            serial_number="TG121050001A2B",
            disabled_reasons=(),
            state="PINV_GridFollowing",
            grid_state="Grid_Compliant",
            energy_remaining_wh=9312.0,
            capacity_wh=13148.0,
            power_w=-2350.0,
            reactive_power_var=10.0,
            voltage_v=246.8,
            frequency_hz=60.018,
            current_a=45.8,
            charged_wh=7613840.0,
            discharged_wh=6764590.0,
            off_grid=False,
            wobble_detected=False,
            charge_power_clamped=False,
            backup_ready=True,
            grid_forming=False,
            sequence_state="Active",
            firmware="67f943cb05d12d",
        ),
    )


def test_a_disabled_block_has_identity_and_reasons_and_no_values() -> None:
    disabled = block(
        PackageSerialNumber="TG000000000001",
        disabled_reasons=["DisabledExcessiveVoltageDrop"],
        pinv_state="",
        p_out=None,
        nominal_energy_remaining=0,
        nominal_full_pack_energy=13148,
        backup_ready=False,
    )

    assert disabled == BatteryBlock(
        serial_number="TG000000000001",
        disabled_reasons=("DisabledExcessiveVoltageDrop",),
        capacity_wh=13148.0,
        backup_ready=False,
    )


def test_an_empty_pack_in_use_has_zero_energy() -> None:
    assert block(disabled_reasons=[], nominal_energy_remaining=0).energy_remaining_wh == 0


@pytest.mark.parametrize(("given", "blocks"), [([], ()), (None, None), ([None], ())])
def test_no_blocks_are_not_unknown_blocks(given: object, blocks: object) -> None:
    part = read(Endpoint.SYSTEM_STATUS, {"battery_blocks": given})

    assert part == SystemStatus(blocks=blocks)  # type: ignore[arg-type]  # a row of the table


def test_a_grid_fault_keeps_its_members_and_its_whole_number() -> None:
    whole = site("pwplus-23.36").system_status

    assert whole
    assert whole.grid_faults
    assert whole.grid_faults[1] == {
        "timestamp": 1767278992401,
        "alert_name": "PINV_a006_vfCheckUnderFrequency",
        "alert_is_fault": False,
        "decoded_alert": [
            {"name": "PINV_alertID", "value": "PINV_a006_vfCheckUnderFrequency"},
            {"name": "PINV_alertType", "value": "Warning"},
            {"name": "PINV_a006_frequency", "value": 57.211, "units": "Hz"},
        ],
        "alert_raw": "9227875636482146305",
        "git_hash": "4064fc6a23e28e",
        "site_uid": "1232100-00-J--TG122220000C3D",
        "ecu_type": "TEPINV",
        "ecu_package_part_number": "1081100-13-U",
        "ecu_package_serial_number": "TG121370002L1M",
    }


def test_no_grid_faults_is_an_empty_list() -> None:
    whole = site("pw2-21.44").system_status

    assert whole
    assert whole.grid_faults == ()


@pytest.mark.parametrize(
    ("given", "detail"),
    [("", None), ("  ", None), (None, None), ("[1, 2", "[1, 2"), ("[" * 100_000, "[" * 100_000)],
)
def test_a_detail_that_is_no_json_stays_text(given: object, detail: object) -> None:
    assert fault(decoded_alert=given) == {"decoded_alert": detail}


@pytest.mark.parametrize(
    ("given", "text"), [(4.5e17, "450000000000000000"), ("77", "77"), (None, None), (True, True)]
)
def test_a_raw_alert_that_is_no_integer_is_passed_on(given: object, text: object) -> None:
    assert fault(alert_raw=given) == {"alert_raw": text}


def test_what_json_cannot_say_is_no_value_in_a_fault() -> None:
    assert fault(x=float("nan"), y={"z": float("inf")}) == {"x": None, "y": {"z": None}}


def test_a_number_that_others_would_round_is_text_wherever_it_stands() -> None:
    detail = [{"name": "PINV_serial", "value": 2**53 + 1}, {"name": "x", "value": 2**53}]
    exact = [{"name": "PINV_serial", "value": "9007199254740993"}, {"name": "x", "value": 2**53}]

    given = fault(decoded_alert=json.dumps(detail), code=-(2**60), alert_is_fault=True)

    assert given == {
        "decoded_alert": exact,
        "code": "-1152921504606846976",
        "alert_is_fault": True,
    }


def test_a_fault_deeper_than_reason_is_cut() -> None:
    deep: object = "bottom"
    for _ in range(12):
        deep = [deep]

    assert fault(x=deep) == {"x": [[[[[[[[None]]]]]]]]}


def test_half_a_character_is_replaced_in_a_fault() -> None:
    assert fault(**{"a\ud800": "b\udc00"}) == {"a?": "b?"}
