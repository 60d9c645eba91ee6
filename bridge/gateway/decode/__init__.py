"""A gateway's answers as parts: one function per endpoint, each a table of members.

A member that is missing or null is None; one of the wrong kind is None and an oddity in words.
"""

import json

from bridge.gateway.decode.administration import ADMINISTRATION
from bridge.gateway.decode.equipment import EQUIPMENT
from bridge.gateway.decode.hardware import HARDWARE
from bridge.gateway.decode.live import LIVE
from bridge.gateway.decode.metering import METERING
from bridge.gateway.decode.site import SITE, tedapi_din
from bridge.gateway.decode.table import ITEMS, Decoders
from bridge.gateway.fields import KINDS, Fields, parse_json
from bridge.gateway.vitals import decode_vitals
from bridge.parts import Endpoint, Part

_MOST_ODDITIES = 20  # a body of junk shall not fill the log
_DECODERS: Decoders = {**LIVE, **SITE, **METERING, **HARDWARE, **EQUIPMENT, **ADMINISTRATION}
LISTS = {
    Endpoint.METER_LIST,
    Endpoint.METERS_SITE,
    Endpoint.METERS_SOLAR,
    Endpoint.SOLARS,
    Endpoint.DISCONNECT_TYPES,
    Endpoint.NETWORKS,
    Endpoint.GRID_FAULTS,
}
_NONE = {Endpoint.METERS_SITE, Endpoint.METERS_SOLAR}  # null where there is no such meter


def decode(endpoint: Endpoint, body: bytes) -> tuple[Part, tuple[str, ...]]:
    """Return what the answer says, and in words what of it could not be used.

    Times are ISO 8601 in UTC, cut to the second. Raises ValueError, in words, for a body that is
    unusable as a whole.
    """
    if endpoint is Endpoint.VITALS:
        return decode_vitals(body)
    if endpoint is Endpoint.TEDAPI_DIN:
        return tedapi_din(body), ()
    fields = Fields(_members(endpoint, body))
    part = _DECODERS[endpoint](fields)
    return part, tuple(fields.oddities[:_MOST_ODDITIES])


def _members(endpoint: Endpoint, body: bytes) -> dict[str, object]:
    text = body.decode("utf-8-sig", "replace").strip()
    if not text:
        raise ValueError(f"{endpoint} is empty, expected {_expected(endpoint)}")
    if text.startswith("<"):
        raise ValueError(f"{endpoint} is HTML, expected {_expected(endpoint)}")
    try:
        answer = parse_json(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} at character {error.pos}"
        raise ValueError(f"{endpoint} is not JSON, or cut short: {where}") from error
    except RecursionError as error:
        raise ValueError(f"{endpoint} is nested too deeply") from error
    if endpoint in LISTS and (isinstance(answer, list) or (answer is None and endpoint in _NONE)):
        return {ITEMS: answer or []}
    if isinstance(answer, dict) and endpoint not in LISTS:
        return answer
    raise ValueError(f"{endpoint} is {KINDS[type(answer)]}, expected {_expected(endpoint)}")


def _expected(endpoint: Endpoint) -> str:
    return "a JSON list" if endpoint in LISTS else "a JSON object"
