"""How the bridge goes: what its clients hear, and how soon it is gone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Bridge, broker_env, gateway_env
from brokers import Broker
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Fault, Simulator

AVAILABLE = "powerwall/bridge/availability"
RESULT = "powerwall/main/command/result"
SOON_S = 5.0


@dataclass(frozen=True)
class House:
    """A gateway and a broker that the bridge of a test stands between."""

    sim: Simulator
    broker: Broker
    directory: Path

    def bridge(self, **changes: str) -> Bridge:
        env = gateway_env(self.sim, **changes) | broker_env(self.broker)
        return Bridge(env, self.directory / "bridge")

    def hang(self) -> None:
        """Let the gateway take connections and questions, and answer nothing any more."""
        before = len(self.sim.requests)
        self.sim.faults.add(Fault(delay_s=60))
        eventually(lambda: len(self.sim.requests) > before)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        yield House(sim, broker, tmp_path)


@pytest.fixture
def client(house: House) -> Iterator[Subscriber]:
    with Subscriber(house.broker.side_door) as client:
        yield client


def test_a_killed_bridge_leaves_its_last_will(house: House, client: Subscriber) -> None:
    with house.bridge() as bridge:
        client.hear("powerwall/main/snapshot")
        bridge.kill()

        client.see(AVAILABLE, "offline", within_s=2)
    assert retained(house.broker.side_door)[AVAILABLE] == "offline"


def test_a_stopped_bridge_says_offline_and_ends_well(house: House, client: Subscriber) -> None:
    with house.bridge() as bridge:
        client.hear("powerwall/main/snapshot")
        since = client.now
        bridge.terminate()

        assert bridge.exit_code(SOON_S) == 0
        client.catch_up()
        assert client.payloads(AVAILABLE, since) == ["offline"]
        assert "Traceback" not in bridge.log
    assert retained(house.broker.side_door)[AVAILABLE] == "offline"


def test_a_command_under_way_gets_its_last_word_before_offline(
    house: House, client: Subscriber
) -> None:
    """This gateway takes it only with a commit, and so never shows it."""
    with house.bridge(COMMIT="never") as bridge:
        client.hear("powerwall/main/snapshot")
        client.publish("powerwall/main/operation/mode/set", "backup")
        eventually(lambda: house.sim.count("POST", "operation"))
        bridge.terminate()

        assert bridge.exit_code(SOON_S) == 0
        client.see(AVAILABLE, "offline")
    heard = [h for h in client.log if h.topic in (AVAILABLE, RESULT) and not h.stored]
    told = [h.payload if h.topic == AVAILABLE else json.loads(h.payload)["status"] for h in heard]
    assert told[-3:] == ["accepted", "unverified", "offline"]


def test_it_ends_soon_while_the_gateway_hangs(house: House, client: Subscriber) -> None:
    with house.bridge(TIMEOUT="30") as bridge:
        client.hear("powerwall/main/snapshot")
        house.hang()
        bridge.terminate()

        assert bridge.exit_code(SOON_S) == 0
        client.see(AVAILABLE, "offline")


def test_it_ends_soon_while_the_broker_is_away(house: House) -> None:
    house.broker.kill()
    with house.bridge() as bridge:
        bridge.say("no broker at")
        bridge.terminate()

        assert bridge.exit_code(SOON_S) == 0
        assert "Traceback" not in bridge.log


def test_it_ends_soon_when_the_broker_went_away(house: House, client: Subscriber) -> None:
    with house.bridge() as bridge:
        client.hear("powerwall/main/snapshot")
        house.broker.kill()
        bridge.say("the broker is gone")
        bridge.terminate()

        assert bridge.exit_code(SOON_S) == 0


def test_it_ends_soon_while_the_broker_hangs(house: House, client: Subscriber) -> None:
    with house.bridge() as bridge:
        client.hear("powerwall/main/snapshot")
        house.broker.hang()
        bridge.terminate()

        try:
            assert bridge.exit_code(SOON_S) == 0
        finally:
            house.broker.go_on()


def test_it_ends_soon_while_both_are_away(house: House) -> None:
    house.broker.kill()
    house.sim.stop_answering()
    with house.bridge() as bridge:
        bridge.say("no broker at")
        bridge.terminate()

        assert bridge.exit_code(SOON_S) == 0


def test_it_ends_soon_while_both_hang(house: House, client: Subscriber) -> None:
    with house.bridge(TIMEOUT="30") as bridge:
        client.hear("powerwall/main/snapshot")
        house.hang()
        house.broker.hang()
        bridge.terminate()

        try:
            assert bridge.exit_code(SOON_S) == 0
        finally:
            house.broker.go_on()
