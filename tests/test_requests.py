"""When somebody's request is read: never at the cost of a poll; and how long its answer holds."""

import pytest
from fakes import FAST, Bench

from bridge.annex import Wanted
from bridge.documents import Document
from bridge.errors import Busy, Denied, GatewayError, Missing, TimedOut
from bridge.parts import Endpoint, Operation, Status
from bridge.raw import Request

INSTALLER = Document({"company": "Sun"}, '{"company":"Sun"}')
BRANDS = Document(["A", "B"], '["A","B"]')


def bench(*raw: str) -> Bench:
    made = Bench(wanted=Wanted(raw=raw))
    made.gateway.paths |= {"installer": INSTALLER, "solars/brands": BRANDS}
    return made


def ask(house: Bench, path: str) -> None:
    """Let somebody ask for a path, and the loop take a turn."""
    house.poller.inbox.put(Request(path, b"please", None, house.clock.s))
    house.poller.step()


def fetched(house: Bench, path: str) -> list[float]:
    return [at for at, one in house.gateway.fetched if one == path]


def test_the_five_seconds_begin_when_a_read_ends() -> None:
    house = bench()
    house.live(10)
    house.gateway.takes_s = 6.0
    ask(house, "installer")
    house.gateway.takes_s = 0.0
    ask(house, "solars/brands")
    house.clock.s += 5
    ask(house, "solars/brands")

    assert house.gateway.fetched == [(10, "installer"), (21, "solars/brands")]
    assert [r["reason"] for r in house.results] == ["at most one read in 5 s"]


def asked_in_a_poll(takes_s: float) -> Bench:
    """Return a bench where somebody asks during a poll whose answers take so long each."""
    house = bench()
    house.live(10)
    house.gateway.takes_s = takes_s

    def request(_: Endpoint) -> None:
        house.gateway.when_asked = lambda _: None
        house.poller.inbox.put(Request("installer", b"", None, house.clock.s))

    house.gateway.when_asked = request
    return house


def test_a_request_waits_for_the_end_of_a_poll() -> None:
    house = asked_in_a_poll(1.0)
    house.live(8)

    assert house.gateway.asked_since(11, *FAST) == [15, 16, 17]
    assert house.gateway.fetched == [(18, "installer")]


def test_a_request_never_delays_the_next_poll() -> None:
    """Three answers take more than the five seconds from one poll to the next."""
    house = asked_in_a_poll(2.0)
    house.live(60)

    assert house.gateway.fetched == []
    (result,) = house.results
    assert result["reason"].startswith("stale: it waited 3")


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (Missing("installer: 404", 404), [10, 610]),
        (Denied("installer: 403", 403), [10, 610]),
        (Busy("installer: 503", 503), [10, 70, 190, 430]),
        (TimedOut("installer: late"), [10, 70, 190, 430]),
    ],
)
def test_a_path_that_failed_is_left_alone_whoever_asks(
    error: GatewayError, times: list[float]
) -> None:
    house = bench()
    house.gateway.paths["installer"] = error
    house.live(10)
    for _ in range(66):
        ask(house, "installer")
        house.live(10)

    assert fetched(house, "installer") == times
    assert house.results[1]["status"] == "refused"
    pause_s = times[1] - 20
    words = house.results[0]["reason"]
    assert house.results[1]["reason"] == f"{words}; it can be asked again in {pause_s:g} s"


def test_another_path_than_the_one_that_failed_is_read() -> None:
    house = bench()
    house.gateway.paths["installer"] = Missing("installer: 404", 404)
    house.live(10)
    ask(house, "installer")
    house.live(10)
    ask(house, "solars/brands")

    assert fetched(house, "solars/brands") == [20]


def test_after_a_restart_of_the_gateway_a_path_that_failed_may_be_asked() -> None:
    house = bench()
    house.gateway.paths["installer"] = Missing("installer: 404", 404)
    house.live(10)
    ask(house, "installer")
    house.gateway.paths["installer"] = INSTALLER
    house.gateway.answers[Endpoint.STATUS] = Status(version="24.0", started="2026-01-02T03:04:00Z")
    house.live(340)
    ask(house, "installer")

    assert fetched(house, "installer") == [10, 350]


def shut(path: Endpoint) -> Bench:
    """Return a bench where a wanted endpoint is denied, but was read once on request."""
    house = bench(path)
    house.gateway.fails(Denied("403", 403), [path])
    house.gateway.paths[path] = Document({"real_mode": "backup"}, '{"real_mode":"backup"}')
    house.live(10)
    ask(house, path)
    return house


def test_what_a_request_brought_of_an_endpoint_does_not_stay_for_ever() -> None:
    house = shut(Endpoint.OPERATION)
    house.live(90)
    before = house.said("api/operation")
    house.live(5)

    assert before == ['{"real_mode":"backup"}']
    assert house.said("api/operation") == ['{"real_mode":"backup"}', "None"]


def test_what_a_request_brought_of_an_endpoint_is_none_once_it_is_missing() -> None:
    house = shut(Endpoint.SITE_INFO)
    house.gateway.fails(Missing("404", 404), [Endpoint.SITE_INFO])
    house.live(700)

    assert house.said("api/site_info") == ['{"real_mode":"backup"}', "None"]


def test_what_an_endpoint_says_itself_again_stays() -> None:
    house = shut(Endpoint.OPERATION)
    text = '{"real_mode":"autonomous"}'
    house.gateway.documents[Endpoint.OPERATION] = Document({"real_mode": "autonomous"}, text)
    house.gateway.answers[Endpoint.OPERATION] = Operation()
    house.live(900)

    assert house.said("api/operation")[-1] == text
