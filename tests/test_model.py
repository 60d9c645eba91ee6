"""All that is known of one gateway at one moment."""

from dataclasses import replace
from typing import get_args, get_type_hints

import pytest
from sites import AT, SITES, site

from bridge.alerts import Alert
from bridge.devices import Inverter, MeterDevice, Pack
from bridge.model import (
    Snapshot,
    effective_reserve_percent,
    grid_connected,
    packs_expected,
)
from bridge.parts import (
    BatteryBlock,
    Config,
    Device,
    Endpoint,
    GridStatus,
    ListedPack,
    MeterList,
    MeterReadings,
    Operation,
    Powerwalls,
    Soe,
    Status,
    SystemStatus,
    Vitals,
)

LATER = "2026-01-02T03:05:05Z"
PLUS = site("pwplus-23.36")
LISTED = ListedPack("3012170-05-C", "TG1")
LEFT_OUT = ListedPack("3012170-05-C", "TG2", in_config=False)
DIN = "TEPOD--1081100-13-U--TG1"


def vitals(*alerts: str) -> Vitals:
    return Vitals((Device(DIN, "TEPOD", alerts=alerts),))


@pytest.mark.parametrize("endpoint", Endpoint)
def test_every_endpoint_has_its_member(endpoint: Endpoint) -> None:
    kind, _ = get_args(get_type_hints(Snapshot)[endpoint.name.lower()])
    assert kind.ENDPOINT is endpoint
    part = PLUS.part(endpoint) or kind()

    assert Snapshot().with_part(part, AT).part(endpoint) == part


def test_an_answer_says_when_it_was_read() -> None:
    assert Snapshot().with_part(Soe(50.0), AT).at == AT


def test_an_answer_leaves_the_others_alone() -> None:
    snapshot = PLUS.with_part(Soe(50.0), LATER)

    assert replace(snapshot, soe=PLUS.soe, at=AT) == PLUS


def test_a_silent_endpoint_says_nothing() -> None:
    assert PLUS.silenced(Endpoint.SOE).soe == Soe()


def test_an_endpoint_that_never_answered_stays_unknown() -> None:
    assert Snapshot().silenced(Endpoint.SOE) == Snapshot()


def test_alerts_are_unknown_while_vitals_are_silent() -> None:
    assert PLUS.silenced(Endpoint.VITALS).alerts is None


def test_alerts_outlive_the_silence_of_others() -> None:
    assert PLUS.silenced(Endpoint.SOE).alerts == PLUS.alerts


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("endpoint", Endpoint)
def test_no_device_is_forgotten_in_silence(name: str, endpoint: Endpoint) -> None:
    known = site(name)
    quiet = known.silenced(endpoint)

    assert [*quiet.packs, *quiet.inverters, *quiet.meter_devices] == [
        *known.packs,
        *known.inverters,
        *known.meter_devices,
    ]


def test_an_alert_keeps_the_time_it_was_first_seen() -> None:
    before = Snapshot().with_part(vitals("old", "gone"), AT)

    after = before.with_part(vitals("old", "new", "new"), LATER)

    assert after.alerts == (
        Alert("old", "TEPOD", DIN, AT),
        Alert("new", "TEPOD", DIN, LATER),
    )


def test_no_alert_is_not_an_unknown_alert() -> None:
    assert Snapshot().with_part(vitals(), AT).alerts == ()


def test_a_pack_that_is_gone_stays_in_the_list() -> None:
    before = Snapshot().with_part(SystemStatus(blocks=(BatteryBlock("P", "TG1"),)), AT)

    after = before.with_part(SystemStatus(blocks=()), LATER)

    assert after.packs == {"TG1": Pack()}


def test_an_inverter_that_is_gone_stays_in_the_list() -> None:
    gone = replace(PLUS, solar_powerwall=None).with_part(Vitals(()), LATER)

    assert gone.inverters == {"TG122250001N3Q": Inverter()}


def test_a_meter_that_is_gone_stays_in_the_list() -> None:
    gone = PLUS.with_part(Vitals(()), LATER).with_part(MeterList(()), LATER)
    gone = gone.with_part(MeterReadings({}), LATER)

    assert gone.meter_devices["TG122180000T7U"] == MeterDevice()


def test_devices_of_an_earlier_run_are_remembered() -> None:
    snapshot = Snapshot().remembering(pack="p").remembering(inverter="i").remembering(meter="m")

    assert (snapshot.known_packs, snapshot.known_inverters, snapshot.known_meters) == (
        ("p",),
        ("i",),
        ("m",),
    )


@pytest.mark.parametrize(
    ("snapshot", "din"),
    [
        (Snapshot(Status("a"), config=Config("c"), powerwalls=Powerwalls("b")), "a"),
        (Snapshot(Status(), config=Config("c"), powerwalls=Powerwalls("b")), "b"),
        (Snapshot(config=Config("c")), "c"),
        (Snapshot(), None),
    ],
)
def test_the_din_comes_from_the_first_who_knows_it(snapshot: Snapshot, din: str | None) -> None:
    assert snapshot.din == din


@pytest.mark.parametrize(
    ("snapshot", "key"),
    [
        (PLUS, "1232100-00-J--TG122220000C3D"),
        (site("pw2-1.15"), "TG118010000B1D"),
        (Snapshot(), None),
    ],
)
def test_a_site_is_named_after_its_din_or_lowest_pack(snapshot: Snapshot, key: str | None) -> None:
    assert snapshot.site_key == key


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (PLUS, 2),
        (replace(PLUS, powerwalls=None), 2),
        (replace(PLUS, powerwalls=Powerwalls(packs=())), 2),
        (replace(PLUS, system_status=None), 2),
        (replace(PLUS, powerwalls=Powerwalls(packs=(LISTED, LEFT_OUT))), 1),
        (replace(PLUS, powerwalls=Powerwalls(packs=(LEFT_OUT,))), 0),
        (Snapshot(system_status=SystemStatus(blocks=(BatteryBlock(),))), None),
        (Snapshot(), None),
    ],
)
def test_packs_are_expected_as_listed(snapshot: Snapshot, expected: int | None) -> None:
    assert packs_expected(snapshot) == expected


@pytest.mark.parametrize(
    ("status", "connected"),
    [
        ("SystemGridConnected", True),
        ("SystemIslandedActive", False),
        ("SystemTransitionToGrid", False),
        ("SystemBrandNew", None),
        (None, None),
    ],
)
def test_the_grid_is_connected_or_not_or_nobody_knows(
    status: str | None,
    connected: bool | None,  # noqa: FBT001  # a row of the table
) -> None:
    assert grid_connected(Snapshot(grid_status=GridStatus(status))) is connected


def test_the_grid_is_unknown_before_it_is_read() -> None:
    assert Snapshot().grid is None


def test_a_meter_is_unknown_before_it_is_read() -> None:
    assert Snapshot().meter("site") is None


@pytest.mark.parametrize(
    ("soe", "level"), [(Soe(24.0), 20.0), (Soe(3.0), 0.0), (Soe(), None), (None, None)]
)
def test_the_level_is_on_the_apps_scale(soe: Soe | None, level: float | None) -> None:
    assert Snapshot(soe=soe).level_percent == level


@pytest.mark.parametrize(
    ("operation", "reserve"),
    [
        (Operation("self_consumption", 24.0), 20.0),
        (Operation("backup", 24.0), 100.0),
        (Operation("backup"), 100.0),
        (Operation("autonomous"), None),
        (Operation(), None),
    ],
)
def test_all_of_the_battery_is_the_reserve_in_backup(
    operation: Operation, reserve: float | None
) -> None:
    assert effective_reserve_percent(operation) == reserve


def test_an_alert_keeps_its_first_time_through_a_silence() -> None:
    """Silent vitals make the alerts unknown; that they come back says nothing of their start."""
    vitals = Vitals((Device("STSTSM--1", "STSTSM", alerts=("GridCodesWrite",), heard=True),))
    before = Snapshot().with_part(vitals, "2026-01-01T00:00:00Z").silenced(Endpoint.VITALS)

    after = before.with_part(vitals, "2026-01-01T01:00:00Z")

    assert before.alerts is None
    assert after.alerts is not None
    assert after.alerts[0].first_seen == "2026-01-01T00:00:00Z"
