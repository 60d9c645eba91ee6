"""What Home Assistant is told of entities that are gone, before it is told of those that are."""

import json
from dataclasses import replace

import pytest
from fakes import ALL, HOUSE, FakeClock

from bridge.controls import Controls
from bridge.errors import Missing
from bridge.health import Health
from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.readings import Kind
from bridge.reporter import Place, Reporter
from bridge.topics import Message, Topics

SITE = "homeassistant/device/site_K/config"
SENSOR = {"p": "sensor"}


class Scene:
    """A reporter of a gateway that answers everything, and what it publishes of the site."""

    def __init__(self) -> None:
        published = list[Message]()
        self._published = published
        self._clock = FakeClock()
        self._health = Health(5.0, lambda: 0.5)
        place = Place(Topics("powerwall", "main"), "homeassistant")
        self._reporter = Reporter(place, published.append, Controls(ALL, {}), site_key="K")

    def polled(self, *, operation: bool = True, house: Snapshot = HOUSE) -> Message | None:
        """Let a poll end; return the discovery of the site if it is said.

        Without operation a firmware has come that lacks it.
        """
        for endpoint in Endpoint:
            self._health.heard(endpoint, self._clock())
        if not operation:
            self._health.begin_anew()
            self._health.failed(Endpoint.OPERATION, Missing("404", 404), self._clock())
        self._health.cycle_ended()
        self._published.clear()
        self._reporter.poll_ended(self._health, house)
        return self._site()

    def inherited(self, key: str) -> Message | None:
        """Let an entity of an earlier run come to light; return the discovery if it is said."""
        old = {"cmps": {key: SENSOR | {"unique_id": f"site_K_{key}"}}}
        self._published.clear()
        self._reporter.inherit_discovery(SITE, json.dumps(old))
        return self._site()

    def adopted(self, key: str, topic: str = SITE) -> Message | None:
        """Let an entity of a former gateway come to light; return the discovery if it is said."""
        old = {"cmps": {key: SENSOR | {"unique_id": f"site_K_{key}"}}}
        self._published.clear()
        self._reporter.adopt(topic, json.dumps(old))
        return self._site()

    def topics(self) -> set[str]:
        """Return on which topics discovery was said."""
        return {m.topic for m in self._published if m.topic.startswith("homeassistant/")}

    def device(self, kind: Kind, key: str, house: Snapshot = HOUSE) -> Message | None:
        """Let a poll end; return the discovery of a device."""
        self._reporter.readings(house, self._clock())
        self.polled(house=house)
        return self._last(f"homeassistant/device/{kind}_{key}/config")

    def forgotten(self, kind: Kind, key: str) -> Message | None:
        """Let a device be gone for good; return what is said of it."""
        self._published.clear()
        self._reporter.forget(kind, key)
        return self._last(f"homeassistant/device/{kind}_{key}/config")

    def _site(self) -> Message | None:
        return self._last(SITE)

    def _last(self, topic: str) -> Message | None:
        return next((m for m in self._published if m.topic == topic), None)


def removed(message: Message | None) -> set[str]:
    """Return the entities that go before the message."""
    if message is None or not message.ahead:
        return set()
    components = json.loads(message.ahead[-1])["cmps"]
    return {key for key, component in components.items() if component.keys() == {"p"}}


def told(message: Message | None) -> set[str]:
    return set() if message is None else set(json.loads(message.payload)["cmps"])


def test_where_nothing_is_gone_nothing_goes_ahead() -> None:
    site = Scene().polled()

    assert site is not None
    assert site.ahead == ()


def test_what_is_gone_is_removed_ahead_of_what_is_there() -> None:
    scene = Scene()
    before = scene.polled()

    after = scene.polled(operation=False)

    assert removed(after) == told(before) - told(after) != set()


def test_a_later_removal_tells_of_earlier_ones_too() -> None:
    """The earlier one may never have left."""
    scene = Scene()
    scene.polled()
    scene.inherited("magic")

    site = scene.inherited("wonder")

    assert removed(site) == {"magic", "wonder"}


def test_what_came_back_is_not_removed_and_what_did_not_is() -> None:
    scene = Scene()
    scene.inherited("magic")
    scene.polled()
    scene.polled(operation=False)

    site = scene.polled()

    assert removed(site) == {"magic"}


def test_one_that_was_away_hears_first_of_what_is_then_taken_away() -> None:
    scene = Scene()
    before = scene.polled()

    after = scene.polled(operation=False)

    assert before is not None
    assert after is not None
    known, gone = (json.loads(payload)["cmps"] for payload in after.ahead)
    assert known.keys() == gone.keys() == removed(after)
    assert known.items() <= json.loads(before.payload)["cmps"].items()


def test_a_device_that_is_gone_for_good_is_told_of_once_more_too() -> None:
    scene = Scene()
    serial = next(iter(HOUSE.packs))
    before = scene.device(Kind.PACK, serial)

    assert before is not None
    assert scene.forgotten(Kind.PACK, serial) == Message(
        before.topic, "", 1, ahead=(before.payload,)
    )


def test_a_device_that_returns_with_less_is_rid_of_the_rest() -> None:
    """Whoever was away when it went knows all that it had."""
    scene = Scene()
    serial = next(iter(HOUSE.packs))
    before = scene.device(Kind.PACK, serial)
    scene.forgotten(Kind.PACK, serial)

    after = scene.device(Kind.PACK, serial, replace(HOUSE, vitals=None))

    assert removed(after) == told(before) - told(after) != set()


def test_what_the_same_site_had_under_another_name_goes_ahead_whenever_it_comes_to_light() -> None:
    early, late = Scene(), Scene()
    early.adopted("magic")
    late.polled()

    assert removed(early.polled()) == removed(late.adopted("magic")) == {"magic"}


def test_another_site_has_nothing_to_do_with_what_a_former_one_leaves() -> None:
    scene = Scene()
    scene.adopted("magic", "homeassistant/device/site_OTHER/config")
    scene.polled()

    assert scene.topics() == {SITE}


@pytest.mark.parametrize("former", ["inverter_OLD_solar_powerwall", "inverter_solar_powerwall"])
def test_what_bears_the_former_key_of_a_site_is_removed(former: str) -> None:
    published = list[Message]()
    place = Place(Topics("powerwall", "main"), "homeassistant")
    reporter = Reporter(place, published.append, Controls(ALL, {}), site_key="NEW")
    kept = ("inverter_NEW_solar_powerwall", "inverter_TG1", "pack_solar_powerwall")
    health, clock = Health(5.0, lambda: 0.5), FakeClock()
    for name in ("site_OLD", former, *kept):
        reporter.inherit_discovery(f"homeassistant/device/{name}/config", json.dumps({"cmps": {}}))
    for endpoint in Endpoint:
        health.heard(endpoint, clock())
    health.cycle_ended()

    reporter.poll_ended(health, Snapshot())

    removed = [
        m.topic.split("/")[2] for m in published if m.topic.startswith("home") and not m.payload
    ]
    assert removed == ["site_OLD", former]
