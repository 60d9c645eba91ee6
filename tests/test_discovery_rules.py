"""The checker finds what it is there to find."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from discovery_rules import faults, misfit, render

from bridge.topics import Message

SENSOR = {
    "p": "sensor",
    "unique_id": "site_1_power",
    "object_id": "powerwall_power",
    "default_entity_id": "sensor.powerwall_power",
    "name": "Power",
    "state_topic": "powerwall/main/power",
    "device_class": "power",
    "unit_of_measurement": "W",
    "state_class": "measurement",
}
NUMBER = {
    "p": "number",
    "unique_id": "site_1_reserve",
    "object_id": "powerwall_reserve",
    "default_entity_id": "number.powerwall_reserve",
    "name": "Reserve",
    "icon": "mdi:battery",
    "state_topic": "powerwall/main/reserve",
    "command_topic": "powerwall/main/reserve/set",
    "qos": 1,
    "min": 0,
    "max": 100,
    "step": 1,
}
SELECT = {key: NUMBER[key] for key in NUMBER if key not in {"min", "max", "step"}} | {
    "p": "select",
    "default_entity_id": "select.powerwall_reserve",
    "options": ["One", "Two"],
    "value_template": "{{ {'one': 'One', 'two': 'Two'}.get(value) }}",
    "command_template": "{{ {'One': 'one', 'Two': 'two'}[value] }}",
}
EVENT = {
    "p": "event",
    "unique_id": "site_1_event",
    "object_id": "powerwall_event",
    "default_entity_id": "event.powerwall_event",
    "name": "Event",
    "icon": "mdi:alert",
    "state_topic": "powerwall/main/event",
    "qos": 1,
    "event_types": ["lost", "found"],
    "value_template": "{{ value if value_json.event_type in ['lost', 'found'] else '' }}",
}
GOOD: dict[str, Any] = {
    "dev": {"ids": ["site_1"], "name": "Powerwall"},
    "o": {"name": "powerwall-mqtt"},
    "avty": [{"topic": "powerwall/bridge/availability"}],
    "avty_mode": "all",
    "cmps": {"power": SENSOR, "reserve": NUMBER, "choice": SELECT, "event": EVENT},
}
TOPIC = "homeassistant/device/site_1/config"
Damage = Callable[[dict[str, Any]], object]


def message(damage: Damage | None = None) -> Message:
    payload = json.loads(json.dumps(GOOD))
    if damage:
        damage(payload)
    return Message(TOPIC, json.dumps(payload), qos=1)


def test_a_good_message_breaks_no_rule() -> None:
    assert faults([message()]) == []


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("only well-known keys at the root", lambda m: m.update({"~": "x"})),
        ("an origin with a name", lambda m: m["o"].pop("name")),
        ("only well-known keys of the device", lambda m: m["dev"].update(colour="red")),
        ("identifiers", lambda m: m["dev"].pop("ids")),
        ("identifiers", lambda m: m["dev"].update(ids=["a b"])),
        ("a name of the device", lambda m: m["dev"].pop("name")),
        ("a URL that is one", lambda m: m["dev"].update(cu="192.168.1.50")),
        ("all of its availability topics", lambda m: m.update(avty_mode="any")),
        ("all of its availability topics", lambda m: m.update(avty=[])),
        ("plain component keys", lambda m: m["cmps"].update({"a.b": {"p": "sensor"}})),
        ("its parent first", lambda m: m["dev"].update(via_device="site_2")),
    ],
)
def test_a_broken_message_is_found(rule: str, damage: Damage) -> None:
    assert faults([message(damage)]) == [f"{TOPIC}: {rule}"]


@pytest.mark.parametrize(
    ("rule", "key", "change"),
    [
        ("a known platform", "power", {"p": "date"}),
        ("all that its platform needs", "power", {"state_topic": None}),
        ("no key that its platform drops", "power", {"options": ["a"]}),
        ("a unique_id", "power", {"unique_id": "a b"}),
        ("a short name in sentence case", "power", {"name": "power"}),
        ("a short name in sentence case", "power", {"name": "Grid Power"}),
        ("a short name in sentence case", "power", {"name": "A" * 41}),
        ("topics without wildcards", "power", {"state_topic": "a/+/b"}),
        ("topics without wildcards", "reserve", {"command_topic": "a/#"}),
        ("availability topics", "power", {"availability": [{"topic": ""}]}),
        ("class, unit and state class that fit", "power", {"unit_of_measurement": "KW"}),
        ("class, unit and state class that fit", "power", {"state_class": "total"}),
        ("class, unit and state class that fit", "power", {"device_class": "timestamp"}),
        ("class, unit and state class that fit", "power", {"device_class": "flavour"}),
        ("class, unit and state class that fit", "reserve", {"device_class": "flavour"}),
        ("a category that its platform may have", "power", {"entity_category": "config"}),
        ("enabled_by_default only where it is false", "power", {"enabled_by_default": True}),
        ("a class or an icon where it is shown", "reserve", {"icon": None}),
        ("commands and events with QoS 1", "reserve", {"qos": None}),
        ("the same entity id for all cores", "power", {"default_entity_id": "powerwall_power"}),
        ("a range", "reserve", {"max": 0}),
        ("commands and events with QoS 1", "event", {"qos": None}),
        ("all that its platform needs", "event", {"event_types": None}),
        ("event types", "event", {"event_types": []}),
        ("event types", "event", {"event_types": ["lost", "lost"]}),
        ("options", "choice", {"options": []}),
        ("options", "choice", {"options": ["One", "One"]}),
    ],
)
def test_a_broken_component_is_found(rule: str, key: str, change: dict[str, object]) -> None:
    def damage(m: dict[str, Any]) -> None:
        changed = m["cmps"][key] | change
        m["cmps"][key] = {name: value for name, value in changed.items() if value is not None}

    assert faults([message(damage)]) == [f"{TOPIC}: {key}: {rule}"]


def test_a_binary_sensor_of_an_unknown_class_is_found() -> None:
    flag = {k: SENSOR[k] for k in ("unique_id", "object_id", "name", "state_topic")} | {
        "p": "binary_sensor",
        "default_entity_id": "binary_sensor.powerwall_power",
        "device_class": "flavour",
        "payload_on": "true",
        "payload_off": "false",
    }

    found = faults([message(lambda m: m["cmps"].update(power=flag))])

    assert found == [f"{TOPIC}: power: class, unit and state class that fit"]


def test_a_unique_id_is_found_twice_across_devices() -> None:
    found = faults([message(), message(lambda m: m.update(cmps={"again": SENSOR}))])

    assert found == [f"{TOPIC}: again: a unique_id of its own"]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("a discovery topic", {"topic": "homeassistant/device/a.b/config"}),
        ("retained with QoS 1", {"retain": False}),
        ("retained with QoS 1", {"qos": 0}),
    ],
)
def test_a_message_sent_the_wrong_way_is_found(rule: str, change: dict[str, Any]) -> None:
    sent = replace(message(), **change)

    assert faults([sent]) == [f"{sent.topic}: {rule}"]


FLAG = {"p": "binary_sensor", "payload_on": "true", "payload_off": "false"}
TIME = {"p": "sensor", "device_class": "timestamp"}


@pytest.mark.parametrize(
    ("component", "good", "bad"),
    [
        (SENSOR, "-12.5", "nan"),
        (SENSOR, "None", "null"),
        (SENSOR, "0", "1e-05"),
        (FLAG, "true", "on"),
        (TIME, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05"),
        (TIME, "None", "yesterday"),
        (NUMBER, "100", "100.1"),
        (NUMBER, "None", "full"),
        (SELECT | {"value_template": "{{ value }}"}, "One", "one"),
        (SELECT, "three", None),  # its template makes it unknown
        (EVENT, '{"event_type":"lost"}', None),
        (EVENT, '{"event_type":"broken"}', None),  # its template leaves nothing of it
        (
            EVENT | {"value_template": "{{ value }}"},
            '{"event_type":"found"}',
            '{"event_type":"broken"}',
        ),
        ({"p": "sensor"}, "x" * 255, "x" * 256),
        ({"p": "sensor", "value_template": "{{ value[:255] }}"}, "x" * 256, ""),
    ],
)
def test_a_state_that_does_not_fit_is_found(
    component: dict[str, Any], good: str, bad: str | None
) -> None:
    assert misfit(component, good) is None
    assert bad is None or misfit(component, bad) is not None


def test_a_template_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="another form"):
        render("{{ value | int }}", "1")
