"""Decoders of what the gateway says of itself and of the site."""

import re

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields, safe
from bridge.parts import (
    Config,
    Endpoint,
    GridCode,
    Operation,
    SiteInfo,
    Sitemaster,
    Status,
    TedapiDin,
)

_UNLIMITED_KW = 1e9  # the gateway's way to say that there is no limit
_DIN = re.compile(r"\w+(-\w+)*--\w+", re.ASCII)
_LONGEST_DIN = 64  # characters; twice of any that was seen
_NOT_STARTED = "log:"  # what 1.x says for the uptime of a site master that is stopped


def _status(fields: Fields) -> Status:
    followers = fields.rows("followers")
    return Status(
        din=fields.text("din"),
        version=fields.text("version"),
        git_hash=fields.text("git_hash"),
        started=fields.time("start_time"),
        uptime_s=fields.duration_s("up_time_seconds"),
        device_type=fields.text("device_type"),
        sync_type=fields.text("sync_type"),
        teg_type=fields.text("teg_type"),
        is_new=fields.flag("is_new"),
        commission_count=fields.number("commission_count"),
        cellular_disabled=fields.flag("cellular_disabled"),
        can_reboot=fields.flag("can_reboot"),
        leader=fields.text("leader"),
        followers=tuple(map(safe, followers.members.values())) if followers else None,
    )


def _operation(fields: Fields) -> Operation:
    old = fields.members.get("real_mode") is None and fields.members.get("mode") is not None
    mode_key = "mode" if old else "real_mode"
    return Operation(
        mode=fields.text(mode_key),
        reserve_raw_percent=fields.number("backup_reserve_percent"),
        mode_key=mode_key,
        load_shed_percent=fields.number("freq_shift_load_shed_soe"),
        load_shed_shift_hz=fields.number("freq_shift_load_shed_delta_f"),
    )


def _sitemaster(fields: Fields) -> Sitemaster:
    can_reboot = fields.members.get("can_reboot")
    words = {True: "Yes", False: "No"}
    return Sitemaster(
        running=fields.flag("running"),
        connected_to_tesla=fields.flag("connected_to_tesla"),
        power_supply_mode=fields.flag("power_supply_mode"),
        can_reboot=words[can_reboot] if isinstance(can_reboot, bool) else fields.text("can_reboot"),
        status=fields.text("status"),
        uptime_s=_uptime_s(fields),
    )


def _uptime_s(fields: Fields) -> float | None:
    """Return the uptime of 1.x, `802459s,`, in seconds."""
    text = fields.text("uptime")
    if text is None or text == _NOT_STARTED:
        return None
    return Fields({"uptime": text.rstrip(",")}, "", fields.oddities).duration_s("uptime")


def _site_info(fields: Fields) -> SiteInfo:
    """Return the site; its grid code stood in the answer itself before it became an object."""
    nested = isinstance(fields.members.get("grid_code"), dict)
    code = grid_code(fields.section("grid_code") if nested else fields)
    return SiteInfo(
        site_name=fields.text("site_name"),
        timezone=fields.text("timezone"),
        min_site_power_w=_limit_w(fields.number("min_site_meter_power_kW")),
        max_site_power_w=_limit_w(fields.number("max_site_meter_power_kW")),
        nominal_energy_wh=_thousand(fields.number("nominal_system_energy_kWh")),
        nominal_power_w=_thousand(fields.number("nominal_system_power_kW")),
        max_energy_wh=_thousand(fields.measured("max_system_energy_kWh")),
        max_power_w=_thousand(fields.measured("max_system_power_kW")),
        panel_max_current_a=fields.measured("panel_max_current"),
        measured_frequency_hz=fields.measured("measured_frequency"),
        grid_code=code if code != GridCode() else None,
    )


def grid_code(fields: Fields) -> GridCode:
    return GridCode(
        code=fields.text("grid_code"),
        voltage_v=fields.measured("grid_voltage_setting"),
        frequency_hz=fields.measured("grid_freq_setting"),
        phase=fields.text("grid_phase_setting"),
        country=fields.text("country"),
        state=fields.text("state"),
        distributor=fields.text("distributor"),
        utility=fields.text("utility"),
        retailer=fields.text("retailer"),
        region=fields.text("region"),
    )


def _limit_w(limit_kw: float | None) -> float | None:
    return None if limit_kw is None or abs(limit_kw) >= _UNLIMITED_KW else _thousand(limit_kw)


def _thousand(kilo: float | None) -> float | None:
    return None if kilo is None else kilo * 1000


def _config(fields: Fields) -> Config:
    return Config(din=fields.text("vin"))


def tedapi_din(body: bytes) -> TedapiDin:
    """Return the DIN that is all of an answer, as text; raises ValueError, in words."""
    text = body.decode("utf-8-sig", "replace").strip()
    if len(text) <= _LONGEST_DIN and _DIN.fullmatch(text):
        return TedapiDin(text)
    raise ValueError(f"{Endpoint.TEDAPI_DIN} is {_in_place_of_a_din(text)}, expected a DIN")


def _in_place_of_a_din(text: str) -> str:
    if not text:
        return "empty"
    if text.startswith("<"):
        return "HTML"
    if text.startswith(("{", "[")):
        return "JSON"
    return f"{len(text)} characters long" if len(text) > _LONGEST_DIN else ascii(text)


SITE: Decoders = {
    Endpoint.STATUS: _status,
    Endpoint.OPERATION: _operation,
    Endpoint.SITEMASTER: _sitemaster,
    Endpoint.SITE_INFO: _site_info,
    Endpoint.CONFIG: _config,
}
