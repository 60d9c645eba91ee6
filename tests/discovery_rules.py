"""The rules of Home Assistant's device discovery, each as the sentence that must hold.

They hold for cores from 2025.4 on: what only a later one knows counts as unknown, for one unknown
key at the root costs the whole device.
"""

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bridge.entities import ENDED
from bridge.topics import NONE, Message

Json = Mapping[str, Any]  # whatever stands in a message: these rules are to find that out
Rules = Mapping[str, Callable[[Json], bool]]

ID = re.compile(r"[a-zA-Z0-9_-]+")
TOPIC = re.compile(r"[^+#/\0]+(/[^+#/\0]+)*")
DISCOVERY_TOPIC = re.compile(r"([^+#/\0]+/)+device/[a-zA-Z0-9_-]+/config")
NAME = re.compile(r"(?=.{1,40}$)[A-Z][A-Za-z]*(-[a-z]+)?( ([a-z]+|[0-9]+|[A-F]|DIN|Tesla))*")
URL = re.compile(r"https?://[^/]+")
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
KNOWN_ONLY = "{{ value if value != 'None' else '' }}"
KNOWN = "{{ 'offline' if value == 'None' else 'online' }}"
ROOT_KEYS = {"dev", "o", "avty", "avty_mode", "cmps"}
DEVICE_KEYS = {"ids", "name", "mf", "mdl", "mdl_id", "sn", "sw", "cu", "via_device"}
COMMON = {"p", "unique_id", "object_id", "default_entity_id", "name", "icon", "device_class"}
COMMON |= {"entity_category", "enabled_by_default", "availability", "qos"}
NEEDED = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic", "payload_on", "payload_off"},
    "button": {"command_topic", "payload_press"},
    "number": {"command_topic", "state_topic", "min", "max", "step"},
    "select": {"command_topic", "state_topic", "options", "value_template", "command_template"},
    "event": {"state_topic", "event_types", "value_template"},
    "update": {"state_topic", "device_class", "value_template"},
}
POSSIBLE = {
    "sensor": {"unit_of_measurement", "state_class", "suggested_display_precision"}
    | {"value_template", "json_attributes_topic", "json_attributes_template"},
    "number": {"mode", "unit_of_measurement"},
}
MEASURED = {"measurement"}
CLASSES: dict[object, tuple[set[str | None], set[str]]] = {  # units and state classes that fit
    "power": ({"W", "kW"}, MEASURED),
    "energy": ({"Wh", "kWh"}, {"total", "total_increasing"}),
    "energy_storage": ({"Wh", "kWh"}, MEASURED),
    "battery": ({"%"}, MEASURED),
    "voltage": ({"V"}, MEASURED),
    "current": ({"A"}, MEASURED),
    "frequency": ({"Hz"}, MEASURED),
    "reactive_power": ({"var"}, MEASURED),
    "apparent_power": ({"VA"}, MEASURED),
    "temperature": ({"°C"}, MEASURED),
    "data_rate": ({"B/s", "kB/s", "MB/s"}, MEASURED),
    "duration": ({"s", "min", "h"}, MEASURED),
    None: ({"%", "°", None}, MEASURED),
}
BINARY_CLASSES = {None, "connectivity", "problem", "power", "plug", "battery_charging", "running"}


def _topics(rows: list[Json]) -> bool:
    plain = [
        row.get("value_template", KNOWN) == KNOWN
        and set(row) <= {"topic", "value_template"}
        and bool(TOPIC.fullmatch(row["topic"]))
        for row in rows
    ]
    return bool(plain) and all(plain)


MESSAGE_RULES: Rules = {
    "only well-known keys at the root": lambda m: set(m) <= ROOT_KEYS,
    "an origin with a name": lambda m: bool(m["o"].get("name")),
    "only well-known keys of the device": lambda m: set(m["dev"]) <= DEVICE_KEYS,
    "identifiers": lambda m: bool(m["dev"].get("ids")) and all(map(ID.fullmatch, m["dev"]["ids"])),
    "a name of the device": lambda m: bool(m["dev"].get("name")),
    "a URL that is one": lambda m: bool(URL.match(m["dev"].get("cu", "http://x"))),
    "all of its availability topics": lambda m: m["avty_mode"] == "all" and _topics(m["avty"]),
    "plain component keys": lambda m: all(map(ID.fullmatch, m["cmps"])),
}


def _known_class(c: Json) -> bool:
    name, unit, state_class = (
        c.get(key) for key in ("device_class", "unit_of_measurement", "state_class")
    )
    match c["p"]:
        case "binary_sensor":
            return name in BINARY_CLASSES
        case "update":
            return name == "firmware"
        case "sensor" if name == "timestamp" or (name is None and state_class is None):
            return not {"unit_of_measurement", "state_class"} & set(c)
        case "sensor":
            units, states = CLASSES.get(name, (set(), set()))
            return unit in units and state_class in states
    return name is None


def _category(c: Json) -> bool:
    config = {"config"} if c["p"] in {"button", "number", "select"} else set()
    return c.get("entity_category", "diagnostic") in {"diagnostic", *config}


COMPONENT_RULES: Rules = {
    "a known platform": lambda c: c["p"] in NEEDED,
    "all that its platform needs": lambda c: NEEDED[c["p"]] <= set(c),
    "no key that its platform drops": lambda c: (
        set(c) <= NEEDED[c["p"]] | POSSIBLE.get(c["p"], set()) | COMMON
    ),
    "a unique_id": lambda c: bool(ID.fullmatch(c.get("unique_id", ""))),
    "a plain object_id": lambda c: bool(re.fullmatch("[a-z0-9_]+", c.get("object_id", ""))),
    "the same entity id for all cores": lambda c: (
        c.get("default_entity_id") == f"{c['p']}.{c.get('object_id')}"
    ),
    "a short name in sentence case": lambda c: bool(NAME.fullmatch(c.get("name", ""))),
    "topics without wildcards": lambda c: all(
        TOPIC.fullmatch(c.get(key, "x")) for key in ("state_topic", "command_topic")
    ),
    "availability topics": lambda c: _topics(c.get("availability", [{"topic": "x"}])),
    "class, unit and state class that fit": _known_class,
    "a category that its platform may have": _category,
    "enabled_by_default only where it is false": lambda c: (
        c.get("enabled_by_default", False) is False
    ),
    "a class or an icon where it is shown": lambda c: (
        "enabled_by_default" in c
        or "device_class" in c
        or bool(re.fullmatch("mdi:[a-z-]+", c.get("icon", "")))
    ),
    "commands and events with QoS 1": lambda c: (
        c.get("qos") == (1 if "command_topic" in c or c["p"] == "event" else None)
    ),
    "a range": lambda c: c["p"] != "number" or (c["min"] < c["max"] and c["step"] > 0),
    "event types": lambda c: (
        c["p"] != "event" or 0 < len(set(c["event_types"])) == len(list(c["event_types"]))
    ),
    "options": lambda c: (
        c["p"] != "select" or 0 < len(set(c["options"])) == len(list(c["options"]))
    ),
}


def faults(messages: Iterable[Message]) -> list[str]:
    """Return the rules that a run's discovery messages break, in the order they are sent."""
    found: list[str] = []
    ids: set[str] = set()
    unique_ids: set[tuple[str, str]] = set()
    for message in messages:
        payload: Json = json.loads(message.payload)
        broken = [*_broken(MESSAGE_RULES, payload), *_envelope(message)]
        if payload["dev"].get("via_device", "") not in {"", *ids}:
            broken.append("its parent first")
        ids.update(payload["dev"].get("ids", ()))
        for key, component in payload["cmps"].items():
            name = (component["p"], component.get("unique_id", f"{message.topic} {key}"))
            own = ["a unique_id of its own"] if name in unique_ids else []
            unique_ids.add(name)
            broken += [f"{key}: {rule}" for rule in (*_component(component), *own)]
        found += [f"{message.topic}: {rule}" for rule in broken]
    return found


def _envelope(message: Message) -> Iterator[str]:
    if not DISCOVERY_TOPIC.fullmatch(message.topic):
        yield "a discovery topic"
    if not message.retain or message.qos != 1:
        yield "retained with QoS 1"


def _broken(rules: Rules, subject: Json) -> Iterator[str]:
    return (rule for rule, holds in rules.items() if not holds(subject))


def _component(component: Json) -> Iterator[str]:
    """Return broken rules; a component with its platform alone is a removal and breaks none."""
    if component.keys() == {"p"}:
        return
    for rule in _broken(COMPONENT_RULES, component):
        yield rule
        if rule in {"a known platform", "all that its platform needs"}:
            return


def misfit(component: Json, payload: str) -> str | None:
    """Return what Home Assistant would say against a state of an entity, None when it fits."""
    state = render(component.get("value_template", "{{ value }}"), payload)
    return None if state == "None" or _fits(component, state) else f"cannot be {state[:300]}"


def _fits(component: Json, state: str) -> bool:
    number = bool(DECIMAL.fullmatch(state))
    match component["p"]:
        case "binary_sensor":
            return state in {component["payload_on"], component["payload_off"]}
        case "number":
            return number and component["min"] <= float(state) <= component["max"]
        case "select":
            return state in component["options"]
        case "update":
            versions = json.loads(state or "{}")
            return all(isinstance(version, str) for version in versions.values())
        case "event":
            return not state or json.loads(state)["event_type"] in component["event_types"]
        case "sensor" if component.get("device_class") == "timestamp":
            return _zoned(state)
    numeric = {"unit_of_measurement", "state_class", "suggested_display_precision"}
    return number if numeric & set(component) else 0 < len(state) <= 255


def _zoned(state: str) -> bool:
    try:
        return datetime.fromisoformat(state).tzinfo is not None
    except ValueError:
        return False


def render(template: str, value: str) -> str:
    """Return what a template of ours gives; it knows the seven forms that we use and no others."""
    if template in {"{{ value }}", "{{ value[:255] }}"}:
        return value[:255] if "255" in template else value
    if template == ENDED:
        said = json.loads(value)
        ended = said["status"] != "accepted"
        return json.dumps({**said, "event_type": said["status"]}) if ended else ""
    if template == KNOWN_ONLY:
        return "" if value == NONE else value
    if chosen := re.fullmatch(
        r"\{\{ value if value_json\.event_type in (\[.*\]) else '' \}\}", template
    ):
        return value if json.loads(value)["event_type"] in ast.literal_eval(chosen[1]) else ""
    found = re.fullmatch(r"\{\{ (\{.*\})(\.get\(value\)|\[value\]) \}\}", template)
    if found is None:
        raise ValueError(f"a template of another form: {template}")
    labels: dict[str, str] = ast.literal_eval(found[1])
    return str(labels.get(value)) if found[2].startswith(".") else labels[value]
