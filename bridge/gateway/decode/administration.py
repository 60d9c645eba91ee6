"""Decoders of what was agreed and set up, and of updates."""

from datetime import UTC, datetime

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields, safe
from bridge.parts import Customer, Endpoint, Problems, Registration, Toggle, Update
from bridge.quantities import ABSURD


def _update(fields: Fields) -> Update:
    notes = fields.section("info").rows("status")
    return Update(
        state=fields.text("state"),
        notes=notes.texts() if notes else None,
        version=fields.text("version"),
        gateway_time=_time(fields, "current_time"),
        status_time=_time(fields, "last_status_time"),
        offline_updating=fields.flag("offline_updating"),
        offline_error=fields.text("offline_update_error"),
        bytes_per_second=fields.number("estimated_bytes_per_second"),
    )


def _time(fields: Fields, key: str) -> str | None:
    return fields.read(key, _utc, "milliseconds since 1970")


def _utc(since_1970_ms: object) -> str | None:
    """Return a time as ISO 8601 in UTC, cut to the second, None for one that never was."""
    if isinstance(since_1970_ms, bool) or not isinstance(since_1970_ms, int | float):
        raise ValueError("no number")  # noqa: TRY004  # the one error that is an oddity
    if not abs(since_1970_ms) < ABSURD:
        raise ValueError("out of range")
    if since_1970_ms <= 0:
        return None
    moment = datetime.fromtimestamp(since_1970_ms // 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _agreed(fields: Fields) -> dict[str, bool | None]:
    """Return what is agreed; the address that 1.x tells beside it is none of our business."""
    flags = ("registered", "privacy_notice", "limited_warranty", "grid_services", "marketing")
    return {name: fields.flag(name) for name in (*flags, "emailed_registration")}


def _customer(fields: Fields) -> Customer:
    return Customer(**_agreed(fields))


def _registration(fields: Fields) -> Registration:
    return Registration(
        **_agreed(fields),
        skipped_registration=fields.flag("skipped_registration"),
        timed_out_registration=fields.flag("timed_out_registration"),
    )


def _toggle(fields: Fields) -> Toggle:
    return Toggle(fields.flag("toggle_auth_supported"))


def _problems(fields: Fields) -> Problems:
    rows = fields.rows("problems")
    return Problems(tuple(map(safe, rows.members.values())) if rows else None)


ADMINISTRATION: Decoders = {
    Endpoint.UPDATE: _update,
    Endpoint.CUSTOMER: _customer,
    Endpoint.REGISTRATION: _registration,
    Endpoint.TOGGLE: _toggle,
    Endpoint.PROBLEMS: _problems,
}
