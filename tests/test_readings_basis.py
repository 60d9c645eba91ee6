"""What is derived is judged by what is believed of what it is made from."""

from dataclasses import replace

from fakes import HOUSE, Bench

from bridge.parts import Endpoint, Meters, Operation, SystemStatus
from bridge.readings import GROUPS

SYSTEM, OPERATION = Endpoint.SYSTEM_STATUS, Endpoint.OPERATION


def test_what_is_derived_stands_after_what_it_is_made_from() -> None:
    earlier: set[tuple[str, ...]] = set()
    for group in GROUPS:
        topics = (
            ("grid", "home", "battery", "solar") if group.topic == "<meter>" else (group.topic,)
        )
        for reading in group.readings:
            assert earlier.issuperset(reading.basis), (group.topic, reading.key)
            earlier |= {(topic, reading.key) for topic in topics}


def charging() -> Bench:
    """Return a house whose battery is charged."""
    assert HOUSE.meters
    meters = dict(HOUSE.meters.meters)
    meters["battery"] = replace(meters["battery"], power_w=-2000.0)
    bench = Bench(house=HOUSE.placed(Meters(meters)))
    bench.live(2)
    return bench


def test_nothing_is_derived_from_a_charge_that_cannot_be() -> None:
    bench = charging()
    assert bench.last("battery/time_to_full") not in (None, "None")
    assert isinstance(HOUSE.system_status, SystemStatus)

    bench.gateway.answers[SYSTEM] = replace(HOUSE.system_status, energy_remaining_wh=5e13)
    bench.live(31)

    assert bench.last("battery/energy_remaining") == "None"
    assert bench.last("battery/time_to_full") == "None"


def test_no_reserve_is_told_from_a_raw_one_that_cannot_be() -> None:
    bench = charging()
    bench.gateway.answers[OPERATION] = Operation("self_consumption", 300.0)

    bench.live(31)

    for key in ("backup_reserve", "backup_reserve_raw", "effective_backup_reserve"):
        assert bench.last(f"operation/{key}") == "None", key
