"""The devices of an installation, as each tells of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from bridge.parts.base import Part, Scalar
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Device(Part):
    """One device of `devices/vitals`; type is the first word of its DIN.

    vitals are as the gateway names and scales them. heard is false for a device that is missing
    in action: identity and alerts, no vitals. last_communication_time is ISO 8601.
    """

    KEPT = frozenset(
        {"din", "type", "part_number", "serial_number", "manufacturer", "parent_din", "firmware"}
        | {"attributes"}
    )
    din: str
    type: str
    part_number: str | None = None
    serial_number: str | None = None
    manufacturer: str | None = None
    parent_din: str | None = None
    firmware: str | None = None
    last_communication_time: str | None = None
    attributes: Mapping[str, object] | None = None
    vitals: Mapping[str, Scalar] | None = None
    alerts: tuple[str, ...] | None = None
    heard: bool | None = None

    def stale(self) -> Self:
        counters = {k: v for k, v in (self.vitals or {}).items() if "Energy" in k}
        return replace(Part.stale(self), vitals=counters)

    def number(self, vital: str) -> float | None:
        value = (self.vitals or {}).get(vital)
        return None if value is None or isinstance(value, bool | str) else float(value)

    def text(self, vital: str) -> str | None:
        value = (self.vitals or {}).get(vital)
        return value if isinstance(value, str) else None

    def flag(self, vital: str) -> bool | None:
        value = (self.vitals or {}).get(vital)
        return value if isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Vitals(Part):
    """`devices/vitals`, in the gateway's order, the gateway itself first."""

    ENDPOINT = Endpoint.VITALS
    devices: tuple[Device, ...]

    @property
    def silent(self) -> bool:
        """Whether all that it knows are devices that say nothing any more."""
        return bool(self.devices) and all(device.alerts is None for device in self.devices)

    def stale(self) -> Self:
        return replace(self, devices=tuple(device.stale() for device in self.devices))
