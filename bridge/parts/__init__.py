"""What one answer of a gateway says: a part per endpoint, frozen, in the gateway's units."""

from bridge.parts.administration import (
    Agreements,
    Customer,
    Problems,
    Registration,
    Toggle,
    Update,
)
from bridge.parts.base import Part, Scalar
from bridge.parts.endpoints import Cadence, Endpoint
from bridge.parts.equipment import (
    Address,
    Check,
    ConnTests,
    DisconnectTypes,
    Generators,
    GridCodes,
    GridFaults,
    Network,
    Networks,
    SolarInverter,
    Solars,
)
from bridge.parts.hardware import PowerwallsStatus, SolarPowerwall
from bridge.parts.identity import Config, GridCode, Powerwalls, SiteInfo, Status
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
    "Address",
    "Agreements",
    "BatteryBlock",
    "Cadence",
    "Check",
    "Config",
    "ConnTests",
    "CtReferences",
    "Customer",
    "Device",
    "DisconnectTypes",
    "Endpoint",
    "Generators",
    "GridCode",
    "GridCodes",
    "GridFaults",
    "GridStatus",
    "Meter",
    "MeterList",
    "MeterReadings",
    "Meters",
    "MetersSite",
    "MetersSolar",
    "MetersStatus",
    "Network",
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
    "SolarInverter",
    "SolarPowerwall",
    "Solars",
    "Status",
    "SystemStatus",
    "Toggle",
    "Update",
    "Vitals",
]
