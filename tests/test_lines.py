"""The lines of the grid and of the sun: what is said of each, and which voltage is the true one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import START
from sites import AT, site

from bridge.devices import line, line_voltage_v
from bridge.guard import Guard
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.parts import Device, Endpoint, Line, LineMeter, MetersSite, MetersSolar, Scalar
from bridge.readings import GROUPS, measure
from bridge.topics import NONE, encode

PLUS = site("pwplus-23.36")
HOUR_S = 3600.0


def values(snapshot: Snapshot) -> dict[str, str]:
    """Return topic -> payload of all that is said of lines."""
    return {
        "/".join(item.path): encode(item.value, item.reading.quantity)
        for item in measure(GROUPS, snapshot)
        if item.path[-1].startswith(("l1_", "l2_", "l3_"))
    }


def told(snapshot: Snapshot) -> dict[str, str]:
    return {topic: payload for topic, payload in values(snapshot).items() if payload != NONE}


def board(kind: str = "TESYNC", **values: Scalar) -> tuple[Device, ...]:
    return (Device(f"{kind}--P--S", kind, vitals=values),)


def synchroniser(values: Mapping[str, Scalar]) -> tuple[Device, ...]:
    return (Device("TESYNC--P--S", "TESYNC", vitals=values),)


def street(*volts: float | None) -> tuple[LineMeter, ...]:
    return (LineMeter(lines=tuple(Line(voltage_v=v) for v in volts)),)


def meter(serial: str, *lines: Line) -> LineMeter:
    three = (*lines, Line(), Line(), Line())[:3]
    return LineMeter(serial, None, AT, three)


def test_each_line_is_said_in_the_direction_of_the_whole() -> None:
    """The gateway gives the sun's meters in their own view: imported there is generated here."""
    said = told(replace(site("pw2-21.44"), vitals=None))

    assert said == {
        "grid/l1_voltage": "122.5",
        "grid/l1_power": "205",
        "grid/l1_reactive_power": "-58",
        "grid/l1_import_energy": "5000",
        "grid/l1_export_energy": "6189.568",
        "grid/l2_voltage": "124.2",
        "grid/l2_power": "-92",
        "grid/l2_reactive_power": "-260",
        "grid/l2_import_energy": "2884.022",
        "grid/l2_export_energy": "5000",
        "solar/l1_voltage": "122.5",
        "solar/l1_power": "1716",
        "solar/l1_reactive_power": "-31",
        "solar/l1_energy": "13847.63",
        "solar/l1_consumed_energy": "2.155",
        "solar/l2_voltage": "124.2",
        "solar/l2_power": "1736",
        "solar/l2_reactive_power": "-30",
        "solar/l2_energy": "13847.631",
        "solar/l2_consumed_energy": "2.155",
    }


@pytest.mark.parametrize(("place", "topic"), [("site", "grid"), ("solar", "solar")])
def test_the_lines_add_up_to_the_whole(place: str, topic: str) -> None:
    snapshot = site("pw2-21.44")
    whole = snapshot.meter(place)
    part = snapshot.meters_site if topic == "grid" else snapshot.meters_solar

    lines = [line(part.meters if part else None, number) for number in (1, 2)]
    assert whole
    assert sum(one.power_w or 0 for one in lines) == whole.power_w
    assert sum(one.imported_wh or 0 for one in lines) == whole.imported_wh
    assert sum(one.exported_wh or 0 for one in lines) == whole.exported_wh


def test_silent_lines_keep_their_counters_alone() -> None:
    said = told(site("pw2-21.44").silenced(Endpoint.METERS_SOLAR))

    assert {topic: p for topic, p in said.items() if topic.startswith("solar/")} == {
        "solar/l1_energy": "13847.63",
        "solar/l1_consumed_energy": "2.155",
        "solar/l2_energy": "13847.631",
        "solar/l2_consumed_energy": "2.155",
    }


def test_two_meters_of_a_place_are_one_line() -> None:
    both = (meter("A", Line(None, 5.0, 1.0, 7.0, 8.0)), meter("B", Line(120.0, 2.0, 1.0, 3.0, 4.0)))

    assert line(both, 1) == Line(120.0, 7.0, 2.0, 10.0, 12.0)


def test_a_line_is_unknown_while_one_of_its_meters_is() -> None:
    both = (meter("A", Line(power_w=5.0)), meter("B", Line(imported_wh=7.0)))

    assert line(both, 1) == Line()


def test_a_meter_that_is_not_on_a_line_takes_nothing_from_it() -> None:
    both = (meter("A", Line(power_w=5.0)), meter("B", Line(), Line(power_w=3.0)))

    assert [line(both, number).power_w for number in (1, 2, 3)] == [5.0, 3.0, None]


def test_a_line_is_unknown_while_a_listed_meter_has_never_told_anything() -> None:
    """What the others count is not the whole; the voltage is the same for all."""
    both = (meter("A", Line(120.0, 5.0, 1.0, 7.0, 8.0)), LineMeter("B"))

    assert line(both, 1) == Line(voltage_v=120.0)


BOTH = (
    meter("A", Line(120.0, 5.0, 1.0, 7.0, 8.0)),
    meter("B", Line(121.0, 2.0, 1.0, 3.0, 4.0)),
)
OF_A = meter("A", Line(120.0, 6.0, 1.0, 9.0, 9.0))


@pytest.mark.parametrize("kind", [MetersSite, MetersSolar])
@pytest.mark.parametrize("later", [(OF_A,), (OF_A, LineMeter("B")), (LineMeter("B"), OF_A)])
def test_a_meter_that_tells_nothing_any_more_keeps_its_counters(
    kind: type[MetersSite] | type[MetersSolar], later: tuple[LineMeter, ...]
) -> None:
    """Without it the line would seem to fall from 10 to 9 Wh, and to leap when it is back."""
    part = kind(later).after(kind(BOTH))
    again = kind(later).after(part)

    for one in (part, again):
        assert line(one.meters, 1) == Line(120.0, None, None, 12.0, 13.0)


def test_a_meter_that_is_heard_again_counts_on() -> None:
    without = MetersSite((OF_A,)).after(MetersSite(BOTH))

    back = MetersSite(BOTH).after(without)

    assert back == MetersSite(BOTH)


@pytest.mark.parametrize("none", [None, ()])
def test_a_place_that_names_no_meter_for_a_while_keeps_its_counters(
    none: tuple[LineMeter, ...] | None,
) -> None:
    part = MetersSite(none).after(MetersSite(BOTH))

    assert line(part.meters, 1) == Line(imported_wh=10.0, exported_wh=12.0)


def test_a_meter_that_another_stands_for_is_gone() -> None:
    """A meter that was exchanged, or only got another name, is not counted beside the new one."""
    part = MetersSite((OF_A, meter("C", Line(imported_wh=1.0)))).after(MetersSite(BOTH))

    assert [one.serial_number for one in part.meters or ()] == ["A", "C"]


def test_a_meter_that_has_told_nothing_yet_is_no_new_one_when_it_does() -> None:
    before = MetersSite((OF_A, LineMeter("B")))

    part = MetersSite(BOTH[1:]).after(before)

    assert line(part.meters, 1).imported_wh == 12.0


def test_what_a_place_counts_says_nothing_of_another() -> None:
    assert MetersSolar(()).after(MetersSite(BOTH)) == MetersSolar(())


@pytest.mark.parametrize(
    ("devices", "number", "voltage"),
    [
        (PLUS.devices, 1, 121.0),
        (PLUS.devices, 2, 121.5),
        (PLUS.devices, 3, None),
        (board(ISLAND_VL1N_Main=0.0), 1, 0.0),
        (board(METER_X_VL1N=120.83), 1, 120.83),
        (board("TEMSA", METER_Z_VL2N=121.0), 2, 121.0),
        (board("TEMSA", METER_Z_VL2G=121.0), 2, 121.0),
        (board("PVAC", METER_X_VL1N=121.0), 1, None),
        ((), 1, None),
    ],
)
def test_the_line_voltage_is_that_of_the_board(
    devices: tuple[Device, ...], number: int, voltage: float | None
) -> None:
    assert line_voltage_v(devices, None, number) == voltage


def test_without_vitals_the_line_voltage_is_that_of_the_meter() -> None:
    assert [line_voltage_v((), street(122.5, 0.2, None), n) for n in (1, 2, 3)] == [
        122.5,
        None,
        None,
    ]


def test_a_meter_asked_long_ago_does_not_contradict_the_board() -> None:
    """The board sees the grid go at once; the meter's answer may be minutes old."""
    dark = board(ISLAND_VL1N_Main=0.0, ISLAND_VL2N_Main=0.0)

    assert [line_voltage_v(dark, street(122.5, 124.2), n) for n in (1, 2)] == [0.0, None]


def volts(devices: tuple[Device, ...], *lines: Line) -> list[float | None]:
    meters = (meter("A", *lines),) if lines else None
    return [line_voltage_v(devices, meters, number) for number in (1, 2, 3)]


MAINS_DARK = {f"ISLAND_VL{number}N_Main": 0.0 for number in (1, 2, 3)}
AT_HOME = {"ISLAND_VL1N_Load": 121.0, "ISLAND_VL2N_Load": 121.5, "ISLAND_VL3N_Load": 0.0}
COUNTED = Line(0.0, imported_wh=7.0)


def test_in_an_outage_every_line_that_lives_at_home_has_no_volts_on_the_street() -> None:
    assert volts(synchroniser(MAINS_DARK | AT_HOME)) == [0.0, 0.0, None]


def test_where_all_is_dark_every_line_that_a_meter_counts_has_no_volts() -> None:
    assert volts(synchroniser(MAINS_DARK), COUNTED, COUNTED) == [0.0, 0.0, None]
    assert volts((), COUNTED, COUNTED, Line(0.2)) == [0.0, 0.0, None]


def test_no_volts_beside_a_living_line_are_a_line_that_is_not_there() -> None:
    """A second transformer may sit on the only line there is."""
    alive = MAINS_DARK | {"ISLAND_VL1N_Main": 230.0}

    assert volts(synchroniser(alive), COUNTED, COUNTED) == [230.0, None, None]
    assert volts((), Line(230.0), COUNTED) == [230.0, None, None]


def test_the_line_voltage_goes_to_the_meter_while_vitals_are_silent() -> None:
    quiet = site("pw2-21.44").silenced(Endpoint.VITALS)

    assert told(quiet)["grid/l2_voltage"] == "124.2"


def judged(counts: Iterable[tuple[float, float]]) -> tuple[list[float | None], int]:
    """Return what is published of (seconds, Wh) that a line counts, and how often it was reset."""
    guard = Guard()
    shown: list[float | None] = []
    for at_s, counted_wh in counts:
        part = MetersSite((meter("A", Line(exported_wh=counted_wh)),))
        items = [
            m for m in measure(GROUPS, Snapshot(meters_site=part)) if "l1_export" in m.path[-1]
        ]
        (item,) = guard.judge(items, Moment(at_s, START + timedelta(seconds=at_s)))
        shown.append(item.value if isinstance(item.value, float) else None)
    return shown, len(guard.doubts.take_resets())


def test_a_line_may_tell_after_hours_what_it_has_counted() -> None:
    """Five kilowatts for six hours come at once, while the counter was asked every 5 minutes."""
    standing = [(300.0 * n, 1e6) for n in range(73)]

    shown, resets = judged([*standing, (73 * 300.0, 1.03e6)])

    assert (shown[-1], resets) == (1.03e6, 0)


def test_a_line_may_do_so_soon_after_the_start() -> None:
    assert judged([(0.0, 1e6), (300.0, 1.03e6)]) == ([1e6, 1.03e6], 0)


def test_a_line_that_has_just_moved_may_not_leap() -> None:
    moving = [(0.0, 1e6), (300.0, 1.001e6), (600.0, 1.5e6)]

    assert judged(moving)[0] == [1e6, 1.001e6, 1.001e6]


def test_no_line_tells_more_than_a_day_holds() -> None:
    standing = [(n * HOUR_S, 1e6) for n in range(24 * 60)]

    shown, _ = judged([*standing, (24 * 60 * HOUR_S, 1e9)])

    assert shown[-1] == 1e6
