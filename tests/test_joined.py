"""What stands at `device/<DIN>` goes with the pack, inverter or meter that it is part of."""

from pathlib import Path

import pytest
from fakes import HOUSE, OWN, Bench
from sites import without

from bridge.documents import Json
from bridge.inventory import Inherited
from bridge.joined import Joined
from bridge.model import Snapshot
from bridge.parts import Cadence
from bridge.readings import Kind
from bridge.state import Store

GONE = "TG121440002G7H"
PARTS = [
    "TEPINV--1081100-13-U--TG121370002L1M",
    "TEPOD--1081100-13-U--TG121370002L1M",
    f"TETHC--3012170-05-C--{GONE}",
]
SUN, NEURIO, BOARD = "TG122250001N3Q", "TG122180000T7U", "TG122300000R5S"


def lived(*houses: Snapshot) -> Joined:
    joined = Joined()
    for house in houses:
        joined.follow(house)
    return joined


@pytest.mark.parametrize(
    ("kind", "key", "serials", "dins"),
    [
        (Kind.PACK, GONE, (GONE, "TG121370002L1M"), PARTS),
        (
            Kind.INVERTER,
            SUN,
            (SUN,),
            [f"{name}--1538100-00-F--{SUN}" for name in ("PVAC", "PVS", "TESLA")],
        ),
        (Kind.METER, NEURIO, (NEURIO,), [f"NEURIO--{NEURIO}"]),
    ],
)
def test_a_device_takes_its_parts_along(
    kind: Kind, key: str, serials: tuple[str, ...], dins: list[str]
) -> None:
    after = without(HOUSE, *serials)

    assert lived(HOUSE, after).take(kind, key, after) == dins


def test_a_part_that_is_listed_still_stays() -> None:
    after = without(HOUSE, GONE)

    assert lived(HOUSE, after).take(Kind.PACK, GONE, after) == PARTS[2:]


def test_a_board_with_two_meters_goes_with_the_last_of_them() -> None:
    after = without(HOUSE, BOARD)
    joined = lived(HOUSE, after)

    first, last = (joined.take(Kind.METER, f"{BOARD}_{letter}", after) for letter in "xy")

    assert (first, last) == ([], [f"TESLA--{BOARD}", f"TESYNC--1493315-01-F--{BOARD}"])


def test_what_belongs_together_is_known_to_a_later_run() -> None:
    later = Joined(lived(HOUSE).saved)

    assert later.take(Kind.PACK, GONE, without(HOUSE, GONE, "TG121370002L1M")) == PARTS


@pytest.mark.parametrize("saved", [None, [], {"pack/TG0": "x"}, {"pack/TG0": [5]}])
def test_what_cannot_be_read_of_an_earlier_run_is_forgotten(saved: Json) -> None:
    assert Joined(saved).take(Kind.PACK, "TG0", Snapshot()) == []


def test_nothing_of_a_pack_is_left_a_day_after_it_was_taken_away(tmp_path: Path) -> None:
    """Its parts were told of by an earlier run only."""
    Bench(store=Store(tmp_path, "main")).live(0)
    after = without(HOUSE, GONE, "TG121370002L1M")
    bench = Bench(
        store=Store(tmp_path, "main"), house=after, intervals=dict.fromkeys(Cadence, 300.0)
    )
    left = [f"pack/{GONE}/availability", *(f"device/{din}" for din in PARTS)]
    for topic in left:
        bench.poller.inbox.put(Inherited("main", OWN + topic, "x"))

    bench.live(25 * 3600)

    assert [bench.last(topic) for topic in left] == [""] * 4
