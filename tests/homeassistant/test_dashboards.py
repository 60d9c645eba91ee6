"""The dashboards in a real Home Assistant: every entity is there, and every card can be shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chromium import needs_chromium
from copied import DASHBOARDS, Yaml, load, named
from subscriber import eventually

from bridge.gateway import tesla_pb2 as pb
from bridge.simulator import Fault
from bridge.simulator.shapes import disabled_block, edited
from homeassistant.browser import Browser
from homeassistant.scene import MAIN, Scene

FILES = sorted(DASHBOARDS.glob("*.yaml"))
OWN = DASHBOARDS / "powerwall.yaml"
PATH = "of-the-project"
HEADINGS = ("Now", "Where it flows", "Today", "Controls", "Packs", "Gateway", "Firmware")


@contextmanager
def opened(scene: Scene, config: Yaml, directory: Path) -> Iterator[Browser]:
    """Save a dashboard, as the raw editor does, and look at it."""
    needs_chromium()
    api = scene.core.api
    made = api.ask("lovelace/dashboards/create", url_path=PATH, title="Ours", mode="storage")
    api.ask("lovelace/config/save", url_path=PATH, config=config)
    try:
        with Browser(api, directory, height=2600) as browser:
            browser.open(f"/{PATH}/powerwall")
            browser.see("Firmware")
            yield browser
    finally:
        api.ask("lovelace/dashboards/delete", dashboard_id=made["id"])


@pytest.fixture
def browser(scene: Scene, tmp_path: Path) -> Iterator[Browser]:
    with opened(scene, load(OWN), tmp_path) as browser:
        yield browser


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_entity_of_a_dashboard_has_a_state(scene: Scene, path: Path) -> None:
    left = named(path.read_text(encoding="utf-8"))

    def settled() -> bool:
        states = {id_: scene.core.state(id_) for id_ in left}
        left.intersection_update(
            id_ for id_, state in states.items() if not state or state["state"] == "unavailable"
        )
        return not left

    try:
        eventually(settled, 30)
    except TimeoutError:
        raise AssertionError(f"without a state: {sorted(left)}") from None


def test_every_card_can_be_shown(browser: Browser) -> None:
    assert [words for words in HEADINGS if words not in browser.text] == []
    assert browser.bad == []


def test_a_card_without_its_entity_is_noticed(scene: Scene, tmp_path: Path) -> None:
    config = load(OWN)
    config["views"][0]["sections"][0]["cards"].append({"type": "tile", "entity": "sensor.none"})

    with opened(scene, config, tmp_path) as browser:
        assert "hui-warning" in browser.bad


def test_every_pack_is_in_the_table(scene: Scene, browser: Browser) -> None:
    packs = [id_ for id_ in scene.houses.discovery(MAIN) if id_.startswith("pack_")]

    assert len(packs) == 3
    for pack in packs:
        browser.see(pack[-4:].upper())


def test_an_outage_is_on_top_while_it_lasts(scene: Scene, browser: Browser) -> None:
    house = scene.houses.gateways[MAIN].house
    assert "The grid is down" not in browser.text

    house.lose_grid()
    browser.see("The grid is down")
    assert browser.bad == []
    house.restore_grid()
    scene.core.shows("binary_sensor.powerwall_outage_active", "off", 60)


def test_a_silent_gateway_is_told_with_the_reason(scene: Scene, browser: Browser) -> None:
    sim = scene.houses.gateways[MAIN]

    sim.stop_answering()
    browser.see("The gateway:")
    assert browser.bad == []
    sim.start_answering()
    scene.core.shows("sensor.powerwall_connection", "connected", 60)


def test_a_pack_with_a_problem_is_told_by_its_name(scene: Scene, browser: Browser) -> None:
    sim = scene.houses.gateways[MAIN]
    pack = sim.site.packs[-1].serial[-4:]

    fault = sim.faults.add(Fault("system_status", change=edited(disabled_block)))
    browser.see(f"Pack {pack}: ")
    assert browser.bad == []
    sim.faults.remove(fault)
    scene.core.shows("binary_sensor.powerwall_battery_pack_problem", "off", 60)


def test_an_alert_that_matters_is_told_with_its_meaning(scene: Scene, browser: Browser) -> None:
    sim = scene.houses.gateways[MAIN]

    fault = sim.faults.add(Fault("devices/vitals", change=alarmed))
    browser.see("BatteryFault: A Powerwall has failed")
    assert "SystemConnectedToGrid" not in browser.text
    assert browser.bad == []
    sim.faults.remove(fault)
    scene.core.shows("binary_sensor.powerwall_alerts_problem", "off", 60)


def test_levels_of_packs_are_on_the_scale_of_the_app(scene: Scene, browser: Browser) -> None:
    """It leaves out the lowest 5 % of what is stored."""
    pack = scene.houses.gateways[MAIN].site.packs[0].serial

    def shown() -> bool:
        values = scene.houses.tree()
        stored, full = (
            float(values[scene.houses.topic(MAIN, "pack", pack, name)])
            for name in ("energy_remaining", "capacity")
        )
        level = (100 * stored / full - 5) / 0.95
        return f"{pack[-4:]} {level:.0f} % " in browser.text

    eventually(shown, 20)


def test_a_command_that_was_refused_is_told_with_the_reason(scene: Scene, browser: Browser) -> None:
    """On a page that stays open: every time anew."""
    client = scene.houses.client
    topic = scene.houses.topic(MAIN, "operation", "backup_reserve", "set")

    for wrong in ("much", "more"):
        client.publish(topic, wrong)
        browser.see(f"was refused: '{wrong}' is not a number")
        client.publish(topic, "20")
        eventually(lambda: "was refused" not in browser.text)
    assert browser.bad == []


def alarmed(body: bytes) -> bytes:
    """Let the first device report what is serious."""
    message = pb.DevicesWithVitals.FromString(body)
    message.devices[0].alerts.append("BatteryFault")
    return message.SerializeToString()
