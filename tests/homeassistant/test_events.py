"""What happens at the house arrives once, in the entities that are there for it."""

from typing import Any

from subscriber import eventually

from bridge.simulator import Fault
from bridge.simulator.shapes import edited
from homeassistant.api import Json
from homeassistant.scene import MAIN, OLD, Scene


def event(scene: Scene, component: str, kind: str) -> Json:
    """Return the attributes of an event entity once its last event is of this kind."""
    entity = scene.entity(component)

    def last() -> Json:
        seen = scene.core.state(entity)
        return seen["attributes"] if seen["attributes"].get("event_type") == kind else None

    return eventually(last, 20)


def test_an_outage_is_an_event_and_so_is_its_end(scene: Scene) -> None:
    house = scene.houses.gateways[MAIN].house

    house.lose_grid()
    lost = event(scene, "outage_event", "grid_lost")
    house.restore_grid()
    restored = event(scene, "outage_event", "grid_restored")

    assert lost["at"] <= restored["at"]


def test_an_alert_is_an_event_and_so_is_its_end(scene: Scene) -> None:
    """The gateway says with an alert that it is on the grid."""
    house = scene.houses.gateways[MAIN].house

    house.lose_grid()
    cleared = event(scene, "alert_event", "alert_cleared")
    house.restore_grid()
    raised = event(scene, "alert_event", "alert_raised")

    assert raised["name"] == cleared["name"] == "SystemConnectedToGrid"


def test_the_alerts_that_are_on_are_listed_with_their_meaning(scene: Scene) -> None:
    count = scene.core.state(scene.entity("alerts_count"))

    alerts = count["attributes"]["alerts"]
    assert len(alerts) == int(count["state"]) > 0
    assert all({"name", "device", "severity", "meaning", "first_seen"} <= set(a) for a in alerts)


def test_a_command_says_what_became_of_it(scene: Scene) -> None:
    slider = scene.entity("set_operation_backup_reserve")

    scene.core.api.act("number.set_value", slider, value=33)
    done = event(scene, "command_event", "done")
    scene.houses.client.publish(scene.houses.topic(MAIN, "operation", "mode", "set"), "turbo")
    refused = event(scene, "command_event", "refused")

    assert (done["command"], done["applied"]["backup_reserve"]) == ("operation/backup_reserve", 33)
    assert "self_consumption" in refused["reason"]


def test_a_new_firmware_shows_in_its_entity_and_on_the_device(scene: Scene) -> None:
    sim = scene.houses.gateways[OLD]
    (site,) = (id_ for id_ in scene.houses.discovery(OLD) if id_.startswith("site_"))

    sim.restart("21.13.2 0a1b2c3d")

    scene.core.shows(scene.entity("gateway_version", OLD), "21.13.2 0a1b2c3d")
    eventually(lambda: scene.core.devices()[site]["sw_version"] == "21.13.2 0a1b2c3d", 20)


def test_a_firmware_that_waits_is_an_update(scene: Scene) -> None:
    sim, entity = scene.houses.gateways[MAIN], scene.entity("gateway_update")
    scene.core.shows(entity, "off")

    fault = sim.faults.add(Fault("system/update/status", change=edited(waits)))
    scene.core.shows(entity, "on")
    seen = scene.core.state(entity)["attributes"]
    sim.faults.remove(fault)

    scene.core.shows(entity, "off")
    assert (seen["installed_version"], seen["latest_version"]) == ("23.36.4", "23.44.0")


def waits(document: Any) -> None:
    document.update(state="/update_staged", version="23.44.0 0a1b2c3d")
