"""What holds for every body of `devices/vitals`: it becomes values, or is refused in words.

10,000 messages of the schema, each as it is, cut somewhere and with broken bytes: about 25 s of
computing.
"""

import json
import math

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sites import AT, site

from bridge.gateway import tesla_pb2 as pb
from bridge.gateway.vitals import decode_vitals
from bridge.model import Snapshot
from bridge.parts import Endpoint, Vitals
from bridge.quantities import Form
from bridge.readings import fed_by, measure
from bridge.topics import encode

GROUPS = fed_by(frozenset({Endpoint.VITALS}))
KINDS = ["STSTSM", "TETHC", "TEPOD", "TEPINV", "TESYNC", "TEMSA", "PVAC", "PVS", "NEURIO", "TESLA"]
DINS = [f"{kind}--P--{serial}" for kind in KINDS for serial in ("TG1", "TG2")]
NAMES = sorted(
    {name for device in site("pwplus-23.36").devices for name in device.vitals or {}}
    | {f"ISLAND_{name}" for name in ("PhaseL1_Main_Load", "L1L2PhaseDelta", "FreqL3_Load")}
    | {f"SYNC-Phase{phase}Usage" for phase in (1, 2, 3)}
)

TEXT = st.text(max_size=6)
INT64 = st.integers(-(2**63), 2**63 - 1)
UINT64 = st.integers(0, 2**64 - 1)
VALUES: st.SearchStrategy[tuple[str, object]] = st.one_of(
    st.tuples(st.just("float_value"), st.floats()),
    st.tuples(st.just("float_value"), st.sampled_from([-256.0, -180.5, 0.0, 121.5, 59.998])),
    st.tuples(st.just("int_value"), INT64),
    st.tuples(st.just("string_value"), TEXT),
    st.tuples(st.just("bool_value"), st.booleans()),
)


def vital(name: str, value: tuple[str, object] | None) -> pb.DeviceVital:
    found = pb.DeviceVital(name=name)
    if value:
        setattr(found, *value)
    return found


def attributes(kind: int, number: int) -> pb.DeviceAttributes:
    """Return attributes of any kind that the schema has."""
    watts = pb.PVInverterAttributes(nameplate_real_power_w=number)
    places = pb.MeterAttributes(meter_location=[number % 2**32, kind])
    nested = pb.EcuAttributes(ecu_type=kind, pv_inverter_attributes=watts, meter_attributes=places)
    return (
        pb.DeviceAttributes(tesla_energy_ecu_attributes=nested),
        pb.DeviceAttributes(pv_inverter_attributes=watts),
        pb.DeviceAttributes(meter_attributes=places),
        pb.DeviceAttributes(
            generator_attributes=pb.GeneratorAttributes(nameplate_real_power_w=number)
        ),
    )[kind]


def device(
    identity: tuple[str, str, str],
    seconds: int | None,
    given: tuple[int, int] | None,
    vitals: list[pb.DeviceVital],
    alerts: list[str],
) -> pb.ConnectedDeviceWithVitals:
    din, serial, parent = identity
    told = pb.Device(
        din=pb.StringValue(value=din),
        serial_number=pb.StringValue(value=serial) if serial else None,
        component_parent_din=pb.StringValue(value=parent),
        last_communication_time=None if seconds is None else Timestamp(seconds=seconds),
        device_attributes=attributes(*given) if given else None,
    )
    connected = pb.ConnectedDevice(device=told)
    return pb.ConnectedDeviceWithVitals(device=connected, vitals=vitals, alerts=alerts)


ANY_DIN = st.sampled_from(DINS) | TEXT
DEVICES = st.builds(
    device,
    st.tuples(ANY_DIN, st.sampled_from(["", "TG1", "TG2"]) | TEXT, ANY_DIN),
    st.none() | INT64,
    st.none() | st.tuples(st.integers(0, 3), UINT64),
    st.lists(st.builds(vital, st.sampled_from(NAMES) | TEXT, st.none() | VALUES), max_size=2),
    st.lists(TEXT, max_size=1),
)
MESSAGES = st.lists(DEVICES, max_size=2).map(lambda found: pb.DevicesWithVitals(devices=found))
DAMAGE = st.lists(st.tuples(st.integers(0, 999), st.integers(1, 255)), min_size=1, max_size=2)


def decoded(body: bytes) -> Vitals | None:
    """Return what a body says, None where it is refused in words."""
    try:
        return decode_vitals(body)[0]
    except ValueError as refusal:
        if not str(refusal).startswith("devices/vitals "):
            raise
        return None


def broken(body: bytes, damage: list[tuple[int, int]]) -> bytes:
    """Return the body with some of its bytes changed; places are in thousandths."""
    changed = bytearray(body)
    for place, bits in damage:
        changed[len(body) * place // 1000] ^= bits
    return bytes(changed)


def check(vitals: Vitals | None) -> None:
    """Assert that what was read can be measured and published."""
    if vitals is None:
        return
    assert all(device.din == device.din.strip() != "" for device in vitals.devices)
    for item in measure(GROUPS, Snapshot().with_part(vitals, AT)):
        payload = encode(item.value, item.reading.quantity)
        assert payload.encode()
        if isinstance(item.value, float):
            assert math.isfinite(item.value)
        if item.reading.quantity.form is Form.DATA and item.value is not None:
            json.loads(payload, parse_constant=refused)


def refused(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.timeout(300)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(MESSAGES, st.integers(0, 999), DAMAGE)
def test_a_message_of_the_schema_whole_cut_or_broken_is_values_or_words(
    message: pb.DevicesWithVitals, cut: int, damage: list[tuple[int, int]]
) -> None:
    body = message.SerializeToString()
    named = {entry.device.device.din.value.strip() for entry in message.devices} - {""}

    whole = decoded(body)
    assert {device.din for device in (whole.devices if whole else ())} == named
    check(whole)
    decoded(body[: len(body) * cut // 1000])
    if body:
        check(decoded(broken(body, damage)))
