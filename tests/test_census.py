"""Which devices are gone for good."""

from dataclasses import replace

import pytest
from fakes import HOUSE

from bridge.census import Census
from bridge.documents import Json
from bridge.model import Snapshot
from bridge.parts import Endpoint, ListedPack, Powerwalls, SolarPowerwall, SystemStatus, Vitals
from bridge.readings import Kind

HOUR_S = 3600.0
WITNESSES = (Endpoint.SYSTEM_STATUS, Endpoint.POWERWALLS, Endpoint.VITALS)
GONE = "TG0"


def without_pack() -> Snapshot:
    """Return a house that once had a pack more."""
    return HOUSE.remembering(pack=GONE)


def lived(
    snapshot: Snapshot,
    hours: float,
    census: Census | None = None,
    endpoints: tuple[Endpoint, ...] = WITNESSES,
    step_s: float = 300.0,
) -> list[tuple[Kind, str]]:
    """Return what is gone after so many hours of these answers."""
    census = census or Census()
    gone = []
    for step in range(int(hours * HOUR_S / step_s) + 1):
        for endpoint in endpoints:
            gone += census.note(endpoint, snapshot, step * step_s)
    return gone


@pytest.mark.parametrize(("hours", "gone"), [(23.9, []), (24.1, [(Kind.PACK, GONE)])])
def test_a_pack_that_nobody_lists_for_a_day_is_gone(
    hours: float, gone: list[tuple[Kind, str]]
) -> None:
    assert lived(without_pack(), hours) == gone


def test_an_inverter_and_a_meter_go_like_a_pack() -> None:
    snapshot = HOUSE.remembering(inverter="TG1").remembering(meter="TG2_x")

    assert lived(snapshot, 24.1) == [(Kind.INVERTER, "TG1"), (Kind.METER, "TG2_x")]


@pytest.mark.parametrize(
    "endpoints", [(Endpoint.SYSTEM_STATUS,), (Endpoint.POWERWALLS, Endpoint.VITALS), ()]
)
def test_as_long_as_one_who_would_know_is_silent_nothing_goes(
    endpoints: tuple[Endpoint, ...],
) -> None:
    assert lived(without_pack(), 30.0, endpoints=endpoints) == []


def test_a_pack_that_powerwalls_lists_is_not_gone() -> None:
    listed = HOUSE.placed(Powerwalls(packs=(ListedPack("part", GONE),))).remembering(pack=GONE)

    assert lived(listed, 30.0) == []


def test_where_no_pack_is_seen_none_is_gone() -> None:
    empty = replace(without_pack(), system_status=SystemStatus(blocks=()), vitals=Vitals(()))

    assert lived(empty, 30.0) == []


def test_a_device_that_comes_back_begins_anew() -> None:
    census = Census()
    lived(without_pack(), 23.0, census)
    census.note(Endpoint.SYSTEM_STATUS, HOUSE, 24 * HOUR_S)

    assert lived(without_pack(), 23.0, census) == []


def test_an_absence_goes_on_over_a_restart() -> None:
    census = Census()
    lived(without_pack(), 20.0, census)

    assert lived(without_pack(), 4.1, Census(census.saved)) == [(Kind.PACK, GONE)]


def test_time_that_nobody_observed_does_not_count() -> None:
    assert lived(without_pack(), 30.0, step_s=2 * HOUR_S) == []


def test_an_absence_waits_until_its_device_is_known_again() -> None:
    """What an earlier run has seen is learnt from the broker, after the first answers."""
    census = Census({f"pack/{GONE}": 20 * HOUR_S})

    assert lived(HOUSE, 1.0, census) == []
    assert lived(without_pack(), 4.1, Census(census.saved)) == [(Kind.PACK, GONE)]


def test_an_absence_that_waits_ends_when_its_device_is_listed() -> None:
    pack = next(iter(HOUSE.packs))
    census = Census({f"pack/{pack}": 20 * HOUR_S})

    lived(HOUSE, 1.0, census)

    assert census.saved == {}


@pytest.mark.parametrize(
    "saved", [None, [], {"pack": 5}, {"pack/TG0": "x"}, {"dog/TG0": 5}, {"pack/TG0": 1e9}]
)
def test_what_cannot_be_read_of_an_earlier_run_is_forgotten(saved: Json) -> None:
    assert lived(without_pack(), 23.9, Census(saved)) == []


def test_who_answered_once_and_never_again_bears_no_witness() -> None:
    census = Census()
    for endpoint in WITNESSES:
        census.note(endpoint, without_pack(), 0.0)

    assert lived(without_pack(), 30.0, census, endpoints=(Endpoint.SYSTEM_STATUS,)) == []


def plain(snapshot: Snapshot, serial: str | None = "TG122330001E5F") -> Snapshot:
    """Return a house whose vitals are gone, so that its inverter speaks through another source."""
    owners = (ListedPack("2012170-25-E", serial, "SolarPowerwall"),) if serial else ()
    told = replace(snapshot, vitals=None).refusing(Endpoint.VITALS).placed(Powerwalls(packs=owners))
    return told.with_part(SolarPowerwall(fitted=True, state="PVAC_Active"), "2026-01-02T03:04:05Z")


PLAIN = (Endpoint.SYSTEM_STATUS, Endpoint.POWERWALLS, Endpoint.SOLAR_POWERWALL)


def test_an_inverter_without_vitals_is_listed() -> None:
    assert lived(plain(replace(HOUSE, known_inverters=())), 30.0, endpoints=PLAIN) == []


@pytest.mark.parametrize(("hours", "gone"), [(23.9, []), (24.1, [(Kind.INVERTER, "TG5")])])
def test_an_inverter_goes_that_the_source_beside_the_vitals_does_not_list(
    hours: float, gone: list[tuple[Kind, str]]
) -> None:
    snapshot = plain(replace(HOUSE, known_inverters=("TG5",), known_meters=()))

    assert lived(snapshot, hours, endpoints=PLAIN) == gone


def test_an_inverter_goes_that_bears_the_name_of_a_pack_which_is_still_there() -> None:
    """Vitals that come later name an inverter otherwise than what stood in for them."""
    pack = next(iter(HOUSE.packs))

    assert lived(HOUSE.remembering(inverter=pack), 24.1) == [(Kind.INVERTER, pack)]


def test_a_meter_is_not_gone_where_no_vitals_are() -> None:
    snapshot = plain(replace(HOUSE, known_inverters=(), known_meters=("TG2_x",)))

    assert lived(snapshot, 30.0, endpoints=PLAIN) == []


def test_a_pack_that_is_replaced_goes_and_its_successor_stays() -> None:
    before = HOUSE.placed(Powerwalls(packs=(ListedPack("P", "TG0"),))).remembering(pack=GONE)
    after = before.placed(Powerwalls(packs=(ListedPack("P", "TG9"),)))

    assert lived(after, 24.1) == [(Kind.PACK, GONE)]


def test_packs_that_are_only_set_up_bear_no_witness() -> None:
    """Where none is seen, the gateway does not see: it says nothing of one that is gone."""
    empty = replace(without_pack(), system_status=SystemStatus(blocks=()), vitals=Vitals(()))

    assert empty.listed_packs
    assert lived(empty, 30.0) == []
