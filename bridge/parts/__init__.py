"""What one answer of a gateway says: a part per endpoint, frozen, in the gateway's units."""

from bridge.parts.administration import Customer, Problems, Registration, Toggle, Update
from bridge.parts.base import Part, Scalar
from bridge.parts.endpoints import Cadence, Endpoint
from bridge.parts.equipment import (
    ConnTests,
    DisconnectTypes,
    Generators,
    GridCodes,
    GridFaults,
    Networks,
    Solars,
)
from bridge.parts.hardware import PowerwallsStatus, SolarPowerwall
from bridge.parts.identity import Config, Powerwalls, SiteInfo, Status
from bridge.parts.live import (
    BatteryBlock,
    GridStatus,
    Meter,
    Meters,
    Operation,
    Sitemaster,
    Soe,
    SystemStatus,
)
from bridge.parts.metering import (
    CtReading,
    CtReferences,
    Line,
    LineMeter,
    ListedCts,
    ListedMeter,
    MeterList,
    MeterReading,
    MeterReadings,
    MetersSite,
    MetersSolar,
    MetersStatus,
)
from bridge.parts.vitals import Device, Vitals

__all__ = [
    "BatteryBlock",
    "Cadence",
    "Config",
    "ConnTests",
    "CtReading",
    "CtReferences",
    "Customer",
    "Device",
    "DisconnectTypes",
    "Endpoint",
    "Generators",
    "GridCodes",
    "GridFaults",
    "GridStatus",
    "Line",
    "LineMeter",
    "ListedCts",
    "ListedMeter",
    "Meter",
    "MeterList",
    "MeterReading",
    "MeterReadings",
    "Meters",
    "MetersSite",
    "MetersSolar",
    "MetersStatus",
    "Networks",
    "Operation",
    "Part",
    "Powerwalls",
    "PowerwallsStatus",
    "Problems",
    "Registration",
    "Scalar",
    "SiteInfo",
    "Sitemaster",
    "Soe",
    "SolarPowerwall",
    "Solars",
    "Status",
    "SystemStatus",
    "Toggle",
    "Update",
    "Vitals",
]
