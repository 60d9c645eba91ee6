"""The files that a Home Assistant user copies name what there is, and blueprints fit together."""

import re
from pathlib import Path
from typing import Any

import pytest
from copied import (
    BLUEPRINTS,
    COPIED,
    DASHBOARDS,
    ROOT,
    Yaml,
    inputs,
    load,
    named,
    proposed,
)

from bridge.entities import ISLAND_LABELS, MODE_LABELS

FILES = sorted(COPIED.rglob("*.yaml"))
NAMING = [
    *sorted(DASHBOARDS.glob("*.yaml")),
    *sorted(BLUEPRINTS.glob("*.yaml")),
    ROOT / "docs" / "energy.md",
]
ALL = sorted(BLUEPRINTS.glob("*.yaml"))


def short(path: Path) -> str:
    return path.name


def entity_inputs(blueprint: Yaml) -> list[tuple[str, Any, list[dict[str, Any]]]]:
    """Return (name, default, filters) of the inputs that are entities."""
    rows = blueprint["blueprint"]["input"].items()
    entities = [(name, row) for name, row in rows if "entity" in row["selector"]]
    return [(n, row.get("default"), row["selector"]["entity"]["filter"]) for n, row in entities]


def test_there_are_files() -> None:
    assert len(ALL) == 6
    assert len(FILES) >= 11


@pytest.mark.parametrize("path", FILES, ids=short)
def test_every_file_is_yaml(path: Path) -> None:
    assert isinstance(load(path), dict)


@pytest.mark.parametrize("path", NAMING, ids=short)
def test_every_entity_that_is_named_is_one_that_discovery_proposes(path: Path) -> None:
    ids = named(path.read_text(encoding="utf-8"))

    assert ids
    assert sorted(ids - proposed().keys()) == []


@pytest.mark.parametrize("path", NAMING, ids=short)
def test_every_entity_that_is_named_is_enabled_by_default(path: Path) -> None:
    ids = named(path.read_text(encoding="utf-8"))

    assert [id_ for id_ in sorted(ids) if proposed()[id_].get("enabled_by_default") is False] == []


def test_the_id_of_an_entity_follows_from_its_topic() -> None:
    """As homeassistant/README.md says it."""
    for id_, component in proposed().items():
        if id_.startswith(("button.", "event.")):  # of a topic that has no state, or several
            continue
        path = component["state_topic"].removeprefix("powerwall/main/")
        path = path.replace("meter_device/", "meter_").replace("/", "_").replace("-", "_")
        assert id_.partition(".")[2] == f"powerwall_{path}".lower()


def test_the_energy_page_has_names_as_the_dashboard_lists_them() -> None:
    page = (ROOT / "docs" / "energy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\| (.+) \|[^|]*`(sensor\.\w+)` \|", page, re.MULTILINE)

    assert len(rows) == 12
    assert [f"Powerwall {proposed()[id_]['name']}" for _, id_ in rows] == [name for name, _ in rows]


def test_the_table_of_packs_asks_for_what_packs_have() -> None:
    text = (DASHBOARDS / "powerwall.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"~ '(_[a-z_]+)'", text)) | {"_energy_remaining"}
    there = {re.sub(r".*\.powerwall_pack_[a-z0-9]+", "", id_) for id_ in proposed()}

    assert len(asked) == 6
    assert sorted(asked - there) == []


@pytest.mark.parametrize("path", ALL, ids=short)
def test_every_input_is_used_and_every_one_used_is_there(path: Path) -> None:
    blueprint = load(path)

    assert set(inputs(blueprint)) == blueprint["blueprint"]["input"].keys()


@pytest.mark.parametrize("path", ALL, ids=short)
def test_a_proposed_entity_passes_its_own_filter(path: Path) -> None:
    for name, default, (own, *others) in entity_inputs(load(path)):
        if not isinstance(default, str):
            continue
        platform = default.partition(".")[0]
        assert (own["integration"], own["domain"], others) == ("mqtt", platform, []), name
        assert own.get("device_class") == proposed()[default].get("device_class"), name


@pytest.mark.parametrize("path", ALL, ids=short)
def test_every_input_explains_itself(path: Path) -> None:
    blueprint = load(path)["blueprint"]

    assert blueprint["description"]
    assert all(row["name"] for row in blueprint["input"].values())


@pytest.mark.parametrize("path", ALL, ids=short)
def test_what_starts_twice_is_meant_to(path: Path) -> None:
    """What waits for an end lets no second run begin; what sets something does one at a time."""
    assert load(path)["mode"] in {"single", "queued"}


def test_modes_and_contactor_are_called_as_in_their_selects() -> None:
    cheap = load(BLUEPRINTS / "cheap_tariff_charge.yaml")["blueprint"]["input"]
    test = (BLUEPRINTS / "off_grid_test.yaml").read_text(encoding="utf-8")

    usual = cheap["usual_mode"]["selector"]["select"]["options"]
    assert sorted(usual) == sorted(MODE_LABELS.values())
    assert set(cheap["cheap_mode"]["selector"]["select"]["options"]) == {*usual, "Keep"}
    assert set(re.findall(r"O(?:n|ff) grid", test)) == set(ISLAND_LABELS.values())
