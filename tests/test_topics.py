"""Topics, payloads, the snapshot topic, and times."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import AT, SITES, site

from bridge.model import Snapshot
from bridge.moment import Moment, iso
from bridge.parts import Meters, Soe
from bridge.quantities import DATA, ENERGY, FLAG, POWER, TEXT, VOLTAGE, Form, Quantity
from bridge.readings import GROUPS, SUMMARY, Kind, Value, measure
from bridge.topics import (
    BridgeTopics,
    Topics,
    birth_topic,
    compact,
    discovery_topic,
    encode,
    snapshot_json,
)

BRIDGE = BridgeTopics("home/pw")
MAIN = BRIDGE.gateway("main")


@pytest.mark.parametrize(
    ("topic", "spelling"),
    [
        (BRIDGE.availability, "home/pw/bridge/availability"),
        (BRIDGE.info, "home/pw/bridge/info"),
        (BRIDGE.health, "home/pw/bridge/health"),
        (BRIDGE.discovery_command, "home/pw/bridge/discovery/set"),
        (MAIN.everything, "home/pw/main/#"),
        (MAIN.availability, "home/pw/main/availability"),
        (MAIN.connection, "home/pw/main/connection"),
        (MAIN.reason, "home/pw/main/connection/reason"),
        (MAIN.tier, "home/pw/main/tier"),
        (MAIN.capabilities, "home/pw/main/capabilities"),
        (MAIN.snapshot, "home/pw/main/snapshot"),
        (MAIN.result, "home/pw/main/command/result"),
        (MAIN.control_availability("island"), "home/pw/main/control/island/availability"),
        (MAIN.command(("operation", "mode")), "home/pw/main/operation/mode/set"),
        (MAIN.command(("refresh",)), "home/pw/main/refresh/set"),
        (MAIN.of("grid", "power"), "home/pw/main/grid/power"),
        (MAIN.device_availability(Kind.PACK, "T1"), "home/pw/main/pack/T1/availability"),
        (MAIN.device_availability(Kind.INVERTER, "T1"), "home/pw/main/inverter/T1/availability"),
        (MAIN.device_availability(Kind.METER, "T_x"), "home/pw/main/meter_device/T_x/availability"),
        (discovery_topic("homeassistant", "site_1"), "homeassistant/device/site_1/config"),
        (birth_topic("homeassistant"), "homeassistant/status"),
    ],
)
def test_a_topic_is_spelled_as_promised(topic: str, spelling: str) -> None:
    assert topic == spelling


def test_a_topic_leads_back_to_its_levels() -> None:
    assert Topics("home/pw", "main").path("home/pw/main/grid/power") == ("grid", "power")


@pytest.mark.parametrize(
    ("value", "quantity", "payload"),
    [
        (None, POWER, "None"),
        (None, DATA, "None"),
        (-0.0, POWER, "0"),
        (-0.4, POWER, "0"),
        (1e21, POWER, "1000000000000000000000"),
        (1e-9, VOLTAGE, "0"),
        (230.0, VOLTAGE, "230"),
        (240.06, VOLTAGE, "240.1"),
        (7884022.5, ENERGY, "7884.023"),
        (7613840.0, ENERGY, "7613.84"),
        (100, POWER, "100"),
        (True, FLAG, "true"),
        (False, FLAG, "false"),
        ("Büro", TEXT, "Büro"),
        ((), DATA, "[]"),
        (({"a": 1.5, "b": None},), DATA, '[{"a":1.5,"b":null}]'),
    ],
)
def test_a_value_becomes_its_payload(value: Value, quantity: Quantity, payload: str) -> None:
    assert encode(value, quantity) == payload


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([POWER, VOLTAGE, ENERGY]))
def test_a_number_is_a_plain_decimal(value: float, quantity: Quantity) -> None:
    payload = encode(value, quantity)

    whole, _, decimals = payload.removeprefix("-").partition(".")
    assert whole.isdecimal()
    assert payload != "-0"
    assert not payload.endswith(("0", ".")) or not decimals
    assert len(decimals) <= quantity.decimals


def test_json_is_compact_utf_8_and_takes_any_mapping() -> None:
    value = {"site": "Büro", "flags": (True, None), "more": MappingProxyType({"a": 1})}

    assert compact(value) == '{"site":"Büro","flags":[true,null],"more":{"a":1}}'


def _leaves(tree: dict[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield "/".join((*path, key)), value


def snapshot_of(snapshot: Snapshot) -> dict[str, object]:
    text = snapshot_json(measure(GROUPS, snapshot), AT)
    return dict(_leaves(json.loads(text)))


@pytest.mark.parametrize("name", SITES)
def test_the_snapshot_says_what_the_topics_say(name: str) -> None:
    measured = [m for m in measure(GROUPS, site(name)) if m.kind is Kind.SITE]
    payloads = {
        "/".join(m.path): encode(m.value, m.reading.quantity)
        for m in measured
        if m.reading.quantity.form is not Form.DATA
    }

    said = snapshot_of(site(name))

    assert said.pop("timestamp") == AT
    assert {path: _payload(value) for path, value in said.items()} == payloads


def _payload(value: object) -> str:
    """Return a JSON value as the topic has it."""
    if value is None:
        return "None"
    return value if isinstance(value, str) else compact(value)


@pytest.mark.parametrize("name", SITES)
def test_the_snapshot_is_small_and_holds_no_lists(name: str) -> None:
    text = snapshot_json(measure(SUMMARY, site(name)), AT)

    assert len(text.encode()) < 4000
    assert "[" not in text


def test_a_snapshot_of_many_meters_leaves_out_what_is_rarely_looked_at() -> None:
    full = site("pwplus-23.36")
    assert full.meters is not None
    meter = full.meters.meters["site"]
    many = {f"busway_{number}": meter for number in range(4)}
    all_of_them = Meters({**full.meters.meters, **many})
    measured = measure(SUMMARY, replace(full, meters=all_of_them))

    long, short, shortest = (snapshot_json(measured, AT, most) for most in (None, 4000, 1))

    assert len(long.encode()) > 4000 >= len(short.encode())
    left_out = json.loads(long).keys() - json.loads(short).keys()
    assert left_out == {"customer", "generator", "network", "gateway"}
    assert json.loads(long).keys() - json.loads(shortest).keys() == {*left_out, "meter"}


def test_the_snapshot_also_holds_what_changes_with_every_poll() -> None:
    said = snapshot_of(site("pw2-21.44"))

    assert said["grid/last_communication_time"] == "2026-01-01T20:04:04Z"
    assert said["gateway/uptime"] == 803152


def test_the_snapshot_of_a_whole_number_has_no_fraction() -> None:
    text = snapshot_json(measure(GROUPS, Snapshot().with_part(Soe(52.5), AT)), AT)

    assert '"level":50,"level_raw":52.5' in text


def test_the_snapshot_has_the_same_keys_before_anything_was_read() -> None:
    assert list(snapshot_of(Snapshot())) == list(snapshot_of(site("pw2-21.44")))


def test_a_time_is_told_in_utc_to_the_second() -> None:
    wall = datetime(2026, 1, 2, 4, 4, 5, 999_999, timezone(timedelta(hours=1)))

    assert iso(wall) == Moment(0.0, wall.astimezone(UTC)).iso == "2026-01-02T03:04:05Z"


def test_a_gateway_owns_all_that_was_ever_seen_of_one() -> None:
    lists = (Path(__file__).parent / "end_to_end").glob("topics-*.txt")
    seen = {topic for file in lists for topic in file.read_text(encoding="utf-8").split()}
    main = BridgeTopics("powerwall").gateway("main")
    own = [topic for topic in seen if topic.startswith("powerwall/main/")]

    assert len(own) > 200
    assert [topic for topic in own if not main.owns(topic)] == []
    assert all(map(main.owns, (main.event, main.result, main.view("soe"), main.raw("status"))))


@pytest.mark.parametrize(
    "topic", ["home/pw/main", "home/pw/main/door/state", "home/pw/mainly/grid/power", "grid/power"]
)
def test_a_gateway_does_not_own_what_begins_otherwise(topic: str) -> None:
    assert not MAIN.owns(topic)
