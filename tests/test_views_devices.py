"""The views of devices: vitals, strings, temperatures, alerts."""

import json

import pytest
from sites import sources

from bridge.documents import Document
from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.views import VIEWS, Made, Sources

VITALS, SOLAR, GRID = Endpoint.VITALS, Endpoint.SOLAR_POWERWALL, Endpoint.GRID_STATUS
STRINGS = [
    {
        "string_id": number,
        "connected": number != 2,
        "measured_voltage": 250.5 + number,
        "current": 2.25,
        "measured_power": 563.0,
    }
    for number in range(1, 6)
]
PLAIN = {
    "pvac_status": {"state": "PVAC_Active", "string_vitals": STRINGS},
    "pvac_alerts": {
        "LastRxTime": "2026-01-01T09:04:04.7Z",
        "ReceivedMuxBitmask": 1,
        "PVAC_a014_PVS_disabled_relay": True,
        "PVAC_a009_SwAppBoot": False,
    },
    "pvs_alerts": {"PVS_a018_MciStringB": True},
}


def view(name: str, of: Sources) -> Made:
    return VIEWS[name].make(of)


def plain(body: object = PLAIN, grid: str = "SystemGridConnected") -> Sources:
    """Return a Powerwall+ whose firmware has no vitals any more."""
    told = {SOLAR: Document(body), GRID: Document({"grid_status": grid})}
    return Sources(told, Snapshot())


def devices(**by_din: dict[str, object]) -> Sources:
    found = {din.replace("_", "-"): values for din, values in by_din.items()}
    return Sources({VITALS: Document(found)}, Snapshot())


def test_vitals_are_all_devices_by_din() -> None:
    told = view("vitals", sources("pwplus-23.36"))

    assert isinstance(told, dict)
    assert len(told) == 13
    assert told["NEURIO--TG122180000T7U"] == {
        "serialNumber": "TG122180000T7U",
        "manufacturer": "NEURIO",
        "componentParentDin": "STSTSM--1232100-00-J--TG122220000C3D",
        "firmwareVersion": "1.7.2-Tesla",
        "lastCommunicationTime": 1767279844,
        "meterAttributes": {"meterLocation": [5]},
        "NEURIO_CT0_Location": "solarRGM",
        "NEURIO_CT0_InstRealPower": 3001.9656982421875,
    }
    assert told["TESLA--1538100-00-F--TG122250001N3Q"] == {
        "serialNumber": "1538100-00-F--TG122250001N3Q",
        "manufacturer": "TESLA",
        "componentParentDin": "STSTSM--1232100-00-J--TG122220000C3D",
        "lastCommunicationTime": 1767279844,
        "pvInverterAttributes": {"nameplateRealPowerW": 7680},
    }


def test_vitals_keep_every_alert_and_false_but_no_sentinel() -> None:
    told = view("vitals", sources("pw2-21.44"))

    assert isinstance(told, dict)
    assert told["STSTSM--1232100-00-E--TG120120000A1B"] == {
        "partNumber": "1232100-00-E",
        "serialNumber": "TG120120000A1B",
        "manufacturer": "TESLA",
        "firmwareVersion": "2021-11-02-g3d303deef",
        "lastCommunicationTime": 1767297844,
        "teslaEnergyEcuAttributes": {"ecuType": 207},
        "STSTSM-Location": "Gateway",
        "alerts": ["FWUpdateSucceeded", "PodCommissionTime", "GridCodesWrite", "GridCodesWrite"],
    }
    board = told["TESYNC--1493315-01-F--TG120350000S4Y"]
    assert board["ISLAND_PhaseL1_Main_Load"] == 0.0
    assert board["ISLAND_PhaseL3_Main_Load"] is None
    assert board["SYNC_ExternallyPowered"] is False


def test_temperatures_are_by_din_and_by_number() -> None:
    of = sources("pwplus-23.36")

    assert view("temps", of) == {
        "TETHC--2012170-25-E--TG122330001E5F": 15.6,
        "TETHC--3012170-05-C--TG121440002G7H": 16.1,
    }
    assert view("temps_pw", of) == {"PW1_temp": 15.6, "PW2_temp": 16.1}


def test_a_powerwall_that_tells_no_temperature_is_null() -> None:
    of = devices(TETHC__a={"THC_AmbientTemp": 15.5}, TETHC__b={}, TEPOD__c={})

    assert view("temps", of) == {"TETHC--a": 15.5, "TETHC--b": None}
    assert view("temps_pw", of) == {"PW1_temp": 15.5, "PW2_temp": None}


def test_the_strings_of_further_inverters_are_numbered() -> None:
    of = devices(
        PVAC__one={"PVAC_PVCurrent_A": 1.5, "PVAC_PvState_A": "PV_Active", "PVAC_Pout": 99.0},
        PVS__one={"PVS_StringA_Connected": True, "PVS_StringB_Connected": False, "PVS_vLL": 240.0},
        PVAC__two={"PVAC_PVMeasuredPower_A": 441.0},
        PVAC__three={"PVAC_PVMeasuredVoltage_A": 250.0},
    )

    assert view("strings", of) == {
        "A": {"Current": 1.5, "State": "PV_Active", "Connected": True},
        "B": {"Connected": False},
        "A1": {"Power": 441.0},
        "A2": {"Voltage": 250.0},
    }


def test_a_site_without_inverter_has_no_strings() -> None:
    assert view("strings", sources("pw2-21.44")) == {}


def test_without_vitals_the_strings_are_those_of_the_solar_powerwall() -> None:
    told = view("strings", plain())

    assert isinstance(told, dict)
    assert list(told) == ["A", "B", "C", "D", "A1"]
    assert told["B"] == {"Connected": False, "Voltage": 252.5, "Current": 2.25, "Power": 563.0}


@pytest.mark.parametrize("body", [{}, {"pvac_status": None}, {"pvac_status": {"string_vitals": 5}}])
def test_a_solar_powerwall_that_tells_nothing_has_no_strings(body: object) -> None:
    assert view("strings", plain(body)) == {}


def test_alerts_are_said_once_with_the_one_of_the_grid() -> None:
    of = sources("pw2-21.44")
    names = [
        "FWUpdateSucceeded",
        "PodCommissionTime",
        "GridCodesWrite",
        "THC_w155_Backup_Genealogy_Updated",
        "PINV_a067_overvoltageNeutralChassis",
        "SYNC_a001_SW_App_Boot",
        "SystemConnectedToGrid",
    ]

    assert view("alerts", of) == names
    assert view("alerts_pw", of) == dict.fromkeys(names, 1)


@pytest.mark.parametrize(
    ("grid", "last"),
    [
        ({"grid_status": "SystemIslandedActive"}, "SystemIslandedActive"),
        (
            {"grid_status": "SystemSomethingNew", "grid_services_active": False},
            "SystemSomethingNew",
        ),
        (
            {"grid_status": "SystemGridConnected", "grid_services_active": True},
            "GridServicesActive",
        ),
        ({"grid_status": None}, "SYNC_a001_SW_App_Boot"),
    ],
)
def test_the_grid_adds_an_alert(grid: dict[str, object], last: str) -> None:
    told = view("alerts", sources("pw2-21.44", bodies={GRID: json.dumps(grid).encode()}))

    assert isinstance(told, list)
    assert told[-1] == last


def test_without_vitals_the_alerts_are_those_of_the_solar_powerwall() -> None:
    assert view("alerts", plain(grid="SystemIslandedActive")) == [
        "PVAC_a014_PVS_disabled_relay",
        "PVS_a018_MciStringB",
        "SystemIslandedActive",
    ]


def test_nobody_who_could_raise_an_alert_is_no_empty_list() -> None:
    of = Sources({GRID: Document({"grid_status": "SystemGridConnected"})}, Snapshot())

    assert [view(name, of) for name in ("alerts", "alerts_pw", "strings")] == [None, None, None]


@pytest.mark.parametrize("name", ["vitals", "temps", "temps_pw", "strings", "alerts", "alerts_pw"])
def test_without_vitals_a_view_of_them_is_not_made(name: str) -> None:
    unmade = {e for e in Endpoint if view(name, sources("pw2-21.44", without=[e])) is None}

    assert unmade == {VITALS}


def test_devices_of_the_wrong_kind_are_left_out() -> None:
    of = Sources(
        {VITALS: Document({"PVAC--a": None, "TETHC--b": 5, "x": {"alerts": 7}})}, Snapshot()
    )

    assert view("strings", of) == {}
    assert view("temps", of) == {}
    assert view("alerts", of) == []
