"""An old gateway, whose login stops the battery, and how it is started again."""

import logging

import pytest
from gateway_lab import Time, memory, visiting

from bridge.commands import Operate, SetIsland
from bridge.errors import (
    BadAnswer,
    Denied,
    Missing,
    Unauthorized,
    Unreachable,
)
from bridge.parts import Endpoint, Operation
from bridge.simulator import Fault, Manner, Simulator
from bridge.words import Island, Mode

COMMIT = ("GET", "config/completed")
RUN = ("GET", "sitemaster/run")


def test_an_old_gateway_is_only_read_without_a_login() -> None:
    with Simulator("fw115") as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.METERS)
        with pytest.raises(Denied):
            gateway.read(Endpoint.OPERATION)
        with pytest.raises(Unauthorized, match="stop the battery"):
            gateway.login()

        assert sim.count("POST", "login/Basic") == gateway.logins == 0


def test_an_old_gateway_runs_again_after_a_command() -> None:
    store = memory()
    with Simulator("fw115", speed=20) as sim, visiting(sim, store) as gateway:
        receipt = gateway.send(Operate(mode=Mode.BACKUP))

        assert receipt.parts == (Operation("backup", 24.0, "mode"),)
        assert gateway.logins == sim.count(*RUN) == 1
        assert not store.get("run_owed")
        assert "running=True" in str(gateway.read(Endpoint.SITEMASTER))


def test_an_old_gateway_runs_again_after_a_failed_command() -> None:
    with Simulator("fw115", speed=20) as sim, visiting(sim) as gateway:
        with pytest.raises(BadAnswer, match="tariff"):
            gateway.send(Operate(mode=Mode.AUTONOMOUS))

        assert "running=True" in str(gateway.read(Endpoint.SITEMASTER))


def test_an_old_gateway_without_control_is_never_logged_in_to() -> None:
    with Simulator("fw115") as sim, visiting(sim, control=False) as gateway:
        with pytest.raises(Denied):
            gateway.send(Operate(mode=Mode.BACKUP))

        assert gateway.logins == 0


def test_a_site_master_that_a_dead_process_stopped_is_started_by_the_next() -> None:
    store = memory()
    with Simulator("fw115", speed=20) as sim:
        sim.faults.add(Fault("sitemaster/run", manner=Manner.RESET))
        with visiting(sim, store) as gateway:
            gateway.send(Operate(mode=Mode.BACKUP))
        assert store.get("run_owed")
        sim.faults.clear()
        with visiting(sim, store) as gateway:
            gateway.settle()

            assert not store.get("run_owed")
            assert "running=True" in str(gateway.read(Endpoint.SITEMASTER))


def test_the_debt_is_noted_before_the_login() -> None:
    store = memory()
    with Simulator("fw115") as sim, visiting(sim, store) as gateway:
        sim.faults.add(Fault("login/Basic", manner=Manner.RESET))
        sim.faults.add(Fault("sitemaster/run", status=503))
        with pytest.raises(Unreachable, match="closed by the gateway"):
            gateway.send(Operate(mode=Mode.BACKUP))

        assert store.get("run_owed")


def test_a_site_master_that_does_not_start_is_waited_for_within_bounds_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    time, store = Time(), memory()
    store.put("run_owed", value=True)
    caplog.set_level(logging.WARNING)
    with Simulator("fw115") as sim, visiting(sim, store, time.clock) as gateway:
        sim.faults.add(Fault("sitemaster", status=503, count=1))
        sim.faults.add(Fault("sitemaster", status=200, body=b"null", count=1))
        sim.faults.add(Fault("sitemaster", status=200, body=b'{"running":false}'))
        begin = time.s
        gateway.settle()
        assert time.s - begin == pytest.approx(10, abs=1)
        gateway.settle()

        assert store.get("run_owed")
        assert sim.count(*RUN) == 2
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("main: the site master is still to be started: ")


def test_settling_nothing_asks_nothing() -> None:
    with Simulator("fw115") as sim, visiting(sim) as gateway:
        gateway.settle()

        assert sim.requests == []


def test_a_new_gateway_is_not_restarted_by_a_command() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.send(Operate(mode=Mode.BACKUP))

        assert sim.count(*RUN) == 0


def test_an_old_gateway_has_no_island_mode() -> None:
    with Simulator("fw115", speed=20) as sim, visiting(sim) as gateway, pytest.raises(Missing):
        gateway.send(SetIsland(Island.OFF_GRID))
