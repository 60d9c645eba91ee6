"""Simulated gateways and the bridge for them, whose time can be made to pass."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from bridges import Journal, broker_env, gateway_env, running
from brokers import Broker
from leaping import Leaping
from subscriber import Subscriber, eventually, retained

from bridge import assembly
from bridge.simulator import Simulator

CONTROLLED = {"CONTROL": "all", "COMMANDS_PER_MINUTE": "600"}
WITNESS = "system_status"  # says which packs there are, and is asked in every poll here
Payload = Mapping[str, Any]


@dataclass
class Houses:
    """Gateways by name below one prefix, and their bridge, within `with`."""

    broker: Broker
    prefix: str
    gateways: dict[str, Simulator]
    directory: Path
    clock: Leaping = field(default_factory=lambda: Leaping(assembly.now))

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._bridge = ExitStack()
        for sim in self.gateways.values():
            self._stack.enter_context(sim)
            sim.house.set_delays(0.3, 0.3)
        self.client = self._stack.enter_context(
            Subscriber(self.broker.side_door, f"{self.prefix}/#")
        )
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._stack.close()

    def start(self) -> Journal:
        """Start the bridge; returns when it has told everything of every gateway."""
        env = broker_env(self.broker, self.directory) | {"MQTT_PREFIX": self.prefix}
        for name, sim in self.gateways.items():
            env |= gateway_env(sim, f"POWERWALLS__{name}__", **CONTROLLED)
        since = self.client.now
        journal = self._bridge.enter_context(running(env, self.clock))
        for name in self.gateways:
            self.client.hear(self.topic(name, "snapshot"), since=since, within_s=20)
        return journal

    def stop(self) -> None:
        self._bridge.close()

    def topic(self, gateway: str, *path: str) -> str:
        return "/".join((self.prefix, gateway, *path))

    def tree(self) -> dict[str, str]:
        """Return what is retained below the prefix, by topic."""
        return retained(self.broker.side_door, f"{self.prefix}/#")

    def discovery(self, gateway: str | None = None) -> dict[str, Payload]:
        """Return what Home Assistant was told, by device: of one gateway or of all."""
        told = retained(self.broker.side_door, "homeassistant/device/+/config")
        own = f'"{self.prefix}/{gateway}/' if gateway else f'"{self.prefix}/'
        payloads = [json.loads(payload) for payload in told.values() if own in payload]
        return {payload["dev"]["ids"][0]: payload for payload in payloads}

    def live(self, seconds: float, step_s: float = 600.0) -> None:
        """Let time pass for the houses and for the bridge, which looks at them every step."""
        while seconds > 0:
            passed_s = min(step_s, seconds)
            for sim in self.gateways.values():
                sim.clock.advance(passed_s)
            self.clock.leap(passed_s)
            self._look()
            seconds -= passed_s

    def _look(self) -> None:
        """Have every gateway read; returns when an answer from after now is on its topics."""
        asked = {name: sim.count("GET", WITNESS) for name, sim in self.gateways.items()}
        for name in self.gateways:
            self.client.publish(self.topic(name, "refresh", "set"), "true")
        for name in self.gateways:
            eventually(partial(self._has_answered, name, asked[name]), 20)
            since = self.client.now
            self.client.hear(self.topic(name, "snapshot"), since=since, within_s=20)

    def _has_answered(self, name: str, asked: int) -> bool:
        return self.gateways[name].count("GET", WITNESS) > asked
