"""Answers that a real gateway has given, or might: bodies changed in shape or in truth."""

import json
import re
from collections.abc import Callable
from typing import Any

from bridge.gateway import tesla_pb2 as pb
from bridge.simulator.faults import Change
from bridge.simulator.moment import encode

# Any: an answer taken apart, whose members this file knows by name.
Edit = Callable[[Any], Any]

_ENERGIES = ("energy_imported", "energy_exported")
_POWERS = ("p_out", "q_out", "v_out", "f_out", "i_out", "energy_charged", "energy_discharged")


def edited(edit: Edit) -> Change:
    """Return a change of JSON, which leaves all else alone.

    An edit returns the new document, or None for the one it changed.
    """

    def change(body: bytes) -> bytes:
        try:
            document = json.loads(body)
        except ValueError:
            return body
        new = edit(document)
        return encode(document if new is None else new)

    return change


def without(key: str) -> Change:
    return edited(lambda document: document.pop(key, None) and None)


def strangers(document: Any) -> None:
    """Put members everywhere that nobody knows."""
    for value in [document, *(document.values() if isinstance(document, dict) else ())]:
        if isinstance(value, dict):
            value["flux_capacitor"] = {"gigawatts": [1.21, None]}


def counters(new: Callable[[float], float]) -> Change:
    """Return a change of every lifetime counter of the meters, in Wh."""

    def edit(document: Any) -> None:
        for meter in document.values():
            meter.update({key: new(meter[key]) for key in _ENERGIES})

    return edited(edit)


def powers(new: Callable[[float], float]) -> Change:
    """Return a change of the power of every meter, in W."""

    def edit(document: Any) -> None:
        for meter in document.values():
            meter["instant_power"] = new(meter["instant_power"])

    return edited(edit)


def rounded(value: Any) -> Any:
    """Return a document with whole numbers in the place of all others."""
    match value:
        case dict():
            return {key: rounded(item) for key, item in value.items()}
        case list():
            return [rounded(item) for item in value]
        case float():
            return round(value)
    return value


def of_each_block(edit: Edit) -> Change:
    def blocks(document: Any) -> None:
        for block in document["battery_blocks"]:
            edit(block)

    return edited(blocks)


def silent_block(block: Any) -> None:
    block.update(dict.fromkeys(_POWERS))


def disabled_block(document: Any) -> None:
    """Take the last pack out of use, as a gateway shows one that is."""
    block = document["battery_blocks"][-1]
    silent_block(block)
    block.update(disabled_reasons=["DisabledExcessiveVoltageDrop"], pinv_state="")
    block.update(pinv_grid_state="", nominal_energy_remaining=0, backup_ready=False)
    block.update(OpSeqState="Standby")
    document["available_blocks"] -= 1


def frozen_meters() -> Change:
    """Return a change after which the meters repeat what they measured first, for ever."""
    first: list[bytes] = []

    def change(body: bytes) -> bytes:
        first.append(body)
        del first[1:]
        return first[0]

    return change


def in_2015(body: bytes) -> bytes:
    """Let the gateway's clock be wrong by years; it still moves."""
    return re.sub(rb'"20\d\d-', b'"2015-', body)


def missing_in_action(body: bytes) -> bytes:
    """Let the last pack have identity and alerts, but no vitals."""
    message = pb.DevicesWithVitals.FromString(body)
    pods = [d for d in message.devices if d.device.device.din.value.startswith("TEPOD")]
    for device in pods[-1:]:
        del device.vitals[:]
        device.alerts.append("PodCommissionTime")
    return message.SerializeToString()


def repeated_alerts(body: bytes) -> bytes:
    message = pb.DevicesWithVitals.FromString(body)
    for device in message.devices:
        device.alerts.extend([*device.alerts])
    return message.SerializeToString()


def unknown_fields(body: bytes) -> bytes:
    """Add fields that no schema has: a number, eight bytes and a text."""
    return body + b"\xc0\x3e\x2a" + b"\xc9\x3e12345678" + b"\xd2\x3e\x04text"


def wrong_wire_type(body: bytes) -> bytes:
    """Write a device as a number."""
    return b"\x08\x2a" + body


def huge_length(body: bytes) -> bytes:
    """Announce a device of four gigabytes."""
    return body + b"\x0a\xff\xff\xff\xff\x0f"


def half(body: bytes) -> bytes:
    return body[: len(body) // 2]
