"""Devices whose sources say nothing any more: they are offline, and gone when others know it."""

from dataclasses import replace
from itertools import pairwise

import pytest
from fakes import HOUSE, INTERVALS, OWN, Bench

from bridge.errors import Busy, Denied, GatewayError, Missing, Stopped, TimedOut
from bridge.inventory import Inherited
from bridge.parts import (
    Cadence,
    Endpoint,
    MeterList,
    MeterReadings,
    Powerwalls,
    SystemStatus,
    Vitals,
)

PVAC, PACK, NEURIO = "TG122250001N3Q", "TG122330001E5F", "TG122180000T7U"
BOARD = "TG122300000R5S_x"
INVERTER = f"inverter/{PVAC}/availability"
VITALS, SOLAR = Endpoint.VITALS, Endpoint.SOLAR_POWERWALL
MISSING, DENIED, STOPPED = Missing("404", 404), Denied("403", 403), Stopped("502", 502)
LATE, BUSY = TimedOut("no answer in 5 s"), Busy("503", 503)
DAY_S = 86_400.0
SELDOM = dict.fromkeys(Cadence, 600.0)


def ready(intervals: dict[Cadence, float] = INTERVALS) -> Bench:
    bench = Bench(intervals=intervals)
    bench.live(2 * intervals[Cadence.SLOW])
    return bench


def spend(bench: Bench, seconds: float) -> None:
    """Let a long time pass, with a step per poll alone."""
    for _ in range(int(seconds / SELDOM[Cadence.POLL])):
        bench.clock.s += SELDOM[Cadence.POLL] - 1
        bench.live(1)


def restarted(bench: Bench) -> Bench:
    """Return a bridge that begins now, with the same gateway and what the first has left."""
    later = Bench(store=bench.store)
    later.gateway.answers = bench.gateway.answers
    for topic, payload in retained(bench).items():
        later.poller.inbox.put(Inherited("main", topic, payload))
    later.live(400)
    return later


def retained(bench: Bench) -> dict[str, str]:
    found = {m.topic: m.payload for m in bench.published if m.retain}
    return {topic: payload for topic, payload in found.items() if payload}


def of(bench: Bench, *levels: str) -> set[str]:
    """Return the topics of a device that are retained, and its discovery."""
    kind, key = levels
    words = f"{OWN}{kind}/{key}/", f"/{kind.removesuffix('_device')}_{key}/"
    return {topic for topic in retained(bench) if any(word in topic for word in words)}


@pytest.mark.parametrize("error", [MISSING, DENIED, STOPPED, LATE, BUSY])
def test_an_inverter_that_nothing_reads_is_offline_before_and_after_a_restart(
    error: GatewayError,
) -> None:
    bench = ready()
    bench.gateway.fails(error, (VITALS, SOLAR))
    bench.live(1200)

    assert bench.said(INVERTER) == ["online", "offline"]
    assert restarted(bench).last(INVERTER) == "offline"
    assert bench.last(f"inverter/{PVAC}/power") == "None"


@pytest.mark.parametrize("error", [STOPPED, LATE, BUSY])
def test_a_lost_poll_says_nothing_of_a_device(error: GatewayError) -> None:
    bench = ready()
    bench.gateway.fails(error, (VITALS, SOLAR))
    bench.live(40)
    bench.gateway.recovers(HOUSE)
    bench.live(900)

    assert bench.said(INVERTER) == ["online"]


def test_an_inverter_that_one_of_its_sources_reads_is_online() -> None:
    bench = ready()
    bench.gateway.fails(MISSING, (VITALS,))
    bench.live(1200)

    assert bench.said(INVERTER) == ["online"]


def test_an_inverter_is_back_with_the_first_answer() -> None:
    bench = ready()
    bench.gateway.fails(LATE, (VITALS, SOLAR))
    bench.live(1200)
    bench.gateway.recovers(HOUSE)
    bench.live(400)

    assert bench.said(INVERTER) == ["online", "offline", "online"]


def test_a_meter_and_a_pack_that_nothing_reads_are_offline() -> None:
    bench = ready()
    listing = {Endpoint.POWERWALLS, Endpoint.METER_LIST, Endpoint.METER_READINGS}
    bench.gateway.fails(BUSY, {VITALS, Endpoint.SYSTEM_STATUS, *listing})
    bench.live(800)
    before = bench.last(f"pack/{PACK}/availability")
    bench.live(700)

    assert before == "online"  # as long as the list of the installation may be believed
    for device in (f"pack/{PACK}", f"meter_device/{NEURIO}", f"meter_device/{BOARD}"):
        assert bench.said(f"{device}/availability") == ["online", "offline"]


def test_a_silent_device_keeps_its_counters() -> None:
    bench = ready()
    bench.gateway.fails(MISSING, (VITALS, SOLAR))
    bench.live(1200)

    assert bench.last(f"inverter/{PVAC}/energy") not in {None, "None"}


def test_a_powerwall_plus_that_is_removed_takes_its_inverter_along() -> None:
    """The last source of the inverter is refused: what it said lives on and is no witness."""
    bench = ready(SELDOM)
    bench.gateway.answers |= without_pack()
    bench.gateway.fails(MISSING, (VITALS, SOLAR))
    spend(bench, DAY_S - 3600)
    before = of(bench, "inverter", PVAC), of(bench, "pack", PACK)
    spend(bench, 3 * 3600)

    assert all(before)
    assert (of(bench, "inverter", PVAC), of(bench, "pack", PACK)) == (set(), set())
    assert len(bench.said(INVERTER)) == 3  # online, offline and an end


def test_an_inverter_that_no_source_reads_any_more_stays_with_its_powerwall_plus() -> None:
    """It is missing in action, and its pack is still set up."""
    bench = ready(SELDOM)
    bench.gateway.fails(MISSING, (VITALS, SOLAR))
    spend(bench, DAY_S + 7200)

    assert bench.said(INVERTER) == ["online", "offline"]


@pytest.mark.parametrize("vitals", [True, False])
def test_a_meter_that_is_removed_goes_with_or_without_vitals(
    vitals: bool,  # noqa: FBT001  # a row of the table
) -> None:
    bench = ready(SELDOM)
    bench.gateway.answers |= without_meter(vitals=vitals)
    spend(bench, DAY_S - 3600)
    before = of(bench, "meter_device", NEURIO)
    spend(bench, 3 * 3600)

    assert before
    assert of(bench, "meter_device", NEURIO) == set()
    assert bench.said(f"meter_device/{BOARD}/availability") == ["online"]


@pytest.mark.parametrize("silent", [Endpoint.METER_LIST, Endpoint.METER_READINGS])
def test_a_meter_is_not_gone_while_one_that_would_list_it_is_silent(silent: Endpoint) -> None:
    bench = ready(SELDOM)
    bench.gateway.answers |= without_meter(vitals=False)
    bench.gateway.fails(BUSY, (silent,))
    spend(bench, DAY_S + 7200)

    assert of(bench, "meter_device", NEURIO)


def test_a_meter_of_which_no_source_tells_any_more_is_not_gone() -> None:
    bench = ready(SELDOM)
    bench.gateway.fails(MISSING, (VITALS, Endpoint.METER_LIST, Endpoint.METER_READINGS))
    spend(bench, DAY_S + 7200)

    assert bench.said(f"meter_device/{NEURIO}/availability") == ["online", "offline"]


def test_what_is_gone_is_forgotten_of_its_kind_alone() -> None:
    both = HOUSE.remembering(pack="TG0", inverter="TG0", meter="TG0")

    left = both.forgetting(inverter="TG0")

    assert ("TG0" in left.packs, "TG0" in left.inverters, "TG0" in left.meter_devices) == (
        True,
        False,
        True,
    )


def test_an_answer_ends_the_silence_of_its_endpoint() -> None:
    assert HOUSE.vitals is not None
    steps = [HOUSE, HOUSE.unheard(VITALS), HOUSE.unheard(VITALS).with_part(HOUSE.vitals, "now")]

    assert [step.silent for step in steps] == [frozenset(), {VITALS}, frozenset()]
    assert all(VITALS in later.differs(earlier) for earlier, later in pairwise(steps))


def without_pack() -> dict[Endpoint, Powerwalls | SystemStatus]:
    assert HOUSE.powerwalls is not None
    assert HOUSE.system_status is not None
    packs = tuple(p for p in HOUSE.powerwalls.packs or () if p.serial_number != PACK)
    blocks = tuple(b for b in HOUSE.system_status.blocks or () if b.serial_number != PACK)
    return {
        Endpoint.POWERWALLS: replace(HOUSE.powerwalls, packs=packs),
        Endpoint.SYSTEM_STATUS: replace(HOUSE.system_status, blocks=blocks),
    }


def without_meter(
    *, vitals: bool
) -> dict[Endpoint, Vitals | MeterList | MeterReadings | GatewayError]:
    assert HOUSE.meter_list is not None
    assert HOUSE.meter_readings is not None
    listed = tuple(m for m in HOUSE.meter_list.meters or () if m.serial_number != NEURIO)
    read = {s: m for s, m in (HOUSE.meter_readings.meters or {}).items() if s != NEURIO}
    devices = tuple(d for d in HOUSE.devices if d.serial_number != NEURIO)
    return {
        VITALS: Vitals(devices) if vitals else MISSING,
        Endpoint.METER_LIST: MeterList(listed),
        Endpoint.METER_READINGS: MeterReadings(read),
    }
