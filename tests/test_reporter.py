"""What is said on MQTT of one gateway."""

import json
import logging

import pytest
from fakes import ALL, FAST, HOUSE, OWN, FakeClock, control

from bridge.commands import Operate, Parsed
from bridge.controls import Controls
from bridge.entities import Offer
from bridge.errors import Denied, Unreachable
from bridge.health import Health
from bridge.ledger import Ledger, Order, Outcome, Reply
from bridge.model import Snapshot
from bridge.parts import Endpoint, Soe
from bridge.reporter import Place, Reporter
from bridge.topics import Message, Topics
from bridge.words import Mode

TOPICS = Topics("powerwall", "main")
LOST = Unreachable("timed out")


class Scene:
    """A reporter, and all that it publishes."""

    def __init__(self, ha_prefix: str | None = "homeassistant", key: str | None = "K") -> None:
        self.published: list[Message] = []
        self.clock = FakeClock()
        self.health = Health(5.0, lambda: 0.5)
        place = Place(TOPICS, ha_prefix, "https://gateway")
        self.controls = Controls(ALL, {})
        self.reporter = Reporter(place, self.published.append, self.controls, site_key=key)

    def polled(self, *endpoints: Endpoint) -> "Scene":
        """Let the endpoints, or all, answer well."""
        for endpoint in endpoints or Endpoint:
            self.health.heard(endpoint, self.clock())
        self.health.cycle_ended()
        return self

    def lost(self, times: int = 2) -> "Scene":
        for _ in range(times):
            self.health.failed(Endpoint.METERS, LOST, self.clock())
            self.health.cycle_ended()
        return self

    def said(self, topic: str) -> list[str]:
        return [m.payload for m in self.published if m.topic == OWN + topic]

    def standing(self, snapshot: Snapshot = HOUSE) -> dict[str, str]:
        """Return what is said of the gateway's standing, in the order in which it is said."""
        self.published.clear()
        self.reporter.standing(self.health, snapshot)
        return {m.topic.removeprefix(OWN): m.payload for m in self.published}

    @property
    def discovery(self) -> list[Message]:
        return [m for m in self.published if m.topic.startswith("homeassistant/")]


def test_before_the_first_poll_a_gateway_is_offline_and_connecting() -> None:
    said = Scene().standing(Snapshot())

    assert (said["availability"], said["connection"]) == ("offline", "connecting")
    assert (said["connection/reason"], said["tier"]) == ("the first answer is awaited", "None")


def test_a_gateway_that_answers_is_online() -> None:
    said = Scene().polled().standing()

    assert (said["availability"], said["connection"]) == ("online", "connected")
    assert (said["connection/reason"], said["tier"]) == ("ok", "full")


def test_what_is_wrong_is_said_before_the_gateway_goes_offline() -> None:
    said = list(Scene().lost().standing())

    assert said[-1] == "availability"


def test_a_standing_is_retained_and_must_not_get_lost() -> None:
    scene = Scene()

    scene.standing()

    assert {(m.qos, m.retain) for m in scene.published} == {(1, True)}


def test_a_standing_that_does_not_change_is_said_once() -> None:
    scene = Scene().polled()
    scene.standing()

    assert scene.standing() == {}


def test_the_capabilities_say_what_each_endpoint_allows() -> None:
    scene = Scene().polled(*FAST)
    scene.health.failed(Endpoint.VITALS, Denied("403", 403), scene.clock())

    said = json.loads(scene.standing()["capabilities"])

    at = "2026-01-02T03:00:00Z"
    assert said.keys() == set(Endpoint)
    assert said["meters/aggregates"] == {"state": "allowed", "status": 200, "since": at}
    assert said["devices/vitals"] == {"state": "denied", "status": 403, "since": at}
    assert said["config"] == {"state": "unknown", "status": None, "since": None}


def test_controls_that_work_are_online() -> None:
    said = Scene().polled().standing()

    assert said["control/operation/availability"] == "online"
    assert said["control/island/availability"] == "online"


def test_a_control_that_this_firmware_denied_is_offline() -> None:
    scene = Scene().polled()
    assert HOUSE.status is not None
    scene.controls.deny(Offer.ISLAND, HOUSE.status.version)

    said = scene.standing()

    assert said["control/operation/availability"] == "online"
    assert said["control/island/availability"] == "offline"


def test_a_complaint_stands_in_for_the_connection() -> None:
    scene = Scene().polled()
    scene.reporter.complaint = "gateway cabin is the same site"

    said = scene.standing()

    assert said["connection"] == "error"
    assert said["connection/reason"] == "gateway cabin is the same site"


def test_the_log_says_what_changed_once(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    with caplog.at_level(logging.INFO):
        scene.standing()
        scene.polled().standing()
        scene.polled().standing()
        scene.lost().standing()
        scene.lost(500).standing()

    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "main is connecting: the first answer is awaited"),
        ("INFO", "main is connected: ok"),
        (
            "WARNING",
            "main is unreachable: timed out; check its power, the network and POWERWALL_HOST",
        ),
    ]


def test_a_reading_is_published_when_it_changes() -> None:
    scene = Scene()

    for raw in (52.5, 52.5, 53.0):
        scene.reporter.readings(HOUSE.placed(Soe(raw)), scene.clock())

    assert scene.said("battery/level_raw") == ["52.5", "53"]


def test_a_reading_is_retained_and_not_confirmed() -> None:
    scene = Scene()

    scene.reporter.readings(HOUSE, scene.clock())

    (level,) = [m for m in scene.published if m.topic == OWN + "battery/level_raw"]
    assert (level.qos, level.retain) == (0, True)


def test_a_reading_of_an_earlier_run_is_left_alone_until_the_poll_has_ended() -> None:
    scene = Scene().polled()
    scene.reporter.inherit(OWN + "battery/level", "42")

    scene.reporter.readings(Snapshot(), scene.clock())

    assert scene.said("battery/level") == []


def test_a_reading_of_an_earlier_run_that_did_not_come_back_is_unknown() -> None:
    scene = Scene().polled()
    scene.reporter.inherit(OWN + "battery/level", "42")

    scene.reporter.settle(scene.health, Snapshot().with_part(Soe(), "2026-01-02T03:00:00Z"))

    assert scene.said("battery/level") == ["None"]


def test_a_reading_of_an_earlier_run_stays_while_the_gateway_is_offline() -> None:
    scene = Scene().polled().lost()
    scene.reporter.inherit(OWN + "battery/level", "42")

    scene.reporter.poll_ended(scene.health, Snapshot().with_part(Soe(), "2026-01-02T03:00:00Z"))

    assert scene.said("battery/level") == []


def test_a_reading_of_an_earlier_run_stays_until_every_endpoint_was_tried() -> None:
    scene = Scene().polled(*FAST)
    scene.reporter.inherit(OWN + "battery/level", "42")

    scene.reporter.poll_ended(scene.health, Snapshot().with_part(Soe(), "2026-01-02T03:00:00Z"))

    assert scene.said("battery/level") == []


def test_the_snapshot_comes_with_every_poll_changed_or_not() -> None:
    scene = Scene().polled()

    scene.reporter.poll_ended(scene.health, HOUSE)
    scene.reporter.poll_ended(scene.health, HOUSE)

    one, two = scene.said("snapshot")
    assert one == two


def test_the_snapshot_bears_the_time_of_its_last_answer() -> None:
    scene = Scene().polled()

    scene.reporter.poll_ended(scene.health, HOUSE.with_part(Soe(52.5), "2026-01-02T04:05:06Z"))

    snapshot = json.loads(scene.said("snapshot")[0])
    assert snapshot["timestamp"] == "2026-01-02T04:05:06Z"
    assert snapshot["battery"]["level"] == 50.0


def test_a_gateway_that_is_offline_gets_no_new_snapshot() -> None:
    scene = Scene().polled().lost()

    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.said("snapshot") == []


def test_a_gateway_that_said_nothing_has_no_snapshot() -> None:
    scene = Scene().polled()

    scene.reporter.poll_ended(scene.health, Snapshot())

    assert scene.said("snapshot") == []


def test_discovery_comes_when_every_endpoint_was_tried() -> None:
    scene = Scene().polled()

    scene.reporter.readings(HOUSE, scene.clock())
    scene.reporter.poll_ended(scene.health, HOUSE)

    first = scene.discovery[0]
    assert first.topic == "homeassistant/device/site_K/config"
    assert (first.qos, first.retain) == (1, True)


@pytest.mark.parametrize(
    "scene",
    [
        Scene().polled(*FAST),
        Scene(key=None).polled(),
        Scene(ha_prefix=None).polled(),
    ],
    ids=["not all was tried", "no site key", "switched off"],
)
def test_there_is_no_discovery_when(scene: Scene) -> None:
    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.discovery == []


def test_a_gateway_that_is_complained_of_is_not_discovered() -> None:
    scene = Scene().polled()
    scene.reporter.complaint = "the same site twice"

    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.discovery == []


def test_discovery_that_does_not_change_is_said_once() -> None:
    scene = Scene().polled()
    scene.reporter.poll_ended(scene.health, HOUSE)
    scene.published.clear()

    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.discovery == []


def test_discovery_of_an_earlier_run_is_said_again_once() -> None:
    """So that it is among what is sent again, when Home Assistant was restarted."""
    earlier = Scene().polled()
    earlier.reporter.poll_ended(earlier.health, HOUSE)
    scene = Scene().polled()
    for message in earlier.discovery:
        scene.reporter.inherit_discovery(message.topic, message.payload)

    scene.reporter.poll_ended(scene.health, HOUSE)
    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.discovery == earlier.discovery


def test_an_entity_of_an_earlier_run_that_is_gone_is_removed_first() -> None:
    scene = Scene().polled()
    old = {"cmps": {"magic": {"p": "sensor", "unique_id": "site_K_magic", "name": "Magic"}}}
    scene.reporter.inherit_discovery("homeassistant/device/site_K/config", json.dumps(old))

    scene.reporter.poll_ended(scene.health, HOUSE)

    site = scene.discovery[0]
    assert json.loads(site.ahead[-1])["cmps"]["magic"] == {"p": "sensor"}
    assert "magic" not in json.loads(site.payload)["cmps"]


def test_what_this_run_has_discovered_is_not_replaced_by_an_earlier_one() -> None:
    scene = Scene().polled()
    scene.reporter.poll_ended(scene.health, HOUSE)
    scene.published.clear()

    scene.reporter.inherit_discovery("homeassistant/device/site_K/config", "{}")
    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.discovery == []


def test_a_result_is_said_to_all_and_is_not_retained() -> None:
    scene = Scene()
    order = Order("x", control("operation/mode"), Parsed(Operate(Mode.BACKUP), "backup"), 0.0)

    scene.reporter.results([Ledger().enter(order, Outcome.ACCEPTED, scene.clock())])

    (message,) = scene.published
    assert (message.topic, message.qos, message.retain) == (OWN + "command/result", 1, False)
    assert json.loads(message.payload)["status"] == "accepted"


def test_a_final_result_also_goes_to_whoever_asked() -> None:
    scene = Scene()
    replies = (Reply("a/reply", b"1"), Reply("b/reply"))
    parsed = Parsed(Operate(Mode.BACKUP), "backup")
    order = Order("x", control("operation/mode"), parsed, 0.0, replies)
    ledger = Ledger()

    for status in (Outcome.ACCEPTED, Outcome.DONE):
        scene.reporter.results([ledger.enter(order, status, scene.clock())])

    final = scene.said("command/result")[1]
    assert scene.published[2:] == [
        Message("a/reply", final, 1, retain=False, correlation=b"1"),
        Message("b/reply", final, 1, retain=False),
    ]


def test_an_older_discovery_that_is_found_late_is_cleaned_all_the_same() -> None:
    """What is left of an earlier version goes, even if ours was announced before it was seen."""
    scene = Scene().polled()
    scene.reporter.readings(HOUSE, scene.clock())
    scene.reporter.poll_ended(scene.health, HOUSE)
    topic = "homeassistant/device/site_K/config"
    ours = next(m.payload for m in scene.discovery if m.topic == topic)
    scene.published.clear()

    scene.reporter.inherit_discovery(topic, '{"cmps":{"former":{"p":"sensor","unique_id":"x"}}}')

    (site,) = scene.discovery
    assert json.loads(site.ahead[-1])["cmps"]["former"] == {"p": "sensor"}
    assert site.payload == ours


def test_the_site_that_a_gateway_was_before_is_removed() -> None:
    """A changed POWERWALL_ID makes another site of it; the former would stay for ever."""
    scene = Scene().polled()
    former = "homeassistant/device/site_OLD/config"
    scene.reporter.inherit_discovery(former, '{"cmps":{}}')
    scene.reporter.readings(HOUSE, scene.clock())

    scene.reporter.poll_ended(scene.health, HOUSE)

    assert scene.discovery[0] == Message(former, "", 1, ahead=('{"cmps":{}}',))
