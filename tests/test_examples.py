"""The examples: what they name is what the bridge has, and flows are fit to be looked at."""

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from paho.mqtt.client import topic_matches_sub

from bridge.cli.reference import rows
from bridge.cli.reference.rows import GATEWAY
from bridge.commands import CONTROLS
from bridge.topics import BridgeTopics

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
FILES = sorted(path for path in EXAMPLES.rglob("*") if path.is_file())
FLOWS = sorted((EXAMPLES / "node-red").glob("*.json"))
LISTS = sorted((ROOT / "tests" / "end_to_end").glob("topics-*.txt"))
TOPIC = re.compile(r"(?<![\w./\\-])powerwall/[a-z0-9_+#/-]*")
SET_APART = {"tab", "group", "mqtt-broker", "ui-base", "ui-page", "ui-group", "ui-theme"}
GROUP_TOP = 30  # where a group has its name

Node = dict[str, Any]


def known() -> set[str]:
    """Return the topics that the bridge publishes or takes, as far as they are fixed."""
    bridge = BridgeTopics("powerwall")
    own = bridge.gateway("main")
    published = {topic for file in LISTS for topic in file.read_text("utf-8").split()}
    taken = {own.command(control.path) for control in CONTROLS} | {bridge.discovery_command}
    asked = {own.raw_command("solars"), own.raw_command("system_status/soe")}
    asked.add(own.raw_command("system/update/status"))
    return published | taken | asked | {own.event, own.result}


def topics(file: Path) -> set[str]:
    """Return the topics and filters that a file names; a prefix ends in a slash.

    What is said of a second gateway holds if it holds of the first.
    """
    text = file.read_text(encoding="utf-8").replace("powerwall/garage/", "powerwall/main/")
    return set(TOPIC.findall(text))


def nodes(file: Path) -> list[Node]:
    read: list[Node] = json.loads(file.read_text(encoding="utf-8"))
    return read


def test_every_topic_of_an_example_is_one_of_the_bridge() -> None:
    ours = known()
    named = {(file.name, topic) for file in FILES for topic in topics(file)}
    strange = [
        (name, topic)
        for name, topic in named
        if not any(
            one.startswith(topic) if topic.endswith("/") else topic_matches_sub(topic, one)
            for one in ours
        )
    ]

    assert {"flows.json", "flows-v5.json", "dashboard.json", "README.md"} <= {n for n, _ in named}
    assert strange == []


def test_a_topic_that_is_none_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "flows.json"
    file.write_text('{"topic": "powerwall/main/battery/charge"}', encoding="utf-8")

    assert topics(file) == {"powerwall/main/battery/charge"}
    assert not topics(file) & known()


def test_who_commands_by_the_access_list_may_read_the_answers_that_are_asked_for() -> None:
    acl = (EXAMPLES / "mosquitto" / "acl").read_text(encoding="utf-8")
    controller = acl.partition("user controller\n")[2].partition("\n\n")[0]
    readable = re.findall(r"^topic read (.+)$", controller, re.MULTILINE)
    asked = {
        (str(page), topic)
        for page in (*EXAMPLES.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
        for topic in re.findall(r"mosquitto_rr .*-e (\S+)", page.read_text(encoding="utf-8"))
    }

    assert len(asked) >= 2
    assert [one for one in asked if not any(topic_matches_sub(f, one[1]) for f in readable)] == []


def test_telegraf_names_keys_of_the_snapshot() -> None:
    conf = tomllib.loads((EXAMPLES / "telegraf" / "telegraf.conf").read_text(encoding="utf-8"))
    (consumer,) = conf["inputs"]["mqtt_consumer"]
    (parsing,) = consumer["topic_parsing"]
    members = [row for row in rows() if row.summary]
    fields = {row.key or "/".join(GATEWAY.path(row.topic)) for row in members}

    assert consumer["topics"] == [parsing["topic"]]
    assert topic_matches_sub(parsing["topic"], "powerwall/main/snapshot")
    assert set(consumer["json_string_fields"]) <= {re.sub("[./]", "_", field) for field in fields}


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.name)
class TestFlows:
    """What holds for every flow file."""

    def test_its_keys_are_sorted_and_its_ids_its_own(self, file: Path) -> None:
        text = json.dumps(nodes(file), indent=4, ensure_ascii=False, sort_keys=True) + "\n"
        ids = [node["id"] for one in FLOWS for node in nodes(one)]

        assert file.read_text(encoding="utf-8") == text
        assert len(set(ids)) == len(ids)

    def test_its_wires_lead_to_nodes_of_its_own(self, file: Path) -> None:
        ids = {node["id"] for node in nodes(file)}
        wired = {to for node in nodes(file) for out in node.get("wires", []) for to in out}

        assert wired <= ids

    def test_its_commands_are_not_retained(self, file: Path) -> None:
        outs = [node for node in nodes(file) if node["type"] == "mqtt out"]

        assert outs
        assert {node["retain"] for node in outs} == {"false"}

    def test_its_brokers_are_without_login(self, file: Path) -> None:
        brokers = [node for node in nodes(file) if node["type"] == "mqtt-broker"]

        assert [(b["broker"], b.get("credentials")) for b in brokers] == [("localhost", None)]
        assert brokers[0]["protocolVersion"] == ("5" if "v5" in file.name else "4")

    def test_each_group_begins_with_a_comment(self, file: Path) -> None:
        kinds = {node["id"]: node["type"] for node in nodes(file)}
        groups = [node for node in nodes(file) if node["type"] == "group"]

        assert groups
        assert {kinds[group["nodes"][0]] for group in groups} == {"comment"}

    def test_no_node_lies_on_another_or_outside_its_group(self, file: Path) -> None:
        placed = {box.name: box for box in boxes(file)}
        groups = [node for node in nodes(file) if node["type"] == "group"]

        assert [(a.name, b.name) for a, b in combinations(placed.values(), 2) if a.meets(b)] == []
        for group in groups:
            inner = Box(group["name"], group["x"], group["y"], group["w"], group["h"])
            outside = [name for name in group["nodes"] if not placed[name].within(inner)]
            assert outside == []

    def test_no_group_lies_on_another(self, file: Path) -> None:
        groups = sorted((n["y"], n["h"]) for n in nodes(file) if n["type"] == "group")

        assert all(top + height < below for (top, height), (below, _) in pairwise(groups))


class Box(NamedTuple):
    """What a node or a group takes of the editor's sheet."""

    name: str
    left: float
    top: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )

    def within(self, group: "Box") -> bool:
        return (
            group.left <= self.left
            and self.left + self.width <= group.left + group.width
            and group.top + GROUP_TOP <= self.top
            and self.top + self.height <= group.top + group.height
        )


def boxes(file: Path) -> Iterator[Box]:
    """Give each node's box as the editor draws it: x and y are its middle, buttons included.

    Where there is a status below a node, its line counts too.
    """
    for node in nodes(file):
        if node["type"] in SET_APART:
            continue
        width = max(100, 7 * len(node["name"]) + 60)
        height = max(30, 15 * len(node["wires"]))
        left = node["x"] - width / 2
        left -= 25 if node["type"] == "inject" else 0
        width += 25 if node["type"] in ("inject", "debug") else 0
        height += 20 if node["type"].startswith("mqtt ") or node.get("tostatus") else 0
        yield Box(node["id"], left, node["y"] - 15, width, height)
