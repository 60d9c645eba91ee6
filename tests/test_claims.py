"""Which gateway of a bridge tells of a device that two of them know."""

import json
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from fakes import HOUSE, Bench
from sites import without

from bridge.claims import Claims, Hold, Neighbours, holds
from bridge.inventory import Inherited, Orphan
from bridge.parts import Cadence
from bridge.readings import Kind

PACK, PARTS = "TG121440002G7H", "TG121370002L1M"
TOPIC = f"homeassistant/device/pack_{PACK}/config"
REMEMBERED, LISTED, PRESENT = Hold
FORMER = json.dumps({"cmps": {"magic": {"p": "sensor", "unique_id": f"pack_{PACK}_magic"}}})


def claims() -> Claims:
    return Claims(nullcontext())


class Village:
    """Two gateways of one bridge: `old` bears a pack in mind, which `new` has."""

    def __init__(self, *, meets: bool = True) -> None:
        said = claims()
        slow = dict.fromkeys(Cadence, 300.0)
        self.old, self.new = (
            Bench(
                house=house,
                site_id=name,
                intervals=slow,
                neighbours=Neighbours(partial(said.devices, name=name), self._hand_over)
                if meets
                else None,
            )
            for name, house in (("old", without(HOUSE, PACK, PARTS)), ("new", HOUSE))
        )
        topic = f"powerwall/main/pack/{PACK}/availability"
        self.old.poller.inbox.put(Inherited("main", topic, "online"))
        self.old.poller.inbox.put(Inherited("main", TOPIC, FORMER, discovery=True))

    def _hand_over(self, topic: str, payload: str) -> None:
        for bench in (self.old, self.new):
            bench.poller.inbox.put(Orphan(topic, payload))

    def lives(self, hours: float) -> None:
        for _ in range(int(hours * 12)):
            for bench in (self.old, self.new):
                bench.live(300)


def payloads(bench: Bench) -> list[str]:
    return [m.payload for m in bench.published if m.topic == TOPIC]


def test_who_has_a_pack_tells_of_it_and_who_remembers_it_does_no_more() -> None:
    village = Village()
    village.lives(1)
    told = len(payloads(village.old))

    village.lives(1)

    assert payloads(village.new) != []
    assert len(payloads(village.old)) == told


def test_a_pack_that_lives_elsewhere_is_not_removed_after_a_day() -> None:
    village = Village()

    village.lives(25)

    assert village.old.last(f"pack/{PACK}/availability") == ""
    assert "" not in payloads(village.old) + payloads(village.new)


def test_a_gateway_without_neighbours_removes_what_is_gone() -> None:
    village = Village(meets=False)

    village.lives(25)

    assert payloads(village.old)[-1] == ""


def test_entities_that_the_new_gateway_lacks_are_removed() -> None:
    village = Village()

    village.lives(1)

    ahead = [m.ahead for m in village.new.published if m.topic == TOPIC and m.ahead]
    assert "magic" in json.loads(ahead[-1][-1])["cmps"]


def test_a_device_changes_hands_when_its_owner_asks() -> None:
    own = claims()
    first = own.devices({"x": REMEMBERED}, "old")

    asked = own.devices({"x": PRESENT}, "new")
    left = own.devices({"x": REMEMBERED}, "old")
    taken = own.devices({"x": PRESENT}, "new")

    assert [len(elsewhere) for elsewhere in (first, asked, left, taken)] == [0, 1, 1, 0]


def test_among_equals_the_first_keeps_a_device() -> None:
    own = claims()
    own.devices({"x": PRESENT}, "old")
    own.devices({"x": PRESENT}, "new")

    assert own.devices({"x": PRESENT}, "old") == frozenset()


def test_who_knows_a_device_no_better_any_more_does_not_inherit_it() -> None:
    own = claims()
    own.devices({"x": LISTED}, "old")
    own.devices({"x": PRESENT}, "new")
    own.devices({"x": LISTED}, "new")

    assert own.devices({"x": LISTED}, "old") == frozenset()


def test_who_has_forgotten_a_device_neither_has_nor_inherits_it() -> None:
    own = claims()
    own.devices({"x": REMEMBERED}, "old")
    own.devices({"x": PRESENT}, "new")
    own.devices({}, "new")
    kept = own.devices({"x": REMEMBERED}, "old")

    own.devices({}, "old")

    assert kept == frozenset()
    assert own.devices({"x": REMEMBERED}, "new") == frozenset()


def test_a_gateway_that_is_offline_only_remembers() -> None:
    key = (Kind.PACK, PACK)

    assert holds(HOUSE, online=True)[key] is PRESENT
    assert holds(HOUSE, online=False)[key] is REMEMBERED


def test_a_pack_that_is_only_set_up_is_listed_and_not_present() -> None:
    """Nobody has told the gateway that it was taken away."""
    gone = without(HOUSE, PACK, PARTS)
    still = replace(gone, powerwalls=HOUSE.powerwalls)

    assert holds(still, online=True)[Kind.PACK, PACK] is LISTED
