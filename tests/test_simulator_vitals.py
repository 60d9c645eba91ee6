"""The protobuf of the devices decodes back to the house it was made from."""

import json

import pytest

from bridge.gateway import tesla_pb2 as pb
from bridge.simulator.clock import Clock
from bridge.simulator.gateway import Gateway
from bridge.simulator.profiles import Writes, profile_named
from bridge.simulator.site import make_site

Values = dict[str, float | str | bool]
PLUS = [
    "STSTSM",
    "TETHC", "TEPOD", "TEPINV",
    "TETHC", "TEPOD", "TEPINV",
    "PVAC", "PVS", "TESYNC", "TESLA", "NEURIO", "TESLA",
]  # fmt: skip
PLAIN = ["STSTSM", "TETHC", "TEPOD", "TEPINV", "TESYNC", "TESLA"]


def gateway(profile: str = "fw2336", packs: int | None = None) -> Gateway:
    clock = Clock(lambda: 0.0, 1_767_308_100.0)
    return Gateway(make_site(profile_named(profile), 1, packs), clock, 1, Writes.OPEN)


def devices(made: Gateway) -> list[pb.ConnectedDeviceWithVitals]:
    return list(pb.DevicesWithVitals.FromString(made.document("devices/vitals")).devices)


def identity(device: pb.ConnectedDeviceWithVitals) -> pb.Device:
    return device.device.device


def kind(device: pb.ConnectedDeviceWithVitals) -> str:
    return identity(device).din.value.partition("--")[0]


def values(made: Gateway, wanted: str) -> Values:
    device = next(device for device in devices(made) if kind(device) == wanted)
    found: Values = {}
    for vital in device.vitals:
        member = vital.WhichOneof("value")
        assert member is not None
        found[vital.name] = getattr(vital, member)
    return found


@pytest.mark.parametrize(
    ("profile", "kinds"), [("fw2336", PLUS), ("fw2049", PLAIN), ("fw2144", PLAIN)]
)
def test_devices_come_in_the_order_of_a_gateway(profile: str, kinds: list[str]) -> None:
    assert [kind(device) for device in devices(gateway(profile))] == kinds


def test_the_tree_hangs_together() -> None:
    parents = {
        identity(device).din.value: identity(device).component_parent_din.value
        for device in devices(gateway())
    }
    root = next(din for din, parent in parents.items() if not parent)

    assert root.startswith("STSTSM--1232100-00-E--TG")
    for din, parent in parents.items():
        owner = {"TEPOD": "TETHC", "TEPINV": "TETHC", "PVAC": "TETHC", "PVS": "PVAC"}
        expected = owner.get(din.partition("--")[0], "STSTSM")
        assert din == root or (parent in parents and parent.startswith(f"{expected}--"))


def test_a_pack_is_named_by_its_controller_and_its_parts_have_names_of_their_own() -> None:
    made = gateway()
    blocks = json.loads(made.document("system_status"))["battery_blocks"]
    named = [f"{block['PackagePartNumber']}--{block['PackageSerialNumber']}" for block in blocks]
    dins = [identity(device).din.value for device in devices(made)]

    assert [din.removeprefix("TETHC--") for din in dins if din.startswith("TETHC")] == named
    inside = [din for din in dins if din.startswith(("TEPOD", "TEPINV"))]
    assert all("--1081100-" in din for din in inside)
    assert not {din.rpartition("--")[2] for din in inside} & {
        din.rpartition("--")[2] for din in named
    }
    assert inside[0].partition("--")[2] == inside[1].partition("--")[2]


def test_the_board_and_its_meter_share_a_serial() -> None:
    serial = {kind(device): identity(device).serial_number.value for device in devices(gateway())}
    made = {identity(device).din.value for device in devices(gateway())}

    assert f"TESYNC--1449782-01-B--{serial['TESYNC']}" in made
    assert f"TESLA--{serial['TESYNC']}" in made


def test_meters_say_where_they_measure_and_inverters_what_they_can() -> None:
    found = {kind(device): identity(device).device_attributes for device in devices(gateway())}
    plain = devices(gateway("fw2144"))[-1]

    assert list(found["NEURIO"].meter_attributes.meter_location) == [5]
    assert found["TESLA"].pv_inverter_attributes.nameplate_real_power_w == 7680
    assert found["TETHC"].tesla_energy_ecu_attributes.ecu_type == 224
    meter = identity(plain).device_attributes.meter_attributes
    assert list(meter.meter_location) == [1, 4]


def test_an_inverter_counts_in_kw_what_its_block_counts_in_w() -> None:
    made = gateway(packs=1)
    made.house.set_scenario("battery-exporting")
    block = json.loads(made.document("system_status"))["battery_blocks"][0]
    inverter, pod = values(made, "TEPINV"), values(made, "TEPOD")

    assert inverter["PINV_Pout"] == block["p_out"] / 1000 == 3.0
    assert inverter["PINV_EnergyCharged"] == block["energy_charged"]
    assert pod["POD_nom_energy_remaining"] == block["nominal_energy_remaining"]


def test_strings_add_up_to_what_the_solar_inverter_takes() -> None:
    made = gateway()
    solar, switches = values(made, "PVAC"), values(made, "PVS")
    taken = sum(float(solar[f"PVAC_PVMeasuredPower_{letter}"]) for letter in "ABCD")

    assert taken * 0.98 == pytest.approx(solar["PVAC_Pout"], abs=3)
    assert [switches[f"PVS_String{letter}_Connected"] for letter in "ABCD"] == [
        True,
        False,
        True,
        True,
    ]
    assert solar["PVAC_PVMeasuredVoltage_B"] == -2.1


@pytest.mark.parametrize(("profile", "sentinel"), [("fw2144", -256.0), ("fw2336", -180.5)])
def test_an_angle_that_cannot_be_measured_has_its_firmware_s_mark(
    profile: str, sentinel: float
) -> None:
    board = values(gateway(profile), "TESYNC")

    assert board["ISLAND_L1L2PhaseDelta"] == sentinel
    assert board["ISLAND_VL3N_Main"] == 0.0


def test_the_board_shows_a_dead_street_beside_a_lit_house() -> None:
    made = gateway()
    made.house.set_scenario("nighttime-outage")
    board = values(made, "TESYNC")

    assert (board["ISLAND_VL1N_Main"], board["ISLAND_GridConnected"]) == (0.0, False)
    assert float(board["ISLAND_VL1N_Load"]) > 110


def test_the_site_meter_of_the_board_agrees_with_the_site() -> None:
    made = gateway()
    made.house.set_scenario("grid-charging")
    board = values(made, "TESYNC")
    legs = (board["METER_X_CTA_InstRealPower"], board["METER_X_CTB_InstRealPower"])

    assert sum(float(leg) for leg in legs) == pytest.approx(1200, abs=1)
    assert board["METER_Y_CTA_InstRealPower"] == 0


def test_the_solar_meter_of_the_board_counts_generation_as_import() -> None:
    made = gateway("fw2144")
    total = json.loads(made.document("meters/aggregates"))["solar"]
    board = values(made, "TESYNC")

    assert [board[f"METER_Y_LifetimeEnergy{way}"] for way in ("Import", "Export")] == [
        round(total["energy_exported"]),
        round(total["energy_imported"]),
    ]


def test_alerts_tell_of_the_grid_the_reserve_and_a_wish_for_an_island() -> None:
    made = gateway()
    assert list(devices(made)[0].alerts) == [
        "GridCodesWrite",
        "GridCodesWrite",
        "SystemConnectedToGrid",
    ]
    made.house.set_charge(10)
    made.house.leave_grid()

    assert list(devices(made)[0].alerts)[2:] == [
        "ScheduledIslandContactorOpen",
        "SelfConsumptionReservedLimit",
    ]
