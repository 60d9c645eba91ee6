"""`check` says what works, what does not and what to do, within the login budget."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import LOOPBACK, Broker, Options, free_ports

from bridge.cli import main
from bridge.gateway.local import CERTIFICATE
from bridge.mqtt import client as mqtt
from bridge.parts import Endpoint
from bridge.simulator import Fault, Simulator
from bridge.simulator.endpoints import ENDPOINTS
from bridge.simulator.profiles import profile_named
from bridge.state import Store


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as one:
        yield one


class Bench:
    """An installation whose settings are in the environment, and what `check` says of it."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        directory: Path,
    ) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.state_dir = directory / "state"
        self.shown = ""
        monkeypatch.chdir(directory)
        self.set(STATE_DIR=str(self.state_dir), MQTT_HOST=LOOPBACK)

    def set(self, **env: str) -> None:
        for name, value in env.items():
            self._monkeypatch.setenv(name, value)

    def visit(self, sim: Simulator, broker: Broker) -> None:
        self.set(POWERWALL_HOST=sim.address, POWERWALL_PASSWORD=sim.password)
        self.set(MQTT_PORT=str(broker.port))

    def check(self, *arguments: str) -> int:
        code = main(["check", *arguments])
        self.shown = self._capsys.readouterr().out
        return code

    def line(self, path: str) -> str:
        return next(line for line in self.shown.splitlines() if line.startswith(f"  {path} "))

    @property
    def store(self) -> Store:
        return Store(self.state_dir, "main")


@pytest.fixture
def bench(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Bench:
    return Bench(monkeypatch, capsys, tmp_path)


def test_a_good_installation_is_usable(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)

    assert bench.check() == 0

    assert f"broker       ok      127.0.0.1:{broker.port}, MQTT 5\n" in bench.shown
    assert "login        ok      as customer\n" in bench.shown
    assert "main is usable\n" in bench.shown


def test_every_endpoint_is_asked(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)

    bench.check("--json")

    endpoints = json.loads(bench.shown)["gateways"]["main"]["endpoints"]
    had = {row.path for row in ENDPOINTS if row.on(profile_named("fw2336"))}
    assert {name: found["status"] for name, found in endpoints.items()} == {
        endpoint: 200 if endpoint in had else 404 for endpoint in Endpoint
    }


def test_a_powerwall_3_is_usable(bench: Bench, broker: Broker) -> None:
    with Simulator("pw3") as wall:
        bench.visit(wall, broker)

        assert bench.check() == 0

        assert "200    ok" in bench.line("/tedapi/din")
        assert "404" in bench.line("status")
        assert wall.count("POST", "login/Basic") == 1
    assert "main is usable\n" in bench.shown


def test_one_login_is_made_and_never_as_the_installer(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)

    bench.check()

    assert sim.count("POST", "login/Basic") == 1


def test_a_login_that_would_stop_the_battery_is_not_made(bench: Bench, broker: Broker) -> None:
    with Simulator("fw115") as old:
        bench.visit(old, broker)

        assert bench.check() == 0

        assert old.count("POST", "login/Basic") == 0
        assert "not tried: a login would stop the battery" in bench.shown
        for path in ("config", "operation"):
            assert "403    needs a login, which stops the battery here" in bench.line(path)


def test_the_budget_of_logins_is_kept(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)
    bench.set(POWERWALL_LOGINS_PER_HOUR="1")
    bench.check()

    bench.check()

    assert sim.count("POST", "login/Basic") == 1
    assert "not tried: 1 login in this hour, the limit POWERWALL_LOGINS_PER_HOUR;" in bench.shown


def test_a_wrong_password_is_not_usable_and_not_shown(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    bench.set(POWERWALL_PASSWORD="not-the-one")

    assert bench.check() == 1

    assert "login        FAILED  the login was refused, see POWERWALL_PASSWORD" in bench.shown
    assert "not-the-one" not in bench.shown
    assert "403    needs a login\n" in bench.shown
    assert "firmware decides" not in bench.shown


def test_a_check_tries_a_refused_password_again_within_the_budget_of_the_hour(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    """Whoever calls it wants to know now; the bridge itself waits."""
    bench.visit(sim, broker)
    bench.set(POWERWALL_PASSWORD="not-the-one", POWERWALL_LOGINS_PER_HOUR="2")
    bench.check()
    bench.check()

    bench.check()

    assert sim.count("POST", "login/Basic") == 2
    assert "2 logins in this hour, the limit POWERWALL_LOGINS_PER_HOUR" in bench.shown


def test_a_password_that_is_not_set_is_asked_for(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    bench.set(POWERWALL_PASSWORD="")

    assert bench.check() == 1

    wanted = "login        FAILED  the gateway wants a login: set POWERWALL_PASSWORD\n"
    assert wanted in bench.shown
    assert "403    needs a login\n" in bench.shown
    assert "firmware decides" not in bench.shown


def test_a_stranger_is_neither_pinned_nor_told_the_password(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    sim.faults.add(Fault(path="*", status=404))

    assert bench.check() == 1

    assert sim.count("POST", "login/Basic") == 0
    assert bench.store.get(CERTIFICATE) is None
    assert "this is no Powerwall gateway (404 everywhere); check POWERWALL_HOST" in bench.shown
    assert "not kept" in bench.shown


def test_a_stranger_is_not_accepted_in_place_of_the_gateway(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    bench.store.put(CERTIFICATE, "0" * 64)
    sim.faults.add(Fault(path="*", status=404))

    assert bench.check("--trust") == 1

    assert bench.store.get(CERTIFICATE) == "0" * 64


def test_tls_that_is_reset_names_the_setting() -> None:
    place = mqtt.Broker("192.0.2.1", 1883, "x", tls=True)

    assert "MQTT_TLS" in mqtt.unreached(place, ConnectionResetError())
    assert "MQTT_TLS" not in mqtt.unreached(place, ConnectionRefusedError())


def test_the_password_is_never_shown(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)

    bench.check()

    assert sim.password not in bench.shown


def test_a_new_certificate_is_kept(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)

    bench.check()

    assert "certificate  ok      new, trusted from now on" in bench.shown
    assert bench.store.get(CERTIFICATE) == sim.fingerprint


def test_a_known_certificate_is_the_trusted_one(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    bench.check()

    bench.check()

    assert "certificate  ok      the trusted one" in bench.shown


def test_nothing_is_sent_to_a_changed_certificate(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    bench.store.put(CERTIFICATE, "0" * 64)

    assert bench.check() == 1

    assert sim.requests == []
    assert "CHANGED (before: SHA-256 000000000000...)" in bench.shown
    assert bench.shown.count(sim.fingerprint) == 1
    assert bench.store.get(CERTIFICATE) == "0" * 64


def test_a_changed_certificate_is_accepted_when_told_to(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    bench.store.put(CERTIFICATE, "0" * 64)

    assert bench.check("--trust") == 0

    assert "changed, accepted" in bench.shown
    assert bench.store.get(CERTIFICATE) == sim.fingerprint


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "denied to this user"), (404, "does not have it"), (503, "busy")],
)
def test_a_path_that_fails_is_explained(
    status: int, words: str, bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    sim.faults.add(Fault(path="devices/vitals", status=status))

    assert bench.check() == 0

    line = bench.line("devices/vitals")
    assert f" {status} " in line
    assert words in line


def test_after_429_nothing_more_is_asked(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)
    sim.faults.add(Fault(path="meters/aggregates", status=429))

    assert bench.check() == 1

    assert sim.count("GET", "system_status/soe") == 0
    assert "30 more endpoints were not asked" in bench.shown


def test_a_gateway_that_is_away_is_said_at_once(
    bench: Bench, sim: Simulator, broker: Broker
) -> None:
    bench.visit(sim, broker)
    sim.stop_answering()

    assert bench.check() == 1

    assert "connection refused; check POWERWALL_HOST" in bench.shown
    assert "main is NOT usable" in bench.shown


def test_a_broker_that_is_away_is_not_usable(bench: Bench, sim: Simulator, broker: Broker) -> None:
    bench.visit(sim, broker)
    bench.set(MQTT_PORT=str(free_ports(1)[0]))

    assert bench.check() == 1

    assert "Connection refused; check MQTT_HOST and MQTT_PORT" in bench.shown


def test_a_broker_that_refuses_has_a_remedy(bench: Bench, sim: Simulator, tmp_path: Path) -> None:
    with Broker(tmp_path / "locked", Options(accounts={"me": "secret"})) as locked:
        bench.visit(sim, locked)
        bench.set(MQTT_USERNAME="me", MQTT_PASSWORD="wrong")

        assert bench.check() == 1

    assert "Not authorized; check MQTT_USERNAME and MQTT_PASSWORD" in bench.shown


def test_the_password_from_the_factory_is_warned_of(bench: Bench, broker: Broker) -> None:
    sim = Simulator()
    factory = sim.site.din[-5:]
    with sim:
        bench.visit(sim, broker)
        bench.check()
        bench.set(POWERWALL_PASSWORD=factory)

        bench.check()

    assert "warning: the password is the one from the factory" in bench.shown
    assert factory not in bench.shown.replace(sim.site.din, "")


def test_wrong_settings_are_a_wrong_usage(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.set(MQTT_PORT="x", POWERWALL_HOST="192.0.2.1")

    assert main(["check"]) == 2

    assert capsys.readouterr().err.startswith("MQTT_PORT: 'x'")
