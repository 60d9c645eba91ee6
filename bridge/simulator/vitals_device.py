"""One device in the protobuf of devices/vitals: its identity, attributes and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from bridge.gateway import tesla_pb2 as pb

Vitals = dict[str, float | str | bool]


@dataclass(frozen=True, slots=True)
class Ecu:
    """The number by which the gateway knows a kind of controller."""

    kind: int


@dataclass(frozen=True, slots=True)
class Device:
    """Who a device is; part is None for meters, parent for the gateway itself.

    attributes are those of a controller, the places of a meter, or those of an inverter.
    """

    kind: str
    part: str | None
    serial: str
    parent: str | None
    firmware: str | None
    attributes: Ecu | list[int] | pb.PVInverterAttributes
    connection: pb.ConnectionParameters | None = None
    manufacturer: str = "TESLA"

    @property
    def din(self) -> str:
        return "--".join(filter(None, (self.kind, self.part, self.serial)))

    def message(
        self,
        now: float,
        vitals: Mapping[str, float | str | bool],
        alerts: Sequence[str] = (),
    ) -> pb.ConnectedDeviceWithVitals:
        device = pb.Device(
            din=pb.StringValue(value=self.din),
            part_number=_text(self.part),
            serial_number=_text(self.serial),
            manufacturer=_text(self.manufacturer),
            component_parent_din=_text(self.parent),
            firmware_version=_text(self.firmware),
            last_communication_time=Timestamp(seconds=int(now)),
            connection_parameters=self.connection,
            device_attributes=_attributes(self.attributes),
        )
        return pb.ConnectedDeviceWithVitals(
            device=pb.ConnectedDevice(device=device),
            vitals=[_vital(name, value) for name, value in vitals.items()],
            alerts=alerts,
        )


def _text(value: str | None) -> pb.StringValue | None:
    return None if value is None else pb.StringValue(value=value)


def _attributes(attributes: Ecu | list[int] | pb.PVInverterAttributes) -> pb.DeviceAttributes:
    if isinstance(attributes, Ecu):
        ecu = pb.EcuAttributes(ecu_type=attributes.kind)
        return pb.DeviceAttributes(tesla_energy_ecu_attributes=ecu)
    if isinstance(attributes, list):
        places = pb.MeterAttributes(meter_location=attributes)
        return pb.DeviceAttributes(meter_attributes=places)
    return pb.DeviceAttributes(pv_inverter_attributes=attributes)


def _vital(name: str, value: float | str | bool) -> pb.DeviceVital:  # noqa: FBT001 - a value
    if isinstance(value, bool):
        return pb.DeviceVital(name=name, bool_value=value)
    if isinstance(value, str):
        return pb.DeviceVital(name=name, string_value=value)
    return pb.DeviceVital(name=name, float_value=value)
