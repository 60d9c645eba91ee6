"""The faults that have a name: each begins, does what it says, and leaves nothing behind."""

import json

import pytest
import requests
from gateway_lab import Time
from test_simulator_transport import Remote
from test_simulator_visit import Visitor, visited

from bridge.simulator import NAMED, Fault, Manner, Simulator
from bridge.simulator.auth import Expiry
from bridge.simulator.lockout import Lockout

TIMELESS = ("meters/aggregates", "devices/vitals", "operation")  # a reboot is not seen in them
PATHS = ("status", "system_status", *TIMELESS)


def statuses(visitor: Visitor) -> list[int]:
    return [visitor.get(path).status_code for path in PATHS]


@pytest.mark.parametrize("name", NAMED)
def test_a_gateway_is_well_when_a_fault_has_ended(name: str) -> None:
    with Simulator(speed=0) as sim:
        before = {path: sim.document(path) for path in TIMELESS}
        sim.troubles.begin(name)
        sim.troubles.end(name)
        visitor = Visitor(sim)
        visitor.login()

        assert statuses(visitor) == [200] * len(PATHS)
        assert {path: visitor.get(path).content for path in before} == before
        assert sim.troubles.names == []


def test_a_fault_that_nobody_knows_is_told_what_there_is() -> None:
    with Simulator() as sim, pytest.raises(ValueError, match=r"no fault 'flood!'.*reboot"):
        sim.troubles.begin("flood!")


def test_a_fault_begins_once() -> None:
    with visited() as (sim, visitor):
        sim.troubles.begin("busy")
        sim.troubles.begin("busy")
        sim.troubles.end("busy")

        assert visitor.get("status").status_code == 200


def test_a_reboot_is_refused_then_stopped_then_well() -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        sim.troubles.begin("update")
        with pytest.raises(requests.ConnectionError):
            Visitor(sim).get("status")

        time.s += 61
        sim.wake()
        visitor = Visitor(sim)
        visitor.login()
        assert visitor.get("meters/aggregates").status_code == 502
        assert visitor.get("status").json()["version"] == "23.44.0 0a1b2c3d"

        time.s += 60
        assert visitor.get("meters/aggregates").status_code == 200


def test_a_lockout_counts_by_the_simulated_clock() -> None:
    lockout = Lockout(most=2, window_s=60, lasts_s=300)

    assert [lockout.refuses("status", at) for at in (0, 30, 61)] == [False, False, False]
    assert lockout.refuses("status", 62)
    assert lockout.refuses("status", 361)
    assert not lockout.refuses("status", 363)


def test_a_lockout_of_logins_lets_reads_through() -> None:
    lockout = Lockout(most=0, window_s=60, lasts_s=300, logins_only=True)

    assert lockout.refuses("login/Basic", 0)
    assert not lockout.refuses("status", 1)


def test_a_lockout_of_logins_ends_by_itself_whether_anybody_logs_in_or_not() -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        visitor = Visitor(sim)
        sim.troubles.begin("login-lockout")
        logins = []
        for _ in range(12):
            logins.append(visitor.login().status_code)
            time.s += 60

        assert logins == [429] * 10 + [200] * 2


def test_sessions_end_after_so_many_requests() -> None:
    with visited() as (sim, visitor):
        sim.let_expire(Expiry(requests=3, status=401))

        assert [visitor.get("operation").status_code for _ in range(5)] == [200] * 3 + [401] * 2


def test_sessions_end_after_so_many_seconds() -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        visitor = Visitor(sim)
        visitor.login()
        sim.let_expire(Expiry(seconds=30))
        before = visitor.get("operation").status_code
        time.s += 31

        assert (before, visitor.get("operation").status_code) == (200, 403)


def test_the_dice_of_a_fault_follow_from_the_seed() -> None:
    def thrown(seed: int) -> list[int]:
        with Simulator(seed=seed) as sim:
            sim.faults.add(Fault("status", status=503, share=0.5))
            visitor = Visitor(sim)
            return [visitor.get("status").status_code for _ in range(20)]

    assert thrown(1) == thrown(1)
    assert set(thrown(1)) == {200, 503}
    assert thrown(1) != thrown(2)


@pytest.mark.parametrize("manner", [m for m in Manner if "slow" not in m and m != Manner.WHOLE])
def test_a_spoiled_answer_does_not_arrive(manner: Manner) -> None:
    with visited() as (sim, visitor):
        sim.faults.add(Fault("status", manner=manner))

        with pytest.raises(requests.RequestException):
            visitor.get("status")


@pytest.mark.parametrize("manner", [Manner.SLOW_HEADER, Manner.SLOW_BODY])
def test_a_slow_answer_arrives_in_the_end(manner: Manner) -> None:
    with visited() as (sim, visitor):
        sim.faults.add(Fault("status", status=200, body=b"{}", manner=manner))

        assert visitor.get("status").content == b"{}"


def test_the_control_port_knows_faults_by_name() -> None:
    with visited() as (sim, visitor):
        remote = Remote(sim)
        remote.post("/fault", name="busy")
        busy, state = visitor.get("status").status_code, json.loads(remote.state())
        remote.delete("/fault/busy")

        assert (busy, visitor.get("status").status_code) == (503, 200)
        assert state["named_faults"] == ["busy"]
        assert remote.post("/fault", name="gremlins").status_code == 400
        assert remote.get("/faults").keys() == NAMED.keys()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [("/fault", "", "does nothing"), ("/fault", "{}", "does nothing"),
     ("/fault", "reboot", "no JSON object"), ("/fault", '["reboot"]', "no JSON object"),
     ("/fault", "name=reboot", "no JSON object"), ("/fault", "[" * 10**5, "no JSON object"),
     ("/fault", '{"fault": "reboot"}', "nobody knows fault"),
     ("/fault", '{"named": "reboot", "status": 503}', "nobody knows named"),
     ("/fault", '{"change": "x", "status": 503}', "nobody knows change"),
     ("/fault", '{"path": "status", "status": null}', "at least one of status, body"),
     ("/fault", '{"share": 0.5, "count": 2, "delay_s": 0}', "does nothing"),
     ("/fault", '{"name": "busy", "count": 1}', "name stands alone"),
     ("/fault", '{"manner": "rude"}', "manner is one of whole, reset"),
     ("/fault", '{"status": "good"}', "status is a whole number, not 'good'"),
     ("/fault", '{"status": 503, "count": true}', "count is a whole number"),
     ("/speed", "", "factor is missing"), ("/speed", '{"speed": 60}', 'expected {"factor": 60}'),
     ("/speed", '{"factor": "fast"}', "factor is a number, not 'fast'"),
     ("/answering", "", "on is missing"), ("/scenario", "", "name is missing"),
     ("/delays", '{"to_island_s": 1}', "to_grid_s is missing"),
     ("/restart", '{"v": "1"}', "nobody knows v"), ("/sessions/expire", "[]", "expected no body")],
)  # fmt: skip
def test_the_control_port_says_what_it_expects(path: str, body: str, words: str) -> None:
    with Simulator() as sim:
        url = f"http://127.0.0.1:{sim.control_port}{path}"
        answer = requests.post(url, data=body, timeout=5)

        assert answer.status_code == 400
        assert words in answer.json()["error"]
        assert (sim.faults.armed, sim.troubles.names) == ({}, [])
