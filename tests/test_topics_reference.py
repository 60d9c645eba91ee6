"""The topic reference says what the tables say, and misses none of their topics."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sites import SITES, site

from bridge.cli.reference import fixed_topics, markdown, rows
from bridge.cli.reference.notes import NOTES
from bridge.cli.topics import configure, main
from bridge.commands import CONTROLS
from bridge.parts import Endpoint
from bridge.quantities import Form
from bridge.readings import GROUPS, SUMMARY, Kind, measure
from bridge.topics import SPARED, BridgeTopics, Topics, has_topic, snapshot_json

ROOT = Path(__file__).parent.parent
BRIDGE = BridgeTopics("<prefix>")
GATEWAY = BRIDGE.gateway("<gateway>")


def arguments(*words: str) -> int:
    parser = argparse.ArgumentParser()
    configure(parser)
    return main(parser.parse_args(words))


def matches(pattern: str, topic: str) -> bool:
    levels = (re.escape(p) if "<" not in p else "[^/]+" for p in pattern.split("/"))
    return re.fullmatch("/".join(levels), topic) is not None


def single_topics(topics: BridgeTopics | Topics) -> Iterator[str]:
    """Return every topic that is spelled as a property, but no filters."""
    for name, member in vars(type(topics)).items():
        if isinstance(member, property):
            topic = getattr(topics, name)
            if not topic.endswith("#"):
                yield topic


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")

    assert written == markdown(), "write it again: make docs"


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments() == 0

    assert capsys.readouterr().out == markdown()


def test_the_json_has_the_same_topics(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments("--json") == 0

    printed = json.loads(capsys.readouterr().out)
    assert [row["topic"] for section in printed.values() for row in section] == [
        row.topic for row in rows()
    ]


@pytest.mark.parametrize("name", SITES)
def test_every_topic_of_a_site_is_in_it(name: str) -> None:
    patterns = [row.topic for row in rows() if row.key is None]
    measured = measure(GROUPS, site(name))

    topics = [GATEWAY.of(*item.path) for item in measured if has_topic(item)]

    assert [t for t in topics if not any(matches(pattern, t) for pattern in patterns)] == []


def test_no_topic_is_said_twice() -> None:
    places = [(row.topic, row.key) for row in rows()]

    assert sorted(set(places), key=str) == sorted(places, key=str)


def test_the_levels_of_the_page_are_the_bridge_s_alone() -> None:
    below = (row for row in rows() if row.topic.startswith(GATEWAY.of("")) and row.retained)
    levels = {GATEWAY.path(row.topic)[0] for row in below}

    assert "belong\nto the bridge alone" in markdown()
    assert {level for level in levels if not GATEWAY.owns(GATEWAY.of(level, "note"))} == set()
    assert not GATEWAY.owns(GATEWAY.of("door", "state"))


def test_every_topic_that_is_spelled_has_a_meaning() -> None:
    spelled = {*single_topics(BRIDGE), *single_topics(GATEWAY)}

    assert spelled <= fixed_topics()


def test_every_command_is_in_it_with_what_it_takes() -> None:
    said = {row.topic: row.payload for row in rows()}

    assert all(said[GATEWAY.command(control.path)] == control.allowed for control in CONTROLS)


def test_the_source_of_a_reading_is_an_endpoint() -> None:
    sources = {path for row in rows() for path in row.endpoints}

    assert sources <= set(Endpoint)


def test_a_reading_has_unit_meaning_source_firmware_and_entity() -> None:
    row = next(row for row in rows() if row.topic == GATEWAY.of("grid", "import_energy"))

    assert (row.unit, row.decimals, row.meaning) == ("kWh", 3, "Grid energy imported")
    assert (row.endpoints, row.firmware, row.entity) == (("meters/aggregates",), "all", "sensor")


def test_a_control_names_its_entity() -> None:
    row = next(row for row in rows() if row.topic == GATEWAY.command(("operation", "mode")))

    assert row.entity == "select"


def test_what_is_in_the_snapshot_only_has_no_topic_of_its_own() -> None:
    row = next(row for row in rows() if row.key == "gateway.uptime")

    assert row.topic == GATEWAY.snapshot


def left_out() -> set[str]:
    """Return the topics that the page names as no members of `snapshot`."""
    gateway = markdown().partition("\n## Gateway\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\* `(.+)/`: (.*)$", gateway, re.MULTILINE)
    named = {f"{branch}/{key}" for branch, keys in found for key in re.findall("`(.+?)`", keys)}
    return {topic.replace("l<1..3>", line) for topic in named for line in ("l1", "l2", "l3")}


@pytest.mark.parametrize("name", SITES)
def test_what_the_snapshot_leaves_out_is_named(name: str) -> None:
    text = snapshot_json(measure(SUMMARY, site(name)), "now")
    members = {"/".join(path) for path in leaves(json.loads(text))}
    measured = measure(GROUPS, site(name))
    plain = {
        "/".join(item.path)
        for item in measured
        if item.kind is Kind.SITE and item.reading.quantity.form is not Form.DATA
    }

    assert plain - members
    assert plain - members <= left_out()
    assert members & left_out() == set()


def leaves(tree: dict[str, Any], *above: str) -> Iterator[tuple[str, ...]]:
    for key, below in tree.items():
        if isinstance(below, dict):
            yield from leaves(below, *above, key)
        else:
            yield (*above, key)


def test_what_the_snapshot_leaves_out_first_where_it_would_be_too_long_is_said() -> None:
    (row,) = (row for row in rows() if (row.topic, row.key) == (GATEWAY.snapshot, None))
    long = snapshot_json(measure(SUMMARY, site("pwplus-23.36")), "now", 1)
    gone = set(json.loads(snapshot_json(measure(SUMMARY, site("pwplus-23.36")), "now")))
    order = re.findall(r"`(\w+)`", row.meaning.partition("4,000 bytes")[2])

    assert order == [*SPARED]
    assert gone - set(json.loads(long)) <= set(order)


def test_every_note_is_of_a_reading() -> None:
    noted = {GATEWAY.path(row.topic) for row in rows() if row.note}

    assert {"/".join(path) for path in noted} == set(NOTES)


def test_the_words_of_every_word_topic_are_listed() -> None:
    words = [row for row in rows() if row.payload == Form.WORD.value]

    assert [row.topic for row in words if "`" not in (row.note or "")] == []


@pytest.mark.parametrize("name", SITES)
def test_every_word_that_was_recorded_is_listed(name: str) -> None:
    """What a list does not say "was seen" of alone is complete, as far as recordings go."""
    notes = {row.topic: row.note or "" for row in rows() if row.payload == Form.WORD.value}
    recorded = [m for m in measure(GROUPS, site(name)) if m.reading.quantity.form is Form.WORD]

    assert recorded
    for item in (item for item in recorded if item.value is not None):
        (note,) = (n for topic, n in notes.items() if matches(topic, GATEWAY.of(*item.path)))
        assert f"`{item.value}`" in note, "/".join(item.path)
