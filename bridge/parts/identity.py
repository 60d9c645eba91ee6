"""What the gateway and the installation are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint
from bridge.parts.hardware import Activity, ListedPack


@dataclass(frozen=True, slots=True)
class Status(Part):
    """`status`; started is ISO 8601, version the gateway's own text, trimmed.

    leader and followers are of gateways that work together; no follower was ever seen.
    """

    ENDPOINT = Endpoint.STATUS
    KEPT = frozenset(
        {"din", "version", "git_hash", "started", "device_type", "sync_type", "teg_type"}
    )
    din: str | None = None
    version: str | None = None
    git_hash: str | None = None
    started: str | None = None
    uptime_s: float | None = None
    device_type: str | None = None
    sync_type: str | None = None
    teg_type: str | None = None
    is_new: bool | None = None
    commission_count: float | None = None
    cellular_disabled: bool | None = None
    can_reboot: bool | None = None
    leader: str | None = None
    followers: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True)
class GridCode:
    """The rules of the grid that a site follows; `*` is the gateway's word for any."""

    code: str | None = None
    voltage_v: float | None = None
    frequency_hz: float | None = None
    phase: str | None = None
    country: str | None = None
    state: str | None = None
    distributor: str | None = None
    utility: str | None = None
    retailer: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class SiteInfo(Part):
    """`site_info`.

    Site power is that of the grid connection, import positive: from min_site_power_w, which is
    negative, to max_site_power_w; None for no limit. Zeros of what must be more are None.
    """

    ENDPOINT = Endpoint.SITE_INFO
    KEPT = frozenset({"site_name", "timezone", "nominal_energy_wh"})
    site_name: str | None = None
    timezone: str | None = None
    min_site_power_w: float | None = None
    max_site_power_w: float | None = None
    nominal_energy_wh: float | None = None
    nominal_power_w: float | None = None
    max_energy_wh: float | None = None
    max_power_w: float | None = None
    panel_max_current_a: float | None = None
    measured_frequency_hz: float | None = None
    grid_code: GridCode | None = None


@dataclass(frozen=True, slots=True)
class Config(Part):
    """`config`: its `vin` is the gateway's DIN."""

    ENDPOINT = Endpoint.CONFIG
    KEPT = frozenset({"din"})
    din: str | None = None


@dataclass(frozen=True, slots=True)
class TedapiDin(Part):
    """`/tedapi/din`: the DIN of a Powerwall 3, which tells it nowhere else."""

    ENDPOINT = Endpoint.TEDAPI_DIN
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

    def after(self, before: Part | None) -> Self:
        """Return the answer with the packs known before where it lists none: it does at times."""
        known = before.packs if isinstance(before, Powerwalls) else None
        if self.packs is not None or known is None:
            return self
        return replace(self, packs=tuple(pack.stale() for pack in known))
