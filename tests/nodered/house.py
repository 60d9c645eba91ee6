"""A gateway, the bridge, a broker, and Node-RED with flows that a user imports."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bridges import Env, broker_env, gateway_env, running
from brokers import Broker
from node_red import Node, NodeRed
from node_red_install import Impossible, installed
from subscriber import Subscriber, eventually

from bridge.simulator import Simulator

OWN = "powerwall/main/"


@dataclass(frozen=True)
class House:
    """All that take part; observer hears everything that is on the broker."""

    sim: Simulator
    broker: Broker
    observer: Subscriber
    red: NodeRed

    def powerwall(self) -> dict[str, Any]:
        """Return what the flow's HTTP endpoint answers."""
        answer: dict[str, Any] = self.red.get("/powerwall")
        return answer

    def level(self) -> float:
        return float(self.powerwall()["snapshot"]["battery"]["level"])

    def charge(self, raw_percent: float) -> float:
        """Fill the battery, wait until the flow knows; return the level, app scale."""
        self.sim.house.set_charge(raw_percent)
        level = (raw_percent - 5) / 0.95
        eventually(lambda: abs(self.level() - level) < 0.5, 15)
        return self.level()

    def result(self, since: int) -> dict[str, Any]:
        """Return the last word on the command that was sent since then."""

        def ended() -> dict[str, Any] | None:
            said = self.observer.payloads(f"{OWN}command/result", since)
            steps: list[dict[str, Any]] = [json.loads(text) for text in said]
            return steps[-1] if steps and steps[-1]["status"] != "accepted" else None

        return self.observer.wait(ended, 15)


@cache
def _found() -> Path | Impossible:
    """Return where Node-RED is, or why it is not; that is found out once."""
    try:
        return installed()
    except Impossible as error:
        return error


def installation() -> Path:
    """Return where Node-RED is; without it the test is skipped."""
    found = _found()
    if isinstance(found, Impossible):
        pytest.skip(f"no Node-RED: {found}")
    return found


@contextmanager
def living(directory: Path, nodes: list[Node], protocol: str = "5", **env: str) -> Iterator[House]:
    """Run a house whose bridge and Node-RED speak this protocol; env is more of its settings.

    Without Node-RED the test is skipped.
    """
    red_at = installation()
    with Broker(directory / "broker") as broker, Simulator() as sim:
        settings: Env = gateway_env(sim, COMMANDS_PER_MINUTE="600") | broker_env(broker) | env
        with (
            Subscriber(broker.side_door) as observer,
            running(settings | {"MQTT_PROTOCOL": protocol}),
            NodeRed(red_at, directory / "node-red", broker.port) as red,
        ):
            observer.wait(lambda: any(topic.endswith("/snapshot") for topic in observer.tree))
            red.deploy(nodes, protocol)
            yield House(sim, broker, observer, red)
