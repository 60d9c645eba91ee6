"""A gateway that shows another certificate than the one that is trusted gets nothing from us."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber

from bridge.simulator import Simulator

OWN = "powerwall/main/"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


def test_a_changed_certificate_stops_every_request(broker: Broker) -> None:
    with Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear(f"{OWN}snapshot")
            sim.rotate_certificate()
            client.see(f"{OWN}connection", "untrusted")
            asked, connections = len(sim.requests), sim.connections
            client.see(f"{OWN}availability", "offline")
            client.wait(lambda: sim.connections > connections)

            assert len(sim.requests) == asked
            assert "powerwall-mqtt check --trust" in client.tree[f"{OWN}connection/reason"]
            assert len(journal.matching("untrusted")) == 1


def test_a_command_is_not_sent_to_a_stranger(broker: Broker) -> None:
    with Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env):
            client.hear(f"{OWN}snapshot")
            sim.rotate_certificate()
            client.see(f"{OWN}connection", "untrusted")
            asked, since = len(sim.requests), client.now
            client.publish(f"{OWN}operation/mode/set", "backup")
            client.wait(lambda: len(client.payloads(f"{OWN}command/result", since)) == 2)

            assert '"status":"failed"' in client.payloads(f"{OWN}command/result", since)[1]
            assert len(sim.requests) == asked


def test_the_pinned_certificate_outlives_a_restart(broker: Broker, tmp_path: Path) -> None:
    with Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker, tmp_path / "state")
        with Subscriber(broker.side_door) as client, running(env):
            client.hear(f"{OWN}snapshot")
        sim.rotate_certificate()
        asked = len(sim.requests)

        with Subscriber(broker.side_door) as client, running(env):
            client.see(f"{OWN}connection", "untrusted")
            client.see(f"{OWN}availability", "offline")

        assert len(sim.requests) == asked


@pytest.mark.parametrize("restarts", [False, True])
def test_a_changed_certificate_is_an_event_with_what_to_compare(
    broker: Broker,
    tmp_path: Path,
    restarts: bool,  # noqa: FBT001
) -> None:
    with Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker, tmp_path / "state")
        with Subscriber(broker.side_door) as client, running(env):
            client.hear(f"{OWN}snapshot")
            before = client.payloads(f"{OWN}event")
            if not restarts:
                sim.rotate_certificate()
                client.see(f"{OWN}availability", "offline")
                events = client.payloads(f"{OWN}event")
        if restarts:
            sim.rotate_certificate()
            with Subscriber(broker.side_door) as client, running(env):
                client.hear(f"{OWN}event")
                events = client.payloads(f"{OWN}event")

    assert before == []
    (event,) = map(json.loads, events)
    told = (event["event_type"], event["fingerprint"])
    assert told == ("certificate_changed", sim.fingerprint)


def test_nothing_that_is_kept_can_be_read_by_others(broker: Broker, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker, state)
        with Subscriber(broker.side_door) as client, running(env):
            client.hear(f"{OWN}snapshot")

    kept = {file.name: file.stat().st_mode & 0o777 for file in state.glob("*.json")}
    assert kept == {"main.json": 0o600}
    assert sim.password not in (state / "main.json").read_text(encoding="utf-8")


def test_a_restart_goes_on_with_the_session_it_had(broker: Broker, tmp_path: Path) -> None:
    with Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker, tmp_path / "state")
        for _ in range(3):
            with Subscriber(broker.side_door) as client, running(env):
                client.hear(f"{OWN}snapshot", since=client.now)
                client.see(f"{OWN}connection", "connected")

        assert sim.count("POST", "login/Basic") == 1
