"""Every documented path and field is published, or is on the list with a reason."""

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cache

import pytest
from documented import (
    DEVICE,
    DOCUMENTED,
    LISTED_METER,
    NO_ALERTS,
    PATHS,
    PLACES,
    SURROUNDED,
    VITALS,
)

from bridge.gateway import tesla_pb2
from bridge.gateway.decode import LISTS, decode
from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.readings import GROUPS, measure
from bridge.readings.left_out import LEFT_OUT
from bridge.topics import encode

AT = "2026-01-02T03:04:05Z"
TIME, EARLIER, SINCE_1970_MS = "2026-01-02T03:04:05Z", "2025-12-16 22:13:25 +0800", 1767322800000
VALUES = (2, 1500, "x", "TG1", "7s", "255.255.0.0", TIME, EARLIER, SINCE_1970_MS, True, False)
NESTED: tuple[object, ...] = (["x"], [False], [{"a": 7}], {"a": 7})
NEVER_READ = [row.path for row in LEFT_OUT if row.field is None]
ALERT = "PINV_a067_overvoltageNeutralChassis"


def each(field: str) -> Iterator[str]:
    """Yield a field as an answer spells it, once for all that its `<...>` stands for."""
    inner = next((name for name in PLACES if name in field), None)
    if inner is None:
        yield field
    else:
        yield from (one for name in PLACES[inner] for one in each(field.replace(inner, name)))


EXCUSED = {(r.path, one) for r in LEFT_OUT if r.field is not None for one in each(r.field)}
FIELDS = [
    (endpoint, one)
    for endpoint, names in DOCUMENTED.items()
    for name in names.split()
    for one in each(name)
]


def with_field(endpoint: Endpoint, field: str, value: object) -> bytes:
    """Return a made-up answer in which this field has this value."""
    around = SURROUNDED.get(f"{endpoint} {field}", SURROUNDED.get(endpoint, {}))
    answer = place = deepcopy(around)
    *above, last = field.split(".")
    for level in above:
        assert isinstance(place, dict)
        name = level.removesuffix("[]")
        inner = place.setdefault(name, [{}] if name != level else {})
        if name != level and not inner:
            inner.append({})
        place = inner[0] if name != level else inner
    assert isinstance(place, dict)
    place[last] = value
    return json.dumps([answer] if endpoint in LISTS else answer).encode()


def before(endpoint: Endpoint) -> Snapshot:
    """Return what another path has to have told: that there is a meter, an inverter."""
    match endpoint:
        case Endpoint.METERS_SITE | Endpoint.METERS_SOLAR | Endpoint.METER_READINGS:
            listed = json.dumps([LISTED_METER]).encode()
            return Snapshot().with_part(decode(Endpoint.METER_LIST, listed)[0], AT)
        case Endpoint.SOLAR_POWERWALL:
            vitals = tesla_pb2.DevicesWithVitals(devices=[device("PVAC")]).SerializeToString()
            known = Snapshot().with_part(decode(Endpoint.VITALS, vitals)[0], AT)
            return known.silenced(Endpoint.VITALS)
    return Snapshot()


def published(endpoint: Endpoint, body: bytes) -> dict[str, str]:
    """Return topic, or place in the snapshot, -> payload of what an answer says."""
    snapshot = before(endpoint).with_part(decode(endpoint, body)[0], AT)
    return {
        "/".join(item.path): encode(item.value, item.reading.quantity)
        for item in measure(GROUPS, snapshot)
    }


def is_published(endpoint: Endpoint, field: str) -> bool:
    nothing = published(endpoint, with_field(endpoint, field, None))
    return any(
        published(endpoint, with_field(endpoint, field, value)) != nothing
        for value in (*VALUES, *NESTED)
        if value is not True or field.rpartition(".")[2] not in NO_ALERTS
    )


@pytest.mark.parametrize(("endpoint", "field"), FIELDS)
def test_a_documented_field_is_published_or_left_out(endpoint: Endpoint, field: str) -> None:
    assert is_published(endpoint, field) is not ((endpoint, field) in EXCUSED)


def test_every_path_that_is_read_has_documented_fields() -> None:
    listed = {*DOCUMENTED, Endpoint.VITALS}

    words = {Endpoint.DISCONNECT_TYPES, Endpoint.TEDAPI_DIN}  # a list of them, and one alone
    assert set(Endpoint) - listed == words


def test_the_din_that_is_all_of_an_answer_is_published() -> None:
    assert published(Endpoint.TEDAPI_DIN, b"1-A--TG1")["gateway/din"] == "1-A--TG1"


def test_the_words_of_a_list_without_fields_are_published() -> None:
    assert "DownstreamATS" in str(published(Endpoint.DISCONNECT_TYPES, b'["DownstreamATS"]'))


def device(kind: str) -> tesla_pb2.ConnectedDeviceWithVitals:
    entry = tesla_pb2.ConnectedDeviceWithVitals()
    entry.device.device.din.value = f"{kind}--1000000-00-A--TG1"
    return entry


def told(entry: tesla_pb2.ConnectedDeviceWithVitals) -> dict[str, str]:
    body = tesla_pb2.DevicesWithVitals(devices=[entry]).SerializeToString()
    return published(Endpoint.VITALS, body)


@cache
def of_the_device(kind: str) -> dict[str, object]:
    """Return `device/<DIN>` of a device that says all its vitals, each with a number of its own."""
    entry = device(kind)
    for number, name in enumerate(VITALS[kind].split(), start=1):
        entry.vitals.add(name=name, float_value=number + 0.25)
    said: dict[str, object] = json.loads(told(entry)[f"device/{kind}--1000000-00-A--TG1"])
    return said


@pytest.mark.parametrize("kind", VITALS)
def test_every_vital_stands_in_its_device(kind: str) -> None:
    names = VITALS[kind].split()

    assert of_the_device(kind)["vitals"] == {name: n + 0.25 for n, name in enumerate(names, 1)}


def test_the_alerts_of_a_device_stand_in_it() -> None:
    entry = device("TEPINV")
    entry.alerts.append(ALERT)

    assert json.loads(told(entry)["device/TEPINV--1000000-00-A--TG1"])["alerts"] == [ALERT]


@pytest.mark.parametrize("field", DEVICE.split())
def test_what_a_device_is_stands_in_it_or_is_left_out(field: str) -> None:
    entry = device("TEPINV")
    before = told(entry)
    *above, last = field.split(".")
    place = entry.device.device
    for level in above:
        place = getattr(place, level)
    kind = place.DESCRIPTOR.fields_by_name[last]
    member = getattr(place, last)
    if last == "meter_location":
        member.append(7)
    elif kind.message_type is None:
        setattr(place, last, 7)
    elif kind.message_type.name == "HardwareId":
        member.pcba_id.value = 7
    elif kind.message_type.name == "Timestamp":
        member.seconds = 1767322800
    else:
        member.value = "TEPINV--x--y"

    assert (told(entry) != before) is not ((Endpoint.VITALS, field) in EXCUSED)


def test_a_field_that_is_left_out_is_documented() -> None:
    vitals = {(Endpoint.VITALS, field) for field in DEVICE.split()}

    assert EXCUSED - {*FIELDS, *vitals} == set()


def test_a_documented_path_is_read_or_left_out() -> None:
    known = {*Endpoint, *NEVER_READ}

    assert [path for path in PATHS.split() if path not in known] == []


def test_a_path_that_is_read_is_not_left_out() -> None:
    assert [path for path in NEVER_READ if path in set(Endpoint)] == []


def test_nothing_is_left_out_twice() -> None:
    times = Counter((row.path, row.field) for row in LEFT_OUT)

    assert [place for place, count in times.items() if count > 1] == []


def test_every_row_has_a_reason_in_words() -> None:
    assert [row for row in LEFT_OUT if " " not in row.reason] == []
