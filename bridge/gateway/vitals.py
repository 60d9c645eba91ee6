"""The protobuf answer of `devices/vitals` as a part."""

from collections.abc import Iterable
from datetime import UTC, datetime

from google.protobuf.message import DecodeError

from bridge.gateway import tesla_pb2
from bridge.gateway.fields import LONGEST_TEXT
from bridge.parts import Device, Scalar, Vitals
from bridge.quantities import ABSURD
from bridge.words import segment

_NO_ANGLE = frozenset({-256.0, -180.5})  # firmware 21 and 22, firmware 23


def decode_vitals(body: bytes) -> tuple[Vitals, tuple[str, ...]]:
    """Return the devices and what was odd about them, in words.

    Raises ValueError for a body that is no such protobuf or names no device. A body that was cut
    between two devices cannot be told from a whole one.
    """
    found, nameless = _entries(_parse(body))
    if not found:
        raise ValueError("devices/vitals names no device")

    oddities = [f"devices/vitals: {nameless} without a DIN left out"] if nameless else []
    devices = tuple(_device(din, entry, oddities) for din, entry in found.items())
    return Vitals(devices), tuple(oddities)


def vitals_document(body: bytes) -> dict[str, object]:
    """Return all devices by DIN as the pyPowerwall proxy renders them, values unrounded.

    An angle that stands for "no value" is None, and so is a number beyond all measure. Raises
    ValueError like decode_vitals.
    """
    found, _ = _entries(_parse(body))
    return {din: _rendered(entry) for din, entry in found.items()}


def _rendered(entry: tesla_pb2.ConnectedDeviceWithVitals) -> dict[str, object]:
    device = entry.device.device
    told = {
        "partNumber": device.part_number.value,
        "serialNumber": device.serial_number.value,
        "manufacturer": device.manufacturer.value,
        "componentParentDin": device.component_parent_din.value,
        "firmwareVersion": device.firmware_version.value,
        "lastCommunicationTime": device.last_communication_time.seconds,
        **_rendered_attributes(device.device_attributes),
        "alerts": list(entry.alerts),
    }
    vitals = {
        vital.name: None if _says_nothing(vital.name, value) else value
        for vital in entry.vitals
        if vital.name and (member := vital.WhichOneof("value"))
        for value in [getattr(vital, member)]
    }
    return vitals | {key: value for key, value in told.items() if value}


def _rendered_attributes(given: tesla_pb2.DeviceAttributes) -> dict[str, object]:
    watts = "nameplateRealPowerW"
    told = (
        ("teslaEnergyEcuAttributes", "ecuType", given.tesla_energy_ecu_attributes.ecu_type),
        ("meterAttributes", "meterLocation", list(given.meter_attributes.meter_location)),
        ("pvInverterAttributes", watts, given.pv_inverter_attributes.nameplate_real_power_w),
        ("generatorAttributes", watts, given.generator_attributes.nameplate_real_power_w),
    )
    return {group: {key: value} for group, key, value in told if value}


def _parse(body: bytes) -> tesla_pb2.DevicesWithVitals:
    answer = tesla_pb2.DevicesWithVitals()
    try:
        answer.ParseFromString(body)
    except DecodeError as error:
        raise ValueError("devices/vitals is no readable protobuf, or cut short") from error
    return answer


def _entries(
    answer: tesla_pb2.DevicesWithVitals,
) -> tuple[dict[str, tesla_pb2.ConnectedDeviceWithVitals], int]:
    """Return one entry per DIN, repeated ones merged, and how many have no DIN."""
    found: dict[str, tesla_pb2.ConnectedDeviceWithVitals] = {}
    nameless = 0
    for entry in answer.devices:
        if din := entry.device.device.din.value.strip():
            found.setdefault(din, tesla_pb2.ConnectedDeviceWithVitals()).MergeFrom(entry)
        else:
            nameless += 1
    return found, nameless


def _device(din: str, entry: tesla_pb2.ConnectedDeviceWithVitals, oddities: list[str]) -> Device:
    device = entry.device.device
    seconds = device.last_communication_time.seconds
    seen = _time(seconds)
    if seen is None and seconds > 0:
        oddities.append(f"last_communication_time of {segment(din)} is beyond any calendar")
    return Device(
        din=din,
        type=din.partition("--")[0],
        part_number=_text(device.part_number.value),
        serial_number=_text(device.serial_number.value),
        manufacturer=_text(device.manufacturer.value),
        parent_din=_text(device.component_parent_din.value),
        firmware=_text(device.firmware_version.value),
        last_communication_time=seen,
        attributes=_attributes(device.device_attributes),
        vitals=_vitals(entry.vitals),
        alerts=tuple(dict.fromkeys(entry.alerts)),
        heard=bool(entry.vitals),
    )


def _text(given: str) -> str | None:
    """Return the trimmed text, None for a blank one and for one that is too long for anything."""
    text = given.strip()
    return text if 0 < len(text) <= LONGEST_TEXT else None


def _time(seconds: int) -> str | None:
    """Return the time to the second; a time before 1970 or an unset one is never."""
    if seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def _attributes(given: tesla_pb2.DeviceAttributes) -> dict[str, object] | None:
    """Return what is set, wherever this firmware puts it; zero cannot be told from unset."""
    ecu = given.tesla_energy_ecu_attributes
    places = (*given.meter_attributes.meter_location, *ecu.meter_attributes.meter_location)
    watts = (
        given.pv_inverter_attributes.nameplate_real_power_w,
        ecu.pv_inverter_attributes.nameplate_real_power_w,
        given.generator_attributes.nameplate_real_power_w,
    )
    found = {
        "ecu_type": ecu.ecu_type,
        "meter_location": tuple(dict.fromkeys(places)),
        "nameplate_real_power_w": max(watts),
    }
    return {name: value for name, value in found.items() if value} or None


def _vitals(given: Iterable[tesla_pb2.DeviceVital]) -> dict[str, Scalar]:
    """Return the values by name, unrounded, without those that stand for "no value"."""
    found: dict[str, Scalar] = {}
    for vital in given:
        member = vital.WhichOneof("value")
        if vital.name and member:
            value: Scalar = getattr(vital, member)
            if not _says_nothing(vital.name, value):
                found[vital.name] = value
    return found


def _says_nothing(name: str, value: Scalar) -> bool:
    if isinstance(value, bool | str):
        return False
    angle = name.startswith("ISLAND_") and ("_Phase" in name or name.endswith("PhaseDelta"))
    return not abs(value) < ABSURD or (angle and value in _NO_ANGLE)
