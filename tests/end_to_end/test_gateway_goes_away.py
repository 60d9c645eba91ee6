"""A gateway that is silent, forgets its sessions, or comes back as another: it needs nobody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from bridges import Journal, broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Fault, Manner, Simulator

OWN = "powerwall/main/"
AVAILABLE = f"{OWN}availability"
LOGIN = ("POST", "login/Basic")


@dataclass(frozen=True)
class Scene:
    sim: Simulator
    broker: Broker
    client: Subscriber
    journal: Journal

    def logins(self) -> int:
        return self.sim.count(*LOGIN)

    def polled(self, times: int = 2) -> None:
        """Wait until the gateway has answered so many more polls."""
        wanted = self.sim.count("GET", "system_status/soe") + times
        eventually(lambda: self.sim.count("GET", "system_status/soe") >= wanted)


@pytest.fixture
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear(f"{OWN}snapshot")
            yield Scene(sim, broker, client, journal)


def test_a_silent_gateway_goes_offline_and_comes_back_by_itself(scene: Scene) -> None:
    logins = scene.logins()
    before = retained(scene.broker.side_door)
    scene.sim.stop_answering()
    scene.client.see(AVAILABLE, "offline")
    scene.client.see(f"{OWN}connection", "unreachable")
    during = retained(scene.broker.side_door)

    scene.sim.start_answering()
    scene.client.see(AVAILABLE, "online")
    scene.client.see(f"{OWN}connection", "connected")
    scene.client.see(f"{OWN}connection/reason", "ok")
    scene.polled()

    assert scene.logins() - logins <= 1
    assert [t for t, p in during.items() if p == "None" and before[t] != "None"] == []


def test_one_lost_poll_is_no_reason_to_go_offline(scene: Scene) -> None:
    since = scene.client.now
    scene.sim.faults.add(Fault(manner=Manner.RESET, count=2))  # a dropped read is repeated once
    scene.polled(3)

    assert "offline" not in scene.client.payloads(AVAILABLE, since)


def test_an_outage_is_logged_once_and_so_is_its_end(scene: Scene) -> None:
    scene.sim.faults.add(Fault(manner=Manner.RESET))
    scene.client.see(AVAILABLE, "offline")
    before = len(scene.sim.requests)
    eventually(lambda: len(scene.sim.requests) >= before + 3)
    scene.sim.faults.clear()
    scene.client.see(f"{OWN}connection", "connected")

    def said() -> list[str]:
        return [line for line in scene.journal.lines if "main is" in line]

    eventually(lambda: len(said()) >= 4)  # what is told on the topic is logged a moment later
    assert [line.split(":")[0] for line in said()] == [
        "INFO main is connecting",
        "INFO main is connected",
        "WARNING main is unreachable",
        "INFO main is connected",
    ]


def test_an_expired_session_costs_exactly_one_login(scene: Scene) -> None:
    logins = scene.logins()
    since = scene.client.now
    scene.sim.expire_sessions()
    scene.polled(3)

    assert scene.logins() - logins == 1
    assert scene.client.payloads(AVAILABLE, since) == []
    assert scene.client.payloads(f"{OWN}connection", since) == []


def test_a_restart_with_another_firmware_is_followed(scene: Scene) -> None:
    logins = scene.logins()
    started = scene.client.tree[f"{OWN}gateway/started"]

    scene.sim.restart("24.4.0 0fe780c9")

    scene.client.see(f"{OWN}gateway/version", "24.4.0 0fe780c9")
    scene.client.wait(lambda: scene.client.tree[f"{OWN}gateway/started"] != started)
    scene.polled()
    assert scene.logins() - logins == 1


def test_a_stopped_site_master_is_no_outage(scene: Scene) -> None:
    logins = scene.logins()
    scene.sim.house.run(running=False)
    scene.client.see(f"{OWN}connection", "stopped")
    scene.client.see(f"{OWN}gateway/running", "false")
    scene.client.see(f"{OWN}grid/power", "None")
    counters = {t: p for t, p in scene.client.tree.items() if t.endswith("/import_energy")}

    assert scene.client.tree[AVAILABLE] == "online"
    assert counters[f"{OWN}grid/import_energy"] != "None"
    assert scene.logins() == logins

    scene.sim.house.run(running=True)
    scene.client.see(f"{OWN}connection", "connected")
    scene.client.wait(lambda: scene.client.tree[f"{OWN}grid/power"] != "None")


def test_a_gateway_that_wants_to_be_left_alone_is(scene: Scene) -> None:
    scene.sim.faults.add(Fault(status=429, headers=(("retry-after", "2"),), count=1))
    scene.client.see(f"{OWN}connection", "rate_limited")
    asked = len(scene.sim.requests)

    scene.client.see(f"{OWN}connection", "connected", within_s=6)

    times = [request.at for request in scene.sim.requests[asked - 1 :]]
    assert max(after - before for before, after in pairwise(times)) >= 1.9
    assert scene.logins() == 1


def test_a_refused_login_is_not_repeated_at_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim, PASSWORD="not the one") | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.see(f"{OWN}connection", "unauthorized")
            wanted = len(sim.requests) + 3
            eventually(lambda: len(sim.requests) >= wanted)

            assert sim.count(*LOGIN) == 1
            assert "POWERWALL_PASSWORD" in client.tree[f"{OWN}connection/reason"]
            assert [line for line in journal.lines if "not the one" in line] == []


def test_the_health_topic_counts(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env):
            health = json.loads(client.hear("powerwall/bridge/health").payload)

    assert health.keys() >= {"uptime_s", "polls", "failed_polls", "logins", "rss_kb", "gateways"}
    assert list(health["gateways"]) == ["main"]
