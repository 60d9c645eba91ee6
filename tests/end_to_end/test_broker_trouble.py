"""The whole bridge while its broker refuses, stalls, forgets, repeats or takes only a part."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Bridge, Journal, broker_env, gateway_env, running
from broker_proxy import BrokerProxy
from brokers import Broker, Options
from subscriber import Subscriber, eventually

from bridge.app import Application
from bridge.settings import load_settings
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

    def begin(self) -> None:
        """Let the house be as it is before `live`."""
        self.sim.house.set_charge(50)
        self.client.see(LEVEL, "50")

    def live(self) -> None:
        """Let time pass in the house: its powers and its charge change, poll by poll."""
        for percent, scenario in enumerate(SCENES, start=51):
            self.sim.house.set_scenario(scenario)
            self.sim.house.set_charge(percent)
            self.polls(1)
        self.polls(1)

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
    """All is well before a test and after it."""
    yield shared
    shared.proxy.heal()
    shared.client.see(AVAILABLE, "online")


def test_after_a_time_without_broker_no_value_is_older_than_its_end(scene: Scene) -> None:
    scene.begin()
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
    scene.begin()
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

    for reserve in range(20, 24):
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


def test_with_mqtt_5_a_discovery_that_is_too_large_is_named_and_all_else_goes_on(
    tmp_path: Path,
) -> None:
    with scenes(tmp_path, Options(more=("max_packet_size 32000",))) as scene:
        scene.client.see(f"{OWN}connection", "connected")
        eventually(lambda: scene.troubles())
        scene.polls()

        (said,) = scene.troubles()
        assert "homeassistant/device/site_" in said
        assert "takes 32000: raise its limit" in said
        assert scene.command("operation/backup_reserve", "40") == ["accepted", "done"]
        assert scene.proxy.connections == 1


def test_what_an_access_list_refuses_is_named_and_counted(tmp_path: Path) -> None:
    rules = "topic readwrite powerwall/#\ntopic deny powerwall/main/control/#\n"
    with Broker(tmp_path, Options(acl=rules)) as broker, Simulator("fw2144") as sim:
        env = gateway_env(sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, Bridge(env, tmp_path / "bridge") as bridge:
            bridge.say("powerwall/main/control/operation/availability is refused by the broker")
            client.hear(SNAPSHOT, since=client.now)
            lines = [line for line in bridge.log.splitlines() if " is refused by" in line]

            assert len({line.split()[3] for line in lines}) == len(lines)
            assert all("MQTT_USERNAME" in line for line in lines)
            assert bridge.log.count("connected to") == 1


def test_what_is_refused_is_counted_in_the_health_of_the_bridge(tmp_path: Path) -> None:
    rules = "topic readwrite powerwall/#\n"
    now = threading.Event()
    now.set()
    with Broker(tmp_path, Options(acl=rules)) as broker, Simulator("fw2144") as sim:
        application = Application(load_settings(gateway_env(sim) | broker_env(broker), None))
        with Subscriber(broker.side_door) as client:
            application.start()
            try:
                client.hear(SNAPSHOT)
                client.hear(SNAPSHOT, since=client.now)
                application.wait(now)
                health = json.loads(client.hear("powerwall/bridge/health").payload)
            finally:
                application.stop()

    assert health["refused"] > 0
    assert health["dropped"] == 0


def test_two_bridges_with_one_client_id_both_say_so(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Simulator("fw2144") as sim:
        env = gateway_env(sim) | broker_env(broker)
        with (
            Bridge(env, tmp_path / "first") as first,
            Bridge(env, tmp_path / "second") as second,
        ):
            first.say("own MQTT_CLIENT_ID", within_s=20)
            second.say("own MQTT_CLIENT_ID", within_s=20)

            assert "connects as powerwall-mqtt-powerwall" in first.log
            assert "connects as powerwall-mqtt-powerwall" in second.log
