"""What Home Assistant is to show, off the discovery messages and the retained topics."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from discovery_rules import DECIMAL, KNOWN, render

from homeassistant.core import Core, Entity
from homeassistant.houses import Houses, Payload

SHOWN = ["device_class", "unit_of_measurement", "state_class", "icon", "options", "event_types"]
SHOWN += ["min", "max", "step", "mode"]
Key = tuple[str, str]


def components(discovery: Mapping[str, Payload]) -> dict[Key, tuple[Payload, Payload]]:
    """Return (device's message, component) by platform and unique id."""
    return {
        (component["p"], component["unique_id"]): (message, component)
        for message in discovery.values()
        for component in message["cmps"].values()
    }


def state_of(message: Payload, component: Payload, tree: Mapping[str, str]) -> str | None:
    """Return the state that follows from what is retained, None where only time decides."""
    availability = component.get("availability", message["avty"])
    if not all(_online(row, tree) for row in availability):
        return "unavailable"
    if component["p"] in {"button", "event"}:
        return None
    value = render(component.get("value_template", "{{ value }}"), tree[component["state_topic"]])
    if value == "None":
        return "unknown"
    match component["p"]:
        case "binary_sensor":
            return {component["payload_on"]: "on", component["payload_off"]: "off"}[value]
        case "update":
            versions = json.loads(value)
            return "off" if versions["installed_version"] == versions["latest_version"] else "on"
        case "sensor" if component.get("device_class") == "timestamp":
            return datetime.fromisoformat(value).isoformat()
    return value


def _online(row: Payload, tree: Mapping[str, str]) -> bool:
    said = tree.get(row["topic"])
    if row.get("value_template") == KNOWN:
        return said not in {None, "None"}
    return said == "online"


def same(expected: str | None, seen: str | None) -> bool:
    if expected is None:
        return seen not in {None, "unavailable"}
    if seen is not None and DECIMAL.fullmatch(expected) and DECIMAL.fullmatch(seen):
        return float(expected) == float(seen)
    return expected == seen


def misfits(message: Payload, component: Payload, entity: Entity, device: str) -> Iterator[str]:
    """Yield what an entity's registration and attributes say other than discovery did."""
    own: dict[str, Any] = {
        "entity_category": component.get("entity_category"),
        "disabled_by": None if component.get("enabled_by_default", True) else "integration",
        "entity_id": component["default_entity_id"],
        "original_name": component["name"],
        "device_id": device,
    }
    for name, value in own.items():
        if entity.facts[name] != value:
            yield f"{entity.id}: {name} is {entity.facts[name]!r}, not {value!r}"
    if entity.state is None:
        return
    decimals = entity.facts["options"].get("sensor", {}).get("suggested_display_precision")
    if decimals != component.get("suggested_display_precision"):
        yield f"{entity.id}: is shown with {decimals} decimals"
    shown = {name: component[name] for name in SHOWN if name in component}
    for name, value in shown.items():
        if entity.attributes.get(name) != value:
            yield f"{entity.id}: {name} is {entity.attributes.get(name)!r}, not {value!r}"
    full = f"{message['dev']['name']} {component['name']}"
    if entity.attributes["friendly_name"] != full:
        yield f"{entity.id}: is called {entity.attributes['friendly_name']}, not {full}"


class Comparison:
    """What of some gateways Home Assistant has not shown yet as the broker has it.

    A house lives on meanwhile: each state has to be right once.
    """

    def __init__(self, core: Core, houses: Houses, gateway: str | None = None) -> None:
        self._core, self._houses = core, houses
        self._left = components(houses.discovery(gateway))
        self._wrong: list[str] = []

    def agrees(self) -> bool:
        before, entities, after = self._houses.tree(), self._core.entities(), self._houses.tree()
        self._wrong = []
        for key, (message, component) in list(self._left.items()):
            entity = entities.get(key)
            if entity is not None and entity.facts["disabled_by"]:
                del self._left[key]
                continue
            wanted = {state_of(message, component, tree) for tree in (before, after)}
            seen = entity.state if entity else None
            if any(same(state, seen) for state in wanted):
                del self._left[key]
            else:
                self._wrong.append(f"{key[0]} {key[1]} is {seen!r}, not {wanted}")
        return not self._left

    def __str__(self) -> str:
        return "\n".join(self._wrong)
