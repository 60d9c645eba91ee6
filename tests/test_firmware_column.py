"""The column "Firmware" of the topic reference agrees with what clients of real brokers saw."""

import re
from pathlib import Path

import pytest

from bridge.cli.reference import rows
from bridge.readings import GROUPS, Group, Reading, Show, row_at
from bridge.simulator.profiles import PROFILES, Firmware
from bridge.topics import Topics

SEEN = Path(__file__).parent / "end_to_end"
TOPICS, REFERENCE = Topics("powerwall", "main"), Topics("<prefix>", "<gateway>")

# What a firmware has, and the hardware of a profile does not.
_POWERWALL_PLUS = ("inverter/", "alerts")  # alerts where there are no vitals
_OTHER_METERS = (
    "solar/l",  # a Powerwall+ has no meter of its own for the sun
    "meter_device/<serial>/connected",
    "meter_device/<serial>/frequency",
    "meter_device/<serial>/ct/<1..4>/voltage",
    "meter_device/<serial>/ct/<1..4>/current",
    "meter_device/<serial>/ct/<1..4>/import_energy",
    "meter_device/<serial>/ct/<1..4>/export_energy",
    "meter_device/<serial>/ct/<1..4>/scale_factor",
)
HARDWARE = (*_POWERWALL_PLUS, *_OTHER_METERS)
FULL = {name: p for name, p in PROFILES.items() if not p.powerwall_3}  # it lacks nearly all


def pattern(group: Group[object], reading: Reading[object]) -> str:
    return "/".join((group.topic, reading.key)) if reading.key else group.topic


def profiles_that_show() -> dict[str, set[str]]:
    """Return the profiles on which each reading was seen, without a login on firmware 1.x."""
    shown: dict[str, set[str]] = {}
    for name in FULL:
        listed = (SEEN / f"topics-{name}.txt").read_text(encoding="utf-8").splitlines()
        for row in filter(None, (row_at(TOPICS.path(topic)) for topic in listed)):
            shown.setdefault(pattern(*row), set()).add(name)
    return shown


SHOWN = profiles_that_show()
READINGS = [
    (pattern(group, reading), reading.firmware or group.firmware)
    for group in GROUPS
    for reading in group.readings
    if reading.show is not Show.LISTED
]


def has(column: str, firmware: Firmware) -> bool:
    """Return whether a firmware is among those that a column names; logins are left out."""
    words = column.removesuffix(", 1.x after a login")
    if words != column and firmware < (2, 0):
        return False
    first, _, last = words.removesuffix(" and later").partition(" to ")
    if words == "all":
        return True
    if not last and not words.endswith(" and later"):
        last = first
    return _number(first, 0) <= firmware <= (_number(last, 99) if last else (99, 99))


def _number(words: str, of_x: int) -> Firmware:
    match = re.fullmatch(r"(\d+)\.(\d+|x)", words)
    assert match, words
    return int(match[1]), of_x if match[2] == "x" else int(match[2])


@pytest.mark.parametrize(
    ("column", "firmware", "among"),
    [
        ("all", (1, 15), True),
        ("20.49 and later", (20, 44), False),
        ("20.49 and later, 1.x after a login", (1, 15), False),
        ("1.40 and later, 1.x after a login", (1, 50), False),
        ("1.40 and later, 1.x after a login", (20, 49), True),
        ("20.49 to 23.36", (23, 36), True),
        ("20.49 to 23.36", (24, 12), False),
        ("1.x", (1, 50), True),
        ("1.50 to 22.x", (22, 9), True),
        ("21.x and later", (20, 49), False),
    ],
)
def test_a_column_is_read_as_people_read_it(
    column: str, firmware: Firmware, *, among: bool
) -> None:
    assert has(column, firmware) is among


@pytest.mark.parametrize(("topic", "column"), [r for r in READINGS if r[0] in SHOWN])
def test_a_reading_was_seen_on_the_firmware_that_has_it(topic: str, column: str) -> None:
    named = {name for name, profile in FULL.items() if has(column, profile.firmware)}

    assert SHOWN[topic] <= named
    assert topic.startswith(HARDWARE) or named == SHOWN[topic]


def test_the_reference_says_what_the_table_says() -> None:
    """The four meters, which are one row of the table, stand there by their names."""
    told = {row.topic: row.firmware for row in rows() if row.key is None}
    named = {REFERENCE.of(topic): column for topic, column in READINGS if "<meter>" not in topic}

    assert {topic: told[topic] for topic in named} == named
