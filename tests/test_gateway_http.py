"""What becomes of one request: an answer in time and in full, or an error."""

import gzip
import socket
import time
from contextlib import suppress

import pytest
from gateway_lab import OK, Raw, Step, address, answer, dripping_handshake, visiting

from bridge.errors import (
    BadAnswer,
    GatewayError,
    Missing,
    SettingsError,
    Uncertain,
    Unreachable,
)
from bridge.gateway.http import MAX_BODY, Address, Answer, Call, Http, checked
from bridge.parts import Endpoint
from bridge.simulator import Simulator

SOE = Call("GET", "system_status/soe")
STATUS = Call("GET", "status")
WRITE = Call("POST", "operation", b"{}", write=True)


def error_of(response: bytes, call: Call = SOE) -> GatewayError:
    with Raw(response) as raw, pytest.raises(GatewayError) as caught:
        checked(call, raw.http().ask(call))
    return caught.value


def test_a_hundred_reads_use_one_connection() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        for endpoint in list(Endpoint) * 10:
            with suppress(Missing):
                gateway.read(endpoint)

        assert sim.connections == 1


@pytest.mark.parametrize("status", [200, 202, 404, 429, 500, 502, 503])
def test_an_empty_answer_keeps_the_connection(status: int) -> None:
    with Raw(answer(status)) as raw:
        http = raw.http()
        for _ in range(3):
            assert http.ask(SOE).status == status

        assert raw.connections == 1


def test_chunks_are_put_together() -> None:
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1\r\n \r\n0\r\n\r\n"
    with Raw(body) as raw:
        http = raw.http()

        assert [http.ask(SOE).body for _ in range(2)] == [b"{} "] * 2
        assert raw.connections == 1


def test_a_compressed_answer_is_read_though_none_was_asked_for() -> None:
    packed = gzip.compress(b'{"percentage":50}')
    with Raw(answer(200, "Content-Encoding: gzip", body=packed)) as raw:
        assert raw.http().ask(SOE).body == b'{"percentage":50}'
        assert b"Accept-Encoding: identity" in raw.requests[0]


def test_a_dropped_connection_is_opened_again_for_a_read() -> None:
    """A close that comes with the next request is seen only after it was sent."""
    with Raw(OK, Step(close=True), OK) as raw:
        http = raw.http()
        http.ask(SOE)

        assert http.ask(SOE).status == 200
        assert len(raw.requests) == 3


def test_a_gateway_that_drops_every_connection_is_asked_twice() -> None:
    with Raw(OK, Step(close=True)) as raw:
        http = raw.http()
        http.ask(SOE)

        with pytest.raises(Unreachable, match="closed by the gateway"):
            http.ask(SOE)
        assert len(raw.requests) == 3


def test_a_new_connection_that_is_dropped_is_not_tried_again() -> None:
    with Raw(Step(close=True)) as raw, pytest.raises(Unreachable):
        raw.http().ask(SOE)
    assert len(raw.requests) == 1


@pytest.mark.parametrize("call", [WRITE, Call("GET", "sitemaster/run", write=True)])
@pytest.mark.parametrize(
    "lost",
    [
        Step(close=True),
        Step(reset=True),
        Step(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", close=True),
        Step(b"what?\r\n\r\n", close=True),
    ],
)
def test_a_write_whose_answer_is_lost_is_uncertain_and_sent_once(call: Call, lost: Step) -> None:
    with Raw(OK, lost) as raw:
        http = raw.http()
        http.ask(SOE)

        with pytest.raises(Uncertain, match=f"{call.path} may have been carried out"):
            http.ask(call)
        assert len(raw.requests) == 2


def test_a_write_that_is_not_answered_in_time_is_uncertain() -> None:
    with Raw(Step(OK, piece=1, pause_s=0.2)) as raw, pytest.raises(Uncertain):
        raw.http(timeout_s=0.3).ask(WRITE)


def test_a_write_that_never_left_is_unreachable() -> None:
    with Simulator() as sim:
        http = Http(address(sim), lambda _: True)
        http.ask(STATUS)
        sim.stop_answering()

        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+: connection refused"):
            http.ask(WRITE)


def test_an_unknown_name_is_unreachable() -> None:
    http = Http(Address("powerwall.invalid", timeout_s=1), lambda _: True)

    with pytest.raises(Unreachable, match=r"powerwall\.invalid:443"):
        http.ask(SOE)


@pytest.mark.parametrize("host", ["x" * 300, ".", "-", "a..b"])
def test_an_impossible_name_is_unreachable(host: str) -> None:
    with pytest.raises(Unreachable):
        Http(Address(host, timeout_s=1), lambda _: True).ask(SOE)


@pytest.mark.parametrize("host", ["a b", "[", "ä" * 64, "%00"])
def test_what_is_no_host_at_all_stops_the_start(host: str) -> None:
    with pytest.raises(SettingsError, match="HOST"):
        Http(Address(host), lambda _: True)


def test_an_ipv6_address_is_bracketed() -> None:
    http = Http(Address("::1", 1, timeout_s=1), lambda _: True)

    with pytest.raises(Unreachable, match=r"\[::1\]:1: "):
        http.ask(SOE)


@pytest.mark.parametrize(
    "drip",
    [
        Step(answer(200, body=b"x" * 500), piece=1, pause_s=0.05),
        Step(answer(200, *["X-Y: z"] * 90), piece=1, pause_s=0.05),
        Step(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, piece=25, pause_s=0.05),
        Step(answer(200, "X: y")[:-2], piece=9, pause_s=0.0),
    ],
    ids=["body", "header", "continue", "silence"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_trickle_does_not_outlast_the_time_out(drip: Step, scheme: str) -> None:
    with Raw(drip, scheme=scheme) as raw:
        http = raw.http(timeout_s=0.4)
        begin = time.monotonic()

        with pytest.raises(Unreachable, match="not answered in time"):
            http.ask(SOE)
        assert time.monotonic() - begin < 0.8


def test_a_late_answer_is_not_taken_for_the_next() -> None:
    late = Step(answer(200, body=b"late"), piece=30, pause_s=0.3)
    with Raw(late, answer(200, body=b"next")) as raw:
        http = raw.http(timeout_s=0.2)
        with pytest.raises(Unreachable):
            http.ask(SOE)

        assert http.ask(SOE).body == b"next"


def test_an_endless_answer_is_cut_off() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    endless = Step(head + b"x" * (MAX_BODY + 9), close=True)
    with Raw(endless) as raw, pytest.raises(BadAnswer, match="too long"):
        raw.http().ask(SOE)


def test_a_bomb_of_zeros_is_cut_off() -> None:
    packed = gzip.compress(bytes(MAX_BODY * 4))

    assert "too long" in str(error_of(answer(200, "Content-Encoding: gzip", body=packed)))


@pytest.mark.parametrize(
    "odd",
    [
        Step(b"what?\r\n\r\n", close=True),
        Step(b"HTTP/1.1 abc\r\n\r\n", close=True),
        Step(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", close=True),
        Step(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", close=True),
        Step(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", close=True),
        Step(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
        Step(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
        Step(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"),
    ],
)
def test_what_is_no_whole_answer_is_a_bad_one(odd: Step) -> None:
    with Raw(odd) as raw, pytest.raises(BadAnswer, match="system_status/soe"):
        raw.http().ask(SOE)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_reset_within_the_body_is_an_error_of_ours(scheme: str) -> None:
    cut = Step(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", reset=True)
    with Raw(cut, scheme=scheme) as raw, pytest.raises((Unreachable, BadAnswer)):
        raw.http().ask(SOE)


def test_a_handshake_that_never_comes_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        http = Http(Address("127.0.0.1", mute.getsockname()[1], timeout_s=0.3), lambda _: True)
        begin = time.monotonic()

        with pytest.raises(Unreachable, match="not answered in time"):
            http.ask(WRITE)
        assert time.monotonic() - begin < 0.8


def test_a_handshake_that_trickles_ends_in_time() -> None:
    with dripping_handshake(pause_s=0.02) as port:
        http = Http(Address("127.0.0.1", port, timeout_s=0.4), lambda _: True)
        begin = time.monotonic()

        with pytest.raises(Unreachable, match="not answered in time"):
            http.ask(WRITE)
        assert time.monotonic() - begin < 0.8


def test_the_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    with Raw(OK) as raw:
        assert raw.http().ask(SOE).status == 200


def test_a_request_carries_its_body_and_the_headers_of_the_session() -> None:
    with Raw(OK) as raw:
        http = raw.http()
        http.ask(SOE)
        http.authorize({"Authorization": "Bearer abc"})
        http.ask(SOE)
        http.ask(WRITE)

    before, read, write = raw.requests
    assert b"abc" not in before
    assert b"Authorization: Bearer abc\r\n" in read
    assert b"Authorization: Bearer abc\r\n" in write
    assert write.endswith(b"\r\n\r\n{}")


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </api/x>\r\n\r\n"


@pytest.mark.parametrize("interim", [HINTS, b"HTTP/1.1 102 Processing\r\n\r\n" * 3])
def test_an_interim_answer_is_not_taken_for_the_answer(interim: bytes) -> None:
    """Else every later call would get the answer of the one before."""
    first, second = answer(200, body=b"first"), answer(200, body=b"second")
    with Raw(interim + first, second) as raw:
        http = raw.http()

        assert http.ask(SOE).body == b"first"
        assert http.ask(STATUS).body == b"second"
        assert raw.connections == 1


def test_interim_answers_without_end_are_no_answer() -> None:
    with Raw(HINTS * 1000 + OK, OK) as raw:
        http = raw.http()
        with pytest.raises(BadAnswer):
            http.ask(SOE)

        assert http.ask(STATUS).status == 200
        assert raw.connections == 2


def test_an_error_carries_no_request() -> None:
    """Requests attaches what was sent to its exceptions: the token, and a login's password."""
    with Raw(Step(close=True)) as raw, pytest.raises(Unreachable) as caught:
        raw.http().ask(Call("POST", "login/Basic", b"secret"))

    cause = caught.value.__cause__
    assert cause is not None
    assert getattr(cause, "request", None) is None


def test_secrets_are_not_shown() -> None:
    shown = repr((Call("POST", "login/Basic", b"secret"), Answer(200, b"secret", cookies=("s",))))

    assert "secret" not in shown
    assert "('s',)" not in shown


def test_many_paths_are_asked_without_end() -> None:
    with Raw(OK) as raw:
        http = raw.http()
        for number in range(150):
            assert http.ask(Call("GET", f"solars/brands/{number}")).status == 200


def test_a_plain_connection_that_is_closed_may_want_https() -> None:
    with Raw(Step(close=True)) as raw, pytest.raises(Unreachable, match="or it speaks https"):
        raw.http().ask(Call("GET", "status"))
