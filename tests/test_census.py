"""Which devices are gone for good."""

from dataclasses import replace

import pytest
from fakes import HOUSE

from bridge.census import Census
from bridge.documents import Json
from bridge.model import Snapshot
from bridge.parts import Endpoint, ListedPack, Powerwalls, SystemStatus, Vitals
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
