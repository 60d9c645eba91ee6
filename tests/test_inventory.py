"""What an earlier run left on the broker."""

import json

import pytest

from bridge.inventory import Finding, Inherited, Inventory, Look, Orphan

ORIGIN = {"name": "powerwall-mqtt", "sw": "0"}
DISCOVERY = "homeassistant/device/site_1/config"


def inventory(*gateways: str, ha_prefix: str | None = "homeassistant") -> Inventory:
    return Inventory("powerwall", ha_prefix, gateways or ("main", "garage"))


def info(*names: object) -> bytes:
    return json.dumps({"version": "0", "gateways": names}).encode()


def discovery_of(gateway: str, prefix: str = "powerwall", origin: object = ORIGIN) -> bytes:
    topics = (f"{prefix}/bridge/availability", f"{prefix}/{gateway}/availability")
    listed = [{"topic": topic} for topic in topics]
    return json.dumps({"o": origin, "avty": listed}).encode()


def test_it_looks_at_its_own_gateways_and_at_discovery() -> None:
    assert inventory().filters == [
        "powerwall/bridge/info",
        "powerwall/garage/#",
        "powerwall/main/#",
        "homeassistant/device/+/config",
    ]


def test_without_discovery_it_leaves_home_assistant_alone() -> None:
    own = inventory("main", ha_prefix=None)

    assert own.filters == ["powerwall/bridge/info", "powerwall/main/#"]
    assert own.found(DISCOVERY, discovery_of("main")) == []


def test_a_topic_of_a_gateway_is_inherited() -> None:
    found = inventory().found("powerwall/main/grid/power", b"12")

    assert found == [Inherited("main", "powerwall/main/grid/power", "12")]


def test_a_payload_that_is_no_text_is_inherited_as_well_as_can_be() -> None:
    found = inventory().found("powerwall/main/grid/power", b"\xff")

    assert found == [Inherited("main", "powerwall/main/grid/power", "\ufffd")]


def test_an_empty_payload_is_nothing() -> None:
    assert inventory().found("powerwall/main/grid/power", b"") == []


def test_a_prefix_of_several_levels_is_understood() -> None:
    own = Inventory("home/pw", None, ["main"])

    assert own.found("home/pw/main/tier", b"full") == [
        Inherited("main", "home/pw/main/tier", "full")
    ]


def test_gateways_that_are_configured_no_more_are_looked_into() -> None:
    found = inventory().found("powerwall/bridge/info", info("main", "shed", "attic"))

    assert found == [Look("powerwall/attic/#"), Look("powerwall/shed/#")]


@pytest.mark.parametrize(
    "payload",
    [
        info("main", "garage"),
        info("", "#", "a/b", "+", 7, None),
        b"{}",
        b'{"gateways": "shed"}',
        b"[]",
        b"null",
        b"not json",
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_an_info_that_names_no_other_gateway_leads_nowhere(payload: bytes) -> None:
    assert inventory().found("powerwall/bridge/info", payload) == []


def test_topics_of_a_former_gateway_are_orphans() -> None:
    own = inventory()
    own.found("powerwall/bridge/info", info("shed"))

    assert own.found("powerwall/shed/grid/power", b"1") == []
    assert list(own.take_orphans()) == [("powerwall/shed/grid/power", ())]


def test_topics_of_a_stranger_are_left_alone() -> None:
    own = inventory()
    own.found("powerwall/bridge/info", info("shed"))

    assert own.found("powerwall/attic/grid/power", b"1") == []
    assert list(own.take_orphans()) == []


@pytest.mark.parametrize("gateway", ["main", "shed"])
@pytest.mark.parametrize(
    "path",
    ["door/state", "door/availability", "thermostat/config", "house/grid/power", "bridge/info"],
)
def test_what_begins_as_no_topic_of_ours_is_a_neighbours(gateway: str, path: str) -> None:
    """The prefix may be that of a house, and the gateway named like a room."""
    own = inventory()
    own.found("powerwall/bridge/info", info("shed"))

    assert own.found(f"powerwall/{gateway}/{path}", b"1") == []
    assert list(own.take_orphans()) == []


@pytest.mark.parametrize(
    ("gateway", "found"),
    [
        ("main", [Inherited("main", DISCOVERY, discovery_of("main").decode(), discovery=True)]),
        ("shed", [Orphan(DISCOVERY, discovery_of("shed").decode()), Look("powerwall/shed/#")]),
    ],
)
def test_discovery_belongs_to_the_gateway_whose_availability_it_names(
    gateway: str, found: list[Finding]
) -> None:
    assert inventory().found(DISCOVERY, discovery_of(gateway)) == found


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"not json",
        b'{"avty": 7}',
        b'{"avty": [7, {}, {"topic": ["x"]}]}',
        b"[]",
        b"1",
        discovery_of("shed", prefix="powerwall-demo"),
        discovery_of("shed", origin={"name": "somebody"}),
        discovery_of("shed", origin="powerwall-mqtt"),
    ],
)
def test_discovery_of_others_is_left_alone(payload: bytes) -> None:
    own = inventory()

    assert own.found(DISCOVERY, payload) == []
    assert list(own.take_orphans()) == []


def test_discovery_of_a_former_gateway_waits_until_it_is_known_who_took_its_place() -> None:
    own = inventory()
    own.found(DISCOVERY, discovery_of("shed"))

    taken = [list(own.take_orphans()) for _ in range(2)]

    assert taken == [[(DISCOVERY, (discovery_of("shed").decode(),))], []]


def test_discovery_goes_before_what_it_tells_of() -> None:
    """Home Assistant complains of a time that is cleared while it listens."""
    own = inventory()
    own.found("powerwall/bridge/info", info("shed"))
    own.found("powerwall/shed/grid/power", b"1")
    own.found(DISCOVERY, discovery_of("shed"))

    assert [topic for topic, _ in own.take_orphans()] == [DISCOVERY, "powerwall/shed/grid/power"]


def test_what_a_run_was_too_short_to_clear_is_known_by_its_discovery() -> None:
    """The names in `bridge/info` are those of that run by then."""
    own = inventory()
    own.found("powerwall/bridge/info", info("main", "garage"))

    found = own.found(DISCOVERY, discovery_of("shed"))
    own.found("powerwall/shed/grid/power", b"1")

    assert found[1:] == [Look("powerwall/shed/#")]
    assert len(list(own.take_orphans())) == 2
