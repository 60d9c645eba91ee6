"""What stands in the JSON of each topic, taken from the dataclasses that it is made of."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from bridge.alerts import Alert, Severity
from bridge.cli.reference.rows import BRIDGE, GATEWAY
from bridge.events import Happening
from bridge.health import Permit
from bridge.ledger import Outcome, Result
from bridge.outages import Outage
from bridge.parts import Device, Endpoint, GridCode, Network, Registration, SolarInverter
from bridge.rounds import Tally
from bridge.topics import NONE

Schema = dict[str, Any]
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
MOMENT: Schema = {"type": "string", "pattern": f"^{TIME}$"}
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", types.NoneType: "null"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_STRING: Schema = {"type": "string"}
_TEXT: Schema = {"type": ["string", "null"]}
_DEGREES: Schema = {"type": "object", "additionalProperties": {"type": ["number", "null"]}}
_WORDS: Schema = {"type": "array", "items": {"type": "string"}}


def members(kind: type, **others: Schema) -> Schema:
    """Return the schema of a dataclass as JSON; others stand in the place of members, or beside."""
    hints = get_type_hints(kind)
    said = {field.name: _schema(hints[field.name]) for field in fields(kind)}
    return _object(said | others)


def _object(said: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(said), "required": [*said]}


def _schema(hint: Any) -> Schema:
    """Return the schema of what a member holds."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _either([_schema(one) for one in inner])
    if origin is tuple:
        return _list(_schema(inner[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1])}
    if is_dataclass(hint) and isinstance(hint, type):
        return members(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [*hint]}
    return {"type": _PLAIN[hint]} if hint in _PLAIN else {}


def _either(ways: list[Schema]) -> Schema:
    if all(way.keys() == {"type"} for way in ways):
        return {"type": [way["type"] for way in ways]}
    return {"anyOf": ways} if all(ways) else {}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _or_null(schema: Schema) -> Schema:
    return _either([schema, {"type": "null"}])


def _or_none(schema: Schema) -> Schema:
    """Return the schema of a reading, which can be the word `None` too."""
    return {"anyOf": [{"const": NONE}, schema]}


_MEANING: dict[str, Schema] = {
    "severity": {"enum": [*Severity]},
    "meaning": _TEXT,
}
_ALERT = members(Alert, first_seen=MOMENT, **_MEANING)
_TOLD = {k: v for k, v in _ALERT["properties"].items() if k != "first_seen"}
_EVENTS: dict[Happening, Mapping[str, Schema]] = {
    Happening.ALERT_RAISED: _TOLD,
    Happening.ALERT_CLEARED: _TOLD,
    Happening.COUNTER_RESET: {"reading": {"type": "string"}, "held": _NUMBER, "accepted": _NUMBER},
    Happening.FIRMWARE_CHANGED: {"from": _TEXT, "to": _TEXT},
    Happening.GATEWAY_RESTARTED: {"started": _TEXT},
    Happening.GRID_LOST: {},
    Happening.GRID_RESTORED: {},
    Happening.CERTIFICATE_CHANGED: {"fingerprint": _TEXT},
}


def _event() -> Schema:
    return {
        "oneOf": [
            _object({"event_type": {"const": happening.value}, "at": MOMENT, **details})
            for happening, details in _EVENTS.items()
        ]
    }


def _result() -> Schema:
    whole = members(Result, at=MOMENT, status={"enum": [*Outcome]})
    return _object({k: v for k, v in whole["properties"].items() if k != "replies"})


def _capabilities() -> Schema:
    said = members(Permit, since=_or_null(MOMENT))["properties"]
    permit = _object({name: said[name] for name in Permit.PUBLISHED})
    return _object(dict.fromkeys((e.value for e in Endpoint), permit))


_BESIDE = ("messages", "requests", "logins", "rejected_values", "queue", "requests_per_minute")
_OWN = ("uptime_s", "refused", "dropped", "rss_kb")


def _health() -> Schema:
    sums = members(Tally)["properties"] | dict.fromkeys(_BESIDE, _COUNT)
    gateway = _object(sums | {"poll_interval_s": _NUMBER})
    each = {"type": "object", "additionalProperties": gateway}
    return _object(dict.fromkeys(_OWN, _COUNT) | sums | {"gateways": each})


_INFO = _object(
    {
        "version": {"type": "string"},
        "started_at": MOMENT,
        "gateways": _WORDS,
        "mqtt_protocol": {"enum": ["5", "3.1.1"]},
        "settings": {"type": "object"},
    }
)

OBJECTS: dict[str, Schema] = {
    BRIDGE.info: _INFO,
    BRIDGE.health: _health(),
    GATEWAY.capabilities: _capabilities(),
    GATEWAY.event: _event(),
    GATEWAY.result: _result(),
    GATEWAY.of("alerts"): _or_none(_list(_ALERT)),
    GATEWAY.of("outage", "last"): _or_none(members(Outage, start=MOMENT, end=_or_null(MOMENT))),
    GATEWAY.of("device", "<DIN>"): _or_none(members(Device)),
    GATEWAY.of("inverter", "<serial>", "alerts"): _or_none(_WORDS),
    GATEWAY.of("inverter", "<serial>", "disabled_reasons"): _or_none(_WORDS),
    GATEWAY.of("pack", "<serial>", "disabled_reasons"): _or_none(_WORDS),
    GATEWAY.of("gateway", "update"): _or_none(
        _object(dict.fromkeys(("installed_version", "latest_version", "title"), _STRING))
    ),
    GATEWAY.of("gateway", "update_notes"): _or_none(_WORDS),
    GATEWAY.of("generator", "disconnect_types"): _or_none(_WORDS),
    GATEWAY.of("grid", "code_details"): _or_none(members(GridCode)),
    GATEWAY.of("solar", "inverters"): _or_none(_list(members(SolarInverter))),
    GATEWAY.of("network", "list"): _or_none(_list(members(Network))),
    GATEWAY.of("customer", "agreements"): _or_none(members(Registration)),
    GATEWAY.view("alerts"): _or_none(_WORDS),
    GATEWAY.view("alerts_pw"): _or_none({"type": "object", "additionalProperties": {"const": 1}}),
    GATEWAY.view("soe"): _or_none(_object({"percentage": _NUMBER})),
    GATEWAY.view("temps"): _or_none(_DEGREES),
    GATEWAY.view("temps_pw"): _or_none(_DEGREES),
    GATEWAY.view("version"): _or_none(
        _object({"version": {"type": "string"}, "vint": {"type": "integer"}})
    ),
}
