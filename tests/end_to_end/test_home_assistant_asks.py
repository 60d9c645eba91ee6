"""Home Assistant comes, goes, and wants to be told again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber, retained

from bridge.simulator import Simulator


@dataclass(frozen=True)
class Scene:
    sim: Simulator
    broker: Broker
    client: Subscriber

    @property
    def site(self) -> str:
        return f"homeassistant/device/site_{self.sim.site.din}/config"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A house at a standstill, announced to Home Assistant."""
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        sim.clock.freeze()
        with Subscriber(broker.side_door) as client, running(gateway_env(sim) | broker_env(broker)):
            client.hear("powerwall/main/snapshot")
            client.hear("powerwall/main/snapshot", since=client.now)
            yield Scene(sim, broker, client)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [("homeassistant/status", "online"), ("powerwall/bridge/discovery/set", "please")],
)
def test_discovery_and_states_are_sent_again(scene: Scene, topic: str, payload: str) -> None:
    own = {t for t in retained(scene.broker.side_door) if t != "powerwall/bridge/availability"}
    since = scene.client.now

    scene.client.publish(topic, payload)

    scene.client.wait(lambda: own <= {heard.topic for heard in scene.client.log[since:]})


def test_a_birth_that_is_retained_is_heard_too(scene: Scene) -> None:
    since = scene.client.now

    scene.client.publish("homeassistant/status", "online", retain=True)

    scene.client.hear(scene.site, since=since)
    scene.client.publish("homeassistant/status", retain=True)


def test_a_device_that_was_deleted_by_hand_comes_back_when_asked(scene: Scene) -> None:
    payload = scene.client.tree[scene.site]
    scene.client.publish(scene.site, retain=True)
    scene.client.wait(lambda: scene.site not in scene.client.tree)

    scene.client.publish("homeassistant/status", "online")

    scene.client.see(scene.site, payload)


@pytest.mark.parametrize(
    ("topic", "payload", "retain"),
    [
        ("homeassistant/status", "offline", False),
        ("homeassistant/status", "", False),
        ("powerwall/bridge/discovery/set", "x", True),
    ],
)
def test_nobody_asked(scene: Scene, topic: str, payload: str, *, retain: bool) -> None:
    since = scene.client.now

    scene.client.publish(topic, payload, retain=retain)
    scene.client.hear("powerwall/main/snapshot", since=since)
    scene.client.hear("powerwall/main/snapshot", since=scene.client.now)

    scene.client.publish(topic, retain=True)
    assert scene.client.payloads(scene.site, since) == []


def test_every_entity_has_its_topic_and_no_id_twice(scene: Scene) -> None:
    tree = retained(scene.broker.side_door)
    devices = [json.loads(p) for t, p in tree.items() if t.startswith("homeassistant/device/")]
    components = [component for device in devices for component in device["cmps"].values()]

    ids = [(component["p"], component["unique_id"]) for component in components]
    states = {c["state_topic"] for c in components if "state_topic" in c and c["p"] != "event"}
    availabilities = {a["topic"] for device in devices for a in device["avty"]}
    assert len(ids) == len(set(ids))
    assert (states | availabilities) - tree.keys() == set()


def test_without_discovery_nothing_is_announced(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker) | {"HA_DISCOVERY": "false"}
        with Subscriber(broker.side_door) as client, running(env):
            client.hear("powerwall/main/snapshot")
            client.publish("homeassistant/status", "online")
            client.hear("powerwall/main/snapshot", since=client.now)

            assert [t for t in retained(broker.side_door) if t.startswith("homeassistant")] == []


def test_other_prefixes_are_used_throughout(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Simulator() as sim:
        prefixes = {"MQTT_PREFIX": "home/energy", "HA_PREFIX": "ha"}
        with (
            Subscriber(broker.side_door) as client,
            running(gateway_env(sim) | broker_env(broker) | prefixes),
        ):
            client.hear("home/energy/main/snapshot")
            client.hear("home/energy/main/snapshot", since=client.now)
            tree = retained(broker.side_door)
            site = f"ha/device/site_{sim.site.din}/config"
            since = client.now
            client.publish("ha/status", "online")
            client.hear(site, since=since)
            client.publish("home/energy/main/operation/backup_reserve/set", "40")
            client.see("home/energy/main/operation/backup_reserve", "40")

    assert {topic.split("/")[0] for topic in tree} == {"home", "ha"}
    assert "powerwall/" not in tree[site]
