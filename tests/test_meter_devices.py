"""Meters found without vitals, and what the list and the readings add to those of vitals."""

from dataclasses import replace

import pytest
from sites import AT, SITES, site

from bridge.census import GONE_S, Census
from bridge.devices import Channel, MeterDevice, meter_devices
from bridge.model import Snapshot
from bridge.parts import (
    CtReading,
    Device,
    Endpoint,
    Line,
    LineMeter,
    ListedCts,
    ListedMeter,
    MeterList,
    MeterReading,
    MeterReadings,
    Vitals,
)
from bridge.readings import GROUPS, measure, spoken
from bridge.topics import encode, has_topic

NEURIO = "TG122180000T7U"
FIRST = (True, False, False, False)
RGM = ListedCts("solarRGM", FIRST, FIRST, 2.0)


def listed(**members: object) -> MeterList:
    wireless = ListedMeter("TG1", type="neurio_tcp", cts=(RGM,))
    return MeterList((replace(wireless, **members),))  # type: ignore[arg-type]  # by name


def read(serial: str = "TG1", error: str | None = None, **cts: CtReading) -> MeterReadings:
    found = {int(number.removeprefix("ct")): reading for number, reading in cts.items()}
    return MeterReadings({serial: MeterReading(error, cts=found)})


def heard(serial: str, *, heard: bool | None = True) -> tuple[Device, ...]:
    return (Device(f"NEURIO--{serial}", "NEURIO", serial_number=serial, heard=heard),)


def values(snapshot: Snapshot, key: str) -> dict[str, str]:
    """Return topic below the meter's -> payload, of what has a value."""
    return {
        "/".join(item.path[2:]): encode(item.value, item.reading.quantity)
        for item in measure(GROUPS, snapshot)
        if item.path[:2] == ("meter_device", key) and item.value is not None and has_topic(item)
    }


@pytest.mark.parametrize("name", [name for name in SITES if name != "pw2-1.15"])
def test_a_meter_has_the_same_key_without_vitals(name: str) -> None:
    full = site(name)

    assert meter_devices((), full.meter_list, full.meter_readings).keys() <= (
        meter_devices(full.devices).keys()
    )


def test_without_vitals_a_wireless_meter_tells_what_it_reads() -> None:
    bare = replace(site("pwplus-23.36"), vitals=None)

    assert values(bare, NEURIO) == {
        "availability": "online",
        "type": "neurio",
        "location": "solar_rgm",
        "connected": "true",
        "firmware": "1.7.2-Tesla",
        "frequency": "60.02",
        "ct/1/power": "3002",
        "ct/1/reactive_power": "20",
        "ct/1/voltage": "120.8",
        "ct/1/current": "12.43",
        "ct/1/location": "solar_rgm",
        "ct/1/import_energy": "7165.106",
        "ct/1/export_energy": "0.002",
        "ct/1/valid": "true",
        "ct/1/inverted": "false",
        "ct/1/scale_factor": "2",
        "ct/2/valid": "false",
        "ct/3/valid": "false",
        "ct/4/valid": "false",
    }


def test_without_vitals_a_meter_of_the_board_is_there() -> None:
    bare = replace(site("pw2-21.44"), vitals=None)

    assert values(bare, "TG120350000S4Y_y") == {
        "availability": "online",
        "type": "synchrometer_y",
        "location": "solar",
        "firmware": "7c5ef2b0a41c9d",
        "read_remark": "run sitemanager flag enabled, sitemanager process is running",
        "ct/1/power": "1716",
        "ct/1/reactive_power": "-31",
        "ct/1/location": "solar",
        "ct/1/valid": "true",
        "ct/1/inverted": "false",
        "ct/2/power": "1736",
        "ct/2/reactive_power": "-30",
        "ct/2/location": "solar",
        "ct/2/valid": "true",
        "ct/2/inverted": "false",
        "ct/3/valid": "false",
        "ct/4/valid": "false",
    }


def test_the_oldest_firmware_tells_no_type_but_all_else() -> None:
    said = values(site("pw2-1.15"), "TG118030000H9J")

    assert [said.get(key) for key in ("type", "location", "ct/1/inverted", "ct/3/location")] == [
        None,
        "site_and_solar",
        "true",
        "solar",
    ]


def test_vitals_come_first_and_readings_add_to_them() -> None:
    channels = site("pwplus-23.36").meter_devices[NEURIO].channels

    assert channels
    assert channels[1] == Channel(
        power_w=3001.9656982421875,
        reactive_power_var=20.5,
        voltage_v=120.8,
        current_a=12.43,
        location="solarRGM",
        imported_wh=25794381150 / 3600,
        exported_wh=2.25,
        valid=True,
        inverted=False,
        scale_factor=2.0,
    )


def test_power_is_that_of_both_legs_and_energy_as_the_meter_counts() -> None:
    meters = meter_devices((), listed(), read(ct1=CtReading(power_w=5.0, imported_wh=7.0)))

    channel = (meters["TG1"].channels or {})[1]
    assert (channel.power_w, channel.imported_wh, channel.scale_factor) == (10.0, 7.0, 2.0)


def test_what_a_transformer_reads_itself_comes_before_the_power_of_its_phase() -> None:
    phases = (LineMeter("TG1", lines=(Line(power_w=9.0, reactive_power_var=1.0),)),)

    meters = meter_devices((), listed(), read(ct1=CtReading(power_w=4.0)), phases)

    channel = (meters["TG1"].channels or {})[1]
    assert (channel.power_w, channel.reactive_power_var) == (8.0, 1.0)


def test_the_power_of_a_phase_counts_both_legs_already() -> None:
    phases = (LineMeter("TG1", lines=(Line(power_w=9.0),)),)

    assert (meter_devices((), listed(), None, phases)["TG1"].channels or {})[1].power_w == 9.0


def test_a_transformer_that_is_not_in_use_floats_and_says_nothing() -> None:
    meters = meter_devices((), listed(), read(ct2=CtReading(power_w=-0.2, imported_wh=9.0)))

    assert (meters["TG1"].channels or {})[2] == Channel(valid=False)


def test_a_transformer_that_nothing_lists_may_float_and_says_nothing() -> None:
    meters = meter_devices((), None, read(ct2=CtReading(power_w=5.0)))

    assert meters == {"TG1": MeterDevice(channels={}, present=True)}


def test_a_transformer_has_the_settings_of_the_place_it_measures() -> None:
    sun = ListedCts("solar", (False, False, True, True), (False, False, True, False), 2.0)
    grid = ListedCts("site", (True, True, False, False), (True, False, False, False))

    channels = meter_devices((), listed(cts=(sun, grid)))["TG1"].channels or {}

    assert [(c.location, c.inverted, c.scale_factor) for c in channels.values()] == [
        ("site", True, None),
        ("site", False, None),
        ("solar", True, 2.0),
        ("solar", False, 2.0),
    ]


def test_a_place_without_a_transformer_is_not_measured() -> None:
    unused = ListedCts("site", (False, False, False, False))

    assert meter_devices((), listed(cts=(unused, RGM)))["TG1"].location == "solar_rgm"


@pytest.mark.parametrize(
    ("devices", "connected", "error", "present"),
    [
        ((), True, None, True),
        ((), None, None, True),
        ((), False, None, False),
        ((), None, "dial tcp: i/o timeout", False),
        (heard("TG1"), False, "dial tcp: i/o timeout", True),
        (heard("TG1", heard=False), True, None, False),
        (heard("TG1", heard=None), False, None, False),
        (heard("TG1", heard=None), True, None, True),
    ],
)
def test_a_wireless_meter_is_there_as_vitals_say_else_as_the_list_says(
    devices: tuple[Device, ...],
    connected: bool | None,  # noqa: FBT001  # a row of the table
    error: str | None,
    present: bool,  # noqa: FBT001  # a row of the table
) -> None:
    meters = meter_devices(devices, listed(connected=connected), read(error=error))

    assert meters["TG1"].present is present


def test_a_meter_of_the_board_is_there_though_the_site_master_keeps_it_busy() -> None:
    busy = read("TG3synchrometerX", "run sitemanager flag enabled")

    assert meter_devices((), None, busy)["TG3_x"].present


@pytest.mark.parametrize(
    ("serial", "key"),
    [("TG3synchrometerY", "TG3_y"), ("a/b#synchrometerX", "a_b__x"), ("synchrometerX",) * 2],
)
def test_a_key_is_one_topic_level(serial: str, key: str) -> None:
    assert list(meter_devices((), listed(serial_number=serial))) == [key]


def test_a_meter_without_a_serial_number_is_none() -> None:
    assert meter_devices((), listed(serial_number=None)) == {}


def test_a_meter_that_is_listed_no_more_is_known_and_offline() -> None:
    gone = Snapshot().with_part(listed(), AT).with_part(MeterList(()), AT)

    assert gone.meter_devices == {"TG1": MeterDevice()}


def test_a_meter_that_the_list_knows_is_not_gone_for_good() -> None:
    house = site("pwplus-23.36")
    census = Census()

    gone = [
        key
        for step in range(int(GONE_S / 600) + 2)
        for endpoint in (Endpoint.POWERWALLS, Endpoint.VITALS, Endpoint.SYSTEM_STATUS)
        for _, key in census.note(endpoint, house.placed(Vitals(())), step * 600.0)
    ]

    assert NEURIO not in gone
    assert "TG122300000R5S_y" in gone


def test_a_counter_is_said_by_the_readings_alone() -> None:
    """Vitals that speak beside it do not make an old counter new."""
    house = site("pwplus-23.36")
    path = ("meter_device", NEURIO, "ct", "1", "import_energy")
    (item,) = [m for m in measure(GROUPS, house) if m.path == path]

    said = {
        endpoint: spoken(GROUPS, house, frozenset({endpoint}))(item)
        for endpoint in (Endpoint.METER_READINGS, Endpoint.METER_LIST, Endpoint.VITALS)
    }

    assert said == {
        Endpoint.METER_READINGS: True,
        Endpoint.METER_LIST: False,
        Endpoint.VITALS: False,
    }


def test_the_inventory_is_one_json() -> None:
    said = {"/".join(m.path): m for m in measure(GROUPS, site("pwplus-23.36"))}

    def payload(topic: str) -> str:
        return encode(said[topic].value, said[topic].reading.quantity)

    assert payload("gateway/meters").startswith(
        '[{"serial":"TG122180000T7U","short_id":"54321","type":"neurio_w2_tcp",'
        '"cts":[{"type":"solarRGM","valid":[true,false,false,false],'
        '"inverted":[false,false,false,false],"real_power_scale_factor":2.0}],'
        '"ip_address":"PWRview-54321","mac":"02-00-00-00-00-36"},'
    )
    assert payload("gateway/meter_status") == '{"status":null,"errors":[]}'
    assert payload("gateway/ct_voltage_references") == (
        '{"ct1":"Phase1","ct2":"Phase2","ct3":"Phase1"}'
    )
