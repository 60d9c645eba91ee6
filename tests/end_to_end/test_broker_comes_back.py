"""A broker that was away and has lost everything: what is there again, how soon, in what order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Bridge, broker_env, gateway_env
from brokers import Broker, Options
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Simulator

AVAILABLE = "powerwall/bridge/availability"
SNAPSHOT = "powerwall/main/snapshot"
BACK_S = 5.0


@dataclass(frozen=True)
class Scene:
    sim: Simulator
    broker: Broker
    bridge: Bridge

    def polls(self, count: int) -> None:
        """Wait until the gateway was asked so many times more."""
        wanted = self.sim.count("GET", "system_status/soe") + count
        eventually(lambda: self.sim.count("GET", "system_status/soe") >= wanted)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A house at a standstill, all of it retained."""
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        sim.clock.freeze()
        env = gateway_env(sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, Bridge(env, tmp_path / "bridge") as bridge:
            client.hear(SNAPSHOT)
            client.hear(SNAPSHOT, since=client.now)
            yield Scene(sim, broker, bridge)


def lasting(tree: dict[str, str]) -> dict[str, str]:
    """Return a tree without what changes with every poll or minute."""
    changing = {SNAPSHOT, "powerwall/bridge/health"}
    return {topic: payload for topic, payload in tree.items() if topic not in changing}


def test_everything_is_back_within_seconds(scene: Scene) -> None:
    before = retained(scene.broker.side_door)
    scene.broker.kill()
    scene.bridge.say("the broker is gone")

    scene.broker.start()
    with Subscriber(scene.broker.side_door) as client:
        client.see(AVAILABLE, "online", within_s=BACK_S)

    after = retained(scene.broker.side_door)
    assert after.keys() == before.keys()
    assert lasting(after) == lasting(before)


def test_online_is_the_last_word_of_a_return(scene: Scene) -> None:
    before = retained(scene.broker.side_door)
    scene.broker.kill()
    scene.bridge.pause()
    scene.broker.start()

    with Subscriber(scene.broker.side_door) as client:
        scene.bridge.go_on()
        client.see(AVAILABLE, "online", within_s=BACK_S)
        came = [heard.topic for heard in client.log]

    assert set(came[: came.index(AVAILABLE)]) >= before.keys() - {AVAILABLE}


def test_only_the_newest_value_comes_after_a_return(scene: Scene) -> None:
    scene.broker.kill()
    for scenario in ("grid-powered", "battery-exporting", "solar-exporting"):
        scene.sim.house.set_scenario(scenario)
        scene.polls(2)
    scene.bridge.pause()
    scene.broker.start()

    with Subscriber(scene.broker.side_door) as client:
        scene.bridge.go_on()
        client.see(AVAILABLE, "online", within_s=BACK_S)
        client.hear(SNAPSHOT, since=client.now)

        assert client.payloads("powerwall/main/battery/power") == ["0"]
        assert client.payloads("powerwall/main/solar/power") == ["1500"]
        assert set(client.payloads("powerwall/main/grid/power")) == {"-1100"}


def test_a_broker_that_keeps_its_data_gets_no_stale_value(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker", Options(persistence=True)) as broker, Simulator() as sim:
        sim.clock.freeze()
        env = gateway_env(sim) | broker_env(broker)
        with Bridge(env, tmp_path / "bridge") as bridge:
            scene = Scene(sim, broker, bridge)
            with Subscriber(broker.side_door) as client:
                client.hear(SNAPSHOT)
            broker.stop()
            sim.house.set_scenario("solar-exporting")
            scene.polls(2)
            broker.start()
            with Subscriber(broker.side_door) as client:
                client.see("powerwall/main/solar/power", "1500", within_s=BACK_S)
                client.see(AVAILABLE, "online")


def test_a_bridge_that_starts_before_its_broker_finds_it(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        broker.kill()
        env = gateway_env(sim) | broker_env(broker)
        with Bridge(env, tmp_path / "bridge") as bridge:
            bridge.say("no broker at")
            broker.start()
            with Subscriber(broker.side_door) as client:
                client.see(AVAILABLE, "online", within_s=BACK_S)
                client.see("powerwall/main/connection", "connected")
            assert bridge.log.count("no broker at") == 1
            assert json.loads(retained(broker.side_door)[SNAPSHOT])["grid"]["status"]
