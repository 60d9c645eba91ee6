"""The protobuf answer of `devices/vitals`."""

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from sites import answer, site

from bridge.gateway import tesla_pb2
from bridge.gateway.vitals import decode_vitals
from bridge.parts import Device, Endpoint, Scalar, Vitals

BODY = answer("pwplus-23.36", Endpoint.VITALS)
ECU = "tesla_energy_ecu_attributes"


def encoded(text: str) -> bytes:
    return text_format.Parse(text, tesla_pb2.DevicesWithVitals()).SerializeToString()


def entry(identity: str = "", rest: str = "", din: str = "TEPOD--1081100-13-U--TG1") -> str:
    return f'devices {{ device {{ device {{ din {{ value: "{din}" }} {identity} }} }} {rest} }}'


def device(identity: str = "", rest: str = "") -> Device:
    return decode_vitals(encoded(entry(identity, rest)))[0].devices[0]


def vital(value: str, name: str = "POD_state") -> object:
    vitals = device(rest=f'vitals {{ name: "{name}" {value} }}').vitals or {}
    return vitals.get(name)


def test_the_gateway_comes_first_and_has_one_vital() -> None:
    vitals = site("pwplus-23.36").vitals

    assert vitals
    assert vitals.devices[0] == Device(
        din="STSTSM--1232100-00-J--TG122220000C3D",
        type="STSTSM",
        part_number="1232100-00-J",
        serial_number="TG122220000C3D",
        manufacturer="TESLA",
        firmware="2023-11-30-g6e07d12eea",
        last_communication_time="2026-01-01T15:04:04Z",
        attributes={"ecu_type": 207},
        vitals={"STSTSM-Location": "Gateway"},
        alerts=("SystemConnectedToGrid", "GridCodesWrite", "SelfConsumptionReservedLimit"),
        heard=True,
    )


def test_devices_keep_the_gateways_order() -> None:
    vitals = site("pwplus-23.36").vitals

    assert vitals
    assert [device.type for device in vitals.devices] == [
        "STSTSM",
        *["TETHC", "TEPOD", "TEPINV"] * 2,
        *["PVAC", "PVS", "TESYNC", "TESLA", "NEURIO", "TESLA"],
    ]


def test_a_wireless_meter_has_neither_part_nor_address() -> None:
    vitals = site("pwplus-23.36").vitals

    assert vitals
    assert vitals.devices[-2] == Device(
        din="NEURIO--TG122180000T7U",
        type="NEURIO",
        serial_number="TG122180000T7U",
        manufacturer="NEURIO",
        parent_din="STSTSM--1232100-00-J--TG122220000C3D",
        firmware="1.7.2-Tesla",
        last_communication_time="2026-01-01T15:04:04Z",
        attributes={"meter_location": (5,)},
        vitals={
            "NEURIO_CT0_Location": "solarRGM",
            "NEURIO_CT0_InstRealPower": 3001.9656982421875,
        },
        alerts=(),
        heard=True,
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("int_value: -7", -7),
        ("float_value: 59.997999999999998", 59.997999999999998),
        ('string_value: "POD_ACTIVE"', "POD_ACTIVE"),
        ("bool_value: false", False),
        ("float_value: 0", 0.0),
    ],
)
def test_any_name_may_have_any_kind_of_value(value: str, expected: Scalar) -> None:
    assert vital(value) == expected


@pytest.mark.parametrize("value", ["", "float_value: nan", "float_value: inf"])
def test_a_vital_that_says_nothing_is_left_out(value: str) -> None:
    assert vital(value) is None


@pytest.mark.parametrize("marker", ["-256.0", "-180.5"])
@pytest.mark.parametrize(
    "name", ["ISLAND_PhaseL3_Main_Load", "ISLAND_L1L2PhaseDelta", "ISLAND_L2L3PhaseDelta"]
)
def test_an_angle_that_cannot_be_measured_is_left_out(name: str, marker: str) -> None:
    assert vital(f"float_value: {marker}", name) is None


def test_a_measured_angle_is_kept() -> None:
    assert vital("float_value: -120.5", "ISLAND_L1L3PhaseDelta") == -120.5


def test_the_same_number_elsewhere_is_kept() -> None:
    assert vital("float_value: -256", "PVAC_VHvMinusChassisDC") == -256


def test_a_vital_without_a_name_is_left_out() -> None:
    assert device(rest="vitals { float_value: 5 }").vitals == {}


def test_a_device_missing_in_action_keeps_its_alerts() -> None:
    lost = device(rest='alerts: "PINV_a039_can_thcMIA"')

    assert (lost.heard, lost.vitals, lost.alerts) == (False, {}, ("PINV_a039_can_thcMIA",))


def test_a_device_whose_vitals_say_nothing_was_heard() -> None:
    assert device(rest='vitals { name: "POD_state" }').heard is True


def test_an_alert_is_listed_once() -> None:
    assert device(rest='alerts: "b" alerts: "a" alerts: "b"').alerts == ("b", "a")


def test_entries_of_one_device_are_merged() -> None:
    first = entry(
        'part_number { value: "P" } last_communication_time { seconds: 1000000000 }',
        'vitals { name: "x" int_value: 1 } vitals { name: "y" int_value: 1 } alerts: "a"',
    )
    second = entry(
        'manufacturer { value: "M" } last_communication_time { seconds: 1000000060 }',
        'vitals { name: "x" int_value: 2 } alerts: "a" alerts: "b"',
    )

    vitals, _ = decode_vitals(encoded(first + second))

    assert vitals == Vitals(
        (
            Device(
                din="TEPOD--1081100-13-U--TG1",
                type="TEPOD",
                part_number="P",
                manufacturer="M",
                last_communication_time="2001-09-09T01:47:40Z",
                vitals={"x": 2, "y": 1},
                alerts=("a", "b"),
                heard=True,
            ),
        )
    )


def test_a_device_without_a_din_is_left_out_and_odd() -> None:
    body = encoded(entry() + entry(din=" ") + "devices { }")

    vitals, odd = decode_vitals(body)

    assert (len(vitals.devices), odd) == (1, ("devices/vitals: 2 without a DIN left out",))


def test_text_may_hold_any_character() -> None:
    assert device('firmware_version { value: "\\303\\244\\n\\000" }').firmware == "ä\n\0"


@pytest.mark.parametrize(
    ("given", "text"),
    [(" 1.7.2\\n", "1.7.2"), (" ", None), ("x" * 255, "x" * 255), ("x" * 256, None)],
)
def test_text_is_trimmed_and_left_out_when_it_is_too_long(given: str, text: str | None) -> None:
    """A state of Home Assistant has 255 characters at most, and a payload no end of line."""
    assert device(f'firmware_version {{ value: "{given}" }}').firmware == text


@pytest.mark.parametrize("seconds", [0, -62135596800])
def test_a_device_that_never_communicated_has_no_time(seconds: int) -> None:
    stamp = f"last_communication_time {{ seconds: {seconds} }}"

    vitals, odd = decode_vitals(encoded(entry(stamp)))

    assert (vitals.devices[0].last_communication_time, odd) == (None, ())


def test_a_time_beyond_the_calendar_is_odd() -> None:
    stamp = "last_communication_time { seconds: 9223372036854775807 }"

    vitals, odd = decode_vitals(encoded(entry(stamp)))

    assert (vitals.devices[0].last_communication_time, odd) == (
        None,
        ("last_communication_time of TEPOD--1081100-13-U--TG1 is beyond any calendar",),
    )


@pytest.mark.parametrize(
    ("given", "attributes"),
    [
        ("", None),
        (f"{ECU} {{ ecu_type: 226 }}", {"ecu_type": 226}),
        ("meter_attributes { meter_location: [1, 4, 1] }", {"meter_location": (1, 4)}),
        (
            "pv_inverter_attributes { nameplate_real_power_w: 7680 }",
            {"nameplate_real_power_w": 7680},
        ),
        (
            "generator_attributes { nameplate_real_power_w: 5000 }",
            {"nameplate_real_power_w": 5000},
        ),
        (
            f"{ECU} {{ ecu_type: 296 pv_inverter_attributes {{ nameplate_real_power_w: 3800 }} "
            "meter_attributes { meter_location: 4 } }",
            {"ecu_type": 296, "meter_location": (4,), "nameplate_real_power_w": 3800},
        ),
    ],
)
def test_attributes_are_flat(given: str, attributes: object) -> None:
    assert device(f"device_attributes {{ {given} }}").attributes == attributes


@pytest.mark.parametrize("extra", [b"\x98\x06\x01", b"\x08\x01", b"\x12\x02ab"])
def test_unknown_fields_are_skipped(extra: bytes) -> None:
    assert decode_vitals(BODY + extra) == decode_vitals(BODY)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "names no device"),
        (encoded("devices { }"), "names no device"),
        (b"<html>", "no readable protobuf"),
        (b'{"code":404}', "no readable protobuf"),
        (BODY[:-1], "no readable protobuf"),
        (b"\x0a\xff\xff\xff\xff\x07", "no readable protobuf"),
    ],
)
def test_an_unusable_body_is_said_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decode_vitals(body)


def usable(body: bytes) -> bool:
    """Return whether there are devices in it; raises what decode_vitals should not."""
    try:
        vitals, _ = decode_vitals(body)
    except ValueError:
        return False
    return bool(vitals.devices)


@given(st.integers(0, len(BODY)))
def test_a_body_cut_anywhere_ends_in_devices_or_words(length: int) -> None:
    assert usable(BODY[:length]) in {True, False}


@given(st.lists(st.tuples(st.integers(0, len(BODY) - 1), st.integers(0, 255)), min_size=1))
def test_a_body_with_broken_bytes_ends_in_devices_or_words(broken: list[tuple[int, int]]) -> None:
    body = bytearray(BODY)
    for place, byte in broken:
        body[place] = byte

    assert usable(bytes(body)) in {True, False}


@given(st.binary())
def test_any_bytes_end_in_devices_or_words(body: bytes) -> None:
    assert usable(body) in {True, False}
