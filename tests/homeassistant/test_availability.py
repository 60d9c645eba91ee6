"""What is not known is unavailable, and comes back by itself, whoever was away."""

from collections.abc import Callable

from subscriber import eventually

from homeassistant.core import Entity
from homeassistant.scene import LOCKED, MAIN, OLD, Scene

# They say how the connection is, so they stay when it is lost.
CONNECTION = ("connection", "connection_reason", "tier")
LOST = ("The connection was lost",)


def gone(scene: Scene, *gateways: str) -> Callable[[], bool]:
    """Return whether all that is enabled of these gateways is unavailable, but their connection."""

    def check() -> bool:
        entities = enabled(scene, *gateways)
        return bool(entities) and all(
            e.state == "unavailable" for e in entities if not e.unique_id.endswith(CONNECTION)
        )

    return check


def enabled(scene: Scene, *gateways: str) -> list[Entity]:
    own = {id_ for gateway in gateways for id_ in scene.houses.discovery(gateway)}
    devices = {d["id"] for name, d in scene.core.devices().items() if name in own}
    entities = scene.core.entities().values()
    return [e for e in entities if e.facts["device_id"] in devices and e.state is not None]


def shown(scene: Scene) -> set[str]:
    states = (entity.state for entity in scene.core.entities().values())
    return {state for state in states if state is not None}


def test_all_is_unavailable_while_the_bridge_is_stopped(scene: Scene) -> None:
    scene.houses.stop()
    eventually(gone(scene, MAIN, LOCKED, OLD))
    connections = [scene.entity(key, name) for key in CONNECTION[:2] for name in (MAIN, OLD)]
    states = {scene.core.state(connection)["state"] for connection in connections}

    scene.houses.start()

    scene.agrees()
    assert states == {"unavailable"}


def test_a_gateway_that_is_away_makes_its_own_unavailable(scene: Scene) -> None:
    scene.houses.gateways[OLD].stop_answering()
    eventually(gone(scene, OLD), 30)
    scene.core.shows(scene.entity("connection", OLD), "unreachable")
    scene.agrees(MAIN)

    scene.houses.gateways[OLD].start_answering()

    eventually(lambda: not gone(scene, OLD)(), 60)
    scene.agrees(OLD)


def test_a_broker_that_is_away_makes_all_unavailable(scene: Scene, excused: set[str]) -> None:
    excused.update(LOST)
    begun = len(scene.core.log)

    scene.broker.stop()
    eventually(lambda: shown(scene) == {"unavailable"}, 30)
    scene.broker.start()

    scene.core.greeted(begun)
    scene.agrees()


def test_states_are_back_after_a_restart_of_home_assistant(scene: Scene) -> None:
    before = {id_: entity.id for id_, entity in scene.core.entities().items()}

    scene.core.stop()
    scene.core.start()

    scene.agrees()
    assert {id_: entity.id for id_, entity in scene.core.entities().items()} == before


def test_a_restart_finds_what_a_silent_bridge_has_left(scene: Scene) -> None:
    """Nobody answers the birth message: what is retained is all there is."""
    for sim in scene.houses.gateways.values():
        sim.clock.freeze()
    scene.houses.stop()
    availability = scene.houses.topic("bridge", "availability")
    scene.core.stop()
    scene.houses.client.publish(availability, "online", retain=True)

    scene.core.start()

    scene.agrees()
    scene.houses.start()
    for sim in scene.houses.gateways.values():
        sim.clock.speed = 1.0
    scene.agrees()
