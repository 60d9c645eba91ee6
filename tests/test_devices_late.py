"""Devices whose sources are late, refused, or say less than before: none becomes a second one."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import HOUSE, OWN, Bench
from sites import AT

from bridge.errors import Busy, Denied, GatewayError, Missing, TimedOut
from bridge.model import Snapshot
from bridge.parts import Device, Endpoint, Powerwalls, Vitals
from bridge.state import Store

PVAC, PACK = "TG122250001N3Q", "TG122330001E5F"  # the inverter's own number, that of its pack
VITALS, POWERWALLS = Endpoint.VITALS, Endpoint.POWERWALLS
LATER = "2026-01-02T03:05:05Z"
LATE, BUSY = TimedOut("no answer in 5 s"), Busy("503", 503)
DENIED, MISSING = Denied("403", 403), Missing("404", 404)
NO_PACKS = Powerwalls(gateway_din="1232100-00-J--TG122220000C3D")


def house(*errors: tuple[Endpoint, GatewayError], store: Store | None = None) -> Bench:
    bench = Bench(store=store)
    for endpoint, error in errors:
        bench.gateway.answers[endpoint] = error
    return bench


def told(bench: Bench) -> dict[str, list[str]]:
    """Return all that was said of the power of each inverter."""
    said: dict[str, list[str]] = {}
    for message in bench.published:
        levels = message.topic.removeprefix(OWN).split("/")
        if levels[0] == "inverter" and levels[2:] == ["power"]:
            said.setdefault(levels[1], []).append(message.payload)
    return said


@pytest.mark.parametrize("error", [MISSING, DENIED])
def test_an_inverter_without_vitals_has_one_name_from_the_start(error: GatewayError) -> None:
    bench = house((VITALS, error))

    bench.live(400)

    assert told(bench) == {PACK: ["3010"]}


@pytest.mark.parametrize("error", [LATE, BUSY])
def test_vitals_that_are_late_leave_the_inverter_its_name(error: GatewayError) -> None:
    bench = house((VITALS, error))

    bench.live(40)
    before = told(bench)
    bench.gateway.recovers(HOUSE)
    bench.live(400)

    assert before == {}
    assert list(told(bench)) == [PVAC]


@pytest.mark.parametrize("error", [MISSING, DENIED, LATE])
def test_an_inverter_keeps_the_name_that_an_earlier_run_knew(
    error: GatewayError, tmp_path: Path
) -> None:
    """An update took the vitals away; the inverter is not another device for that."""
    house(store=Store(tmp_path, "main")).live(40)

    later = house((VITALS, error), store=Store(tmp_path, "main"))
    later.live(400)

    assert told(later) == {PVAC: ["3010"]}


def test_a_name_for_want_of_vitals_is_kept_over_a_restart(tmp_path: Path) -> None:
    missing = (VITALS, MISSING), (POWERWALLS, MISSING)
    house(*missing, store=Store(tmp_path, "main")).live(40)

    later = house(missing[0], store=Store(tmp_path, "main"))
    later.live(400)

    assert told(later) == {"solar_powerwall": ["3010"]}


def test_the_vitals_know_better_than_an_earlier_run(tmp_path: Path) -> None:
    house((VITALS, MISSING), store=Store(tmp_path, "main")).live(40)

    with_vitals = house(store=Store(tmp_path, "main"))
    with_vitals.live(400)
    without = house((VITALS, MISSING), store=Store(tmp_path, "main"))
    without.live(400)

    assert (list(told(with_vitals)), list(told(without))) == ([PVAC], [PVAC])


def test_of_several_inverters_none_gives_its_name() -> None:
    assert HOUSE.vitals is not None
    second = replace(_pvac(HOUSE.vitals), din="PVAC--1538100-00-F--TG9", serial_number="TG9")
    several = Vitals((*HOUSE.vitals.devices, second))

    after = HOUSE.with_part(several, LATER)

    assert (HOUSE.plain_inverter, after.plain_inverter) == (PVAC, None)


def _pvac(vitals: Vitals) -> Device:
    return next(device for device in vitals.devices if device.type == "PVAC")


@pytest.mark.parametrize("error", [MISSING, DENIED])
def test_an_inverter_whose_packs_nobody_lists_keeps_its_plain_name(error: GatewayError) -> None:
    bench = house((VITALS, MISSING), (POWERWALLS, error))

    bench.live(40)
    before = list(told(bench))
    bench.gateway.answers[POWERWALLS] = HOUSE.powerwalls or NO_PACKS
    bench.live(700)

    assert before == list(told(bench)) == ["solar_powerwall"]


def test_packs_that_are_late_leave_the_inverter_without_a_name() -> None:
    bench = house((VITALS, MISSING), (POWERWALLS, BUSY))

    bench.live(40)
    before = told(bench)
    bench.gateway.answers[POWERWALLS] = HOUSE.powerwalls or NO_PACKS
    bench.live(400)

    assert (before, told(bench)) == ({}, {PACK: ["3010"]})


def test_an_answer_without_packs_takes_none_away() -> None:
    bench = house((VITALS, MISSING))
    bench.live(40)

    bench.gateway.answers[POWERWALLS] = NO_PACKS
    bench.live(700)

    assert told(bench) == {PACK: ["3010"]}
    assert bench.said(f"pack/{PACK}/in_config") == ["true"]


def test_packs_that_were_listed_before_are_known_though_an_answer_lists_none() -> None:
    bare = Snapshot().with_part(NO_PACKS, AT)
    listed = bare.with_part(HOUSE.powerwalls or NO_PACKS, AT)

    after = listed.with_part(NO_PACKS, LATER)

    assert bare.pack_serials == ()
    assert after.pack_serials == listed.pack_serials == (PACK, "TG121440002G7H")
