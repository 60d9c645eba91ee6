"""What others say in the bridge's place does not stand."""

from functools import partial
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber

from bridge.simulator import Simulator

AVAILABLE = "powerwall/bridge/availability"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("payload", ["offline", ""])
def test_a_bridge_that_is_there_says_so_again(tmp_path: Path, protocol: str, payload: str) -> None:
    """The last will of a second bridge would else hide all that this one knows."""
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PROTOCOL": protocol}
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear("powerwall/main/snapshot")
            since = client.now
            client.publish(AVAILABLE, payload, retain=True)

            client.hear(AVAILABLE, payload, since)
            client.see(AVAILABLE, "online")
            assert len(journal.matching("somebody else says", "MQTT_PREFIX")) == 1
        client.see(AVAILABLE, "offline")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_last_word_of_a_bridge_is_its_own(tmp_path: Path, protocol: str) -> None:
    """With MQTT 3.1.1 a broker gives back to us what we said."""
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PROTOCOL": protocol}
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear("powerwall/main/snapshot")

    assert journal.matching("stopped")
    assert journal.matching("somebody else says") == []


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_two_bridges_under_one_prefix_both_say_so_once(tmp_path: Path, protocol: str) -> None:
    """A client id of its own keeps the broker from telling them apart for us."""
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PROTOCOL": protocol}
        first = env | {"MQTT_CLIENT_ID": "first"}
        with Subscriber(broker.side_door) as client, running(first) as journal:
            client.hear("powerwall/main/snapshot")
            assert journal.matching("a second bridge") == []
            with running(env | {"MQTT_CLIENT_ID": "second"}) as other:
                told = partial(other.matching, "a second bridge", "MQTT_PREFIX")
                client.wait(lambda: len(told()) == 2, within_s=20)
                client.publish("powerwall/bridge/discovery/set", "")
                client.hear("powerwall/main/snapshot", since=client.now)
                assert len(told()) == 2
