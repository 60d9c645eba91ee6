"""One Home Assistant for all tests of this directory, and houses that it knows from the start."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from brokers import Broker, Options
from subscriber import eventually

from bridge.simulator import Simulator
from homeassistant.core import Core
from homeassistant.expected import Comparison, components
from homeassistant.houses import Houses
from homeassistant.installation import Installation

MAIN, LOCKED, OLD = "main", "locked", "old"


@dataclass
class Scene:
    """A broker, the bridge for three gateways, and Home Assistant."""

    broker: Broker
    houses: Houses
    core: Core
    directory: Path

    def is_complete(self, houses: Houses) -> None:
        """Wait until Home Assistant has every entity of these houses, and none that is gone."""
        eventually(lambda: self.missing(houses) == [], 30)

    def missing(self, houses: Houses) -> list[str]:
        """Return what Home Assistant has not, or has and was not told of."""
        told, known = components(houses.discovery()), self.core.entities()
        devices = houses.discovery().keys()
        ids = {device["id"] for name, device in self.core.devices().items() if name in devices}
        own = {key for key, entity in known.items() if entity.facts["device_id"] in ids}
        return [f"{platform} {name}" for platform, name in sorted(own ^ told.keys())]

    def agrees(self, gateway: str | None = None, houses: Houses | None = None) -> None:
        """Wait until Home Assistant has shown every state as it is retained."""
        comparison = Comparison(self.core, houses or self.houses, gateway)
        try:
            eventually(comparison.agrees, 30)
        except TimeoutError:
            raise AssertionError(f"Home Assistant shows otherwise:\n{comparison}") from None

    def entity(self, component: str, gateway: str = MAIN, houses: Houses | None = None) -> str:
        """Return the entity id of a component of a gateway's own device."""
        for message in (houses or self.houses).discovery(gateway).values():
            if message["dev"]["ids"][0].startswith("site_"):
                found = message["cmps"][component]
                return self.core.entities()[found["p"], found["unique_id"]].id
        raise LookupError(f"{gateway} has no {component}")


def gateways() -> dict[str, Simulator]:
    """Return a Powerwall+ with three packs, and two firmwares without vitals or with few."""
    return {
        MAIN: Simulator("fw2336", packs=3, seed=11),
        LOCKED: Simulator("fw2412", seed=12),
        OLD: Simulator("fw2049", seed=13),
    }


@contextmanager
def scene_in(directory: Path, found: Installation) -> Iterator[Scene]:
    """Set everything up in a directory."""
    with (
        Broker(directory / "broker", Options(persistence=True)) as broker,
        Core(found, directory / "config", broker.port) as core,
        Houses(broker, "powerwall", gateways(), directory / "state") as houses,
    ):
        scene = Scene(broker, houses, core, directory)
        scene.is_complete(houses)
        yield scene
