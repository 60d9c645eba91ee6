"""When a refused call is worth a login, and when it is not."""

from collections.abc import Iterator

import pytest
from gateway_lab import OK, Raw, Step, Time, answer, visiting

from bridge.commands import Operate
from bridge.errors import (
    BadAnswer,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    Unauthorized,
    Unreachable,
)
from bridge.gateway.local import LocalGateway
from bridge.parts import Endpoint
from bridge.simulator import Fault, Simulator
from bridge.words import Mode

POLL = (Endpoint.METERS, Endpoint.SOE, Endpoint.GRID_STATUS)
LOGIN = ("POST", "login/Basic")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator("fw2336") as running:
        yield running


def refused(gateway: LocalGateway, endpoint: Endpoint = Endpoint.SOE) -> str:
    with pytest.raises(Unauthorized) as caught:
        gateway.read(endpoint)
    return str(caught.value)


def test_no_login_is_made_for_its_own_sake(sim: Simulator) -> None:
    with visiting(sim) as gateway:
        gateway.read(Endpoint.STATUS)

        assert sim.count(*LOGIN) == gateway.logins == 0


def test_the_first_closed_read_logs_in_once(sim: Simulator) -> None:
    with visiting(sim) as gateway:
        for endpoint in POLL * 3:
            gateway.read(endpoint)

        assert sim.count(*LOGIN) == gateway.logins == 1


@pytest.mark.parametrize("endpoint", POLL)
def test_an_expired_session_costs_one_login(sim: Simulator, endpoint: Endpoint) -> None:
    with visiting(sim) as gateway:
        gateway.read(Endpoint.CONFIG)
        sim.expire_sessions()
        seen = len(sim.requests)
        for _ in range(3):
            gateway.read(endpoint)

        assert gateway.logins == 2
        assert len(sim.requests) - seen <= 6


@pytest.mark.parametrize("status", [401, 403])
def test_a_path_closed_to_the_role_is_denied_without_a_login(sim: Simulator, status: int) -> None:
    with visiting(sim) as gateway:
        gateway.read(Endpoint.METERS)
        sim.faults.add(Fault("system_status", status=status))
        for _ in range(3):
            with pytest.raises(Denied) as caught:
                gateway.read(Endpoint.SYSTEM_STATUS)
            assert caught.value.status == status

        assert gateway.logins == 1
        gateway.read(Endpoint.SOE)


def test_a_login_that_opens_nothing_is_not_repeated_for_every_path(sim: Simulator) -> None:
    time = Time()
    with visiting(sim, clock=time.clock) as gateway:
        sim.faults.add(Fault("*", "GET", status=403))
        for endpoint in Endpoint:
            with pytest.raises(Denied):
                gateway.read(endpoint)
        at_once = gateway.logins

        time.s += 601
        with pytest.raises(Denied):
            gateway.read(Endpoint.SOE)

    assert (at_once, gateway.logins) == (1, 2)


def test_a_restart_of_the_gateway_is_a_reason_to_log_in_again(sim: Simulator) -> None:
    with visiting(sim) as gateway:
        number = sim.faults.add(Fault("*", "GET", status=403))
        with pytest.raises(Denied):
            gateway.read(Endpoint.METERS)
        sim.faults.remove(number)
        sim.clock.advance(60)
        sim.restart()

        gateway.read(Endpoint.STATUS)
        gateway.read(Endpoint.METERS)

        assert gateway.logins == 2


def test_the_poll_goes_on_where_only_a_path_was_denied_when_the_session_ends(
    sim: Simulator,
) -> None:
    with visiting(sim) as gateway:
        sim.faults.add(Fault("config", status=403))
        with pytest.raises(Denied):
            gateway.read(Endpoint.CONFIG)
        sim.expire_sessions()

        gateway.read(Endpoint.METERS)

        assert gateway.logins == 2


def test_a_path_denied_before_the_session_ended_is_denied_after_one_login(sim: Simulator) -> None:
    with visiting(sim) as gateway:
        sim.faults.add(Fault("config", status=403))
        with pytest.raises(Denied):
            gateway.read(Endpoint.CONFIG)
        sim.expire_sessions()
        for _ in range(3):
            with pytest.raises(Denied):
                gateway.read(Endpoint.CONFIG)

        assert gateway.logins == 2


def test_a_stopped_site_master_is_no_lost_session(sim: Simulator) -> None:
    with visiting(sim) as gateway:
        gateway.read(Endpoint.SOE)
        sim.faults.add(Fault("system_status*", status=502))
        sim.faults.add(Fault("meters/aggregates", status=502))
        sim.faults.add(Fault("config", status=403))
        with pytest.raises(Stopped):
            gateway.read(Endpoint.SOE)
        with pytest.raises(Denied):
            gateway.read(Endpoint.CONFIG)

        assert gateway.logins == 1


def test_a_role_without_meters_costs_one_login_an_hour(sim: Simulator) -> None:
    time = Time()
    sim.faults.add(Fault("meters/aggregates", status=403))
    with visiting(sim, clock=time.clock) as gateway:
        for _ in range(200):
            time.sleep(60)
            with pytest.raises(Denied):
                gateway.read(Endpoint.METERS)
            gateway.read(Endpoint.SOE)

        assert gateway.logins == 4


def test_sessions_that_open_nothing_are_tried_ever_less_often(sim: Simulator) -> None:
    time = Time()
    for path in ("meters/*", "system_status*"):
        sim.faults.add(Fault(path, "GET", status=403))
    made: list[int] = []
    with visiting(sim, clock=time.clock) as gateway:
        for minute in range(200):
            for endpoint in POLL:
                with pytest.raises(Denied):
                    gateway.read(endpoint)
            gateway.read(Endpoint.TOGGLE)  # open to anybody: it proves no session
            if gateway.logins > len(made):
                made.append(minute)
            time.sleep(60)

        sim.faults.clear()
        gateway.read(Endpoint.SOE)

    assert made == [0, 9, 27, 63, 123, 183]


def test_a_session_that_ends_at_once_costs_no_hour(sim: Simulator) -> None:
    time = Time()
    with visiting(sim, clock=time.clock) as gateway:
        gateway.read(Endpoint.SOE)
        sim.troubles.begin("expiry-at-once")
        for endpoint in POLL:
            with pytest.raises(Denied):
                gateway.read(endpoint)
        sim.troubles.end("expiry-at-once")

        time.s += 600
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 3


def test_a_gateway_that_refuses_everything_is_no_login_storm(sim: Simulator) -> None:
    time = Time()
    for path in ("meters/*", "system_status*", "config", "operation", "site_info", "powerwalls"):
        sim.faults.add(Fault(path, status=403))
    closed = (*POLL, Endpoint.CONFIG, Endpoint.OPERATION, Endpoint.SITE_INFO, Endpoint.POWERWALLS)
    with visiting(sim, clock=time.clock) as gateway:
        for _ in range(60):
            time.sleep(60)
            for endpoint in closed:
                with pytest.raises((Denied, Unauthorized)):
                    gateway.read(endpoint)

        assert gateway.logins <= 6
        sim.faults.clear()
        gateway.read(Endpoint.SOE)


def test_a_canary_that_asks_for_quiet_is_heard(sim: Simulator) -> None:
    with visiting(sim) as gateway:
        gateway.read(Endpoint.SOE)
        sim.faults.add(Fault("config", status=403))
        sim.faults.add(Fault("meters/aggregates", status=429, headers=(("retry-after", "77"),)))
        with pytest.raises(RateLimited) as caught:
            gateway.read(Endpoint.CONFIG)

        assert caught.value.retry_after_s == 77


def test_open_reads_prove_no_session() -> None:
    """Up to 20.40 the meters answer anybody: only a login shows whether the session is good."""
    version = answer(200, body=b'{"version":"20.40.3 x"}')
    token = answer(200, body=b'{"token":"abc"}')
    script = (answer(403), version, token, answer(403))
    with Raw(*script, scheme="https") as raw:
        gateway = raw.gateway()
        for _ in range(3):
            with pytest.raises(Denied):
                gateway.read(Endpoint.OPERATION)

    assert raw.lines.count("POST login/Basic") == gateway.logins == 1


def test_a_gateway_without_status_is_a_new_one() -> None:
    token = answer(200, body=b'{"token":"abc"}')
    soe = answer(200, body=b'{"percentage":50}')
    script = (answer(403), answer(404), answer(403), token, soe)
    with Raw(*script, scheme="https") as raw:
        gateway = raw.gateway()
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(answer(500), BadAnswer), (Step(close=True), Unreachable)]
)
def test_no_login_while_the_firmware_is_unknown(
    status: bytes | Step, kind: type[GatewayError]
) -> None:
    """It might be one whose login stops the battery."""
    with Raw(answer(403), status, scheme="https") as raw:
        gateway = raw.gateway()
        with pytest.raises(kind):
            gateway.read(Endpoint.SOE)

        assert gateway.logins == 0


@pytest.mark.parametrize("version", ["1.50.1 c58c2df3", "19.1"])
def test_an_old_gateway_is_not_logged_in_to_for_a_read(version: str) -> None:
    status = answer(200, body=b'{"version":"%s"}' % version.encode())
    open_reads, closed_reads = (answer(403), status, OK), (answer(403), status, answer(403))

    with Raw(*open_reads, scheme="https") as raw, pytest.raises(Denied):
        raw.gateway().read(Endpoint.OPERATION)
    with (
        Raw(*closed_reads, scheme="https") as raw,
        pytest.raises(Unauthorized, match="stop the battery"),
    ):
        raw.gateway().read(Endpoint.OPERATION)


def test_the_installer_does_not_log_in_for_a_read(sim: Simulator) -> None:
    with visiting(sim, username="installer") as gateway:
        assert "stop the battery" in refused(gateway)
        assert gateway.logins == 0


def test_nothing_is_posted_to_a_gateway_that_redirects() -> None:
    moved = answer(301, "Location: https://192.168.1.50/api/x")
    with Raw(moved) as raw:
        gateway = raw.gateway()
        for _ in range(2):
            with pytest.raises(BadAnswer, match="without http://"):
                gateway.send(Operate(mode=Mode.BACKUP))
        with pytest.raises(BadAnswer):
            gateway.login()

    assert not [line for line in raw.lines if line.startswith("POST")]


def test_a_plain_gateway_that_begins_to_redirect_gets_no_more_posts() -> None:
    status = answer(200, body=b'{"version":"1.15.0\\n"}')
    with Raw(status, answer(301)) as raw:
        gateway = raw.gateway()
        gateway.read(Endpoint.STATUS)
        for _ in range(2):
            with pytest.raises(BadAnswer):
                gateway.send(Operate(mode=Mode.BACKUP))

    assert not [line for line in raw.lines if line.startswith("POST")]


def test_a_stranger_gets_no_password() -> None:
    with (
        Raw(answer(404), scheme="https") as raw,
        pytest.raises(Missing, match=r"no Powerwall gateway .*POWERWALL_HOST"),
    ):
        raw.gateway().login()

    assert raw.lines == ["GET status", "GET meters/aggregates"]


def test_a_stranger_names_the_host_until_it_answers_like_a_gateway() -> None:
    with Raw(answer(404), answer(403), answer(404), scheme="https") as raw:
        gateway = raw.gateway()
        with pytest.raises(Missing) as stranger:
            gateway.read(Endpoint.METERS)
        gateway.probe(Endpoint.SOE)
        with pytest.raises(Missing) as familiar:
            gateway.read(Endpoint.METERS)

    assert "check POWERWALL_HOST" in str(stranger.value)
    assert "HOST" not in str(familiar.value)
