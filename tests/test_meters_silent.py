"""Meters of a board whose vitals fell silent: those that were in use are known, and no other."""

from collections.abc import Mapping
from dataclasses import replace

from fakes import OWN, Bench
from sites import AT, site

from bridge.errors import Missing
from bridge.model import Snapshot
from bridge.parts import Device, Endpoint, Scalar, Vitals


def told(bench: Bench) -> dict[str, list[str]]:
    """Return all that was said of the presence of each meter."""
    said: dict[str, list[str]] = {}
    for message in bench.published:
        levels = message.topic.removeprefix(OWN).split("/")
        if levels[0] == "meter_device" and levels[2:] == ["availability"]:
            said.setdefault(levels[1], []).append(message.payload)
    return said


def test_a_meter_that_never_counted_does_not_appear_when_its_board_falls_silent() -> None:
    def unused(device: Device) -> Device:
        vitals: Mapping[str, Scalar] = {
            name: 0.0 if name.startswith("METER_Y_") else value
            for name, value in (device.vitals or {}).items()
        }
        return replace(device, vitals=vitals)

    full = site("pwplus-23.36")
    bench = Bench(house=replace(full, meter_list=None, meter_readings=None, known_meters=()))
    bench.gateway.answers[Endpoint.VITALS] = Vitals(tuple(map(unused, full.devices)))
    bench.live(40)
    before = told(bench)
    bench.gateway.answers[Endpoint.VITALS] = Missing("404", 404)
    bench.live(700)

    assert bench.last("device/TESYNC--1493315-01-F--TG122300000R5S") is not None
    assert before == {"TG122300000R5S_x": ["online"], "TG122180000T7U": ["online"]}
    assert told(bench) == {key: ["online", "offline"] for key in before}


def test_a_silent_board_is_not_said_to_be_absent() -> None:
    """Vitals that were lost just now say nothing of a meter, even of one that has not counted yet.

    Of its meters only one was ever in use: the other does not appear when nothing is heard.
    """
    board = Device(
        "TESYNC--1--TG1",
        "TESYNC",
        serial_number="TG1",
        vitals={
            "METER_X_VL1N": 120.0,
            "METER_X_LifetimeEnergyImport": 0.0,
            "METER_Y_VL1N": 0.0,
            "METER_Y_LifetimeEnergyImport": 0.0,
        },
        heard=True,
    )

    quiet = Snapshot().with_part(Vitals((board,)), AT).silenced(Endpoint.VITALS)

    assert {key: meter.present for key, meter in quiet.meter_devices.items()} == {"TG1_x": True}
