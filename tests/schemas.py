"""The document for machines, as tests ask it."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from bridge.cli.reference import asyncapi


@cache
def channels() -> dict[str, Any]:
    document: dict[str, Any] = asyncapi()
    found: dict[str, Any] = document["channels"]
    return found


def channel_of(topic: str) -> Any:
    """Return the channel of a topic; the one with the fewest parameters when several fit."""
    fits = [
        (len(channel["parameters"]), channel)
        for channel in channels().values()
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", channel["address"]), topic)
    ]
    return min(fits, key=lambda fit: fit[0])[1]


def check(channel: Any, payload: str) -> None:
    """Fail if a payload does not fit the schema of its channel, or has members beside it."""
    message = channel["messages"]["value"]
    parsed = message["contentType"] == "application/json" and payload != "None"
    schema = closed(message["payload"])
    Draft202012Validator(schema).validate(json.loads(payload) if parsed else payload)


def closed(schema: Any) -> Any:
    """Return a schema that takes no member which it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "type" in schema:
        whole.setdefault("additionalProperties", False)
    return whole
