"""An old gateway, whose login stops the battery, and how it is started again."""

import logging
from contextlib import suppress
from itertools import pairwise

import pytest
from gateway_lab import OK, Raw, Time, answer, memory, visiting

from bridge.commands import Operate, SetIsland
from bridge.errors import (
    BadAnswer,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Unauthorized,
    Unreachable,
)
from bridge.gateway.local import LocalGateway
from bridge.parts import Endpoint, Operation
from bridge.simulator import Fault, Manner, Simulator
from bridge.words import Island, Mode

COMMIT = ("GET", "config/completed")
RUN = ("GET", "sitemaster/run")
VERSION = b'{"start_time":"2019-10-01 10:00:00 +0000","version":"1.45.2","git_hash":"x"}'
UNREADABLE = (b"", b"null", b"{}", b"<html>starting</html>", VERSION[:40], VERSION[:56])
TOKEN = answer(200, body=b'{"token":"abc"}')


@pytest.mark.parametrize("profile", ["fw115", "fw150"])
def test_an_old_gateway_is_only_read_without_a_login(profile: str) -> None:
    with Simulator(profile) as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.METERS)
        with pytest.raises(Denied):
            gateway.read(Endpoint.OPERATION)
        with pytest.raises(Unauthorized, match="stop the battery"):
            gateway.login()

        assert sim.count("POST", "login/Basic") == gateway.logins == 0


@pytest.mark.parametrize("unreadable", UNREADABLE)
def test_an_old_gateway_whose_status_cannot_be_read_once_is_still_an_old_one(
    unreadable: bytes,
) -> None:
    script = (answer(200, body=VERSION), answer(200, body=unreadable), answer(403), OK)
    with Raw(*script, scheme="https") as raw:
        gateway = raw.gateway()
        gateway.read(Endpoint.STATUS)
        with suppress(BadAnswer):
            gateway.read(Endpoint.STATUS)
        with pytest.raises(Denied):
            gateway.read(Endpoint.OPERATION)

        assert gateway.installer
        assert gateway.logins == 0


@pytest.mark.parametrize("unreadable", UNREADABLE)
def test_no_login_is_made_for_a_read_while_the_firmware_may_be_an_old_one(
    unreadable: bytes,
) -> None:
    """Where the meters answer without a session, it is older than 20.49."""
    status = answer(200, body=unreadable)
    with Raw(answer(403), status, OK, status, OK, scheme="https") as raw:
        gateway = raw.gateway()
        with pytest.raises(Denied):
            gateway.read(Endpoint.OPERATION)
        with pytest.raises(Unauthorized, match="may stop the battery"):
            gateway.login()

    assert raw.lines[1:] == ["GET status", "GET meters/aggregates"] * 2


def test_no_login_is_made_for_a_read_where_the_status_is_gone_and_the_meters_are_open() -> None:
    with Raw(answer(403), answer(404), OK, OK, scheme="https") as raw, pytest.raises(Denied):
        raw.gateway().read(Endpoint.OPERATION)

    assert raw.lines[1:] == ["GET status", "GET meters/aggregates", "GET meters/aggregates"]


def test_a_gateway_that_wants_a_session_for_its_meters_is_no_old_one() -> None:
    script = (answer(403), answer(200), answer(403), TOKEN, OK)
    with Raw(*script, scheme="https") as raw:
        gateway = raw.gateway()
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 1


def test_a_login_with_an_unknown_firmware_leaves_a_site_master_to_be_started() -> None:
    store = memory()
    script = (answer(403), answer(200), TOKEN, answer(503))
    with Raw(*script, scheme="https") as raw, suppress(GatewayError):
        raw.gateway(store).send(Operate(mode=Mode.BACKUP))

    assert raw.lines[:3] == ["GET operation", "GET status", "POST login/Basic"]
    assert store.get("run_owed")


def test_a_site_master_that_runs_and_must_not_be_started_is_owed_nothing() -> None:
    """So it is where the firmware was unknown and turns out to be a new one."""
    store = memory()
    store.put("run_owed", value=True)
    running = answer(200, body=b'{"running":true}')
    script = (answer(403), answer(404), answer(403), TOKEN, answer(403), OK, running)
    with Raw(*script, scheme="https") as raw:
        raw.gateway(store).settle()

    assert raw.lines[-1] == "GET sitemaster"
    assert not store.get("run_owed")


def test_an_old_gateway_runs_again_after_a_command() -> None:
    store = memory()
    with Simulator("fw115", speed=20) as sim, visiting(sim, store) as gateway:
        receipt = gateway.send(Operate(mode=Mode.BACKUP))

        assert receipt.parts == (Operation("backup", 24.0, "mode"),)
        assert gateway.logins == sim.count(*RUN) == 1
        assert not store.get("run_owed")
        assert "running=True" in str(gateway.read(Endpoint.SITEMASTER))


def test_firmware_1_50_takes_commands_of_a_customer_and_goes_on_running() -> None:
    store = memory()
    with Simulator("fw150", speed=20) as sim, visiting(sim, store) as gateway:
        receipt = gateway.send(Operate(mode=Mode.BACKUP))
        running = gateway.read(Endpoint.SITEMASTER)

        assert receipt.parts == (Operation("backup", 24.0, "real_mode", 0.0, 0.0),)
        assert gateway.logins == 1
        assert "running=True" in str(running)
        assert not store.get("run_owed")


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


def never_runs(sim: Simulator) -> None:
    sim.faults.add(Fault("sitemaster", status=200, body=b'{"running":false}'))


def polled(time: Time, gateway: LocalGateway, sim: Simulator, lasts_s: float) -> list[float]:
    """Return when the site master was told to run, from now on, in polls that are 5 s apart."""
    begin, told = time.s, []
    while time.s - begin < lasts_s:
        before, at = sim.count(*RUN), time.s
        gateway.settle()
        told += [at - begin] * (sim.count(*RUN) - before)
        time.sleep(5)
    return told


def test_a_site_master_that_does_not_start_is_told_to_ever_less_often() -> None:
    time, store = Time(), memory()
    store.put("run_owed", value=True)
    with Simulator("fw115") as sim, visiting(sim, store, time.clock) as gateway:
        never_runs(sim)
        begin = time.s
        told = polled(time, gateway, sim, lasts_s=60)
        seen = len(sim.requests)
        told += [60 + at for at in polled(time, gateway, sim, lasts_s=1740)]

        waits = [later - earlier for earlier, later in pairwise(told)]
        assert waits == pytest.approx([15, 20, 40, 80, 160, 300, 300, 300, 300], abs=5)
        assert seen <= 30
        assert time.s - begin == pytest.approx(1800, abs=20)


def test_a_site_master_that_starts_late_is_seen_with_the_next_poll() -> None:
    time, store = Time(), memory()
    store.put("run_owed", value=True)
    with Simulator("fw115") as sim, visiting(sim, store, time.clock) as gateway:
        never_runs(sim)
        runs = len(polled(time, gateway, sim, lasts_s=20))
        sim.faults.clear()
        polled(time, gateway, sim, lasts_s=5)

        assert not store.get("run_owed")
        assert sim.count(*RUN) == runs == 2


def test_a_site_master_is_started_as_soon_as_the_gateway_is_back() -> None:
    time, store = Time(), memory()
    store.put("run_owed", value=True)
    with Simulator("fw115", speed=20) as sim, visiting(sim, store, time.clock) as gateway:
        sim.faults.add(Fault("*", manner=Manner.RESET))
        polled(time, gateway, sim, lasts_s=3600)
        sim.faults.clear()
        gateway.settle()

        assert sim.count(*RUN) == 1


def test_a_429_after_a_command_is_said_with_the_next_poll() -> None:
    with Simulator("fw115") as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("sitemaster/run", status=429, headers=(("retry-after", "77"),)))
        gateway.send(Operate(mode=Mode.BACKUP))
        seen = len(sim.requests)
        with pytest.raises(RateLimited) as caught:
            gateway.settle()

        assert caught.value.retry_after_s == 77
        assert len(sim.requests) == seen


def test_another_login_is_another_reason_to_start_at_once() -> None:
    time, store = Time(), memory()
    store.put("run_owed", value=True)
    with Simulator("fw115", speed=20) as sim, visiting(sim, store, time.clock) as gateway:
        never_runs(sim)
        polled(time, gateway, sim, lasts_s=120)
        sim.faults.clear()
        before = sim.count(*RUN)
        gateway.send(Operate(mode=Mode.BACKUP))

        assert (gateway.logins, sim.count(*RUN)) == (1, before + 1)


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
