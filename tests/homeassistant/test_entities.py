"""Every entity is there as the bridge announced it, and shows what stands on its topic."""

import pytest

from bridge.simulator import Simulator
from homeassistant.expected import components, misfits
from homeassistant.houses import Houses
from homeassistant.scene import LOCKED, MAIN, OLD, Scene

ALL = (MAIN, LOCKED, OLD)


@pytest.mark.parametrize("gateway", ALL)
def test_every_entity_is_registered_as_announced(scene: Scene, gateway: str) -> None:
    """Names, classes, units, categories, and whether it is enabled by default."""
    entities, devices = scene.core.entities(), scene.core.devices()

    told = components(scene.houses.discovery(gateway))
    wrong = [f"{key}: is not there" for key in told if key not in entities]
    for key, (message, component) in told.items():
        if key in entities:
            device = devices[message["dev"]["ids"][0]]["id"]
            wrong += misfits(message, component, entities[key], device)

    assert len(told) > 50
    assert wrong == []


@pytest.mark.parametrize("gateway", ALL)
def test_every_device_is_registered_as_announced(scene: Scene, gateway: str) -> None:
    devices, told = scene.core.devices(), scene.houses.discovery(gateway)
    names = {"name": "name", "manufacturer": "mf", "model": "mdl", "serial_number": "sn"}
    names |= {"sw_version": "sw", "configuration_url": "cu"}

    for id_, message in told.items():
        seen, dev = devices[id_], message["dev"]
        via = devices[dev["via_device"]]["id"] if "via_device" in dev else None
        assert {n: seen[n] for n in names} == {n: dev.get(short) for n, short in names.items()}
        assert seen["via_device_id"] == via


def test_a_powerwall_plus_has_its_packs_strings_and_meters(scene: Scene) -> None:
    ids = [id_.partition("_")[0] for id_ in scene.houses.discovery(MAIN)]
    names = [e.facts["original_name"] for e in scene.core.entities().values()]

    assert {kind: ids.count(kind) for kind in ("site", "pack", "inverter")} == {
        "site": 1,
        "pack": 3,
        "inverter": 1,
    }
    assert {"String A power", "String B power"} <= set(names)


@pytest.mark.parametrize("gateway", ALL)
def test_every_enabled_entity_shows_what_is_retained(scene: Scene, gateway: str) -> None:
    scene.agrees(gateway)


def test_a_powerwall_3_is_there_without_controls_and_shows_what_is_retained(scene: Scene) -> None:
    gateways = {"lodge": Simulator("pw3", seed=14)}
    with Houses(scene.broker, "lake", gateways, scene.directory / "lake") as lodge:
        scene.is_complete(lodge)
        scene.agrees(houses=lodge)

        (told,) = lodge.discovery().values()
        assert scene.core.devices()[told["dev"]["ids"][0]]["model"] == "Powerwall 3"
        assert [key for key in told["cmps"] if key.startswith("set_")] == ["set_refresh"]


def test_entities_that_are_off_by_default_show_it_once_they_are_enabled(scene: Scene) -> None:
    off = [e for e in scene.core.entities().values() if e.facts["disabled_by"] == "integration"]
    assert off

    for entity in off:
        scene.core.api.ask("config/entity_registry/update", entity_id=entity.id, disabled_by=None)
    scene.core.reload()

    scene.agrees()
    told, entities = components(scene.houses.discovery()), scene.core.entities()
    wrong = [f"{e.id} has no state" for e in entities.values() if e.state is None]
    for key, (message, component) in told.items():
        enabled = {**component, "enabled_by_default": True}
        wrong += misfits(message, enabled, entities[key], entities[key].facts["device_id"])
    assert wrong == []
