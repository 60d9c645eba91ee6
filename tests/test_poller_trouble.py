"""What one gateway's loop says of a gateway that is not well."""

import json
import logging
from itertools import pairwise

import pytest
from fakes import FAST, HOUSE, OWN, Bench

from bridge.errors import BadAnswer, Stopped, TimedOut, Unauthorized, Unreachable, Untrusted
from bridge.events import Happening
from bridge.inventory import Inherited
from bridge.parts import Cadence, Endpoint, Line, LineMeter, Meter, Meters, MetersSite

LOST, STOPPED = Unreachable("timed out"), Stopped("502", 502)
LOCKED = Unauthorized("set POWERWALL_PASSWORD")
METERS, VITALS, OPERATION = Endpoint.METERS, Endpoint.VITALS, Endpoint.OPERATION
OPEN = Endpoint.STATUS
FOREIGN = Untrusted("it shows another certificate; accept it with `check --trust`", "5ab1e")
CHANGED = Happening.CERTIFICATE_CHANGED
STOPPABLE = (*FAST, Endpoint.SYSTEM_STATUS)


def ready() -> Bench:
    """Return a bench after its first poll, in between two polls."""
    bench = Bench()
    bench.live(2)
    return bench


def test_a_gateway_that_falls_silent_is_offline_after_its_second_lost_poll() -> None:
    bench = ready()
    bench.gateway.fails(LOST)

    bench.live(4)
    after_one = bench.last("availability")
    bench.live(5)

    assert (after_one, bench.last("availability")) == ("online", "offline")


def test_a_gateway_that_answers_again_is_online_with_that_poll() -> None:
    bench = ready()
    bench.gateway.fails(LOST)
    bench.live(20)
    bench.gateway.recovers(HOUSE)

    bench.live(5)

    assert bench.said("availability") == ["online", "offline", "online"]
    assert bench.said("connection") == ["connected", "unreachable", "connected"]


def test_a_gateway_that_is_away_at_the_start_is_offline_until_it_answers() -> None:
    bench = Bench()
    bench.gateway.fails(LOST)

    bench.live(60)
    bench.gateway.recovers(HOUSE)
    bench.live(6)

    assert bench.said("availability") == ["offline", "online"]


def test_a_stopped_site_master_is_said_and_leaves_the_gateway_online() -> None:
    bench = ready()
    bench.gateway.fails(STOPPED, STOPPABLE)

    bench.live(60)

    assert bench.said("availability") == ["online"]
    assert bench.last("connection") == "stopped"


def test_with_a_stopped_site_master_the_other_endpoints_go_on() -> None:
    bench = ready()
    bench.gateway.fails(STOPPED, STOPPABLE)

    bench.live(60)

    assert bench.gateway.asked_since(2, VITALS) == [30.0, 60.0]
    assert len(bench.gateway.asked_since(2, METERS)) == 12


def test_without_a_session_an_open_path_does_not_make_the_gateway_flap() -> None:
    bench = ready()
    bench.gateway.fails(LOCKED, set(Endpoint) - {OPEN})

    bench.live(1200)

    assert bench.said("availability") == ["online", "offline"]
    assert bench.said("connection") == ["connected", "unauthorized"]


def test_old_firmware_without_a_password_stays_online_and_says_what_is_lacking() -> None:
    bench = Bench()
    bench.gateway.fails(LOCKED, {OPERATION, Endpoint.POWERWALLS})

    bench.live(600)

    assert bench.said("availability") == ["online"]
    assert bench.said("connection") == ["unauthorized"]
    assert len(bench.gateway.asked_since(2, METERS)) == 120


def test_a_session_that_comes_back_is_noticed_by_all() -> None:
    bench = ready()
    bench.gateway.fails(LOCKED, set(Endpoint) - {OPEN})
    bench.live(100)
    bench.gateway.recovers(HOUSE)

    bench.live(35)

    assert bench.last("connection/reason") == "ok"


def test_a_reason_is_in_plain_words() -> None:
    bench = ready()
    bench.gateway.fails(LOST)

    bench.live(5)

    assert bench.last("connection/reason") == (
        "timed out; check its power, the network and POWERWALL_HOST"
    )


def test_the_log_tells_an_unusable_answer_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = ready()
    garbage = BadAnswer("meters/aggregates is not JSON", 200)

    for _ in range(2):
        bench.gateway.answers[METERS] = garbage
        bench.live(60)
        bench.gateway.recovers(HOUSE)
        bench.live(10)

    assert caplog.messages == ["main: meters/aggregates is not JSON"] * 2


def test_the_log_tells_an_outage_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = ready()
    bench.gateway.fails(LOST)

    with caplog.at_level(logging.INFO):
        bench.live(3600)

    assert len(caplog.messages) == 1


def test_a_meter_that_is_not_heard_any_more_measures_nothing() -> None:
    bench = ready()
    bench.gateway.silent_meters = {"site"}

    bench.live(70)

    assert (bench.last("grid/power"), bench.last("home/power") is None) == ("None", False)


def test_the_lines_of_a_meter_that_is_not_heard_any_more_are_unknown() -> None:
    bench = Bench()
    line = Line(power_w=5.0, imported_wh=7000.0)
    place = MetersSite((LineMeter("TG1", None, "2026-01-01T00:00:00Z", (line,) * 3),))
    bench.gateway.answers[Endpoint.METERS_SITE] = place
    bench.gateway.silent_meters = {"TG1"}

    bench.live(1200)

    assert bench.said("grid/l1_power") == ["5", "None"]
    assert bench.said("grid/l1_import_energy") == ["7"]


def test_the_lines_of_two_meters_do_not_fall_while_one_is_missing() -> None:
    bench = Bench()
    at, line = "2026-01-01T00:00:00Z", Line(power_w=5.0, imported_wh=7000.0)
    both = tuple(LineMeter(serial, None, at, (line,) * 3) for serial in ("TG1", "TG2"))
    bench.gateway.answers[Endpoint.METERS_SITE] = MetersSite(both)
    bench.live(310)
    for without in (both[:1], (both[0], LineMeter("TG2"))):
        bench.gateway.answers[Endpoint.METERS_SITE] = MetersSite(without)
        bench.live(2000)
        bench.gateway.answers[Endpoint.METERS_SITE] = MetersSite(both)
        bench.live(310)

    assert bench.said("grid/l1_import_energy") == ["14"]
    assert bench.said("grid/l1_power") == ["10", "None", "10", "None", "10"]
    assert bench.said("event") == []


def test_a_counter_that_was_exchanged_is_told() -> None:
    bench = ready()
    bench.gateway.answers[METERS] = Meters({"site": Meter(imported_wh=5.0)})

    bench.live(960)

    (event,) = [json.loads(text) for text in bench.said("event")]
    assert (event["event_type"], event["reading"]) == ("counter_reset", "grid/import_energy")


def test_a_pack_that_is_gone_for_a_day_leaves_nothing_behind() -> None:
    bench = Bench(intervals={Cadence.POLL: 120.0, Cadence.DEVICE: 240.0, Cadence.SLOW: 600.0})
    bench.live(2)
    serial = "TG0"
    topics = {f"pack/{serial}/availability": "offline", f"pack/{serial}/power": "None"}
    for topic, payload in topics.items():
        bench.poller.inbox.put(Inherited("main", OWN + topic, payload))

    bench.live(26 * 3600)

    assert {topic: bench.last(topic) for topic in topics} == dict.fromkeys(topics, "")
    gone = "homeassistant/device/pack_TG0/config"
    assert [m.payload for m in bench.published if m.topic == gone][-1] == ""


def test_what_a_strained_gateway_is_spared_is_given_back() -> None:
    bench = ready()
    bench.gateway.fails(TimedOut("late"), [METERS])
    bench.live(4)
    bench.gateway.recovers(HOUSE)
    start_s = bench.clock.s

    bench.live(300)

    waits = [b - a for a, b in pairwise(bench.gateway.asked_since(start_s, METERS))]
    assert (waits[2], waits[-1]) == (10.0, 5.0)


def certificates_told(bench: Bench) -> list[str]:
    events = [json.loads(text) for text in bench.said("event")]
    return [event["fingerprint"] for event in events if event["event_type"] == CHANGED]


def test_a_changed_certificate_is_told_once_with_what_to_do() -> None:
    bench = ready()
    bench.gateway.fails(FOREIGN)

    bench.live(3600)

    assert certificates_told(bench) == ["5ab1e"]
    assert bench.last("connection") == "untrusted"
    assert "check --trust" in str(bench.last("connection/reason"))


def test_a_changed_certificate_is_not_told_again_by_the_next_run() -> None:
    bench = ready()
    bench.gateway.fails(FOREIGN)
    bench.live(20)
    later = Bench(store=bench.store)
    later.gateway.fails(FOREIGN)
    later.live(20)

    assert certificates_told(later) == []
    assert later.last("connection") == "untrusted"


def test_a_certificate_that_was_accepted_may_change_again() -> None:
    bench = ready()
    for _ in range(2):
        bench.gateway.fails(FOREIGN)
        bench.live(20)
        bench.gateway.recovers(HOUSE)
        bench.live(20)

    assert certificates_told(bench) == ["5ab1e", "5ab1e"]


def test_a_start_raises_no_event() -> None:
    bench = Bench()

    bench.live(600)

    assert bench.said("event") == []
