"""Home Assistant's discovery messages: golden files, rules, and what goes before a change."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from discovery_rules import faults, misfit
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import AT, site

from bridge import __version__
from bridge.changes import Changes
from bridge.discovery import Site, discover, farewell, gone
from bridge.entities import Offer
from bridge.model import Snapshot
from bridge.parts import Endpoint, Meter, Meters, Soe, SolarPowerwall
from bridge.quantities import Form
from bridge.readings import GROUPS, measure
from bridge.topics import Message, Topics, compact

GOLDEN = Path(__file__).parent / "golden"
HOW = "review the difference, then: GOLDEN=write python -m pytest tests/test_discovery.py"
SITES = ("pw2-21.44", "pwplus-23.36")
OPERATION = frozenset({Offer.OPERATION})
ALL = frozenset(Offer)
MAIN = Topics("powerwall", "main")
PWPLUS = measure(GROUPS, site("pwplus-23.36"))


def place(snapshot: Snapshot, offers: frozenset[Offer] = OPERATION) -> Site:
    key = snapshot.site_key or "KEY"
    return Site(key, MAIN, "homeassistant", "https://192.168.1.50", offers)


def discovered(snapshot: Snapshot, offers: frozenset[Offer] = OPERATION) -> list[Message]:
    """Return the discovery of a gateway whose readings with a value were published."""
    measured = measure(GROUPS, snapshot)
    changes = Changes(MAIN)
    changes.readings(GROUPS, measured)
    return discover(place(snapshot, offers), measured, changes.__contains__)


def payload(messages: list[Message], device: str = "site_") -> dict[str, Any]:
    """Return the message of the first device whose id starts so."""
    found = next(m for m in messages if f"/device/{device}" in m.topic)
    value: dict[str, Any] = json.loads(found.payload)
    return value


@pytest.mark.parametrize("key", ["KEY1", "KEY2"])
def test_an_inverter_without_a_serial_number_is_that_of_its_site(key: str) -> None:
    alone = Snapshot().refusing(Endpoint.VITALS).refusing(Endpoint.POWERWALLS)
    snapshot = alone.with_part(SolarPowerwall(fitted=True, power_w=3010.0), AT)
    where = replace(place(snapshot), key=key)

    inverter = payload(discover(where, measure(GROUPS, snapshot), lambda _: True), "inverter_")

    device, power = inverter["dev"], inverter["cmps"]["power"]
    assert device["ids"] == [f"inverter_{key}_solar_powerwall"]
    assert (device["name"], device.get("sn")) == ("Powerwall inverter", None)
    assert power["unique_id"] == f"inverter_{key}_solar_powerwall_power"
    assert power["default_entity_id"] == "sensor.powerwall_inverter_power"
    assert power["state_topic"] == "powerwall/main/inverter/solar_powerwall/power"


def pretty(message: Message) -> str:
    shown = json.loads(message.payload)
    shown["o"]["sw"] = "*"
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def golden_files(name: str) -> dict[str, str]:
    """Return file name -> text; with all controls only the devices that this changes."""
    plain, full = (discovered(site(name), offers) for offers in (OPERATION, ALL))
    files = {f"{m.topic.split('/')[-2]}.json": pretty(m) for m in plain}
    more = {f"{m.topic.split('/')[-2]}.all.json": pretty(m) for m in full if m not in plain}
    return files | more


@pytest.mark.parametrize("name", SITES)
def test_discovery_is_as_it_was_reviewed(name: str) -> None:
    files = golden_files(name)
    if os.environ.get("GOLDEN") == "write":
        for old in (GOLDEN / name).glob("*.json"):
            old.unlink()
        for file, text in files.items():
            (GOLDEN / name / file).write_text(text, encoding="utf-8")

    reviewed = {p.name: p.read_text(encoding="utf-8") for p in (GOLDEN / name).glob("*.json")}

    assert files == reviewed, HOW


@pytest.mark.parametrize("offers", [frozenset(), OPERATION, ALL])
@pytest.mark.parametrize("name", [*SITES, "pw2-1.15"])
def test_discovery_breaks_no_rule(name: str, offers: frozenset[Offer]) -> None:
    assert faults(discovered(site(name), offers)) == []


@settings(deadline=None, max_examples=40)
@given(
    st.sets(st.sampled_from([m.path for m in PWPLUS])),
    st.sets(st.sampled_from([m.path for m in PWPLUS])),
    st.frozensets(st.sampled_from(Offer)),
    st.sampled_from([("main", "KEY"), ("beach_house", "1232100-00-E--TG1"), ("a1", "_")]),
)
def test_no_choice_of_readings_breaks_a_rule(
    measured: set[tuple[str, ...]],
    valued: set[tuple[str, ...]],
    offers: frozenset[Offer],
    names: tuple[str, str],
) -> None:
    gateway, key = names
    where = Site(key, Topics("a/b", gateway), "ha/x", None, offers)
    topics = {where.topics.of(*path) for path in valued}

    messages = discover(where, [m for m in PWPLUS if m.path in measured], topics.__contains__)

    assert faults(messages) == []


@pytest.mark.parametrize("name", [*SITES, "pw2-1.15"])
def test_every_state_fits_its_entity(name: str) -> None:
    measured = measure(GROUPS, site(name))
    sent = Changes(MAIN).readings(GROUPS, measured)
    payloads = {message.topic: message.payload for message in sent}

    misfits = [
        (key, wrong)
        for message in discovered(site(name), ALL)
        for key, component in json.loads(message.payload)["cmps"].items()
        if (state := payloads.get(component.get("state_topic"))) is not None
        if (wrong := misfit(component, state))
    ]

    assert misfits == []


@pytest.mark.parametrize("form", [Form.WORD, Form.TEXT])
def test_what_the_gateway_says_at_length_fits_its_entity(form: Form) -> None:
    measured = measure(GROUPS, site("pwplus-23.36"))
    topics = {MAIN.of(*m.path) for m in measured if m.reading.quantity.form is form}
    said = [
        component
        for message in discovered(site("pwplus-23.36"), ALL)
        for component in json.loads(message.payload)["cmps"].values()
        if component["p"] == "sensor" and component.get("state_topic") in topics
    ]

    assert len(said) > 10
    assert [c["unique_id"] for c in said if misfit(c, "x" * 1199)] == []


def test_every_entity_of_a_reading_has_a_topic_that_is_published() -> None:
    sent = Changes(MAIN).readings(GROUPS, measure(GROUPS, site("pwplus-23.36")))

    topics = {
        component["state_topic"]
        for message in discovered(site("pwplus-23.36"), ALL)
        for component in json.loads(message.payload)["cmps"].values()
        if "state_topic" in component
    }

    standing = {MAIN.connection, MAIN.reason, MAIN.tier, MAIN.event, MAIN.result}
    assert topics - {message.topic for message in sent} == standing


def test_what_counts_the_alerts_lists_them_too() -> None:
    site_of = discovered(site("pwplus-23.36"))[0]
    count = json.loads(site_of.payload)["cmps"]["alerts_count"]

    assert count["json_attributes_topic"] == MAIN.of("alerts")
    assert count["json_attributes_template"] == (
        "{{ {'alerts': none if value == 'None' else (value | from_json)[:40]} | tojson }}"
    )


@pytest.mark.parametrize("name", SITES)
def test_no_two_entities_of_a_platform_on_a_device_have_the_same_name(name: str) -> None:
    for message in discovered(site(name), ALL):
        names = [(c["p"], c["name"]) for c in json.loads(message.payload)["cmps"].values()]
        assert len(names) == len(set(names))


def test_the_site_comes_first_and_is_the_parent_of_the_others() -> None:
    messages = discovered(site("pwplus-23.36"))

    own, *others = [json.loads(m.payload)["dev"] for m in messages]
    assert own["ids"] == ["site_1232100-00-J--TG122220000C3D"]
    assert "via_device" not in own
    assert {device["via_device"] for device in others} == set(own["ids"])


@pytest.mark.parametrize(
    ("device", "own"),
    [
        ("site_", []),
        ("inverter_", ["powerwall/main/inverter/TG122250001N3Q/availability"]),
        ("meter_", ["powerwall/main/meter_device/TG122300000R5S_x/availability"]),
    ],
)
def test_a_device_depends_on_bridge_gateway_and_itself(device: str, own: list[str]) -> None:
    topics = [row["topic"] for row in payload(discovered(site("pwplus-23.36")), device)["avty"]]

    assert topics == ["powerwall/bridge/availability", "powerwall/main/availability", *own]


def test_what_is_said_of_a_device_comes_from_its_readings() -> None:
    messages = discovered(site("pw2-21.44"))

    devices = [payload(messages, kind)["dev"] for kind in ("site_", "pack_", "meter_")]
    assert [(d["name"], d["sn"], d.get("sw")) for d in devices] == [
        ("Powerwall", "TG120120000A1B", "21.44 223a56cd"),
        ("Powerwall pack 1A2B", "TG121050001A2B", "67f943cb05d12d"),
        ("Powerwall meter 0S4Y X", "TG120350000S4Y", "7c5ef2b0a41c9d"),
    ]


def test_a_message_says_who_sent_it() -> None:
    assert payload(discovered(Snapshot()))["o"] == {"name": "powerwall-mqtt", "sw": __version__}


def test_a_second_gateway_is_told_apart_by_its_name() -> None:
    where = Site("KEY", Topics("powerwall", "beach_house"), "homeassistant", None, OPERATION)

    own = payload(discover(where, measure(GROUPS, Snapshot()), lambda _topic: True))

    assert own["dev"]["name"] == "Powerwall beach house"
    power = own["cmps"]["grid_power"]
    assert power["default_entity_id"] == "sensor.powerwall_beach_house_grid_power"
    assert power["state_topic"] == "powerwall/beach_house/grid/power"


def test_a_reading_without_topic_has_no_entity() -> None:
    components = payload(discovered(Snapshot().with_part(Soe(50.0), AT)))["cmps"]

    assert [key for key in components if key.startswith(("battery", "grid"))] == [
        "battery_level",
        "battery_level_raw",
    ]


def test_a_reading_that_is_no_state_has_no_entity() -> None:
    components = payload(discover(place(Snapshot()), PWPLUS, lambda _topic: True))["cmps"]

    assert {"gateway_uptime", "grid_last_communication_time", "alerts", "grid_faults"}.isdisjoint(
        components
    )


@pytest.mark.parametrize(
    "later",
    [
        lambda full: full.silenced(Endpoint.VITALS),
        lambda full: replace(full, vitals=None),
        lambda full: replace(full, meters=None),
        lambda full: full.placed(Meters({"site": Meter()})),
    ],
)
def test_what_falls_silent_keeps_its_entities(later: Callable[[Snapshot], Snapshot]) -> None:
    """An entity that is taken away loses what its owner made of it."""
    full = site("pwplus-23.36")
    changes = Changes(MAIN)
    before, after = (
        {m.topic: m.payload for m in _next(changes, snapshot)} for snapshot in (full, later(full))
    )

    assert before.keys() == after.keys()
    assert not any(gone(text, after[topic]) for topic, text in before.items())


def test_a_pack_that_is_gone_is_no_other_model() -> None:
    """Home Assistant keeps what a device's page says until it is told something else."""
    changes, full = Changes(MAIN), site("pw2-21.44")
    dark = replace(full, vitals=None, system_status=None, powerwalls=None)

    there, gone = (
        next(json.loads(m.payload)["dev"] for m in _next(changes, one) if "/pack_" in m.topic)
        for one in (full, dark)
    )

    assert there["mdl"] == "Powerwall 2"
    assert gone == {k: v for k, v in there.items() if k not in {"mdl", "mdl_id", "sw"}}


def _next(changes: Changes, snapshot: Snapshot) -> list[Message]:
    measured = measure(GROUPS, snapshot)
    changes.readings(GROUPS, measured)
    return discover(place(snapshot), measured, changes.__contains__)


A = {"p": "sensor", "unique_id": "site_1_a", "name": "A"}
B = {"p": "sensor", "unique_id": "site_1_b", "name": "B"}
OLD = {"dev": {"ids": ["site_1"]}, "cmps": {"a": A, "b": B}}


def ahead(before: str | None, after: str) -> list[dict[str, Any]]:
    """Return what has to go ahead of a payload that follows on another."""
    return [json.loads(said) for said in farewell(after, gone(before, after))]


def changed(**components: object) -> list[dict[str, Any]]:
    """Return what has to go before the old components, overridden by these, are sent."""
    kept = {key: c for key, c in ({"a": A, "b": B} | components).items() if c is not None}
    return ahead(compact(OLD), compact(OLD | {"cmps": kept}))


def test_nothing_goes_before_when_nothing_changes() -> None:
    assert changed() == []


def test_nothing_goes_before_a_new_component() -> None:
    assert changed(c={"p": "sensor", "unique_id": "site_1_c"}) == []


def test_nothing_goes_before_a_change_of_what_may_change() -> None:
    assert changed(a={"p": "sensor", "unique_id": "site_1_a", "name": "Better"}) == []


def test_a_component_that_disappears_is_told_of_once_more_and_then_taken_away() -> None:
    assert changed(a=None) == [OLD | {"cmps": {"a": A}}, OLD | {"cmps": {"a": {"p": "sensor"}}}]


@pytest.mark.parametrize(
    "new",
    [{"p": "binary_sensor", "unique_id": "site_1_a"}, {"p": "sensor", "unique_id": "site_1_z"}],
)
def test_a_component_that_becomes_another_is_removed_first(new: dict[str, str]) -> None:
    first, second = changed(a=new)

    assert first["cmps"]["a"] == A
    assert second["cmps"]["a"] == {"p": "sensor"}


@pytest.mark.parametrize(
    "before",
    [
        *(None, "", "{}", "not json", "[]", "7", '{"cmps":7}', '{"cmps":null}', '{"cmps":{"a":7}}'),
        '{"cmps":{"a":{"name":"no platform"}}}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_nothing_goes_before_when_no_components_were_there(before: str | None) -> None:
    assert ahead(before, compact(OLD)) == []


def test_a_removal_breaks_no_rule() -> None:
    plain, full = (discovered(site("pw2-21.44"), offers)[0] for offers in (OPERATION, ALL))

    said = farewell(plain.payload, gone(full.payload, plain.payload))

    assert len(said) == 2
    assert faults([replace(plain, payload=payload) for payload in said]) == []
