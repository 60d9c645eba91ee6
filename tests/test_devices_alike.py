"""Devices whose serial numbers are alike: none takes what is another's."""

from dataclasses import replace
from hashlib import sha256

import pytest
from test_devices import device

from bridge.devices import inverters, meter_devices, pack_keys, packs
from bridge.parts import (
    BatteryBlock,
    CtReading,
    Line,
    LineMeter,
    ListedCts,
    ListedMeter,
    MeterList,
    MeterReading,
    MeterReadings,
    Scalar,
)
from bridge.words import LONGEST_LEVEL, segments


def marked(level: str, name: str) -> str:
    return f"{level}_{sha256(name.encode()).hexdigest()[:8]}"


@pytest.mark.parametrize(
    ("names", "levels"),
    [
        (["TG1", "TG-2", "TG/3"], ["TG1", "TG-2", "TG_3"]),
        (["TG/1", "TG+1"], [marked("TG_1", "TG/1"), marked("TG_1", "TG+1")]),
        (["TG/1", "TG_1"], [marked("TG_1", "TG/1"), "TG_1"]),
        (["TG/1", "TG/1"], ["TG_1", "TG_1"]),
        (["", "/"], [marked("_", ""), marked("_", "/")]),
    ],
)
def test_each_name_has_a_level_of_its_own_and_an_ordinary_one_keeps_its_own(
    names: list[str], levels: list[str]
) -> None:
    assert segments(names) == levels


def test_names_that_only_differ_where_a_level_has_ended_are_told_apart() -> None:
    levels = segments(["x" * LONGEST_LEVEL + end for end in "ab"])

    assert len(set(levels)) == 2
    assert max(map(len, levels)) == LONGEST_LEVEL


def test_packs_that_are_alike_as_topics_stay_two() -> None:
    blocks = [BatteryBlock("P", serial) for serial in ("TG/1", "TG+1", "TG_1")]
    found = packs(blocks, ())

    assert [pack.block for pack in found.values()] == blocks
    assert list(found)[2] == "TG_1"


def test_the_part_number_tells_packs_apart_before_a_mark_does() -> None:
    assert pack_keys([("A", "TG/1"), ("B", "TG/1")]) == ["A_TG_1", "B_TG_1"]


def test_inverters_that_are_alike_as_topics_stay_two() -> None:
    one, other = device("PVAC--P--TG/1"), device("PVAC--P--TG+1")

    assert [i.pvac for i in inverters((one, other)).values()] == [one, other]


def test_inverters_with_like_serial_numbers_have_their_part_numbers() -> None:
    one, other = device("PVAC--A-1--TG1"), device("PVAC--B-2--TG1")

    assert list(inverters((one, other, one))) == ["A-1_TG1", "B-2_TG1"]


def test_meters_that_are_alike_as_topics_stay_two() -> None:
    listed = ListedMeter("TG/1", type="neurio_tcp"), ListedMeter("TG+1", type="other")
    readings = MeterReadings({"TG+1": MeterReading(firmware="5", cts={1: CtReading(5.0)})})

    found = meter_devices((), MeterList(listed), readings).values()

    assert [(meter.type, meter.firmware) for meter in found] == [("neurio", None), ("other", "5")]


def test_boards_that_are_alike_as_topics_stay_two() -> None:
    said: dict[str, Scalar] = {"METER_X_CTA_InstRealPower": 5.0}
    one, other = device("TESYNC--P--TG/1", said), device("TESYNC--P--TG+1", said)
    listed = ListedMeter("TG+1synchrometerX", short_id="7")

    found = meter_devices((one, replace(other, firmware="5")), MeterList((listed,)))

    assert [meter.firmware for meter in found.values()] == [None, "5"]


def test_a_meter_of_two_places_tells_each_line_as_the_place_that_has_it() -> None:
    grid = Line(power_w=100.0, reactive_power_var=1.0), Line(power_w=200.0), Line()
    sun = Line(), Line(), Line(power_w=3000.0, reactive_power_var=3.0)
    four = ListedCts("site", (True, True, True, False))
    listed = MeterList((ListedMeter("TG1synchrometerX", cts=(four,)),))
    places = (
        LineMeter("TG1synchrometerX", lines=grid),
        LineMeter("TG1synchrometerX", "5", lines=sun),
    )

    for lines in (places, places[::-1], (*places, LineMeter("TG1synchrometerX"))):
        meter = meter_devices((), listed, None, lines)["TG1_x"]
        told = [(c.power_w, c.reactive_power_var) for c in (meter.channels or {}).values()]

        assert told == [(100.0, 1.0), (200.0, None), (3000.0, 3.0), (None, None)]
        assert meter.firmware == "5"
