"""What a status means: the error, the gateway's own words, Retry-After and redirections."""

import time
from email.utils import formatdate

import pytest
from gateway_lab import Raw, address, answer

from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
)
from bridge.gateway.http import Call, Http, checked
from bridge.simulator import Fault, Simulator

SOE = Call("GET", "system_status/soe")
STATUS = Call("GET", "status")
WRITE = Call("POST", "operation", b"{}", write=True)


def error_of(response: bytes, call: Call = SOE) -> GatewayError:
    with Raw(response) as raw, pytest.raises(GatewayError) as caught:
        checked(call, raw.http().ask(call))
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadAnswer),
        (401, Denied),
        (403, Denied),
        (404, Missing),
        (405, BadAnswer),
        (409, BadAnswer),
        (429, RateLimited),
        (500, BadAnswer),
        (502, Stopped),
        (503, Busy),
        (504, BadAnswer),
    ],
)
def test_a_status_becomes_what_to_do_about_it(status: int, kind: type[GatewayError]) -> None:
    error = error_of(answer(status))

    assert type(error) is kind
    assert error.status == status


def test_a_502_that_says_something_is_not_the_stopped_site_master() -> None:
    assert type(error_of(answer(502, body=b"<html>proxy</html>"))) is BadAnswer


def test_the_gateways_own_words_are_passed_on() -> None:
    with Simulator() as sim:
        sim.faults.add(Fault("status", status=503))

        with pytest.raises(Busy, match="status: 503 current config mode is busy"):
            checked(STATUS, Http(address(sim), lambda _: True).ask(STATUS))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message":"a","error":"b"}', "a: b"),
        (b'{"message":"a\\n\\u0007b"}', "a b"),
        (b'{"message":5,"error":null}', ""),
        (b"Method Not Allowed", "Method Not Allowed"),
        (b"<html>no</html>", ""),
        (b"[1]", ""),
        (b"\xff\xfe\x00", "\ufffd\ufffd"),
        (b"[" * 100_000, "[" * 200),
    ],
)
def test_words_are_one_clean_line(body: bytes, words: str) -> None:
    error = error_of(answer(500, body=body))

    assert str(error) == f"system_status/soe: 500 {words}".strip()


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        ([], None),
        (["Retry-After: 120"], 120),
        (["Retry-After: 0"], 0),
        (["Retry-After: 999999999"], 21_600),
        (["Retry-After: soon"], None),
        (["Retry-After: -5"], None),
        (["Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"], 21_600),
        (["Retry-After: Thu, 01 Jan 1970 00:00:00 GMT"], 0),
        (
            ["Date: Thu, 01 Jan 2015 00:00:00 GMT", "Retry-After: Thu, 01 Jan 2015 00:01:30 GMT"],
            90,
        ),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: list[str], retry_after_s: float | None) -> None:
    error = error_of(answer(429, *headers))

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == retry_after_s


def test_a_date_to_retry_after_is_counted_from_our_clock_without_one_of_the_gateway() -> None:
    error = error_of(answer(429, f"Retry-After: {formatdate(time.time() + 100, usegmt=True)}"))

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(100, abs=5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(status: int) -> None:
    there = f"Location: https://127.0.0.1/api/{SOE.path}"
    with Raw(answer(status, there)) as raw, pytest.raises(BadAnswer, match="without http://"):
        checked(SOE, raw.http().ask(SOE))
    assert len(raw.requests) == 1


def test_a_redirection_elsewhere_is_said() -> None:
    assert "to /login, which" in str(error_of(answer(302, "Location: /login")))
    assert "to elsewhere" in str(error_of(answer(302)))
