"""The whole bridge while its broker refuses, stalls, forgets, repeats or takes only a part."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Journal, broker_env, gateway_env, running
from broker_proxy import BrokerProxy
from brokers import Broker, Options
from subscriber import Subscriber, eventually

from bridge.simulator import Simulator

OWN = "powerwall/main/"
AVAILABLE = "powerwall/bridge/availability"
SNAPSHOT = f"{OWN}snapshot"
RESULT = f"{OWN}command/result"
SOLAR = f"{OWN}solar/power"
LEVEL = f"{OWN}battery/level_raw"
SCENES = {"solar-exporting": "1500", "solar-charging": "1200", "grid-powered": "0"}


@dataclass(frozen=True)
class Scene:
    """A house at a standstill, its bridge, the way to the broker, and a client of that."""

    sim: Simulator
    broker: Broker
    proxy: BrokerProxy
    client: Subscriber
    journal: Journal

    def polls(self, count: int = 2) -> None:
        """Wait until the gateway was asked so many times more."""
        wanted = self.sim.count("GET", "system_status/soe") + count
        eventually(lambda: self.sim.count("GET", "system_status/soe") >= wanted)

    def live(self) -> None:
        """Let time pass in the house: its powers and its charge change, poll by poll."""
        for percent, scenario in enumerate(SCENES, start=51):
            self.sim.house.set_scenario(scenario)
            self.sim.house.set_charge(percent)
            self.polls()

    def troubles(self) -> list[str]:
        return [line for line in self.journal.lines if line.startswith(("ERROR", "CRITICAL"))]

    def results(self, since: int) -> list[dict[str, object]]:
        return [json.loads(payload) for payload in self.client.payloads(RESULT, since)]

    def command(self, path: str, payload: str) -> list[object]:
        """Send a command; return what became of it."""
        since = self.client.now
        self.client.publish(f"{OWN}{path}/set", payload)

        def ended() -> list[object]:
            said: list[object] = [step["status"] for step in self.results(since)]
            return said if len(said) > 1 or said[:1] == ["refused"] else []

        return self.client.wait(ended, 15)


@contextmanager
def scenes(directory: Path, options: Options | None = None, **more: str) -> Iterator[Scene]:
    with (
        Broker(directory / "broker", options) as broker,
        BrokerProxy(broker.port) as proxy,
        Simulator("fw2144") as sim,
        Subscriber(broker.side_door) as client,
    ):
        sim.clock.freeze()
        sim.house.set_charge(50)
        sim.house.set_delays(0.3, 0.3)
        env = gateway_env(sim, CONTROL="all", COMMANDS_PER_MINUTE="600") | broker_env(broker)
        env |= {"MQTT_PORT": str(proxy.port)} | more
        with running(env) as journal:
            scene = Scene(sim, broker, proxy, client, journal)
            client.hear(AVAILABLE, "online")
            client.hear(SNAPSHOT)
            yield scene


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scenes(tmp_path_factory.mktemp("scene")) as scene:
        yield scene


@pytest.fixture
def scene(shared: Scene) -> Iterator[Scene]:
    """All is well before a test and after it; the charge has come to 50 % in small steps."""
    for percent in (52, 51, 50):
        shared.sim.house.set_charge(percent)
        shared.client.see(LEVEL, str(percent))
    yield shared
    shared.proxy.heal()
    shared.client.see(AVAILABLE, "online")


def test_after_a_time_without_broker_no_value_is_older_than_its_end(scene: Scene) -> None:
    scene.proxy.refuse()
    scene.client.see(AVAILABLE, "offline")
    scene.live()
    since = scene.client.now
    scene.proxy.heal()

    scene.client.hear(AVAILABLE, "online", since)
    scene.client.hear(SNAPSHOT, since=scene.client.now)
    assert set(scene.client.payloads(SOLAR, since)) == {SCENES["grid-powered"]}
    assert set(scene.client.payloads(LEVEL, since)) == {"53"}
    snapshots = [json.loads(payload) for payload in scene.client.payloads(SNAPSHOT, since)]
    assert {snapshot["solar"]["power"] for snapshot in snapshots} == {0}
    topics = [heard.topic for heard in scene.client.log[since:]]
    assert set(topics[: topics.index(AVAILABLE)]) >= {SOLAR, LEVEL, SNAPSHOT, f"{OWN}availability"}


def test_after_a_stall_all_is_current_and_nothing_has_failed(scene: Scene) -> None:
    scene.sim.house.set_scenario("battery-powered")
    scene.client.see(SOLAR, "0")
    scene.proxy.stall()
    since = scene.client.now
    scene.live()
    scene.proxy.heal()

    scene.client.see(LEVEL, "53")
    scene.client.see(SOLAR, SCENES["grid-powered"])
    levels = [float(payload) for payload in scene.client.payloads(LEVEL, since)]
    assert levels == sorted(levels)
    assert [line for line in scene.journal.lines if "Traceback" in line] == []


def test_a_command_that_the_network_repeats_is_carried_out_once(scene: Scene) -> None:
    posts = scene.sim.count("POST", "operation")
    switches = scene.sim.count("POST", "v2/islanding/mode")
    scene.proxy.duplicate()

    assert scene.command("operation/backup_reserve", "40") == ["accepted", "done"]
    assert scene.command("island/mode", "on_grid") == ["accepted", "done"]
    assert scene.command("operation/backup_reserve", "41") == ["accepted", "done"]
    assert scene.sim.count("POST", "operation") == posts + 2
    assert scene.sim.count("POST", "v2/islanding/mode") == switches + 1


def test_a_command_is_answered_though_acknowledgements_get_lost(scene: Scene) -> None:
    scene.proxy.drop_acks()

    for reserve in range(20, 32):
        assert scene.command("operation/backup_reserve", str(reserve)) == ["accepted", "done"]
    connections = scene.proxy.connections
    scene.proxy.heal()
    assert scene.command("operation/backup_reserve", "35") == ["accepted", "done"]
    assert scene.proxy.connections == connections


@pytest.mark.parametrize("retain", [False, True])
def test_a_command_of_the_time_without_broker_is_never_carried_out(
    scene: Scene, *, retain: bool
) -> None:
    topic, posts = f"{OWN}operation/backup_reserve/set", scene.sim.count("POST", "operation")
    scene.proxy.refuse()
    scene.client.see(AVAILABLE, "offline")
    scene.client.publish(topic, "77", retain=retain)
    since = scene.client.now
    scene.proxy.heal()
    scene.client.hear(AVAILABLE, "online", since)

    scene.polls()
    scene.client.publish(topic, "", retain=True)
    assert scene.command("operation/backup_reserve", "nonsense") == ["refused"]
    assert len(scene.results(since)) == 1
    assert scene.sim.count("POST", "operation") == posts
