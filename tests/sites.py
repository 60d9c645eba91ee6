"""The recorded-looking answers of three invented sites, decoded."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from google.protobuf import text_format

from bridge.documents import Document
from bridge.gateway import tesla_pb2
from bridge.gateway.decode import decode
from bridge.gateway.papers import document
from bridge.model import Snapshot
from bridge.parts import Endpoint, Part, Vitals
from bridge.readings import GROUPS, measure
from bridge.topics import encode, has_topic
from bridge.views import Sources

AT = "2026-01-02T03:04:05Z"
SITES = ("pw2-1.15", "pw2-21.44", "pwplus-23.36")
_FIXTURES = Path(__file__).parent / "fixtures"


@cache
def site(name: str) -> Snapshot:
    """Return what the bridge knows of a site after one full cycle."""
    snapshot = Snapshot()
    for endpoint in Endpoint:
        if body := answer(name, endpoint):
            snapshot = snapshot.with_part(decode(endpoint, body)[0], AT)
    return snapshot


@cache
def answer(name: str, endpoint: Endpoint) -> bytes:
    """Return the body a gateway of the site sends, empty where its firmware lacks the path."""
    path = _FIXTURES / name / endpoint.replace("/", "-")
    if path.with_name(path.name + ".json").exists():
        return path.with_name(path.name + ".json").read_bytes()
    if path.with_name(path.name + ".txtpb").exists():
        text = path.with_name(path.name + ".txtpb").read_text(encoding="utf-8")
        vitals = tesla_pb2.DevicesWithVitals()
        return text_format.Parse(text, vitals).SerializeToString()
    return b""


@cache
def documents(name: str) -> Mapping[Endpoint, Document]:
    """Return the same answers as they came."""
    bodies = ((endpoint, answer(name, endpoint)) for endpoint in Endpoint)
    return {endpoint: document(endpoint, body) for endpoint, body in bodies if body}


def sources(
    name: str, without: Iterable[Endpoint] = (), bodies: Mapping[Endpoint, bytes] | None = None
) -> Sources:
    """Return what the views of a site are made of, with other bodies in place of its own."""
    told = dict(documents(name))
    snapshot = site(name)
    for endpoint, body in (bodies or {}).items():
        told[endpoint] = document(endpoint, body)
        snapshot = snapshot.with_part(decode(endpoint, body)[0], AT)
    for endpoint in without:
        told.pop(endpoint, None)
        snapshot = snapshot.silenced(endpoint)
    return Sources(told, snapshot)


def without(house: Snapshot, *serials: str) -> Snapshot:
    """Return a house after devices with these serial numbers were taken away."""
    status, listed = house.system_status, house.powerwalls
    assert status is not None
    assert listed is not None
    blocks = tuple(b for b in status.blocks or () if b.serial_number not in serials)
    packs = tuple(p for p in listed.packs or () if p.serial_number not in serials)
    left = tuple(d for d in house.devices if not any(serial in d.din for serial in serials))
    after = house.placed(replace(status, blocks=blocks)).placed(replace(listed, packs=packs))
    return after.placed(Vitals(left))


def values(snapshot: Snapshot) -> dict[str, str]:
    """Return topic -> payload of everything the table measures."""
    return {
        "/".join(item.path): encode(item.value, item.reading.quantity)
        for item in measure(GROUPS, snapshot)
        if has_topic(item)
    }


def said(*parts: Part) -> dict[str, str]:
    """Return what stands on the topics when a gateway has given these answers."""
    snapshot = Snapshot()
    for part in parts:
        snapshot = snapshot.with_part(part, AT)
    return values(snapshot)
