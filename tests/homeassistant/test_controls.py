"""What somebody does in Home Assistant reaches the gateway; what the gateway does shows there."""

import json

import pytest
from subscriber import Subscriber, eventually

from bridge.simulator.physics import Mode, Operation
from homeassistant.api import Refused
from homeassistant.scene import LOCKED, OLD, Scene

RESERVE, MODE, ISLAND = "set_operation_backup_reserve", "set_operation_mode", "set_island_mode"


@pytest.mark.parametrize("percent", [35, 80, 20])
def test_the_reserve_that_is_set_is_the_gateways(scene: Scene, percent: int) -> None:
    slider = scene.entity(RESERVE)

    scene.core.api.act("number.set_value", slider, value=percent)

    wanted = pytest.approx(percent * 0.95 + 5)
    eventually(lambda: scene.houses.gateways["main"].operation.reserve_raw_percent == wanted, 15)
    scene.core.shows(slider, str(percent))


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        ("Time-based control", "autonomous"),
        ("Backup only", "backup"),
        ("Self-powered", "self_consumption"),
    ],
)
def test_the_mode_that_is_chosen_is_the_gateways(scene: Scene, label: str, mode: str) -> None:
    select = scene.entity(MODE)

    scene.core.api.act("select.select_option", select, option=label)

    eventually(lambda: scene.houses.gateways["main"].operation.mode == mode, 15)
    scene.core.shows(select, label)


def test_the_contactor_that_is_opened_opens_and_closes_again(scene: Scene) -> None:
    select, house = scene.entity(ISLAND), scene.houses.gateways["main"].house
    scene.houses.live(600)  # whatever was switched before has rested

    scene.core.api.act("select.select_option", select, option="Off grid")
    eventually(lambda: not house.state.on_grid, 15)
    scene.core.shows(select, "Off grid")

    scene.core.api.act("select.select_option", select, option="On grid")
    eventually(lambda: house.state.on_grid, 30)
    scene.core.shows(select, "On grid")


def test_the_button_asks_the_gateway(scene: Scene) -> None:
    """It is asked every second here anyway: so it is the bridge that is heard to do it."""
    client, since = scene.houses.client, scene.houses.client.now
    scene.houses.clock.leap(10)  # one refresh in 5 s is enough

    scene.core.api.act("button.press", scene.entity("set_refresh"))

    results = scene.houses.topic("main", "command", "result")
    client.wait(
        lambda: (
            ("refresh", "done")
            in {(said["command"], said["status"]) for said in heard(client, results, since)}
        )
    )


def heard(client: Subscriber, topic: str, since: int) -> list[dict[str, str]]:
    return [json.loads(payload) for payload in client.payloads(topic, since)]


def test_what_is_changed_at_the_gateway_shows(scene: Scene) -> None:
    house = scene.houses.gateways[OLD].house
    before = house.orders.operation

    house.operate(Operation(mode=Mode.BACKUP, reserve_raw_percent=43.0))

    scene.core.shows(scene.entity(RESERVE, OLD), "40")
    scene.core.shows(scene.entity(MODE, OLD), "Backup only")
    house.operate(before)


def test_a_contactor_that_the_app_opens_shows(scene: Scene) -> None:
    house, select = scene.houses.gateways[OLD].house, scene.entity(ISLAND, OLD)

    house.leave_grid()
    scene.core.shows(select, "Off grid")

    house.join_grid()
    scene.core.shows(select, "On grid")


def test_a_gateway_that_refuses_leaves_the_old_value(scene: Scene) -> None:
    """This firmware lets owners read and not write: then the control says that it is no use."""
    slider = scene.entity(RESERVE, LOCKED)
    before = scene.core.state(slider)["state"]
    assert before not in {"unknown", "unavailable"}

    scene.core.api.act("number.set_value", slider, value=71)

    scene.core.shows(slider, "unavailable")
    assert scene.houses.gateways[LOCKED].count("POST", "operation") > 0


def test_home_assistant_itself_refuses_what_cannot_be(scene: Scene, excused: set[str]) -> None:
    excused.update({"is outside valid range", "Option Party is not valid"})

    with pytest.raises(Refused):
        scene.core.api.act("number.set_value", scene.entity(RESERVE), value=101)
    with pytest.raises(Refused):
        scene.core.api.act("select.select_option", scene.entity(MODE), option="Party")
