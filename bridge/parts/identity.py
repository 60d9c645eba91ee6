"""What the gateway and the installation are."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint
from bridge.parts.hardware import Activity, ListedPack


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
    """`site_info`."""

    ENDPOINT = Endpoint.SITE_INFO
    KEPT = frozenset({"site_name", "timezone"})
    site_name: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Config(Part):
    """`config`: its `vin` is the gateway's DIN."""

    ENDPOINT = Endpoint.CONFIG
    KEPT = frozenset({"din"})
    din: str | None = None


@dataclass(frozen=True, slots=True)
class Powerwalls(Part):
    """`powerwalls`: the packs of the installation, and what is going on among them.

    sync and backup_switch are what it says of these boards, with their diagnostics; None where
    there is none. Old firmware tells has_sync instead.
    """

    ENDPOINT = Endpoint.POWERWALLS
    KEPT = frozenset({"gateway_din", "has_sync"})
    gateway_din: str | None = None
    packs: tuple[ListedPack, ...] | None = None
    activity: Activity | None = None
    has_sync: bool | None = None
    sync: Mapping[str, object] | None = None
    backup_switch: Mapping[str, object] | None = None
