"""Packs and inverters as several sources tell of them, when the sources do not agree."""

from dataclasses import replace

import pytest
from sites import AT, site
from test_devices import BLOCK, PINV, POD, THC, device

from bridge.devices import (
    Inverter,
    Pack,
    String,
    inverters,
    packs,
    packs_missing,
    plain_key,
    strings,
)
from bridge.model import Snapshot
from bridge.parts import (
    BatteryBlock,
    Device,
    Endpoint,
    ListedPack,
    Powerwalls,
    SolarPowerwall,
    SolarString,
    SystemStatus,
    Vitals,
)

LATER = "2026-01-02T03:05:05Z"
PLUS = site("pwplus-23.36")
ONE, TWO = ListedPack("3012170-05-C", "TG1", "ACPW"), ListedPack("3012170-05-C", "TG2", "ACPW")
SECOND = BatteryBlock("3012170-05-C", "TG2", disabled_reasons=())
OWNER = ListedPack("2012170-25-E", "TG7", "SolarPowerwall")
SOLAR = SolarPowerwall(fitted=True, state="PVAC_Active", power_w=3010.0)
PVAC = device("PVAC--1538000-00-F--TG5", {"PVAC_Pout": 2500.0, "PVAC_LifetimeEnergyPV_Total": 7.0})
PVS = device("PVS--1538000-00-F--TG5", {"PVS_StringA_Connected": True})


def test_a_pack_is_joined_with_how_it_was_set_up() -> None:
    joined = packs((BLOCK,), (THC, POD, PINV), (ONE,))

    assert joined == {"TG1": Pack("3012170-05-C", "TG1", BLOCK, THC, POD, PINV, ONE)}


def test_packs_are_joined_by_serial_number_in_whatever_order_they_come() -> None:
    joined = packs((SECOND, BLOCK), (THC,), (ONE, TWO))

    assert {key: (p.block, p.controller, p.listed) for key, p in joined.items()} == {
        "TG2": (SECOND, None, TWO),
        "TG1": (BLOCK, THC, ONE),
    }


def test_packs_that_change_places_keep_what_is_theirs() -> None:
    first = Snapshot().with_part(SystemStatus(blocks=(BLOCK, SECOND)), AT)
    swapped = first.with_part(SystemStatus(blocks=(SECOND, BLOCK)), LATER)

    assert {key: pack.block for key, pack in swapped.packs.items()} == {
        "TG1": BLOCK,
        "TG2": SECOND,
    }


@pytest.mark.parametrize("part", [None, "3012170-05-C"])
def test_a_part_number_that_one_source_does_not_tell_makes_no_second_pack(part: str | None) -> None:
    block = replace(BLOCK, part_number=part)
    listed = replace(ONE, part_number=None)

    assert list(packs((block,), (THC,), (listed,))) == ["TG1"]


def test_like_serial_numbers_of_other_parts_stay_two_packs() -> None:
    other = replace(ONE, part_number="1092170-03-E")

    assert list(packs((BLOCK,), (), (other,))) == ["3012170-05-C_TG1", "1092170-03-E_TG1"]


def test_a_disabled_pack_is_there_with_a_problem() -> None:
    block = replace(BLOCK, disabled_reasons=("DisabledExcessiveVoltageDrop",))

    pack = packs((block,), (), (ONE,))["TG1"]

    assert (pack.present, pack.enabled, pack.problem) == (True, False, True)


def test_a_pack_that_is_only_set_up_is_absent_while_others_are_seen() -> None:
    joined = packs((BLOCK,), (), (ONE, TWO))

    assert {key: pack.present for key, pack in joined.items()} == {"TG1": True, "TG2": False}


def test_where_nobody_says_which_packs_there_are_those_set_up_are_there() -> None:
    """Firmware 1.15 has neither system_status nor vitals."""
    assert all(pack.present for pack in packs(None, (), (ONE, TWO)).values())


def test_a_pack_that_is_replaced_stays_beside_its_successor() -> None:
    before = Snapshot().with_part(SystemStatus(blocks=(BLOCK,)), AT)
    before = before.with_part(Powerwalls(packs=(ONE,)), AT)

    after = before.with_part(SystemStatus(blocks=(SECOND,)), LATER)
    after = after.with_part(Powerwalls(packs=(TWO,)), LATER)

    assert {key: pack.present for key, pack in after.packs.items()} == {"TG1": False, "TG2": True}


@pytest.mark.parametrize(
    ("blocks", "devices", "listed", "missing"),
    [
        ((BLOCK, SECOND), (), (ONE, TWO), 0),
        ((BLOCK,), (), (ONE, TWO), 1),
        ((), (), (ONE, TWO), 2),
        ((replace(BLOCK, disabled_reasons=("x",)),), (), (ONE,), 0),
        ((BLOCK,), (), (ONE, replace(TWO, in_config=False)), 0),
        ((BLOCK, SECOND), (), (ONE,), 0),
        (None, (THC,), (ONE, TWO), 1),
        ((BLOCK,), (device("TETHC--3012170-05-C--TG1"),), (ONE,), 1),
        ((BLOCK.stale(), SECOND.stale()), (THC,), (ONE, TWO), 1),
        ((BLOCK.stale(),), (), (ONE,), None),
        ((BLOCK.stale(),), (THC.stale(),), (ONE,), None),
        ((BLOCK,), (THC.stale(),), (ONE,), 0),
        (None, (), (ONE,), None),
        ((BLOCK,), (), (), None),
        ((BLOCK,), (), None, None),
    ],
)
def test_packs_are_missing_that_none_of_those_who_speak_sees(
    blocks: tuple[BatteryBlock, ...] | None,
    devices: tuple[Device, ...],
    listed: tuple[ListedPack, ...] | None,
    missing: int | None,
) -> None:
    assert packs_missing(blocks, devices, listed) == missing


def test_without_vitals_an_inverter_is_named_after_its_pack() -> None:
    assert plain_key((OWNER, ONE)) == "TG7"
    assert inverters((), SOLAR, "TG7") == {"TG7": Inverter(solar=SOLAR)}


@pytest.mark.parametrize(
    "listed", [(), (ONE,), (OWNER, replace(OWNER, serial_number="TG8")), (ListedPack(None, "TG1"),)]
)
def test_an_inverter_whose_pack_is_not_known_has_a_plain_name(
    listed: tuple[ListedPack, ...],
) -> None:
    assert plain_key(listed) == "solar_powerwall"


def test_an_inverter_without_vitals_is_not_listed_before_it_has_a_name() -> None:
    assert inverters((), SOLAR) == {}


def test_an_answer_that_tells_of_no_inverter_makes_none() -> None:
    assert inverters((), SolarPowerwall(), "TG7") == {}


def test_where_the_vitals_speak_they_win() -> None:
    joined = inverters((PVAC, PVS), SOLAR, "TG7")

    assert {key: (i.power_w, i.state) for key, i in joined.items()} == {"TG5": (2500.0, None)}


def test_when_the_vitals_fall_silent_the_same_inverter_speaks_on() -> None:
    inverter = inverters((PVAC.stale(), PVS.stale()), SOLAR, "TG7")["TG5"]

    assert (inverter.present, inverter.power_w) == (True, 3010.0)
    assert inverter.number("PVAC_LifetimeEnergyPV_Total") == 7.0


def test_an_inverter_missing_in_action_does_not_speak_through_another_source() -> None:
    inverter = inverters((device(PVAC.din),), SOLAR, "TG7")["TG5"]

    assert (inverter.present, inverter.power_w) == (False, None)


def test_of_several_inverters_nothing_says_which_one_is_told_of() -> None:
    other = device("PVAC--1538000-00-F--TG6", {"PVAC_Pout": 1.0})

    joined = inverters((PVAC, other), SOLAR, "TG7")

    assert {key: inverter.solar for key, inverter in joined.items()} == {"TG5": None, "TG6": None}


def test_an_inverter_that_the_vitals_do_not_list_is_none() -> None:
    assert inverters((THC,), SOLAR, "TG7") == {}


def test_when_several_inverters_are_silent_one_of_them_speaks_under_its_packs_name() -> None:
    other = device("PVAC--1538000-00-F--TG6", {"PVAC_Pout": 1.0})

    joined = inverters((PVAC.stale(), other.stale()), SOLAR, "TG7")

    assert {key: inverter.power_w for key, inverter in joined.items()} == {
        "TG5": None,
        "TG6": None,
        "TG7": 3010.0,
    }


def test_a_silent_inverter_without_vitals_is_still_there() -> None:
    alone = Snapshot().refusing(Endpoint.VITALS).refusing(Endpoint.POWERWALLS)

    quiet = alone.with_part(SOLAR, AT).silenced(Endpoint.SOLAR_POWERWALL)

    assert {key: (i.present, i.power_w) for key, i in quiet.inverters.items()} == {
        "solar_powerwall": (True, None)
    }


def test_strings_without_vitals_are_those_listed() -> None:
    listed = (
        SolarString("A", connected=True, voltage_v=256.9, current_a=1.74, power_w=441.0),
        SolarString("D", connected=False, voltage_v=-2.1, current_a=0.0, power_w=0.0),
    )
    inverter = Inverter(solar=replace(SOLAR, strings=listed))

    told = [(s.letter, s.connected, s.voltage_v, s.current_a, s.power_w) for s in strings(inverter)]

    assert told == [("A", True, 256.9, 1.74, 441.0), ("D", False, None, 0.0, 0.0)]


def test_a_string_that_nobody_lists_says_nothing() -> None:
    string = String(Inverter(solar=SOLAR), "F")

    assert (string.connected, string.voltage_v, string.state) == (None, None, None)


def test_alerts_are_those_of_both_sides() -> None:
    pvac, pvs = replace(PVAC, alerts=("a", "b")), replace(PVS, alerts=("b", "c"))

    assert Inverter(pvac, pvs, replace(SOLAR, alerts=("d",))).alerts == ("a", "b", "c")


@pytest.mark.parametrize(("alerts", "told"), [(("d",), ("d",)), ((), ()), (None, None)])
def test_alerts_without_vitals_are_those_listed(
    alerts: tuple[str, ...] | None, told: tuple[str, ...] | None
) -> None:
    assert Inverter(PVAC.stale(), solar=replace(SOLAR, alerts=alerts)).alerts == told


def test_the_plate_of_an_inverter_stands_on_a_device_of_the_same_name() -> None:
    assert PLUS.inverters["TG122250001N3Q"].rated_power_w == 7680.0


def test_a_device_that_vanishes_from_the_vitals_is_still_known() -> None:
    before = Snapshot().with_part(Vitals((THC, POD, PINV, PVAC, PVS)), AT)

    after = before.with_part(Vitals((THC,)), LATER)

    assert (after.packs["TG1"].inverter, after.inverters) == (None, {"TG5": Inverter()})
