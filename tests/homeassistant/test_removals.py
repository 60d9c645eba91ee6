"""What is gone goes from Home Assistant too, and what has another name is still the same."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from subscriber import Subscriber, eventually

from bridge.simulator import Fault, Simulator
from bridge.simulator.shapes import edited
from homeassistant.houses import Houses
from homeassistant.scene import Scene

DAY_S = 24 * 3600.0
SHED, BARN = "shed", "barn"


@pytest.fixture(scope="module")
def shed(scene: Scene) -> Iterator[Houses]:
    """A house with two packs below a prefix of its own, which Home Assistant has got to know."""
    gateways = {SHED: Simulator("fw2412", packs=2, seed=31)}
    with Houses(scene.broker, "farm", gateways, scene.directory / "farm") as shed:
        scene.is_complete(shed)
        yield shed


def test_a_gateway_that_is_renamed_keeps_its_entities(scene: Scene, shed: Houses) -> None:
    """And what somebody has set for them: its site is the same."""
    power = scene.entity("grid_power", SHED, shed)
    scene.core.api.ask("config/entity_registry/update", entity_id=power, name="Power of the shed")
    before = ids(scene, shed)

    shed.stop()
    shed.gateways[BARN] = shed.gateways.pop(SHED)
    shed.start()

    scene.is_complete(shed)
    scene.agrees(houses=shed)
    assert ids(scene, shed) == before
    assert scene.entity("grid_power", BARN, shed) == power
    assert scene.core.state(power)["attributes"]["friendly_name"].endswith("Power of the shed")


def test_a_pack_that_is_gone_for_a_day_leaves_nothing(scene: Scene, shed: Houses) -> None:
    (sim,) = shed.gateways.values()
    lost = f"pack_{sim.site.packs[-1].serial}"
    assert lost in scene.core.devices()
    for path, listed in {"system_status": "battery_blocks", "powerwalls": "powerwalls"}.items():
        sim.faults.add(Fault(path, change=edited(partial(without_last, listed))))

    shed.live(DAY_S + 3600)

    eventually(lambda: lost not in scene.core.devices(), 20)
    assert [id_ for _, id_ in scene.core.entities() if id_.startswith(lost)] == []
    scene.is_complete(shed)


def test_what_a_newer_version_has_not_vanishes(scene: Scene, shed: Houses) -> None:
    """An earlier run has left a discovery message with an entity more."""
    site, message = next(iter(shed.discovery().items()))
    topic = f"homeassistant/device/{site}/config"
    extra = dict(message["cmps"]["grid_power"], unique_id=f"{site}_magic")
    extra |= {"name": "Magic", "default_entity_id": "sensor.magic", "object_id": "magic"}
    shed.stop()
    older = {**message, "cmps": {**message["cmps"], "magic": extra}}
    with Subscriber(scene.broker.side_door) as client:
        client.publish(topic, json.dumps(older), retain=True)
    eventually(lambda: scene.core.state("sensor.magic"), 10)

    shed.start()

    scene.core.shows("sensor.magic", None)
    scene.is_complete(shed)


def test_a_gateway_that_is_taken_from_the_settings_goes_with_its_devices(
    scene: Scene, shed: Houses
) -> None:
    gone = shed.discovery().keys()

    shed.stop()
    with Simulator("fw2412", seed=32) as other:
        shed.gateways = {"other": other}
        shed.start()

        eventually(lambda: not gone & scene.core.devices().keys(), 20)
        shed.stop()


def test_a_gateway_that_went_while_nobody_listened_goes_when_somebody_does(scene: Scene) -> None:
    """By then Home Assistant knows its devices from its own files only."""
    gateways = {"hut": Simulator("fw2412", seed=33)}
    with Houses(scene.broker, "forest", gateways, scene.directory / "forest") as forest:
        scene.is_complete(forest)
        gone = forest.discovery().keys()

        scene.core.stop()
        forest.stop()
        with Simulator("fw2412", seed=34) as other:
            forest.gateways = {"other": other}
            forest.start()
            eventually(lambda: not gone & forest.discovery().keys(), 20)
            scene.core.start()

            eventually(lambda: not gone & scene.core.devices().keys(), 20)
            forest.stop()


def without_last(listed: str, document: Any) -> None:
    del document[listed][-1]


def ids(scene: Scene, houses: Houses) -> set[tuple[str, str]]:
    """Return unique id and entity id of all that belongs to these houses."""
    own = {d["id"] for id_, d in scene.core.devices().items() if id_ in houses.discovery()}
    entities = scene.core.entities().values()
    return {(e.unique_id, e.id) for e in entities if e.facts["device_id"] in own}
