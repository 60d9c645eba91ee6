"""Decoders of how the meters are made up, and of what each says of itself."""

from collections.abc import Iterator

from bridge.gateway.decode.table import ITEMS, Decoders
from bridge.gateway.fields import LONGEST_TEXT, Fields, never, safe, writable
from bridge.parts import (
    CtReading,
    CtReferences,
    Endpoint,
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

_WS_PER_WH = 3600.0
_READ = ("error", "data")
_CTS = 4  # a meter has no more current transformers


def _meter_list(fields: Fields) -> MeterList:
    found = [_listed(item) for item in _items(fields)]
    return MeterList(tuple(sorted(found, key=lambda meter: meter.serial_number or "")))


def _listed(fields: Fields) -> ListedMeter:
    cts = fields.rows("cts")
    return ListedMeter(
        serial_number=fields.text("serial"),
        short_id=fields.text("short_id"),
        type=fields.text("type"),
        connected=fields.flag("connected"),
        cts=tuple(map(_listed_cts, cts.sections().values())) if cts else None,
        ip_address=fields.text("ip_address"),
        mac=fields.text("mac"),
    )


def _listed_cts(fields: Fields) -> ListedCts:
    return ListedCts(
        place=fields.text("type"),
        valid=_flags(fields, "valid"),
        inverted=_flags(fields, "inverted"),
        scale_factor=fields.measured("real_power_scale_factor"),
    )


def _flags(fields: Fields, key: str) -> tuple[bool | None, ...] | None:
    rows = fields.rows(key)
    return tuple(rows.flag(index) for index in list(rows.members)[:_CTS]) if rows else None


def _meters_site(fields: Fields) -> MetersSite:
    return MetersSite(tuple(_line_meters(fields, ("imported", "exported"))))


def _meters_solar(fields: Fields) -> MetersSolar:
    """Return the meters of the sun; in their own view what was generated is imported."""
    return MetersSolar(tuple(_line_meters(fields, ("exported", "imported"))))


def _line_meters(fields: Fields, ways: tuple[str, str]) -> Iterator[LineMeter]:
    """Return the meters; ways name what we call imported and exported.

    The zeros of one that never communicated mean nothing: it has no lines.
    """
    for item in _items(fields):
        cached = item.section("Cached_readings")
        paired = item.section("connection").text("device_serial")
        serial_number = cached.text("serial_number") or paired
        if not cached.members or never(cached.members.get("last_communication_time")):
            yield LineMeter(serial_number)
            continue
        timeout_ns = cached.number("timeout")
        yield LineMeter(
            serial_number=serial_number,
            firmware=cached.text("version"),
            last_communication_time=cached.time("last_communication_time"),
            lines=tuple(_line(cached, n, ways) for n in (1, 2, 3)),
            timeout_s=None if timeout_ns is None else timeout_ns / 1e9,
        )


def _line(cached: Fields, number: int, ways: tuple[str, str]) -> Line:
    """Return a line; the gateway counts phases by letters, and lines of the voltage by numbers."""
    phase = "abc"[number - 1]
    imported, exported = ways
    return Line(
        voltage_v=cached.number(f"v_l{number}n"),
        power_w=cached.number(f"real_power_{phase}"),
        reactive_power_var=cached.number(f"reactive_power_{phase}"),
        imported_wh=cached.number(f"energy_{imported}_{phase}"),
        exported_wh=cached.number(f"energy_{exported}_{phase}"),
    )


def _meter_readings(fields: Fields) -> MeterReadings:
    """Return the meters by serial number; what has neither data nor an error is no meter."""
    return MeterReadings(
        {
            writable(serial): _meter_reading(meter)
            for serial, meter in fields.sections().items()
            if len(serial) <= LONGEST_TEXT and not meter.members.keys().isdisjoint(_READ)
        }
    )


def _meter_reading(fields: Fields) -> MeterReading:
    """Return what a meter reads; beside an error all its numbers are zeros that mean nothing."""
    error = fields.text("error")
    if error:
        return MeterReading(error=error)
    data = fields.section("data")
    cts = data.rows("cts")
    found = [_ct_reading(ct) for ct in (cts.sections().values() if cts else ())]
    return MeterReading(
        firmware=data.text("firmwareVersion"),
        frequency_hz=data.measured("f_Hz"),
        cts={number: ct for number, ct in found if ct is not None},
    )


def _ct_reading(fields: Fields) -> tuple[int, CtReading | None]:
    """Return a current transformer and its number; one whose numbers are all zero is not read."""
    number = fields.number("ct")
    ct = CtReading(
        power_w=fields.number("p_W"),
        reactive_power_var=fields.number("q_VAR"),
        voltage_v=fields.number("v_V"),
        current_a=fields.number("i_A"),
        imported_wh=_wh(fields.number("eImp_Ws")),
        exported_wh=_wh(fields.number("eExp_Ws")),
    )
    said = (ct.power_w, ct.reactive_power_var, ct.voltage_v, ct.imported_wh, ct.exported_wh)
    known = number in range(1, _CTS + 1) and any((*said, ct.current_a))
    return int(number or 0), ct if known else None


def _wh(ws: float | None) -> float | None:
    return None if ws is None else ws / _WS_PER_WH


def _meters_status(fields: Fields) -> MetersStatus:
    errors = safe(fields.members.get("errors"))
    listed = errors if isinstance(errors, list) else [errors]
    return MetersStatus(
        status=fields.text("status"),
        errors=tuple(error for error in listed if error is not None),
    )


def _ct_references(fields: Fields) -> CtReferences:
    known = [key for key in fields.members if key.startswith("ct") and len(key) <= LONGEST_TEXT]
    return CtReferences({writable(key): text for key in known if (text := fields.text(key))})


def _items(fields: Fields) -> Iterator[Fields]:
    rows = fields.rows(ITEMS)
    yield from rows.sections().values() if rows else ()


METERING: Decoders = {
    Endpoint.METER_LIST: _meter_list,
    Endpoint.METERS_SITE: _meters_site,
    Endpoint.METERS_SOLAR: _meters_solar,
    Endpoint.METER_READINGS: _meter_readings,
    Endpoint.METERS_STATUS: _meters_status,
    Endpoint.CT_REFERENCES: _ct_references,
}
