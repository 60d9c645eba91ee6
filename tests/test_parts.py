"""What an answer says, and what stays true of it when nothing more is heard."""

import pytest

from bridge.parts import (
    BatteryBlock,
    Cadence,
    Device,
    Endpoint,
    GridCode,
    GridStatus,
    ListedPack,
    Meter,
    Meters,
    Network,
    Networks,
    Operation,
    Part,
    Powerwalls,
    Registration,
    SiteInfo,
    Sitemaster,
    Soe,
    Status,
    SystemStatus,
    Vitals,
)


@pytest.mark.parametrize(
    ("endpoint", "cadence"),
    [
        (Endpoint.METERS, Cadence.POLL),
        (Endpoint.SOE, Cadence.POLL),
        (Endpoint.GRID_STATUS, Cadence.POLL),
        (Endpoint.SYSTEM_STATUS, Cadence.DEVICE),
        (Endpoint.VITALS, Cadence.DEVICE),
        (Endpoint.OPERATION, Cadence.DEVICE),
        (Endpoint.SITEMASTER, Cadence.DEVICE),
        (Endpoint.STATUS, Cadence.SLOW),
        (Endpoint.SITE_INFO, Cadence.SLOW),
        (Endpoint.CONFIG, Cadence.SLOW),
        (Endpoint.POWERWALLS, Cadence.SLOW),
    ],
)
def test_an_endpoint_has_its_cadence(endpoint: Endpoint, cadence: Cadence) -> None:
    assert endpoint.cadence is cadence


@pytest.mark.parametrize(
    ("part", "stale"),
    [
        (Soe(50.0), Soe()),
        (GridStatus("SystemGridConnected", services_active=True), GridStatus()),
        (Sitemaster(running=True, can_reboot="Yes"), Sitemaster()),
        (Operation("backup", 24.0, "mode"), Operation(mode_key="mode")),
        (Status(din="D", version="1", uptime_s=5.0), Status(din="D", version="1")),
        (
            Status(device_type="teg", teg_type="unknown", is_new=True, followers=("x",)),
            Status(device_type="teg", teg_type="unknown"),
        ),
        (
            SiteInfo("Cabin", "America/Chicago", max_power_w=5.0, grid_code=GridCode("x")),
            SiteInfo("Cabin", "America/Chicago"),
        ),
        (Networks((Network("eth0"),)), Networks()),
        (Registration(registered=True, skipped_registration=False), Registration()),
        (
            Powerwalls("D", (ListedPack("P", "S", "ACPW", updating=False),), sync={"updating": 1}),
            Powerwalls("D", (ListedPack("P", "S", "ACPW"),)),
        ),
        (Meters({}), Meters({})),
        (
            Meters({"site": Meter(power_w=5.0, imported_wh=7.0, exported_wh=8.0)}),
            Meters({"site": Meter(imported_wh=7.0, exported_wh=8.0)}),
        ),
        (
            SystemStatus(
                capacity_wh=1.0,
                blocks=(BatteryBlock("P", "S", disabled_reasons=(), power_w=5.0, charged_wh=7.0),),
                grid_faults=({"alert_name": "x"},),
            ),
            SystemStatus(blocks=(BatteryBlock("P", "S", charged_wh=7.0),)),
        ),
        (SystemStatus(blocks=(), grid_faults=()), SystemStatus()),
        (Vitals(()), Vitals(())),
        (
            Vitals(
                (
                    Device(
                        "TEPINV--P--S",
                        "TEPINV",
                        firmware="f",
                        last_communication_time="2026-01-02T03:04:05Z",
                        attributes={"ecu_type": 253},
                        vitals={"PINV_EnergyCharged": 7.0, "PINV_Pout": 1.0},
                        alerts=("a",),
                        heard=True,
                    ),
                )
            ),
            Vitals(
                (
                    Device(
                        "TEPINV--P--S",
                        "TEPINV",
                        firmware="f",
                        attributes={"ecu_type": 253},
                        vitals={"PINV_EnergyCharged": 7.0},
                    ),
                )
            ),
        ),
        (Vitals((Device("x", "x"),)), Vitals((Device("x", "x", vitals={}),))),
    ],
)
def test_counters_and_identity_outlive_silence(part: Part, stale: Part) -> None:
    assert part.stale() == stale


@pytest.mark.parametrize(("value", "number"), [(5, 5.0), (0.0, 0.0), (True, None), ("5", None)])
def test_a_vital_is_a_number_or_none(value: float | str, number: float | None) -> None:
    assert Device("x", "x", vitals={"v": value}).number("v") == number


@pytest.mark.parametrize(("value", "text"), [("on", "on"), (5.0, None), (True, None)])
def test_a_vital_is_text_or_none(value: float | str, text: str | None) -> None:
    assert Device("x", "x", vitals={"v": value}).text("v") == text


@pytest.mark.parametrize(("value", "flag"), [(False, False), (1, None), ("true", None)])
def test_a_vital_is_a_flag_or_none(value: float | str, flag: bool | None) -> None:  # noqa: FBT001  # a row of the table
    assert Device("x", "x", vitals={"v": value}).flag("v") is flag


def test_a_vital_of_a_silent_device_is_none() -> None:
    silent = Device("x", "x")

    assert (silent.number("v"), silent.text("v"), silent.flag("v")) == (None, None, None)
