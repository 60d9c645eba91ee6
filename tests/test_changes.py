"""What is published, and when: new values, lost values, lost devices, and what was found."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import AT, site

from bridge.changes import Changes, device_of, is_reading
from bridge.model import Snapshot
from bridge.parts import Endpoint, Meter, Meters, SiteInfo, Vitals
from bridge.readings import GROUPS, Kind, measure
from bridge.topics import Message, Topics, discovery_topic

TOPICS = Topics("powerwall", "main")
LASTING = ("island/requested", "None")
CONTROLS = ("control/operation/availability", "control/island/availability")


def publish(
    changes: Changes, snapshot: Snapshot, *, complete: bool = True
) -> list[tuple[str, str]]:
    """Return (topic below the gateway's, payload) of what has to be published.

    complete says that every endpoint was tried, so that what was inherited can be settled.
    """
    measured = measure(GROUPS, snapshot)
    messages = changes.readings(GROUPS, measured)
    messages += changes.settle(measured) if complete else []
    return [("/".join(TOPICS.path(m.topic)), m.payload) for m in messages]


def grid(power_w: float | None, imported_wh: float | None = None) -> Snapshot:
    meter = Meter(power_w=power_w, imported_wh=imported_wh)
    return Snapshot().with_part(Meters({"site": meter}), AT)


def inherited(*topics: str) -> Changes:
    changes = Changes(TOPICS)
    for topic in topics:
        changes.inherit(TOPICS.of(*topic.split("/")))
    return changes


def test_a_reading_that_never_had_a_value_has_no_topic() -> None:
    assert publish(Changes(TOPICS), Snapshot()) == [LASTING]


def test_what_has_a_value_is_published_with_its_topic() -> None:
    published = publish(Changes(TOPICS), grid(-12.0))

    assert published == [
        ("grid/power", "-12"),
        ("grid/import_power", "0"),
        ("grid/export_power", "12"),
        LASTING,
    ]


def test_nothing_is_published_twice() -> None:
    changes = Changes(TOPICS)
    publish(changes, site("pwplus-23.36"))

    assert publish(changes, site("pwplus-23.36")) == []


def test_a_topic_is_published_once_at_a_time() -> None:
    topics = [topic for topic, _ in publish(Changes(TOPICS), site("pwplus-23.36"))]

    assert len(topics) == len(set(topics))


def test_two_meters_with_names_alike_share_one_topic() -> None:
    meters = {"busWay": Meter(power_w=1.0), "bus_way": Meter(power_w=2.0)}

    published = publish(Changes(TOPICS), Snapshot().with_part(Meters(meters), AT))

    assert published == [("meter/bus_way/power", "2"), LASTING]


def test_only_what_differs_is_published() -> None:
    changes = Changes(TOPICS)
    publish(changes, grid(100.0, 5000.0))

    assert publish(changes, grid(100.4, 6000.0)) == [("grid/import_energy", "6")]


def test_a_lost_value_is_said_once() -> None:
    changes = Changes(TOPICS)
    publish(changes, grid(100.0, 5000.0))

    lost = [publish(changes, grid(None, 5000.0), complete=False) for _ in range(2)]

    none = [(f"grid/{key}", "None") for key in ("power", "import_power", "export_power")]
    assert lost == [none, []]


def test_a_value_that_comes_back_is_said_again() -> None:
    changes = Changes(TOPICS)
    for power_w in (100.0, None):
        publish(changes, grid(power_w))

    assert ("grid/power", "100") in publish(changes, grid(100.0))


def test_a_meter_that_is_gone_is_none() -> None:
    changes = Changes(TOPICS)
    publish(changes, Snapshot().with_part(Meters({"busway": Meter(power_w=7.0)}), AT))

    assert publish(changes, grid(None)) == [("meter/busway/power", "None")]


def test_a_device_that_is_gone_keeps_its_topics() -> None:
    changes = Changes(TOPICS)
    publish(changes, site("pwplus-23.36"))

    lost = replace(site("pwplus-23.36"), vitals=Vitals(()), solar_powerwall=None)
    gone = dict(publish(changes, lost))

    assert gone["inverter/TG122250001N3Q/availability"] == "offline"
    assert gone["inverter/TG122250001N3Q/string/a/power"] == "None"
    assert gone["device/PVS--1538100-00-F--TG122250001N3Q"] == "None"
    assert set(gone.values()) == {"None", "offline"}


def test_availability_is_sent_with_qos_1_and_readings_without() -> None:
    messages = Changes(TOPICS).readings(GROUPS, measure(GROUPS, site("pw2-21.44")))

    sure = {m.topic for m in messages if m.qos == 1}
    assert sure == {m.topic for m in messages if m.topic.endswith("/availability")}
    assert all(m.retain for m in messages)


def test_a_reading_found_on_the_broker_is_left_alone_until_all_was_tried() -> None:
    changes = inherited("grid/power", "pack/TG1/power", "meter_device/TG2/ct/1/power")

    assert publish(changes, Snapshot(), complete=False) == [LASTING]


def test_a_reading_found_on_the_broker_without_value_now_is_none() -> None:
    changes = inherited("grid/power", "pack/TG1/power", "meter_device/TG2/ct/1/power", "alerts")

    published = publish(changes, Snapshot())

    assert sorted(published) == [
        ("alerts", "None"),
        ("grid/power", "None"),
        LASTING,
        ("meter_device/TG2/ct/1/power", "None"),
        ("pack/TG1/power", "None"),
    ]


def test_a_device_found_on_the_broker_and_not_seen_is_offline() -> None:
    changes = inherited("pack/TG1/availability")

    (message,) = changes.settle([])

    assert message == Message("powerwall/main/pack/TG1/availability", "offline", qos=1)


@pytest.mark.parametrize(
    "topic", ["pack/TG1/flavour", "old", "gateway/uptime", "grid/last_communication_time"]
)
def test_a_topic_that_no_reading_has_any_more_is_cleared(topic: str) -> None:
    assert publish(inherited(topic), Snapshot()) == [LASTING, (topic, "")]


def test_a_cleared_topic_is_cleared_once() -> None:
    changes = inherited("old")
    publish(changes, Snapshot())

    assert publish(changes, Snapshot()) == []


@pytest.mark.parametrize("topic", ["operation/mode/set", "api/status/get", "refresh/set"])
def test_a_command_topic_is_never_touched(topic: str) -> None:
    assert publish(inherited(topic), Snapshot()) == [LASTING]


def test_a_counter_that_is_not_read_keeps_what_an_earlier_run_left() -> None:
    changes = inherited("grid/import_energy")

    assert publish(changes, Snapshot()) == [LASTING]
    assert TOPICS.of("grid", "import_energy") in changes


@pytest.mark.parametrize(
    "topic",
    [
        *CONTROLS,
        "availability",
        "connection",
        "connection/reason",
        "tier",
        "capabilities",
        "snapshot",
    ],
)
def test_what_is_said_anyway_is_not_inherited(topic: str) -> None:
    assert publish(inherited(topic), Snapshot()) == [LASTING]


def test_what_was_said_in_this_run_is_not_inherited() -> None:
    changes = Changes(TOPICS)
    publish(changes, grid(5.0))
    changes.inherit(TOPICS.of("grid", "power"))

    assert publish(changes, grid(5.0)) == []


def test_a_value_replaces_what_was_found() -> None:
    changes = inherited("grid/power")

    assert ("grid/power", "5") in publish(changes, grid(5.0), complete=False)
    assert ("grid/power", "None") in publish(changes, grid(None), complete=False)


def test_a_reading_exists_once_it_had_a_value_in_this_run_or_an_earlier_one() -> None:
    changes = inherited("grid/l3_voltage")
    publish(changes, grid(5.0), complete=False)

    known = [TOPICS.of("grid", key) in changes for key in ("power", "l3_voltage", "l2_voltage")]
    assert known == [True, True, False]


def test_other_messages_are_published_when_they_differ() -> None:
    changes = Changes(TOPICS)
    online, offline = (Message(TOPICS.availability, word, 1) for word in ("online", "offline"))

    published = [changes.changed([m]) for m in (online, online, offline)]

    assert published == [[online], [], [offline]]


def test_discovery_and_standing_topics_outlive_the_readings() -> None:
    """They are kept beside the readings, and are none."""
    changes = Changes(TOPICS)
    changes.changed(
        [
            Message(discovery_topic("homeassistant", "site_1"), "{}", 1),
            Message(TOPICS.snapshot, "{}"),
            Message(TOPICS.availability, "online", 1),
            *(Message(TOPICS.of(*c.split("/")), "offline", 1) for c in CONTROLS),
        ]
    )

    assert publish(changes, Snapshot()) == [LASTING]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(Endpoint), max_size=20))
def test_the_broker_ends_up_with_what_is_known(silences: list[Endpoint]) -> None:
    """Whatever falls silent in whatever order, what is retained is what is measured."""
    changes, retained = Changes(TOPICS), dict[str, str]()
    snapshot = site("pwplus-23.36")
    retained.update(publish(changes, snapshot))
    for endpoint in silences:
        snapshot = snapshot.silenced(endpoint)
        retained.update(publish(changes, snapshot, complete=False))

    fresh = dict(publish(Changes(TOPICS), snapshot))
    assert {t: p for t, p in retained.items() if p not in {"None", "offline"}} == {
        t: p for t, p in fresh.items() if p not in {"None", "offline"}
    }


def test_text_of_the_gateway_is_published_as_it_is() -> None:
    published = publish(Changes(TOPICS), Snapshot().with_part(SiteInfo("Büro & Scheune"), AT))

    assert published == [LASTING, ("gateway/site_name", "Büro & Scheune")]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("grid/power", True),
        ("meter/busway/power", True),
        ("inverter/TG1/string/a/connected", True),
        ("meter_device/TG1_x/ct/4/location", True),
        ("device/STSTSM--1", True),
        ("gateway/apparent_power", False),
        ("alerts", True),
        ("alerts/count", True),
        ("pack/TG1", False),
        ("pack/TG1/power/more", False),
        ("grid/last_communication_time", False),
        ("snapshot", False),
    ],
)
def test_the_table_knows_its_topics(path: str, known: bool) -> None:  # noqa: FBT001  # a table
    assert is_reading(tuple(path.split("/"))) is known


@pytest.mark.parametrize(
    ("path", "device"),
    [
        ("pack/TG1/availability", (Kind.PACK, "TG1")),
        ("inverter/TG1/availability", (Kind.INVERTER, "TG1")),
        ("meter_device/TG1_x/availability", (Kind.METER, "TG1_x")),
        ("control/island/availability", None),
        ("pack/TG1/power", None),
        ("availability", None),
    ],
)
def test_an_availability_topic_tells_its_device(path: str, device: tuple[Kind, str] | None) -> None:
    assert device_of(tuple(path.split("/"))) == device


def test_what_came_back_and_vanished_again_is_unknown() -> None:
    """A thing that was gone at the start is like any other once it is there."""
    changes = inherited("meter/generator/power")
    publish(changes, Snapshot())
    meters = Meters({"generator": Meter(power_w=100.0)})
    publish(changes, Snapshot().with_part(meters, AT))

    assert ("meter/generator/power", "None") in publish(changes, Snapshot())
