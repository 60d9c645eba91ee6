"""The faults that meet whatever is asked: reads, writes and logins; and where logins end up."""

from contextlib import suppress

import pytest
import requests
from gateway_lab import Raw, answer, visiting
from test_simulator_visit import visited

from bridge.commands import Operate
from bridge.errors import BadAnswer, Unauthorized
from bridge.parts import Endpoint
from bridge.simulator import Fault, Simulator
from bridge.words import Mode

STATUSES = {
    "limited": 429,
    "limited-until": 429,
    "busy": 503,
    "denied-all": 403,
    "token-expired": 401,
    "missing-all": 404,
    "broken": 500,
    "redirected": 301,
}
BODIES = {"null": b"null", "html": b"<!doctype html><title>Powerwall</title>", "empty": b""}
SPOILT = ("reset", "reset-header", "cut-body")
BACKUP = {"real_mode": "backup", "backup_reserve_percent": 24}
REDIRECTIONS = (301, 302, 307, 308)  # the last two ask to send the body again


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_for_everything_meets_every_method(name: str) -> None:
    with visited() as (sim, visitor):
        visitor.session.max_redirects = 0  # what was answered is written down all the same
        sim.troubles.begin(name)
        before = len(sim.requests)
        with suppress(requests.TooManyRedirects):
            visitor.get("operation")
        with suppress(requests.TooManyRedirects):
            visitor.post("operation", BACKUP)
        with suppress(requests.TooManyRedirects):
            visitor.login()
        answered = [(one.method, one.path, one.status) for one in sim.requests[before:]]

        assert answered == [
            ("GET", "operation", STATUSES[name]),
            ("POST", "operation", STATUSES[name]),
            ("POST", "login/Basic", STATUSES[name]),
        ]


@pytest.mark.parametrize("name", BODIES)
def test_a_body_for_everything_meets_every_method(name: str) -> None:
    with visited() as (sim, visitor):
        sim.troubles.begin(name)
        answers = [visitor.get("operation"), visitor.post("operation", BACKUP)]
        answers.append(visitor.post("login/Basic", {"password": sim.password}))

        assert [one.content for one in answers] == [BODIES[name]] * 3


@pytest.mark.parametrize("name", SPOILT)
def test_an_answer_that_does_not_arrive_meets_every_method(name: str) -> None:
    with visited() as (sim, visitor):
        sim.troubles.begin(name)

        with pytest.raises(requests.RequestException):
            visitor.get("operation")
        with pytest.raises(requests.RequestException):
            visitor.post("operation", BACKUP)
        with pytest.raises(requests.RequestException):
            visitor.login()


def test_a_gateway_that_redirects_everything_gets_no_body_at_all() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.troubles.begin("redirected")
        for ask in (gateway.login, lambda: gateway.send(Operate(mode=Mode.BACKUP))):
            with pytest.raises(BadAnswer, match="http://teg/, which is not followed"):
                ask()

        assert {(one.method, one.body) for one in sim.requests} == {("GET", b"")}


def test_a_gateway_that_begins_to_redirect_gets_one_login_and_no_write() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.login()
        sim.troubles.begin("redirected")
        before = len(sim.requests)
        for ask in (gateway.login, gateway.login, lambda: gateway.send(Operate(mode=Mode.BACKUP))):
            with pytest.raises((BadAnswer, Unauthorized), match="http://teg/, which is not follow"):
                ask()
        posts = [one.path for one in sim.requests[before:] if one.body]

        assert posts == ["login/Basic"]


@pytest.mark.parametrize("status", REDIRECTIONS)
@pytest.mark.parametrize("path", ["*", "login/Basic"])
def test_no_password_goes_where_a_gateway_redirects_to(path: str, status: int) -> None:
    with (
        Raw(answer(200, body=b"{}")) as target,
        visited() as (sim, _),
        visiting(sim) as gateway,
    ):
        gateway.login()
        sim.expire_sessions()
        there = f"http://127.0.0.1:{target.port}/api/login/Basic"
        sim.faults.add(Fault(path, status=status, headers=(("location", there),)))
        logins = len([one for one in sim.requests if one.path == "login/Basic"])
        for _ in range(2):
            with pytest.raises((BadAnswer, Unauthorized), match="not followed"):
                gateway.read(Endpoint.METERS)

        assert target.connections == 0
        sent = len([one for one in sim.requests if one.path == "login/Basic"]) - logins
        assert sent == (0 if path == "*" else 1)
