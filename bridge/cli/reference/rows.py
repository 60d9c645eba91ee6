"""Every topic in words, taken from the tables: readings, controls, and the few that are fixed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from bridge.cli.reference.notes import NOTES, words_of
from bridge.cli.reference.row import Row, Section, beside
from bridge.commands import CONTROLS, Access, Control
from bridge.entities import CONNECTION, Offer, control_components
from bridge.events import Happening
from bridge.health import Capability, Connection, Tier
from bridge.quantities import Form
from bridge.readings import GROUPS, SUMMARY, Group, Kind, Reading, Show
from bridge.readings.meters import TOPICS as METERS
from bridge.topics import SNAPSHOT_BYTES, SPARED, BridgeTopics

BRIDGE = BridgeTopics("<prefix>")
GATEWAY = BRIDGE.gateway("<gateway>")
_ONLINE = "`online` or `offline`"
_NEEDS = {
    Access.ALWAYS: "anything",
    Access.OPERATION: "`operation` or `all`",
    Access.ALL: "`all`",
}


COMMANDS = """\
Publish without retain: a retained command is ignored. Every step is answered on `command/result`,
and with MQTT 5 the last one also on the response topic of the request. What is taken
depends on POWERWALL_CONTROL (`none`, `operation`, `all`) and on the firmware: see
`control/operation/availability` and `control/island/availability`."""

_LEFT_OUT = """\
Of the site's readings these are no members of `snapshot`: those whose payload is JSON, and"""

BRIDGE_ROWS = (
    Row(BRIDGE.availability, _ONLINE, "Whether the bridge runs; `offline` is its last will"),
    Row(
        BRIDGE.info,
        "JSON",
        "Version, start, gateways, MQTT protocol, and the settings without secrets",
    ),
    Row(
        BRIDGE.health,
        "JSON",
        "Every minute: uptime, polls, logins, commands, messages, memory, the same per gateway; a "
        "path that the firmware has not got, or denies, makes no poll a failed one",
    ),
    Row(BRIDGE.check, "empty", "Where `powerwall-mqtt check` tries to write", retained=False),
    Row(
        BRIDGE.discovery_command,
        "anything",
        "A message here makes the bridge send discovery and all states again",
        retained=False,
    ),
)
GATEWAY_ROWS = (
    Row(
        GATEWAY.availability,
        _ONLINE,
        "Whether the readings are current: `offline` after two polls without a usable answer",
    ),
    Row(GATEWAY.connection, words_of(Connection), "How the bridge stands with the gateway"),
    Row(GATEWAY.reason, "text", "Why, and what the owner can do; `ok` when all is well"),
    Row(
        GATEWAY.tier,
        words_of(Tier),
        "How much the gateway gives: all, all but vitals, or only what a Powerwall 3 gives",
    ),
    Row(
        GATEWAY.capabilities,
        "JSON",
        f"Per endpoint: {words_of(Capability)}, the last HTTP status, and since when",
    ),
    Row(
        GATEWAY.control_availability("operation"),
        _ONLINE,
        "Whether mode and reserve can be set; `offline` when not enabled, denied or missing",
    ),
    Row(GATEWAY.control_availability("island"), _ONLINE, "Whether the grid contactor can be moved"),
    Row(
        GATEWAY.snapshot,
        "JSON",
        "At the end of every poll: the readings of the site but for JSON and some that are rarely "
        "looked at, nested by the levels of their topics, `null` where unknown, and `timestamp`; "
        "beyond "
        f"{SNAPSHOT_BYTES:,} bytes (a site with many meters) without "
        f"{', '.join(f'`{branch}`' for branch in SPARED)}, in this order and as far as need be",
    ),
    Row(
        GATEWAY.event,
        "JSON",
        f"What happened: event_type, at, and what belongs to it; types {words_of(Happening)}",
        retained=False,
        entity="event",
    ),
    Row(
        GATEWAY.result,
        "JSON",
        "Every step of every command: id, command, requested, status, applied, reason, "
        "http_status, at. `accepted` is followed by exactly one of `done` `unchanged` "
        "`unverified` `superseded` `refused` `failed`",
        retained=False,
        entity="event",
    ),
)


def sections() -> list[Section]:
    """Return the whole reference, in the order in which people read it."""
    return [
        Section("Bridge", "", BRIDGE_ROWS),
        Section("Gateway", _left_out(), tuple(_with_entity(row) for row in GATEWAY_ROWS)),
        *_reading_sections(),
        Section("Commands", COMMANDS, tuple(_commands())),
        *beside(GATEWAY),
    ]


def rows() -> list[Row]:
    return [row for section in sections() for row in section.rows]


def document() -> dict[str, object]:
    """Return the reference ready for JSON."""
    return {
        section.title: [
            {name: value for name, value in asdict(row).items() if value is not None}
            for row in section.rows
        ]
        for section in sections()
    }


def _left_out() -> str:
    """Return what has a topic but no place in `snapshot`, lines one to three as one."""
    found: dict[str, dict[str, None]] = {}
    for group in GROUPS:
        if group.kind is Kind.SITE and group not in SUMMARY:
            keys = [r.key for r in group.readings if r.quantity.form is not Form.DATA]
            lines = [re.sub(r"^l\d_(?!l\d)", "l<1..3>_", key) for key in keys]
            found.setdefault(group.topic, {}).update(dict.fromkeys(lines))
    branches = [f"* `{branch}/`: {words_of(keys)}" for branch, keys in found.items() if keys]
    return "\n".join((_LEFT_OUT, "", *branches))


def _with_entity(row: Row) -> Row:
    key = "_".join(GATEWAY.path(row.topic))
    if key not in CONNECTION:
        return row
    enabled = CONNECTION[key].get("enabled_by_default", True)
    show = Show.DIAGNOSTIC if enabled else Show.QUIET
    return Row(row.topic, row.payload, row.meaning, entity=f"sensor, {show.value}")


def _reading_sections() -> Iterator[Section]:
    listed = [(thing, group) for group in GROUPS for thing in _things(group)]
    for thing in dict.fromkeys(thing for thing, _ in listed):
        groups = [group for its, group in listed if its == thing]
        found = tuple(_reading(thing, g, reading) for g in groups for reading in g.readings)
        yield Section(f"`{thing}`", _belongs(groups[0]), found)


def _things(group: Group[Any]) -> Iterable[str]:
    """Return the topics of the group's things, by name where the names are known."""
    return METERS.values() if group.topic == "<meter>" else (group.topic,)


def _belongs(group: Group[Any]) -> str:
    return "" if group.kind is Kind.SITE else f"Home Assistant device: {group.kind}."


def _reading(thing: str, group: Group[Any], reading: Reading[Any]) -> Row:
    quantity = reading.quantity
    path = (*thing.split("/"), *((reading.key,) if reading.key else ()))
    listed = reading.show is Show.LISTED
    number = quantity.form is Form.NUMBER
    return Row(
        topic=GATEWAY.snapshot if listed else GATEWAY.of(*path),
        key=".".join(path) if listed else None,
        payload=(quantity.unit or "number") if number else quantity.form.value,
        unit=quantity.unit,
        decimals=quantity.decimals if number else None,
        meaning=_meaning(thing, reading),
        note=NOTES.get("/".join(path)),
        endpoints=tuple(group.endpoints),
        firmware=reading.firmware or group.firmware,
        entity=_entity(reading),
        summary=group in SUMMARY and quantity.form is not Form.DATA,
    )


def _meaning(thing: str, reading: Reading[Any]) -> str:
    """Return the name with what stands in front of it: a name in lower case is only its end."""
    if not reading.name[:1].islower():
        return reading.name
    title = [level for level in thing.split("/") if not level.startswith("<")][-1]
    return f"{title.upper() if title == 'ct' else title.capitalize()} {reading.name}"


def _entity(reading: Reading[Any]) -> str:
    if not reading.show.entity:
        return "none"
    return (
        reading.platform
        if reading.show is Show.NORMAL
        else f"{reading.platform}, {reading.show.value}"
    )


def _commands() -> Iterator[Row]:
    platforms = {
        str(keys["command_topic"]): platform
        for _, platform, keys in control_components(GATEWAY, frozenset(Offer), [])
    }
    for control in CONTROLS:
        topic = GATEWAY.command(control.path)
        yield Row(
            topic,
            control.allowed,
            f"{control.name}; POWERWALL_CONTROL: {_NEEDS[control.access]}",
            retained=False,
            entity=platforms.get(topic, "none"),
        )


def _needs(control: Control) -> str:
    return _NEEDS[control.access]


def fixed_topics() -> set[str]:
    """Return the topics that are no readings and no commands of a gateway."""
    return {row.topic for row in (*BRIDGE_ROWS, *GATEWAY_ROWS)}
