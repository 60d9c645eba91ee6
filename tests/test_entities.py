"""The controls and the connection, as Home Assistant gets them."""

import json
from typing import Any

import pytest
from discovery_rules import render

from bridge.commands import CONTROLS, Access, Control
from bridge.discovery import Site, discover, identity
from bridge.entities import CONNECTION, Offer, control_components, event_components
from bridge.events import Event, Happening
from bridge.ledger import Outcome
from bridge.readings import Kind
from bridge.topics import Topics, compact
from bridge.words import Island, Mode

TOPICS = Topics("powerwall", "main")
SITE = [{"topic": "bridge"}, {"topic": "gateway"}]
ALL = frozenset(Offer)
COMMANDS = {TOPICS.command(control.path): control for control in CONTROLS}


def components(offers: frozenset[Offer] = ALL) -> dict[str, dict[str, Any]]:
    rows = control_components(TOPICS, offers, SITE)
    return {key: {"p": platform, **component} for key, platform, component in rows}


def command(key: str) -> Control:
    """Return the command that an entity's messages arrive at."""
    return COMMANDS[components()[key]["command_topic"]]


@pytest.mark.parametrize(
    ("offers", "keys"),
    [
        (frozenset(), ["refresh"]),
        ({Offer.OPERATION}, ["refresh", "operation_mode", "operation_backup_reserve"]),
        ({Offer.ISLAND}, ["refresh", "island_mode"]),
        ({Offer.RUNNING}, ["refresh", "gateway_running"]),
        (
            ALL,
            [
                "refresh",
                "operation_mode",
                "operation_backup_reserve",
                "island_mode",
                "gateway_running",
            ],
        ),
    ],
)
def test_what_is_offered_has_controls(offers: set[Offer], keys: list[str]) -> None:
    assert list(components(frozenset(offers))) == keys


@pytest.mark.parametrize(
    ("key", "platform", "category"),
    [
        ("refresh", "button", "diagnostic"),
        ("operation_mode", "select", None),
        ("operation_backup_reserve", "number", None),
        ("island_mode", "select", None),
        ("gateway_running", "button", "config"),
    ],
)
def test_a_control_is_of_its_platform(key: str, platform: str, category: str | None) -> None:
    control = components()[key]

    assert (control["p"], control.get("entity_category")) == (platform, category)


@pytest.mark.parametrize(
    ("key", "access"),
    [
        ("refresh", Access.ALWAYS),
        ("operation_mode", Access.OPERATION),
        ("operation_backup_reserve", Access.OPERATION),
        ("island_mode", Access.ALL),
        ("gateway_running", Access.ALL),
    ],
)
def test_a_control_is_offered_with_its_command(key: str, access: Access) -> None:
    assert command(key).access is access


def test_a_command_is_sent_surely_and_never_retained() -> None:
    assert {(c["qos"], c.get("retain", False)) for c in components().values()} == {(1, False)}


@pytest.mark.parametrize("key", ["operation_mode", "island_mode"])
def test_every_option_is_a_command_that_is_understood(key: str) -> None:
    control = components()[key]

    words = [render(control["command_template"], option) for option in control["options"]]

    assert [command(key).read(word.encode()).requested for word in words] == words


@pytest.mark.parametrize(
    ("key", "labels"),
    [
        (
            "operation_mode",
            {
                Mode.SELF_CONSUMPTION: "Self-powered",
                Mode.AUTONOMOUS: "Time-based control",
                Mode.BACKUP: "Backup only",
            },
        ),
        ("island_mode", {Island.ON_GRID: "On grid", Island.OFF_GRID: "Off grid"}),
    ],
)
def test_every_word_has_a_label(key: str, labels: dict[str, str]) -> None:
    control = components()[key]

    assert control["options"] == list(labels.values())
    assert {word: render(control["value_template"], word) for word in labels} == labels


@pytest.mark.parametrize("word", ["scheduler", "site_control", "None", "it's", "new_word"])
def test_a_word_without_label_is_unknown(word: str) -> None:
    template = components()["operation_mode"]["value_template"]

    assert render(template, word) == "None"


@pytest.mark.parametrize("end", ["min", "max"])
def test_the_reserve_can_be_set_to_its_ends(end: str) -> None:
    reserve = components()["operation_backup_reserve"]

    parsed = command("operation_backup_reserve").read(str(reserve[end]).encode())

    assert parsed.requested == {"min": 0, "max": 100}[end]


@pytest.mark.parametrize("key", ["refresh", "gateway_running"])
def test_a_button_sends_what_is_understood(key: str) -> None:
    payload = components()[key]["payload_press"]

    assert command(key).read(payload.encode()).command


@pytest.mark.parametrize(
    ("key", "topic"),
    [
        ("operation_mode", "powerwall/main/operation/mode"),
        ("operation_backup_reserve", "powerwall/main/operation/backup_reserve"),
        ("island_mode", "powerwall/main/island/mode"),
    ],
)
def test_a_control_shows_what_the_gateway_says(key: str, topic: str) -> None:
    control = components()[key]

    assert (control["state_topic"], control["command_topic"]) == (topic, f"{topic}/set")


@pytest.mark.parametrize(
    ("key", "control"),
    [
        ("operation_mode", "operation"),
        ("operation_backup_reserve", "operation"),
        ("island_mode", "island"),
    ],
)
def test_a_control_depends_on_its_own_availability_too(key: str, control: str) -> None:
    own = {"topic": f"powerwall/main/control/{control}/availability"}

    assert components()[key]["availability"] == [*SITE, own]


@pytest.mark.parametrize("key", ["refresh", "gateway_running"])
def test_a_button_is_there_whenever_the_gateway_is(key: str) -> None:
    assert "availability" not in components()[key]


@pytest.mark.parametrize(
    ("key", "topic"),
    [
        ("connection", "powerwall/main/connection"),
        ("connection_reason", "powerwall/main/connection/reason"),
        ("tier", "powerwall/main/tier"),
    ],
)
def test_the_connection_is_known_whenever_the_bridge_is(key: str, topic: str) -> None:
    where = Site("KEY", TOPICS, "homeassistant", None, frozenset())
    (message,) = discover(where, [], lambda _topic: False)

    entity = json.loads(message.payload)["cmps"][key]

    assert entity["state_topic"] == topic
    assert entity["availability"] == [{"topic": "powerwall/bridge/availability"}]


def test_an_entity_id_holds_no_dash() -> None:
    where = Site("KEY", TOPICS, "homeassistant", None, frozenset())

    names = identity(where, "sensor", "power", Kind.PACK, "3012170-05-B_TG1")

    assert names == {
        "p": "sensor",
        "unique_id": "pack_3012170-05-B_TG1_power",
        "object_id": "powerwall_pack_3012170_05_b_tg1_power",
        "default_entity_id": "sensor.powerwall_pack_3012170_05_b_tg1_power",
    }


def test_nothing_else_stands_for_the_connection() -> None:
    assert list(CONNECTION) == ["connection", "connection_reason", "tier"]


def events() -> dict[str, dict[str, Any]]:
    return dict(event_components(TOPICS))


@pytest.mark.parametrize(
    ("key", "types"),
    [
        ("alert_event", ["alert_raised", "alert_cleared"]),
        ("outage_event", ["grid_lost", "grid_restored"]),
    ],
)
def test_an_event_entity_hears_its_own_types_alone(key: str, types: list[str]) -> None:
    """Home Assistant warns of any other type, and passes over an empty text."""
    entity = events()[key]
    payloads = {str(h): compact(Event(h, "2026-01-02T03:04:05Z").json()) for h in Happening}

    heard = {type_: render(entity["value_template"], text) for type_, text in payloads.items()}

    assert entity["event_types"] == types
    assert heard == {type_: text if type_ in types else "" for type_, text in payloads.items()}


def test_events_are_heard_surely_on_the_topic_that_is_never_retained() -> None:
    heard = {(e["state_topic"], e["qos"]) for e in events().values()}
    assert heard == {(TOPICS.event, 1), (TOPICS.result, 1)}


@pytest.mark.parametrize("outcome", Outcome)
def test_a_command_is_an_event_when_it_has_ended(outcome: Outcome) -> None:
    entity = events()["command_event"]

    said = render(entity["value_template"], compact({"status": outcome, "reason": "why"}))

    if outcome is Outcome.ACCEPTED:
        assert said == ""
    else:
        assert outcome in entity["event_types"]
        assert json.loads(said) == {"status": outcome, "reason": "why", "event_type": outcome}


def test_the_site_has_its_event_entities_from_the_start() -> None:
    where = Site("KEY", TOPICS, "homeassistant", None, frozenset())
    (message,) = discover(where, [], lambda _topic: False)

    entities = json.loads(message.payload)["cmps"]

    assert {key: entities[key]["unique_id"] for key in events()} == {
        "alert_event": "site_KEY_alert_event",
        "outage_event": "site_KEY_outage_event",
        "command_event": "site_KEY_command_event",
    }
    assert {entities[key]["p"] for key in events()} == {"event"}
