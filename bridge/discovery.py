"""The table as Home Assistant's device discovery: one message per device, the site first.

Ids are `<kind>_<key>[_<reading>]` and never change; entity ids are only a first proposal.
Rules of the format: one unknown key at the root drops the whole device, so only well-known keys
are used; `object_id` is for cores up to 2025.9, `default_entity_id` for later ones.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bridge import __version__
from bridge.devices import PLAIN_KEY
from bridge.entities import CONNECTION, Offer, control_components, event_components
from bridge.quantities import Form
from bridge.readings import Kind, Measured
from bridge.topics import (
    OFFLINE,
    ORIGIN,
    BridgeTopics,
    Message,
    Topics,
    compact,
    discovery_topic,
)

Component = dict[str, object]
_NAMES = {Kind.PACK: "pack", Kind.INVERTER: "inverter", Kind.METER: "meter"}
_MODELS = {
    Kind.SITE: "Powerwall gateway",
    Kind.PACK: "Powerwall",
    Kind.INVERTER: "Powerwall solar inverter",
    Kind.METER: "Powerwall meter",
}
# Home Assistant complains of more than 16 KiB of attributes: some 60 alerts.
LISTED = "{{ {'%s': none if value == 'None' else (value | from_json)[:40]} | tojson }}"
_BY_PART = {  # part number without its revision
    "1118431": "Backup Gateway",
    "1152100": "Backup Gateway 2",
    "1232100": "Backup Gateway 2",
    "1624171": "Backup Switch",
    "1092170": "Powerwall 2",
    "3012170": "Powerwall 2",
    "2012170": "Powerwall+",
    "1707000": "Powerwall 3",
    "1807000": "Powerwall 3 Expansion",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What discovery needs to know of a gateway besides its readings.

    key is the site's, kept for ever; url is the gateway's own page; offers are the controls that
    exist on this gateway and are enabled.
    """

    key: str
    topics: Topics
    ha_prefix: str
    url: str | None
    offers: frozenset[Offer]

    @property
    def id(self) -> str:
        return f"{Kind.SITE}_{self.key}"

    @property
    def name(self) -> str:
        gateway = self.topics.gateway
        return "Powerwall" if gateway == "main" else f"Powerwall {gateway.replace('_', ' ')}"

    def device_id(self, kind: Kind, key: str) -> str:
        return device_id(self.key, kind, key) if key else self.id


def device_id(site_key: str, kind: Kind, key: str) -> str:
    """Return what a device of a site is called, by its key; a plain word another site has too."""
    return f"{kind}_{site_key}_{key}" if key == PLAIN_KEY else f"{kind}_{key}"


def discover(
    site: Site, measured: Iterable[Measured], exists: Callable[[str], bool]
) -> list[Message]:
    """Return one retained message per device; exists says whether a topic ever had a value."""
    devices: dict[tuple[Kind, str], dict[str, Component]] = {(Kind.SITE, ""): _fixed(site)}
    listed = list(measured)
    for item in listed:
        if item.reading.show.entity and exists(site.topics.of(*item.path)):
            components = devices.setdefault((item.kind, item.item.device), {})
            key = _key(item)
            components[key] = _entity(site, item, key)
    facts = _facts(listed)
    return [
        _message(site, kind, key, components, facts.get((kind, key), {}))
        for (kind, key), components in devices.items()
    ]


def gone(before: str | None, after: str) -> dict[str, Component]:
    """Return the components of one payload that another has no more, or has made anew."""
    new = json.loads(after)["cmps"]
    return {k: c for k, c in components_of(before).items() if replaced(c, new.get(k))}


def farewell(payload: str, gone: Mapping[str, Component]) -> tuple[str, ...]:
    """Return the payloads that have to go ahead of one from which components are gone.

    Home Assistant keeps a component that is merely left out; one with nothing but its platform is
    removed. If it was away meanwhile it knows the entity only from its own files, and has to hear
    of the component first.
    """
    if not gone:
        return ()
    whole = json.loads(payload)
    bare = {key: {"p": component["p"]} for key, component in gone.items()}
    return tuple(compact(whole | {"cmps": components}) for components in (gone, bare))


def components_of(payload: str | None) -> dict[str, Component]:
    """Return the entities that a payload of ours tells of, by key."""
    try:
        components = json.loads(payload or "{}")["cmps"].items()
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return {}  # whatever stands there, it is not what an earlier run wrote
    return {key: c for key, c in components if isinstance(c, dict) and "p" in c}


def replaced(old: Component, new: Component | None) -> bool:
    """Return whether an entity is another one now, or none."""
    fixed = ("p", "unique_id")
    return new is None or any(old.get(name) != new.get(name) for name in fixed)


def _key(item: Measured) -> str:
    """Return the reading's name within its device: the levels of its topic below the device."""
    levels = item.path if item.kind is Kind.SITE else item.path[2:]
    return "_".join(levels)


def _entity(site: Site, item: Measured, key: str) -> Component:
    reading, quantity = item.reading, item.reading.quantity
    name = f"{item.item.title} {reading.name}" if item.item.title else reading.name
    entity = identity(site, reading.platform, key, item.kind, item.item.device) | {
        "name": name,
        "state_topic": site.topics.of(*item.path),
        "device_class": reading.device_class or quantity.device_class,
        "icon": reading.icon,
        "unit_of_measurement": quantity.unit,
        "state_class": quantity.state_class,
        "entity_category": "diagnostic" if reading.show.diagnostic else None,
        "enabled_by_default": None if reading.show.enabled else False,
    }
    if reading.counts_list:
        entity["json_attributes_topic"] = site.topics.of(*item.item.path)
        entity["json_attributes_template"] = LISTED % item.item.path[-1]
    match quantity.form:
        case Form.FLAG:
            entity |= {"payload_on": "true", "payload_off": "false"}
        case Form.NUMBER:
            entity["suggested_display_precision"] = quantity.precision
        case Form.TEXT | Form.WORD:
            entity["value_template"] = "{{ value[:255] }}"
        case Form.DATA:  # an update has no word for unknown
            known = "{{ 'offline' if value == 'None' else 'online' }}"
            own = {"topic": entity["state_topic"], "value_template": known}
            entity["availability"] = [*_availability(site, item.kind, item.item.device), own]
            entity["value_template"] = "{{ value if value != 'None' else '' }}"
    return _filled(entity)


def identity(
    site: Site, platform: str, key: str, kind: Kind = Kind.SITE, device: str = ""
) -> Component:
    """Return the keys that name an entity, of the site or of one of its devices."""
    serial = "" if device == PLAIN_KEY else f"{device}_"
    place = "" if kind is Kind.SITE else f"{_NAMES[kind]}_{serial}"
    gateway = site.topics.gateway
    base = "powerwall" if gateway == "main" else f"powerwall_{gateway}"
    entity_id = f"{base}_{place}{key}".lower().replace("-", "_")
    return {
        "p": platform,
        "unique_id": f"{site.device_id(kind, device)}_{key}",
        "object_id": entity_id,
        "default_entity_id": f"{platform}.{entity_id}",
    }


def _filled(component: Component) -> Component:
    return {name: value for name, value in component.items() if value is not None}


def _fixed(site: Site) -> dict[str, Component]:
    """Return the entities of the site that are no readings: connection, events and controls."""
    bridge = [{"topic": BridgeTopics(site.topics.prefix).availability}]
    components: dict[str, Component] = {}
    for key, row in CONNECTION.items():
        components[key] = _filled(
            identity(site, "sensor", key)
            | {"state_topic": site.topics.of(*key.split("_")), "entity_category": "diagnostic"}
            | {"availability": bridge, **row}
        )
    for key, row in event_components(site.topics):
        components[key] = identity(site, "event", key) | row
    for key, platform, row in control_components(site.topics, site.offers, site_availability(site)):
        components[f"set_{key}"] = _filled(identity(site, platform, key) | row)
    return components


def site_availability(site: Site) -> list[dict[str, str]]:
    """Return the topics that must all be online for a reading to be current."""
    bridge = BridgeTopics(site.topics.prefix).availability
    return [{"topic": bridge}, {"topic": site.topics.availability}]


def _facts(measured: Iterable[Measured]) -> dict[tuple[Kind, str], dict[str, str]]:
    """Return the text readings of each device, for what its page says of it."""
    facts: dict[tuple[Kind, str], dict[str, str]] = {}
    for item in measured:
        if isinstance(item.value, str):
            facts.setdefault((item.kind, item.item.device), {})[_key(item)] = item.value
    return facts


def _message(
    site: Site, kind: Kind, key: str, components: dict[str, Component], facts: Mapping[str, str]
) -> Message:
    own_id = site.device_id(kind, key)
    payload = {
        "dev": _filled(_device(site, kind, key, facts)),
        "o": {"name": ORIGIN, "sw": __version__},
        "avty": _availability(site, kind, key),
        "avty_mode": "all",
        "cmps": components,
    }
    return Message(discovery_topic(site.ha_prefix, own_id), compact(payload), qos=1)


def _device(site: Site, kind: Kind, key: str, facts: Mapping[str, str]) -> Component:
    device: Component = {"ids": [site.device_id(kind, key)], "mf": "Tesla"}
    if kind is Kind.SITE:
        part, _, serial = facts.get("gateway_din", "").partition("--")
        own = {"name": site.name, "sn": serial or None, "cu": site.url}
        return device | _model(kind, part) | own | {"sw": facts.get("gateway_version")}
    serial, letter = _serial(kind, key)
    return (
        device
        | _model(kind, facts.get("part_number", ""), absent=facts.get("availability") == OFFLINE)
        | {
            "name": f"{site.name} {_NAMES[kind]} {serial[-4:]}{letter.upper()}".rstrip(),
            "sn": serial or None,
            "sw": facts.get("firmware"),
            "via_device": site.id,
        }
    )


def _model(kind: Kind, part: str, *, absent: bool = False) -> Component:
    """Return what a device is; where an absent one does not tell, Home Assistant knows it still."""
    model = _BY_PART.get(part.partition("-")[0], None if absent else _MODELS[kind])
    return {"mdl": model, "mdl_id": part or None}


def _serial(kind: Kind, key: str) -> tuple[str, str]:
    """Return a device's serial number and, for a board with several meters, its letter."""
    if key == PLAIN_KEY:
        return "", ""
    board = re.fullmatch(r"(.+)_([xyz])", key) if kind is Kind.METER else None
    return (board[1], f" {board[2]}") if board else (key, "")


def _availability(site: Site, kind: Kind, key: str) -> list[dict[str, str]]:
    own = [] if kind is Kind.SITE else [{"topic": site.topics.device_availability(kind, key)}]
    return [*site_availability(site), *own]
