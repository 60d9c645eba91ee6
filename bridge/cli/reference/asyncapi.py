"""The whole tree for machines: an AsyncAPI 3.0 document, each payload with its JSON Schema.

A payload is text on the wire; where its message is `application/json` the schema speaks of the
parsed value, and the word `None` stands there too: what stopped being known.
"""

import re
from collections.abc import Iterator

from bridge import __version__
from bridge.cli.reference.members import MOMENT, OBJECTS, TIME, Schema
from bridge.cli.reference.row import Row
from bridge.cli.reference.rows import GATEWAY, rows
from bridge.quantities import Form
from bridge.topics import NONE

_SCHEMAS: dict[str, Schema] = {
    Form.FLAG.value: {"enum": ["true", "false", NONE]},
    Form.WORD.value: {"type": "string", "pattern": f"^({NONE}|[a-z0-9_]+)$"},
    Form.TIME.value: {"type": "string", "pattern": f"^({NONE}|{TIME})$"},
    Form.DATA.value: {"anyOf": [{"const": NONE}, {"type": ["object", "array"]}]},
}


def asyncapi() -> Schema:
    """Return docs/asyncapi.json."""
    channels = dict(_channels())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Powerwall to MQTT",
            "version": __version__,
            "description": "Every topic of the bridge; see docs/topics.md for people.",
        },
        "channels": channels,
        "operations": {
            f"{'take' if channel['x-command'] else 'publish'}_{key}": {
                "action": "receive" if channel["x-command"] else "send",
                "channel": {"$ref": f"#/channels/{key}"},
            }
            for key, channel in channels.items()
        },
    }


def payload_schema(row: Row) -> Schema:
    """Return the JSON Schema of a topic's payload."""
    if row.topic == GATEWAY.snapshot:
        return _snapshot()
    if row.topic in OBJECTS:
        return OBJECTS[row.topic]
    if row.decimals is not None:
        fraction = rf"(\.[0-9]{{1,{row.decimals}}})?" if row.decimals else ""
        return {"type": "string", "pattern": f"^({NONE}|-?[0-9]+{fraction})$"}
    words = re.findall(r"`([a-z_]+)`", row.payload)
    if words and re.fullmatch(r"(`[a-z_]+`( or )? ?)+", row.payload):
        return {"enum": [*words, NONE]}
    if row.payload == Form.PRESENCE.value:
        return {"enum": ["online", "offline"]}
    return _SCHEMAS.get(row.payload, {"type": "string"})


def _channels() -> Iterator[tuple[str, Schema]]:
    for row in rows():
        if row.key is None:
            yield _key(row.topic), _channel(row)


def _key(topic: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", topic).strip("_")


def _channel(row: Row) -> Schema:
    address = re.sub(r"<([^>]+)>", lambda level: f"{{{_parameter(level[1])}}}", row.topic)
    names = re.findall(r"\{([^}]+)\}", address)
    json = row.payload == Form.DATA.value
    message: Schema = {
        "contentType": "application/json" if json else "text/plain",
        "payload": payload_schema(row),
    }
    if row.unit:
        message["x-unit"] = row.unit
    return {
        "address": address,
        "description": row.words,
        "parameters": {name: {} for name in names},
        "messages": {"value": message},
        "x-retained": row.retained,
        "x-command": row.topic.endswith(("/set", "/get")),
        "x-endpoints": list(row.endpoints),
        "x-firmware": row.firmware,
        "x-home-assistant": row.entity,
    }


def _parameter(level: str) -> str:
    return re.sub(r"[^A-Za-z]+", "_", level).strip("_").lower() or "number"


def _snapshot() -> Schema:
    """Return the schema of the snapshot: its members are the levels of the readings' topics."""
    root: Schema = {"type": "object", "properties": {"timestamp": MOMENT}}
    for row in rows():
        if not row.summary:
            continue
        path = row.key.split(".") if row.key else GATEWAY.path(row.topic)
        branch = root
        for level in path[:-1]:
            branch = _below(branch, level)
        value = "number" if row.decimals is not None else "boolean"
        plain = value if row.decimals is not None or row.payload == Form.FLAG.value else "string"
        branch["properties"][path[-1]] = {"type": [plain, "null"]}
    return root


def _below(branch: Schema, level: str) -> Schema:
    empty: Schema = {"type": "object", "properties": {}}
    if level.startswith("<"):
        found: Schema = branch.setdefault("additionalProperties", empty)
        return found
    below: Schema = branch["properties"].setdefault(level, empty)
    return below
