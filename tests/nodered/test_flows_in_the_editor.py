"""All shipped flows side by side in Node-RED's editor: complete, and well laid out."""

import json
from collections.abc import Iterator
from itertools import combinations

import pytest
from chromium import Page, needs_chromium
from house import House, living
from node_red import EXAMPLES, Node, shipped
from subscriber import eventually

pytestmark = pytest.mark.timeout(400)  # the first one may have to install Node-RED

FLOWS = [node for file in sorted(EXAMPLES.glob("*.json")) for node in shipped(file.name)]
TABS = [node["id"] for node in FLOWS if node["type"] == "tab"]
LOADED = "typeof RED !== 'undefined' && RED.nodes && RED.nodes.workspace('pw-tab') ? 1 : 0"
WRONG = """(() => {
    const wrong = [];
    const look = (node) => { if (node.valid === false || node.type === 'unknown') wrong.push(node.id); };
    RED.nodes.eachNode(look);
    RED.nodes.eachConfig(look);
    return JSON.stringify(wrong);
})()"""  # noqa: E501
DRAWN = """(() => {
    RED.workspaces.show(TAB);
    const nodes = RED.nodes.filterNodes({z: TAB});
    if (!nodes.every((node) => node.w)) return '';
    const box = ({id, x, y, w, h}) => ({id, left: x - w / 2, top: y - h / 2, w, h});
    return JSON.stringify(nodes.map(box));
})()"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with living(tmp_path_factory.mktemp("house"), FLOWS) as house:
        yield house


@pytest.fixture(scope="module")
def editor(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    needs_chromium()
    with Page(tmp_path_factory.mktemp("profile"), (1600, 1200)) as page:
        page.open(house.red.url)
        eventually(lambda: page.evaluate(LOADED), 30)
        yield page


def test_no_node_is_unknown_or_incomplete(editor: Page) -> None:
    assert json.loads(editor.evaluate(WRONG)) == []


@pytest.mark.parametrize("tab", TABS)
def test_no_node_is_drawn_over_another(editor: Page, tab: str) -> None:
    script = DRAWN.replace("TAB", json.dumps(tab))
    boxes: list[Node] = json.loads(eventually(lambda: editor.evaluate(script), 15))

    assert len(boxes) == sum(node.get("z") == tab and node["type"] != "group" for node in FLOWS)
    assert [(a["id"], b["id"]) for a, b in combinations(boxes, 2) if meet(a, b)] == []


def meet(a: Node, b: Node) -> bool:
    across = a["left"] < b["left"] + b["w"] and b["left"] < a["left"] + a["w"]
    return bool(across and a["top"] < b["top"] + b["h"] and b["top"] < a["top"] + a["h"])
