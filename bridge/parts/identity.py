"""What the gateway and the installation are."""

from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Status(Part):
    """`status`; started is ISO 8601, version the gateway's own text, trimmed."""

    ENDPOINT = Endpoint.STATUS
    KEPT = frozenset({"din", "version", "git_hash", "started", "device_type", "sync_type"})
    din: str | None = None
    version: str | None = None
    git_hash: str | None = None
    started: str | None = None
    uptime_s: float | None = None
    device_type: str | None = None
    sync_type: str | None = None


@dataclass(frozen=True, slots=True)
class SiteInfo(Part):
    """`site_info`; nominal_energy_wh is what the packs were sold as."""

    ENDPOINT = Endpoint.SITE_INFO
    KEPT = frozenset({"site_name", "timezone", "nominal_energy_wh"})
    site_name: str | None = None
    timezone: str | None = None
    nominal_energy_wh: float | None = None


@dataclass(frozen=True, slots=True)
class Config(Part):
    """`config`: its `vin` is the gateway's DIN."""

    ENDPOINT = Endpoint.CONFIG
    KEPT = frozenset({"din"})
    din: str | None = None


@dataclass(frozen=True, slots=True)
class Powerwalls(Part):
    """`powerwalls`: identity only; packs are (part number, serial number)."""

    ENDPOINT = Endpoint.POWERWALLS
    KEPT = frozenset({"gateway_din", "packs"})
    gateway_din: str | None = None
    packs: tuple[tuple[str, str], ...] | None = None
