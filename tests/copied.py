"""What a Home Assistant user copies, as Home Assistant reads it; and what discovery proposes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sites import SITES, site

from bridge.discovery import Site, discover
from bridge.entities import Offer
from bridge.readings import GROUPS, measure
from bridge.topics import Topics

ROOT = Path(__file__).parent.parent
COPIED = ROOT / "homeassistant"
BLUEPRINTS = COPIED / "blueprints" / "automation" / "powerwall"
DASHBOARDS = COPIED / "dashboards"
ADDON = COPIED / "addon"
# A name that ends within a pattern, such as that of a pack, is none.
ENTITY = re.compile(r"\b((?:binary_)?sensor|number|select|button|event)\.(powerwall_\w*[a-z0-9])\b")
Yaml = Any  # what a file holds: the tests say what they want of it


@dataclass(frozen=True, slots=True)
class Input:
    """`!input name` in a blueprint."""

    name: str


# YAML with the one tag of blueprints.
Loader: Any = type("Loader", (yaml.SafeLoader,), {})
Loader.add_constructor("!input", lambda loader, node: Input(loader.construct_scalar(node)))


def load(path: Path) -> Yaml:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe loader


def inputs(blueprint: Yaml) -> Iterator[str]:
    """Yield the names of all inputs that are used."""
    if isinstance(blueprint, Input):
        yield blueprint.name
    elif isinstance(blueprint, dict | list):
        for part in blueprint.values() if isinstance(blueprint, dict) else blueprint:
            yield from inputs(part)


def named(text: str) -> set[str]:
    """Return the entities of a gateway called main that a text names."""
    found = {".".join(match) for match in ENTITY.findall(text)}
    return {id_ for id_ in found if "_garage_" not in id_}


@cache
def proposed() -> dict[str, dict[str, Any]]:
    """Return every component of any site that discovery may propose, by entity id."""
    found = {}
    for name in SITES:
        where = Site("KEY", Topics("powerwall", "main"), "homeassistant", None, frozenset(Offer))
        for message in discover(where, measure(GROUPS, site(name)), lambda _: True):
            for component in json.loads(message.payload)["cmps"].values():
                found[component["default_entity_id"]] = component
    return found
