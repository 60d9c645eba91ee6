"""What is published of a pack when a source of it answers that names it otherwise."""

from dataclasses import replace

import pytest
from sites import AT
from test_devices import BLOCK, PINV, THC, device

from bridge.model import Snapshot
from bridge.parts import ListedPack, Part, Powerwalls, SystemStatus, Vitals
from bridge.readings import GROUPS, Value, fed_by, measure

LATER = "2026-01-02T03:05:05Z"
LISTED = ListedPack("3012170-05-C", "TG1", "ACPW", in_config=True)
OTHER = "1092170-03-E"
SYSTEM_STATUS, POWERWALLS = SystemStatus(blocks=(BLOCK,)), Powerwalls(packs=(LISTED,))
POD = device("TEPOD--1081100-13-U--TG2", {"POD_nom_energy_to_be_charged": 900.0}, THC.din)
VITALS = Vitals((THC, POD, PINV))


def values(snapshot: Snapshot) -> dict[str, Value]:
    measured = measure(GROUPS, snapshot)
    return {"/".join(m.path): m.value for m in measured if m.path[0] == "pack"}


@pytest.mark.parametrize(
    ("answers", "last"),
    [
        ((VITALS, POWERWALLS), SystemStatus(blocks=(replace(BLOCK, part_number=OTHER),))),
        ((SYSTEM_STATUS, VITALS), Powerwalls(packs=(replace(LISTED, part_number=OTHER),))),
        ((SYSTEM_STATUS, POWERWALLS), Vitals((replace(THC, part_number=OTHER), POD, PINV))),
    ],
    ids=["system_status", "powerwalls", "vitals"],
)
def test_a_pack_that_is_named_otherwise_leaves_nothing_under_its_old_name(
    answers: tuple[Part, ...], last: Part
) -> None:
    """A pack of another part with the same serial number: the part goes in front of both."""
    before = Snapshot()
    for part in answers:
        before = before.with_part(part, AT)
    after = before.with_part(last, LATER)
    assert last.ENDPOINT is not None

    published = values(before)
    for m in measure(fed_by(frozenset({last.ENDPOINT})), after):
        if m.path[0] == "pack":
            published["/".join(m.path)] = m.value

    assert {p.split("/")[1] for p in published} == {"TG1", "3012170-05-C_TG1", "1092170-03-E_TG1"}
    assert published == values(after)
    assert published["pack/TG1/type"] is None
    assert published["pack/TG1/energy_to_be_charged"] is None
