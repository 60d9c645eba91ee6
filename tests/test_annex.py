"""Views and raw answers follow the answers they are made of, and vanish with them."""

import json

import pytest
from fakes import HOUSE, Bench, FakeClock
from sites import documents

from bridge.annex import Record, Wanted
from bridge.documents import Document
from bridge.errors import Denied, GatewayError, Missing, Stopped, TimedOut, Unreachable
from bridge.inventory import Inherited
from bridge.parts import Endpoint, Part
from bridge.views import VIEWS, Made, Sources, View

SOE, VITALS, METERS = Endpoint.SOE, Endpoint.VITALS, Endpoint.METERS
SITE = documents("pwplus-23.36")
AT = FakeClock()()


def bench(*views: str, raw: tuple[str, ...] = ()) -> Bench:
    made = Bench(wanted=Wanted(views, raw))
    made.gateway.documents |= SITE
    return made


def test_nothing_is_shown_unless_it_is_wanted() -> None:
    quiet = bench()
    quiet.live(400)

    assert [m.topic for m in quiet.published if "/view/" in m.topic or "/api/" in m.topic] == []


def test_all_views_are_there_after_the_first_poll() -> None:
    """Of the leisurely endpoints no view needs one."""
    all_of_them = bench(*VIEWS)
    all_of_them.live(0)

    assert {name for name in VIEWS if all_of_them.said(f"view/{name}")} == set(VIEWS)
    assert all(m.retain for m in all_of_them.published if "/view/" in m.topic)


def test_a_view_is_made_once_a_poll_and_published_when_it_changed() -> None:
    house = bench("soe", "csv")
    house.live(20)
    house.gateway.documents[SOE] = Document({"percentage": 50.125})
    house.live(10)

    assert house.said("view/soe") == ['{"percentage":55.246005437818916}', '{"percentage":50.125}']
    assert [line.split(",")[4] for line in house.said("view/csv")] == ["55.25", "50.12"]


def test_a_raw_answer_is_untouched() -> None:
    text = '{ "percentage" : 55.2460054378189160, "new": 1e3 }'
    house = bench(raw=("system_status/soe",))
    house.gateway.documents[SOE] = Document({"percentage": 55.0}, text)
    house.live(20)

    assert house.said("api/system_status/soe") == [text]
    assert all(m.retain for m in house.published if "/api/" in m.topic)


@pytest.mark.parametrize(
    "error", [Missing("404", 404), Stopped("502", 502)], ids=["missing", "stopped"]
)
def test_what_is_gone_is_none_at_once(error: GatewayError) -> None:
    house = bench("soe", "csv", "json", "aggregates", raw=("system_status/soe",))
    house.live(10)
    house.gateway.fails(error, [SOE])
    house.live(5)

    assert house.last("view/soe") == house.last("view/csv") == "None"
    assert house.last("api/system_status/soe") == "None"
    assert json.loads(house.last("view/json") or "")["soe"] is None
    assert len(house.said("view/aggregates")) == 1


def test_what_is_denied_is_none_when_it_was_silent_for_long() -> None:
    """A denial may be a session that ended: what was read stays for a minute, like a reading."""
    house = bench("soe")
    house.live(10)
    house.gateway.fails(Denied("403", 403), [SOE])
    house.live(50)
    before = house.last("view/soe")
    house.live(20)

    assert (before, house.last("view/soe")) == ('{"percentage":55.246005437818916}', "None")


def test_what_comes_back_is_shown_again() -> None:
    house = bench("soe")
    house.live(10)
    house.gateway.fails(Stopped("502", 502), [SOE])
    house.live(10)
    house.gateway.recovers(HOUSE)
    house.live(10)

    shown = '{"percentage":55.246005437818916}'
    assert house.said("view/soe") == [shown, "None", shown]


def test_while_the_gateway_is_offline_nothing_is_rewritten() -> None:
    house = bench("soe", "stats")
    house.live(10)
    house.gateway.fails(Unreachable("no route"))
    house.live(20)
    said = len(house.published)
    house.live(300)

    assert house.last("availability") == "offline"
    assert house.last("view/soe") == '{"percentage":55.246005437818916}'
    assert [m for m in house.published[said:] if "/view/" in m.topic] == []


def test_what_was_never_there_has_no_topic() -> None:
    house = bench("vitals", "soe", raw=("site_info/grid_codes",))
    house.gateway.fails(Missing("404", 404), [VITALS])
    house.gateway.documents.pop(VITALS)
    house.live(700)

    assert house.said("view/vitals") == []
    assert house.said("api/site_info/grid_codes") == []


def test_a_view_of_an_earlier_run_that_is_wanted_is_not_cleared_between() -> None:
    house = bench("soe")
    inherit(house, "view/soe", "view/csv", "api/status")
    house.live(700)

    assert house.said("view/soe") == ['{"percentage":55.246005437818916}']
    assert house.said("view/csv") == house.said("api/status") == [""]


def test_a_view_of_an_earlier_run_whose_input_is_gone_says_none() -> None:
    house = bench("vitals")
    house.gateway.fails(Missing("404", 404), [VITALS])
    inherit(house, "view/vitals")
    house.live(10)

    assert house.said("view/vitals") == ["None"]


def inherit(house: Bench, *topics: str) -> None:
    for topic in topics:
        house.poller.inbox.put(Inherited("main", f"powerwall/main/{topic}", "old"))


def test_stats_tell_how_the_gateway_answers() -> None:
    house = bench("stats")
    house.gateway.fails(TimedOut("late"), [Endpoint.CONFIG])
    house.live(50)
    told = json.loads(house.last("view/stats") or "")
    start = told["start"]

    assert told == {
        "mode": "Local",
        "errors": 1,
        "timeout": 1,
        "ts": start + 50,
        "start": start,
        "uptime": "0:00:50",
        "mem": 4096,
        "connection_health": {
            "consecutive_failures": 0,
            "total_failures": 1,
            "total_successes": told["connection_health"]["total_successes"],
            "is_degraded": False,
            "last_success_time": start + 50,
        },
        "site_name": "Büro & Scheune",
        "cloudmode": False,
        "fleetapi": False,
        "tedapi": False,
    }
    good = {e for e, told in house.gateway.answers.items() if isinstance(told, Part)}
    answered = [e for _, e in house.gateway.asked if e in good]
    assert told["connection_health"]["total_successes"] == len(answered)
    assert len(house.said("view/stats")) == 11


def test_a_view_with_a_bug_says_none_and_costs_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def stumble(sources: Sources) -> Made:
        if sources.documents[SOE].value == {"percentage": 50.125}:
            raise ZeroDivisionError("a bug")
        return VIEWS["soe"].make(sources)

    table = VIEWS | {"soe": View("The level", (SOE,), stumble)}
    house = Bench(wanted=Wanted(("soe", "csv"), table=table))
    house.gateway.documents |= SITE
    house.live(10)
    house.gateway.documents[SOE] = Document({"percentage": 50.125})
    house.live(20)

    assert house.said("view/soe") == ['{"percentage":55.246005437818916}', "None"]
    assert [line.split(",")[4] for line in house.said("view/csv")] == ["55.25", "50.12"]
    assert house.last("snapshot") is not None
    assert caplog.messages.count("main: view soe cannot be made") == 1


def test_five_failures_in_a_row_are_degraded() -> None:
    record = Record()
    for _ in range(4):
        record.failed(TimedOut("late"))
    record.failed(Missing("404", 404))
    before = record.figures(AT)["connection_health"]
    record.failed(Unreachable("no route"))
    after = record.figures(AT)["connection_health"]
    record.heard(AT)

    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["is_degraded"], after["is_degraded"]) == (False, True)
    assert (record.timeouts, record.failures, record.in_a_row) == (4, 5, 0)
