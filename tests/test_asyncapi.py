"""The document for machines: it is valid, it is up to date, and every message fits it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from schemas import channel_of, channels, check, closed
from sites import AT, SITES, site

from bridge.cli.reference import asyncapi, entities_page, payload_schema, rows
from bridge.entities import event_components
from bridge.readings import GROUPS, SUMMARY, measure
from bridge.topics import BridgeTopics, encode, has_topic, snapshot_json

ROOT = Path(__file__).parent.parent
TOPICS = BridgeTopics("<prefix>").gateway("<gateway>")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("docs/asyncapi.json", lambda: json.dumps(asyncapi(), indent=1, ensure_ascii=False) + "\n"),
        ("docs/entities.md", entities_page),
    ],
)
def test_the_file_is_up_to_date(file: str, text: Any) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == text(), "write it again: make docs"


def test_every_schema_is_one() -> None:
    for channel in channels().values():
        Draft202012Validator.check_schema(channel["messages"]["value"]["payload"])


def test_every_topic_of_the_reference_is_a_channel_and_an_operation() -> None:
    document = asyncapi()
    topics = {row.topic for row in rows() if row.key is None}

    assert len(document["channels"]) == len(topics)
    assert len(document["operations"]) == len(topics)
    for operation in document["operations"].values():
        key = operation["channel"]["$ref"].removeprefix("#/channels/")
        command = document["channels"][key]["address"].endswith(("/set", "/get"))
        assert operation["action"] == ("receive" if command else "send")


@pytest.mark.parametrize("name", SITES)
def test_every_reading_fits_its_schema(name: str) -> None:
    by_address = {c["address"]: c for c in channels().values()}
    for item in filter(has_topic, measure(GROUPS, site(name))):
        topic = "/".join(("{prefix}", "{gateway}", *item.path))
        channel = by_address.get(topic) or channel_of(topic)

        check(channel, encode(item.value, item.reading.quantity))


@pytest.mark.parametrize("name", SITES)
def test_the_snapshot_fits_its_schema_and_has_no_other_members(name: str) -> None:
    schema = next(payload_schema(row) for row in rows() if row.topic == TOPICS.snapshot)
    text = snapshot_json(measure(SUMMARY, site(name)), AT)

    Draft202012Validator(closed(schema)).validate(json.loads(text))


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("{prefix}/{gateway}/grid/power", "1.5"),
        ("{prefix}/{gateway}/grid/power", "1e3"),
        ("{prefix}/{gateway}/grid/import_energy", "0.0001"),
        ("{prefix}/{gateway}/grid/connected", "True"),
        ("{prefix}/{gateway}/availability", "up"),
        ("{prefix}/{gateway}/gateway/started", "2026-01-02 03:04:05"),
        ("{prefix}/{gateway}/event", '{"event_type":"birthday","at":"2026-01-02T03:04:05Z"}'),
        ("{prefix}/{gateway}/event", '{"event_type":"alert_raised","at":"2026-01-02T03:04:05Z"}'),
        ("{prefix}/{gateway}/alerts", '[{"name":"BatteryFault"}]'),
        ("{prefix}/{gateway}/outage/last", '{"start":"2026-01-02 03:04"}'),
        ("{prefix}/{gateway}/device/{din}", '{"din":"TEPOD--1"}'),
    ],
)
def test_what_is_no_payload_does_not_fit(topic: str, payload: str) -> None:
    with pytest.raises(ValidationError):
        check(channel_of(topic), payload)


def test_an_event_stands_beside_the_topic_that_it_hears() -> None:
    lines = entities_page().splitlines()
    heard = {str(event["name"]): event["state_topic"] for _, event in event_components(TOPICS)}

    for name, topic in heard.items():
        assert f"| {name} | event |  | `{str(topic).removeprefix(TOPICS.of(''))}` |" in lines


def test_the_page_of_entities_bears_the_names_that_home_assistant_shows() -> None:
    page = entities_page()

    for name in ("Connection reason", "Access tier", "Last alert", "Last grid event"):
        assert f"| {name} |" in page or f"| *{name}* |" in page
    assert "| Start site master | button | " in page
