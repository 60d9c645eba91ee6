"""What is read for raw answers alone: slowly, one a poll, and on request within limits."""

import pytest
from fakes import Bench

from bridge.annex import Wanted
from bridge.documents import Document
from bridge.errors import Busy, Denied, GatewayError, Missing, RateLimited, TimedOut
from bridge.inventory import Inherited
from bridge.ledger import Reply
from bridge.parts import Endpoint, Status
from bridge.raw import PATHS, Request
from bridge.topics import Message

INSTALLER = Document({"company": "Sun"}, '{"company":"Sun"}')
BRANDS = Document(["A", "B"], '["A","B"]')


def bench(*raw: str) -> Bench:
    made = Bench(wanted=Wanted(raw=raw))
    made.gateway.paths |= {"installer": INSTALLER, "solars/brands": BRANDS}
    return made


def ask(house: Bench, path: str, reply: str | None = None) -> None:
    """Let somebody ask for a path, and the loop take a turn."""
    answer = Reply(reply, b"7") if reply else None
    house.poller.inbox.put(Request(path, b"please", answer, house.clock.s))
    house.poller.step()


def fetched(house: Bench, path: str) -> list[float]:
    return [at for at, one in house.gateway.fetched if one == path]


def shown(house: Bench, topic: str) -> list[Message]:
    return [m for m in house.published if m.topic == topic]


def test_a_path_of_no_endpoint_is_read_at_the_slow_interval() -> None:
    house = bench("installer")
    house.live(700)

    assert fetched(house, "installer") == [0, 300, 600]
    assert house.said("api/installer") == ['{"company":"Sun"}']
    assert all(m.retain for m in shown(house, "powerwall/main/api/installer"))


def test_one_is_read_in_a_poll() -> None:
    house = bench("installer", "solars/brands")
    house.live(20)

    assert house.gateway.fetched == [(0, "installer"), (5, "solars/brands")]


def test_an_endpoint_is_not_read_twice_for_its_raw_answer() -> None:
    house = bench("status", "meters/aggregates")
    house.live(100)

    assert house.gateway.fetched == []


def test_a_missing_path_is_asked_after_ten_minutes_and_then_hourly() -> None:
    house = bench("system/networks")
    house.live(5000)

    assert fetched(house, "system/networks") == [0, 600, 4200]
    assert house.said("api/system/networks") == []


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (Denied("installer: 403", 403), [0, 600]),
        (Busy("installer: 503", 503), [0, 60, 180, 420, 720]),
        (TimedOut("installer: late"), [0, 60, 180, 420, 720]),
    ],
)
def test_trouble_on_one_path_leaves_that_path_alone(
    error: GatewayError, times: list[float]
) -> None:
    house = bench("installer")
    house.gateway.paths["installer"] = error
    house.live(800)

    assert fetched(house, "installer") == times
    assert house.last("connection") == "connected"
    assert len(house.gateway.asked_since(700, Endpoint.METERS)) == 21


def test_a_429_pauses_the_whole_gateway() -> None:
    house = bench("installer")
    house.gateway.paths["installer"] = RateLimited("installer: 429", 40.0)
    house.live(39)

    assert house.gateway.asked_since(1) == []
    assert house.last("connection") == "rate_limited"


def test_what_a_firmware_has_not_got_is_said_once_and_is_no_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    house = bench("system/networks", "installer")
    house.gateway.paths["installer"] = Denied("gateway: installer answered 403", 403)
    house.live(5000)

    told = [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "bridge.errands"]
    assert told == [
        ("INFO", "main: system/networks is not in this firmware"),
        ("WARNING", "main: gateway: installer answered 403"),
    ]


def test_what_a_gateway_has_not_got_is_no_failed_poll() -> None:
    house = bench()
    house.gateway.fails(Missing("404", 404), [Endpoint.GRID_CODES])
    house.live(10)
    ask(house, "system/networks")
    house.live(700)

    figures = house.poller.figures
    assert (figures["failed_polls"], figures["failed_requests"]) == (0, 0)


def test_what_is_gone_is_none_and_comes_back() -> None:
    house = bench("installer")
    house.live(10)
    house.gateway.paths["installer"] = Missing("installer: 404", 404)
    house.live(300)
    house.gateway.paths["installer"] = INSTALLER
    house.live(700)

    assert house.said("api/installer") == ['{"company":"Sun"}', "None", '{"company":"Sun"}']


def test_what_is_denied_for_long_is_none() -> None:
    house = bench("installer")
    house.live(10)
    house.gateway.paths["installer"] = Denied("installer: 403", 403)
    house.live(880)
    before = house.last("api/installer")
    house.live(40)

    assert (before, house.last("api/installer")) == ('{"company":"Sun"}', "None")


def inherited(path: str) -> Inherited:
    return Inherited("main", f"powerwall/main/api/{path}", '{"old":1}')


def test_what_an_earlier_run_left_is_replaced_and_not_cleared_between() -> None:
    house = bench("solars/brands", "installer")
    house.poller.inbox.put(inherited("installer"))
    house.live(400)

    assert house.said("api/installer") == ['{"company":"Sun"}']


def test_what_an_earlier_run_left_of_a_path_that_is_missing_is_none() -> None:
    house = bench("system/networks")
    house.poller.inbox.put(inherited("system/networks"))
    house.live(0)

    assert house.said("api/system/networks") == ["None"]


def test_what_an_earlier_run_left_does_not_stay_for_ever() -> None:
    house = bench("installer")
    house.gateway.paths["installer"] = Denied("installer: 403", 403)
    house.poller.inbox.put(inherited("installer"))
    house.live(900)
    before = house.said("api/installer")
    house.live(5)

    assert (before, house.said("api/installer")) == ([], ["None"])


def test_what_an_earlier_run_left_and_nobody_wants_is_cleared() -> None:
    house = bench()
    house.poller.inbox.put(inherited("installer"))
    house.live(400)

    assert house.said("api/installer") == [""]


def test_a_gateway_that_restarted_is_asked_anew() -> None:
    house = bench("system/networks")
    house.live(100)
    house.gateway.paths["system/networks"] = Document([], "[]")
    house.gateway.answers[Endpoint.STATUS] = Status(version="24.0", started="2026-01-02T03:04:00Z")
    house.live(250)

    assert house.said("api/system/networks") == ["[]"]


def test_a_request_is_read_once_and_answered_without_being_retained() -> None:
    house = bench()
    house.live(10)
    ask(house, "installer", "powerwall-response/me")

    assert fetched(house, "installer") == [10]
    assert shown(house, "powerwall/main/api/installer") == [
        Message("powerwall/main/api/installer", '{"company":"Sun"}', 1, retain=False)
    ]
    assert shown(house, "powerwall-response/me") == [
        Message("powerwall-response/me", '{"company":"Sun"}', 1, retain=False, correlation=b"7")
    ]
    assert house.results == []


def test_a_request_for_what_is_shown_anyway_is_retained_and_said_though_unchanged() -> None:
    house = bench("installer")
    house.live(10)
    ask(house, "installer")
    house.live(290)

    assert [m.retain for m in shown(house, "powerwall/main/api/installer")] == [True, True]
    assert fetched(house, "installer") == [0, 10]


LISTED = "docs/topics.md lists those that are, under Raw answers"
UNKNOWN = "not a path that is passed on; "


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("config/completed", UNKNOWN + LISTED),
        ("sitemaster/run", f"{UNKNOWN}did you mean sitemaster? {LISTED}"),
        ("", UNKNOWN + LISTED),
        ("status/", f"{UNKNOWN}did you mean status? {LISTED}"),
        ("STATUS", f"{UNKNOWN}did you mean status? {LISTED}"),
        ("#", UNKNOWN + LISTED),
        ("x" * 60000, UNKNOWN + LISTED),
        (
            "devices/vitals",
            "not passed on: it is no JSON; `device/<DIN>` and `view/vitals` tell what is in it",
        ),
        ("config", "not passed on: the proxy has no such path; `gateway/din` tells what is in it"),
    ],
)
def test_what_is_not_on_the_list_is_refused_and_never_asked(path: str, reason: str) -> None:
    house = bench()
    house.live(10)
    ask(house, path, "powerwall-response/me")

    assert house.gateway.fetched == []
    result = house.results[0]
    assert (result["status"], result["command"]) == ("refused", f"api/{path[:100]}")
    assert result["reason"] == reason
    assert shown(house, "powerwall-response/me")[0].correlation == b"7"


def test_a_second_request_within_five_seconds_is_refused() -> None:
    house = bench()
    house.live(10)
    ask(house, "installer")
    ask(house, "solars/brands")
    house.clock.s += 5
    ask(house, "solars/brands")

    assert fetched(house, "installer") == [10]
    assert fetched(house, "solars/brands") == [15]
    assert [r["reason"] for r in house.results] == ["at most one read in 5 s"]


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (
            Missing("installer: 404", 404),
            "refused",
            "not known to the gateway's firmware (404): installer: 404",
        ),
        (
            Denied("installer: 403", 403),
            "refused",
            "the gateway does not open this to its owner (403)",
        ),
        (
            RateLimited("installer: 429"),
            "refused",
            "the gateway wants to be left alone (429); try again in 60 s",
        ),
        (Busy("installer: 503 busy", 503), "failed", "installer: 503 busy"),
        (TimedOut("gateway: installer was not answered in time"), "failed", None),
    ],
)
def test_a_request_that_fails_is_answered_in_words(
    error: GatewayError, status: str, reason: str | None
) -> None:
    house = bench()
    house.gateway.paths["installer"] = error
    house.live(10)
    ask(house, "installer", "powerwall-response/me")

    result = house.results[0]
    assert (result["status"], result["requested"]) == (status, "please")
    assert result["reason"] == (reason or str(error))
    assert result["http_status"] == error.status
    assert shown(house, "powerwall/main/api/installer") == []
    assert len(shown(house, "powerwall-response/me")) == 1


def test_a_request_during_a_429_pause_is_refused_unasked() -> None:
    house = bench()
    house.gateway.fails(RateLimited("429", 600.0), [Endpoint.METERS])
    house.live(10)
    ask(house, "installer")

    assert house.gateway.fetched == []
    assert "left alone (429)" in house.results[0]["reason"]


def test_a_request_that_waited_for_long_is_stale() -> None:
    house = bench()
    house.live(10)
    house.poller.inbox.put(Request("installer", b"", None, house.clock.s - 31))
    house.poller.step()

    assert house.gateway.fetched == []
    assert house.results[0]["reason"] == "stale: it waited 31 s for the gateway"


def test_the_paths_are_spelled_like_those_of_the_endpoints() -> None:
    """A raw answer that is an endpoint's must not be asked for a second time."""
    assert set(PATHS) - set(Endpoint) == {
        "site_info/site_name",
        "solars/brands",
        "installer",
        "system/networks",
    }
    assert len(set(PATHS)) == len(PATHS)
