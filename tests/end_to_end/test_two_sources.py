"""What two endpoints tell: one of them is enough, and without both of them it is unknown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from leaping import Leaping
from subscriber import Subscriber

from bridge import assembly
from bridge.simulator import Fault, Simulator

OWN = "powerwall/main/"
SILENCE_S = 61.0
NONE = "None"
BAD = b"try again later"


@dataclass(frozen=True)
class Scene:
    """A gateway whose endpoints can be spoilt one by one, and a client of its bridge."""

    sim: Simulator
    client: Subscriber
    clock: Leaping

    def spoil(self, path: str) -> None:
        """Spoil an endpoint for longer than it is believed."""
        self.sim.faults.add(Fault(path, body=BAD))
        asked = self.sim.count("GET", path)
        self.client.wait(lambda: self.sim.count("GET", path) > asked, 15)
        self.sim.clock.advance(3)
        self.clock.leap(SILENCE_S)

    def told(self, reading: str) -> str:
        """Wait until a reading is known; return it."""
        topic = OWN + reading
        return self.client.wait(
            lambda: "" if (said := self.client.tree.get(topic, NONE)) == NONE else said, 15
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clock = Leaping(assembly.now)
    with Broker(tmp_path) as broker, Simulator("fw2336") as sim:
        sim.clock.freeze()
        with (
            Subscriber(broker.side_door) as client,
            running(gateway_env(sim) | broker_env(broker), clock),
        ):
            yield Scene(sim, client, clock)


@pytest.mark.parametrize(
    ("first", "alone", "second", "reading"),
    [
        ("system_status", "battery/energy_remaining", "system_status/grid_faults", "grid/faults"),
        ("devices/vitals", "grid/l1_frequency", "meters/site", "grid/l1_voltage"),
        ("sitemaster", "gateway/running", "status", "gateway/can_reboot"),
    ],
)
def test_what_two_endpoints_tell_is_unknown_without_both(
    scene: Scene, first: str, alone: str, second: str, reading: str
) -> None:
    scene.told(reading)
    scene.told(alone)

    scene.spoil(first)
    scene.client.see(OWN + alone, NONE, 15)
    scene.told(reading)
    scene.spoil(second)

    scene.client.see(OWN + reading, NONE, 15)
