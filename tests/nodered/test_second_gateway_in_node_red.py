"""The README's recipe for a second gateway, as it stands there, beside the first one's page."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Page, needs_chromium
from house import OWN, House, living
from node_red import EXAMPLES, PROTOCOLS, Node, shipped
from subscriber import eventually

pytestmark = pytest.mark.timeout(400)  # the first one may have to install Node-RED

FIRST = shipped("dashboard.json")
OTHER = OWN.replace("main", "garage")
RECIPE = re.compile(r"^    (?:sed|node) .*(?:\n {8,}.*)*? > second\.json$", re.MULTILINE)
SHARED = {"mqtt-broker", "ui-base", "ui-theme"}
NAVIGATION = """[...document.querySelectorAll('.v-navigation-drawer .v-list-item')]
    .map((item) => [item.getAttribute('href'), item.querySelector('.v-icon').classList[0]])"""
LOADED = "typeof RED !== 'undefined' && RED.nodes && RED.nodes.workspace('pwd-tab') ? 1 : 0"
IMPORTED = """(() => {
    RED.view.importNodes(NODES, {generateIds: false, notify: true});
    return RED.nodes.workspace('garage-pwd-tab') ? 1 : 0;
})()"""
WHOLE = "JSON.stringify(RED.nodes.createCompleteNodeSet())"
INVALID = """(() => {
    const wrong = [];
    const look = (node) => { if (node.valid === false) wrong.push(node.id); };
    RED.nodes.eachNode(look);
    RED.nodes.eachConfig(look);
    return wrong;
})()"""


def cooked(source: str, directory: Path) -> list[Node]:
    """Return what the recipe for this file makes of it; it runs among copies of the examples."""
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    (recipe,) = (text for text in RECIPE.findall(readme) if source in text)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / source).write_text((EXAMPLES / source).read_text(encoding="utf-8"), "utf-8")
    subprocess.run(["sh", "-ec", recipe], cwd=directory, check=True)
    nodes: list[Node] = json.loads((directory / "second.json").read_text(encoding="utf-8"))
    return nodes


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> list[Node]:
    return cooked("dashboard.json", tmp_path_factory.mktemp("recipe"))


@pytest.fixture(scope="module", params=PROTOCOLS)
def house(
    request: pytest.FixtureRequest, second: list[Node], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with living(tmp_path_factory.mktemp("house"), FIRST + second, request.param) as house:
        yield house


@pytest.mark.parametrize("source", ["dashboard.json", "flows.json"])
def test_no_node_of_the_second_file_is_in_the_first(source: str, tmp_path: Path) -> None:
    text = json.dumps(cooked(source, tmp_path))
    first, other = ({node["id"] for node in nodes} for nodes in (shipped(source), json.loads(text)))

    assert first & other == set()
    assert OTHER in text
    assert OWN not in text


def test_both_pages_stand_on_what_the_first_file_has(second: list[Node]) -> None:
    assert {node["type"] for node in second} & SHARED == set()
    assert {node["type"] for node in FIRST} >= SHARED

    ids = {node["id"] for node in FIRST + second}
    named = {node[key] for node in second for key in ("broker", "ui", "theme") if key in node}
    assert named == {"powerwall-broker", "powerwall-base", "powerwall-theme"}
    assert named <= ids


def test_each_page_shows_its_own_gateway(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    needs_chromium()
    known = {"availability": "online", "connection": "stopped", "battery/level": "17"}
    for topic, value in known.items():
        house.observer.publish(OTHER + topic, value, retain=True)

    with Page(tmp_path_factory.mktemp("profile")) as page:
        page.open(house.red.url + "/dashboard/garage")
        page.see("Garage")
        eventually(lambda: re.search(r"\b17\b.*Gateway\s+stopped", page.text, re.DOTALL), 30)
        assert page.evaluate(NAVIGATION) == [
            ["/dashboard/powerwall", "mdi-home-battery"],
            ["/dashboard/garage", "mdi-garage"],
        ]
        page.open(house.red.url + "/dashboard/powerwall")
        eventually(lambda: re.search(r"Gateway\s+connected", page.text), 30)
        assert not re.search(r"\b17\b", page.text)
    assert re.findall(r"\[error\].*|unknown.*", house.red.log) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_editor_imports_it_beside_the_first(
    second: list[Node], tmp_path: Path, protocol: str
) -> None:
    needs_chromium()
    with living(tmp_path / "house", FIRST, protocol) as house, Page(tmp_path / "profile") as page:
        page.open(house.red.url)
        eventually(lambda: page.evaluate(LOADED), 30)
        assert page.evaluate(IMPORTED.replace("NODES", json.dumps(second)))
        whole: list[Node] = json.loads(page.evaluate(WHOLE))

        assert page.evaluate(INVALID) == []
        assert [node["id"] for node in whole if node["type"] == "ui-base"] == ["powerwall-base"]
        pages = {node["name"]: node["ui"] for node in whole if node["type"] == "ui-page"}
        assert pages == {"Powerwall": "powerwall-base", "Garage": "powerwall-base"}
        assert {node["id"] for node in whole} >= {node["id"] for node in FIRST + second}
