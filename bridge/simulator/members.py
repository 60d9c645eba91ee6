"""The members of what comes in at the control port, each checked."""

from collections.abc import Mapping
from dataclasses import fields as members_of

from bridge.simulator.faults import Fault
from bridge.simulator.manners import Manner

Fields = Mapping[str, object]

_EFFECTS = ("status", "body", "headers", "delay_s", "manner")
OF_A_FAULT = tuple(member.name for member in members_of(Fault) if member.name != "change")


def member(fields: Fields, key: str) -> object:
    if key not in fields:
        raise ValueError(f"{key} is missing")
    return fields[key]


def number(fields: Fields, key: str) -> float:
    value = member(fields, key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{key} is a number")
    try:
        return float(value)
    except ValueError as error:
        raise ValueError(f"{key} is a number, not {value!r}") from error


def whole(fields: Fields, key: str) -> int | None:
    """Return a whole number, None where there is none."""
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdecimal():
        raise TypeError(f"{key} is a whole number, not {value!r}")
    return int(str(value))


def flag(fields: Fields, key: str) -> bool:
    value = member(fields, key)
    if not isinstance(value, bool):
        raise TypeError(f"{key} is true or false")
    return value


def raw_fault(fields: Fields) -> Fault:
    body, headers = fields.get("body"), fields.get("headers") or {}
    if not isinstance(headers, dict):
        raise TypeError("headers is an object")
    fault = Fault(
        path=str(fields.get("path", "*")),
        method=str(fields.get("method", "*")),
        status=whole(fields, "status"),
        body=None if body is None else str(body).encode(),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        delay_s=number({"delay_s": 0, **fields}, "delay_s"),
        manner=_manner(str(fields.get("manner", Manner.WHOLE))),
        share=number({"share": 1, **fields}, "share"),
        count=whole(fields, "count"),
    )
    if all(getattr(fault, name) == getattr(Fault(), name) for name in _EFFECTS):
        raise ValueError(
            'such a fault does nothing; expected {"name": "reboot"}, see GET /faults, '
            f"or at least one of {', '.join(_EFFECTS)}"
        )
    return fault


def _manner(word: str) -> Manner:
    if word not in tuple(Manner):
        raise ValueError(f"manner is one of {', '.join(Manner)}")
    return Manner(word)
