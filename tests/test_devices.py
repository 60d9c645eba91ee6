"""Packs, inverters and meters, joined from what mentions them."""

from dataclasses import replace

import pytest
from sites import site

from bridge.devices import (
    Channel,
    Inverter,
    MeterDevice,
    Pack,
    String,
    inverters,
    meter_devices,
    pack_keys,
    packs,
    strings,
)
from bridge.parts import BatteryBlock, Device, Scalar

PLUS = site("pwplus-23.36")
SMALL = site("pw2-21.44")
BLOCK = BatteryBlock("3012170-05-C", "TG1", disabled_reasons=())


def device(din: str, vitals: dict[str, Scalar] | None = None, parent: str | None = None) -> Device:
    """Return a device that was heard when it has vitals, else one that is missing in action."""
    kind, _, rest = din.partition("--")
    part, _, serial = rest.rpartition("--")
    return Device(
        din,
        kind,
        part or None,
        serial,
        parent_din=parent,
        vitals=vitals or {},
        heard=bool(vitals),
    )


def board(letter: str = "X", **vitals: float) -> dict[str, MeterDevice]:
    named: dict[str, Scalar] = {f"METER_{letter}_{name}": v for name, v in vitals.items()}
    return meter_devices((device("TESYNC--1493315-01-F--TG3", named),))


THC = device("TETHC--3012170-05-C--TG1", {"THC_AmbientTemp": 16.0})
POD = device("TEPOD--1081100-13-U--TG2", {"POD_nom_energy_remaining": 6120.0}, THC.din)
PINV = device("TEPINV--1081100-13-U--TG2", {"PINV_Pout": -0.49, "PINV_State": "PINV_Off"}, THC.din)


def test_a_pack_joins_its_block_controller_battery_and_inverter() -> None:
    joined = packs((BLOCK,), (THC, POD, PINV))

    assert joined == {"TG1": Pack("3012170-05-C", "TG1", BLOCK, THC, POD, PINV)}


def test_packs_stand_in_the_order_of_the_gateway() -> None:
    assert list(PLUS.packs) == ["TG122330001E5F", "TG121440002G7H"]


def test_a_block_without_a_serial_number_is_no_pack() -> None:
    assert packs((BatteryBlock("3012170-05-C"),), ()) == {}


def test_a_controller_alone_is_a_pack() -> None:
    assert packs((), (THC,)) == {"TG1": Pack("3012170-05-C", "TG1", controller=THC)}


def test_the_part_number_tells_like_serial_numbers_apart() -> None:
    keys = pack_keys([("A-1", "TG1"), ("B/2", "TG1"), (None, "TG2"), ("C", "TG3")])

    assert keys == ["A-1_TG1", "B_2_TG1", "TG2", "TG3"]


def test_a_value_of_the_block_comes_before_the_vital() -> None:
    assert Pack(block=replace(BLOCK, power_w=-500.0), inverter=PINV).power_w == -500.0


def test_power_in_the_vitals_is_in_kilowatts() -> None:
    assert Pack(block=BLOCK, inverter=PINV).power_w == -490.0


def test_a_pack_without_a_block_has_all_its_vitals_tell() -> None:
    whole = PLUS.packs["TG121440002G7H"]
    pack = replace(whole, block=None)

    assert {
        "reactive_power_var": pack.reactive_power_var,
        "voltage_v": pack.voltage_v,
        "frequency_hz": pack.frequency_hz,
        "energy_remaining_wh": pack.energy_remaining_wh,
        "capacity_wh": pack.capacity_wh,
        "charged_wh": pack.charged_wh,
        "discharged_wh": pack.discharged_wh,
        "state": pack.state,
        "grid_state": pack.grid_state,
        "firmware": pack.firmware,
        "temperature_c": pack.temperature_c,
        "available_charge_w": pack.available_charge_w,
        "available_discharge_w": pack.available_discharge_w,
    } == {
        "reactive_power_var": 10.0,
        "voltage_v": 241.9,
        "frequency_hz": 60.022999999999996,
        "energy_remaining_wh": 6120.0,
        "capacity_wh": 13148.0,
        "charged_wh": 2241420.0,
        "discharged_wh": 1900100.0,
        "state": "PINV_GridFollowing",
        "grid_state": "Grid_Compliant",
        "firmware": "4064fc6a23e28e",
        "temperature_c": 16.1,
        "available_charge_w": 6340.0,
        "available_discharge_w": 12000.0,
    }


def test_a_pack_that_nothing_lists_knows_nothing() -> None:
    pack = Pack()

    assert (pack.present, pack.enabled, pack.problem, pack.power_w, pack.state, pack.firmware) == (
        False,
        None,
        None,
        None,
        None,
        None,
    )


def test_a_pack_whose_controller_is_missing_in_action_is_absent() -> None:
    assert not Pack(block=BLOCK, controller=device("TETHC--P--S")).present


def test_a_pack_is_present_by_its_controller_alone() -> None:
    assert Pack(controller=THC).present


def test_a_pack_without_disabled_reasons_is_enabled() -> None:
    assert Pack(block=BLOCK).enabled is True


def test_a_pack_with_disabled_reasons_is_not_enabled() -> None:
    assert Pack(block=replace(BLOCK, disabled_reasons=("x",))).enabled is False


SILENT = device("TEPOD--P--S")


@pytest.mark.parametrize(
    ("pack", "troubles"),
    [
        (Pack(block=BLOCK), ()),
        (Pack(block=BLOCK, controller=THC, battery=POD, inverter=PINV), ()),
        (Pack(block=replace(BLOCK, disabled_reasons=("x", "y"))), ("disabled: x, y",)),
        (Pack(block=BLOCK, battery=SILENT), ("nothing heard from the battery",)),
        (Pack(block=BLOCK, inverter=SILENT), ("nothing heard from the inverter",)),
        (Pack(block=BLOCK, controller=SILENT), ("nothing heard from the controller",)),
        (
            Pack(battery=device("TEPOD--P--S", {"POD_PersistentlyFaulted": True})),
            ("persistent fault of the battery",),
        ),
        (
            Pack(battery=device("TEPOD--P--S", {"POD_PermanentlyFaulted": True})),
            ("permanent fault of the battery",),
        ),
        (Pack(battery=replace(POD, heard=None)), None),
    ],
)
def test_a_pack_says_all_that_is_wrong_with_it(
    pack: Pack, troubles: tuple[str, ...] | None
) -> None:
    assert (pack.troubles, pack.problem) == (troubles, None if troubles is None else troubles != ())


def test_an_inverter_is_its_two_sides() -> None:
    joined = inverters(PLUS.devices)["TG122250001N3Q"]

    assert (joined.pvac and joined.pvac.type, joined.pvs and joined.pvs.type) == ("PVAC", "PVS")


def test_an_inverter_without_a_serial_number_has_that_of_its_din() -> None:
    pvac = replace(device("PVAC--1538000-00-F--TG5"), serial_number=None)

    assert list(inverters((pvac,))) == ["TG5"]


def test_a_system_without_a_solar_inverter_has_none() -> None:
    assert inverters(SMALL.devices) == {}


def test_an_inverter_tells_numbers_and_words() -> None:
    inverter = PLUS.inverters["TG122250001N3Q"]

    assert (inverter.number("PVAC_Pout"), inverter.text("PVAC_State")) == (3010.0, "PVAC_Active")


def test_an_inverter_that_nothing_lists_is_absent_and_knows_nothing() -> None:
    gone = Inverter()

    assert (gone.present, gone.number("PVAC_Pout"), gone.text("PVAC_State")) == (False, None, None)


def test_an_inverter_missing_in_action_is_absent() -> None:
    assert not Inverter(device("PVAC--P--S")).present


def test_an_inverter_that_is_heard_is_present() -> None:
    assert PLUS.inverters["TG122250001N3Q"].present


def test_an_inverter_has_the_strings_it_reports() -> None:
    letters = [string.letter for string in strings(PLUS.inverters["TG122250001N3Q"])]

    assert letters == ["A", "B", "C", "D"]


@pytest.mark.parametrize("inverter", [Inverter(), Inverter(device("PVAC--P--S"))])
def test_a_silent_inverter_has_no_strings(inverter: Inverter) -> None:
    assert list(strings(inverter)) == []


def test_an_unused_input_floats_below_zero_and_says_nothing() -> None:
    string = String(PLUS.inverters["TG122250001N3Q"], "B")

    assert (string.connected, string.voltage_v) == (False, None)


def test_a_used_input_tells_its_voltage_and_state() -> None:
    string = String(PLUS.inverters["TG122250001N3Q"], "D")

    assert (string.voltage_v, string.state) == (
        294.8,
        "PV_Active_Parallel",
    )


def test_a_string_without_its_string_side_may_be_connected_or_not() -> None:
    lone = Inverter(device("PVAC--P--S", {"PVAC_PVMeasuredVoltage_A": -2.1}))

    string = String(lone, "A")

    assert (string.connected, string.voltage_v) == (None, -2.1)


def test_a_wireless_meter_has_the_channels_it_reports() -> None:
    meter = meter_devices(PLUS.devices)["TG122180000T7U"]

    assert meter == MeterDevice(
        "neurio",
        "solar_rgm",
        {1: Channel(power_w=3001.9656982421875, location="solarRGM")},
        present=True,
        firmware="1.7.2-Tesla",
    )


def test_a_board_holds_two_meters() -> None:
    meters = meter_devices(SMALL.devices)

    assert list(meters) == ["TG120350000S4Y_x", "TG120350000S4Y_y"]


def test_a_meter_of_a_board_has_a_channel_for_each_live_phase() -> None:
    meter = meter_devices(PLUS.devices)["TG122300000R5S_x"]

    assert meter == MeterDevice(
        "synchrometer_x",
        "site",
        {
            1: Channel(-590.0, -201.0, 120.83, 5.12),
            2: Channel(-594.5, -201.75, 121.42, 5.17),
        },
        present=True,
        firmware="4064fc6a23e28e",
    )


def test_a_board_that_measures_two_places_names_both() -> None:
    assert meter_devices(SMALL.devices)["TG120350000S4Y_x"].location == "site_and_solar"


def test_an_unknown_place_is_a_number() -> None:
    neurio = replace(device("NEURIO--TG4"), attributes={"meter_location": (2,)})

    assert meter_devices((neurio,))["TG4"].location == "2"


def test_a_backup_switch_measures_to_ground() -> None:
    meters = board("Z", CTA_InstRealPower=5.0, VL1G=121.0)

    assert meters["TG3_z"].channels == {1: Channel(power_w=5.0, voltage_v=121.0)}


def test_power_on_a_phase_without_voltage_is_a_channel() -> None:
    meters = board(CTB_InstRealPower=5.0, VL2N=0.0)

    assert list(meters["TG3_x"].channels or {}) == [2]


def test_a_meter_that_never_measured_anything_is_none() -> None:
    assert board("Y", CTA_InstRealPower=0.0, VL1N=0.0, LifetimeEnergyImport=0.0) == {}


def test_a_meter_is_there_while_the_grid_is_down() -> None:
    meters = board(CTA_InstRealPower=0.0, VL1N=0.0, LifetimeEnergyImport=7000.0)

    assert meters["TG3_x"].present


def test_a_wireless_meter_missing_in_action_is_absent() -> None:
    assert not meter_devices((device("NEURIO--TG4"),))["TG4"].present
