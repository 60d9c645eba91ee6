"""What one gateway's loop still says of readings that do not come."""

import json

import pytest
from fakes import FAST, HOUSE, OWN, Bench

from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    Unreachable,
)
from bridge.parts import Endpoint, Operation, Soe

LOST, GARBAGE = Unreachable("timed out"), BadAnswer("no JSON", 200)
STOPPED, BUSY = Stopped("502", 502), Busy("503", 503)
DENIED, MISSING = Denied("403", 403), Missing("404", 404)
METERS, SOE = Endpoint.METERS, Endpoint.SOE
VITALS, OPERATION = Endpoint.VITALS, Endpoint.OPERATION
COUNTERS = ("grid/import_energy", "battery/discharge_energy", "solar/energy", "home/energy")
POWERS = ("grid/power", "battery/power", "solar/power", "home/power")


def ready() -> Bench:
    """Return a bench after its first poll, in between two polls."""
    bench = Bench()
    bench.live(2)
    return bench


@pytest.mark.parametrize("error", [STOPPED, MISSING])
def test_readings_of_a_path_that_says_502_or_404_are_unknown_at_once(error: GatewayError) -> None:
    bench = ready()
    bench.gateway.answers[METERS] = error

    bench.live(3)

    assert [bench.last(topic) for topic in POWERS] == ["None"] * 4
    assert bench.last("battery/level") == "50"


def test_counters_outlive_the_silence_of_their_path() -> None:
    bench = ready()
    before = [bench.last(topic) for topic in COUNTERS]
    bench.gateway.answers[METERS] = STOPPED

    bench.live(3)

    assert "None" not in before
    assert [bench.last(topic) for topic in COUNTERS] == before


def test_identity_outlives_the_silence_of_its_path() -> None:
    bench = ready()
    bench.gateway.answers[Endpoint.STATUS] = MISSING

    bench.live(310)

    assert HOUSE.status is not None
    assert bench.last("gateway/version") == HOUSE.status.version
    assert bench.last("gateway/din") == HOUSE.din


@pytest.mark.parametrize("error", [GARBAGE, DENIED, BUSY])
def test_a_fast_reading_is_unknown_after_a_minute_of_silence(error: GatewayError) -> None:
    bench = ready()
    bench.gateway.answers[SOE] = error

    bench.live(57)
    before = bench.last("battery/level")
    bench.live(7)

    assert (before, bench.last("battery/level")) == ("50", "None")
    assert bench.last("availability") == "online"


def test_a_slower_reading_is_unknown_after_three_of_its_intervals() -> None:
    bench = ready()
    bench.gateway.answers[OPERATION] = GARBAGE

    bench.live(87)
    before = bench.last("operation/mode")
    bench.live(8)

    assert (before, bench.last("operation/mode")) == ("self_consumption", "None")


def test_a_reading_comes_back_with_its_answer() -> None:
    bench = ready()
    bench.gateway.answers[SOE] = GARBAGE
    bench.live(100)
    bench.gateway.answers[SOE] = Soe(62.0)

    bench.live(5)

    assert bench.last("battery/level") == "60"


def test_readings_are_unknown_during_a_long_pause_of_a_gateway_that_is_online() -> None:
    bench = ready()
    bench.gateway.fails(RateLimited("429", 3600.0))

    bench.live(120)

    assert (bench.last("availability"), bench.last("grid/power")) == ("online", "None")


def test_while_the_gateway_is_offline_nothing_is_rewritten() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(8)
    bench.published.clear()

    bench.live(3600)

    assert {m.topic for m in bench.published} == set()


def test_after_an_outage_nothing_is_unknown_that_is_read_again() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(3600)
    bench.gateway.recovers(HOUSE)
    bench.published.clear()

    bench.live(80)

    assert [m for m in bench.published if m.payload == "None"] == []


@pytest.mark.parametrize(
    ("error", "outage_s", "back_s"),
    [(GARBAGE, 317, 60), (Busy("503", 503), 425, 310)],  # a busy gateway's paths are paused
)
def test_what_was_spoiled_or_paused_in_an_outage_is_read_before_it_is_unknown(
    error: GatewayError, outage_s: float, back_s: float
) -> None:
    bench = ready()
    bench.gateway.fails(error)
    bench.live(outage_s)
    bench.gateway.recovers(HOUSE)
    bench.published.clear()

    bench.live(back_s)

    assert bench.health.online
    assert [m.topic for m in bench.published if m.payload == "None"] == []


def test_after_an_outage_what_does_not_come_back_is_unknown() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(3600)
    bench.gateway.recovers(HOUSE)
    bench.gateway.answers[OPERATION] = GARBAGE

    bench.live(80)

    assert bench.last("operation/mode") == "None"


def test_a_first_poll_that_loses_an_answer_leaves_no_lie_behind() -> None:
    bench = Bench()
    bench.gateway.answers[OPERATION] = GARBAGE
    bench.live(2)
    before = bench.said("operation/mode")
    bench.gateway.answers[OPERATION] = Operation("backup", 24.0)

    bench.live(30)

    assert (before, bench.said("operation/mode")) == ([], ["backup"])


def test_the_snapshot_of_a_poll_that_lost_its_answers_bears_the_old_time() -> None:
    bench = ready()
    bench.gateway.fails(LOST)

    bench.live(4)

    stamps = [json.loads(text)["timestamp"] for text in bench.said("snapshot")]
    assert stamps == ["2026-01-02T03:00:00Z"] * 2


def test_a_known_reading_without_value_is_null_in_the_snapshot() -> None:
    bench = ready()
    bench.gateway.answers[SOE] = STOPPED

    bench.live(4)

    assert json.loads(bench.said("snapshot")[-1])["battery"]["level"] is None


def test_the_tier_and_the_capabilities_follow_what_is_denied() -> None:
    bench = ready()
    bench.gateway.answers[VITALS] = DENIED

    bench.live(40)

    permits = json.loads(bench.said("capabilities")[-1])
    assert bench.said("tier") == ["full", "no_vitals"]
    assert permits["devices/vitals"] == {
        "state": "denied",
        "status": 403,
        "since": "2026-01-02T03:00:30Z",
    }


def test_a_gateway_with_its_three_paths_is_restricted() -> None:
    bench = Bench()
    bench.gateway.fails(MISSING, set(Endpoint) - set(FAST))

    bench.live(600)

    assert (bench.last("tier"), bench.last("connection")) == ("restricted", "connected")
    assert bench.said("availability") == ["online"]
    assert bench.last("control/operation/availability") == "offline"
    assert [m for m in bench.published if m.topic.startswith(OWN + "operation")] == []
