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
from bridge.parts.hardware import (
    Activity,
    ListedPack,
    PowerwallsStatus,
    SolarPowerwall,
    SolarString,
)
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
    CtReferences,
    MeterList,
    MeterReadings,
    MetersSite,
    MetersSolar,
    MetersStatus,
)
from bridge.parts.vitals import Device, Vitals

__all__ = [
    "Activity",
    "BatteryBlock",
    "Cadence",
    "Config",
    "ConnTests",
    "CtReferences",
    "Customer",
    "Device",
    "DisconnectTypes",
    "Endpoint",
    "Generators",
    "GridCodes",
    "GridFaults",
    "GridStatus",
    "ListedPack",
    "Meter",
    "MeterList",
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
    "SolarString",
    "Solars",
    "Status",
    "SystemStatus",
    "Toggle",
    "Update",
    "Vitals",
]
