"""Decoders of what stands around the battery."""

from collections.abc import Iterator
from dataclasses import replace

from bridge.gateway.decode.faults import fault
from bridge.gateway.decode.networks import networks
from bridge.gateway.decode.site import grid_code
from bridge.gateway.decode.table import ITEMS, Decoders
from bridge.gateway.fields import Fields, safe, writable
from bridge.parts import (
    Check,
    ConnTests,
    DisconnectTypes,
    Endpoint,
    Generators,
    GridCode,
    GridCodes,
    GridFaults,
    SolarInverter,
    Solars,
)


def _sections(fields: Fields, key: str) -> tuple[Fields, ...] | None:
    """Return the objects of a list, None where there is no list."""
    rows = fields.rows(key)
    return tuple(rows.sections().values()) if rows else None


def _solars(fields: Fields) -> Solars:
    rows = _sections(fields, ITEMS)
    return Solars(None if rows is None else tuple(map(_solar, rows)))


def _solar(fields: Fields) -> SolarInverter:
    return SolarInverter(
        brand=fields.text("brand"),
        model=fields.text("model"),
        rated_power_w=fields.number("power_rating_watts"),
    )


def _generators(fields: Fields) -> Generators:
    rows = _sections(fields, "generators")
    return Generators(
        disconnect_type=fields.text("disconnect_type"),
        generators=None if rows is None else tuple(map(_as_given, rows)),
    )


def _as_given(fields: Fields) -> dict[str, object]:
    return {writable(key): safe(value) for key, value in fields.members.items()}


def _disconnect_types(fields: Fields) -> DisconnectTypes:
    rows = fields.rows(ITEMS)
    return DisconnectTypes(rows.texts() if rows else None)


def _conn_tests(fields: Fields) -> ConnTests:
    """Return the last test; 1.x lists its results by name, later firmware as checks."""
    results, checks = fields.section("results"), _sections(fields, "checks")
    old = [_result(name, row) for name, row in results.sections().items()]
    new = [_check(row) for row in checks] if checks is not None else None
    listed = old or new
    return ConnTests(
        tested=fields.time("timestamp"),
        name=fields.text("name"),
        category=fields.text("category"),
        disruptive=fields.flag("disruptive"),
        alert=fields.flag("alert"),
        inputs=safe(fields.members.get("inputs")),
        checks=None if listed is None else tuple(listed),
    )


def _result(name: str, fields: Fields) -> Check:
    return Check(writable(name), passed=fields.flag("pass"), error=fields.text("error"))


def _check(fields: Fields) -> Check:
    return Check(
        name=fields.text("name"),
        status=fields.text("status"),
        started=fields.time("start_time"),
        ended=fields.time("end_time"),
        results=safe(fields.members.get("results")),
        debug=safe(fields.members.get("debug")),
        checks=safe(fields.members.get("checks")),
    )


def _grid_codes(fields: Fields) -> GridCodes:
    return GridCodes(tuple(_choices(fields)))


def _choices(fields: Fields) -> Iterator[GridCode]:
    """Return the grid codes from their tree: country, state, region, and a list."""
    for country, states in fields.sections().items():
        for state, regions in states.sections().items():
            for region in regions.members:
                place = [writable(name) or None for name in (country, state, region)]
                for row in _sections(regions, region) or ():
                    code = grid_code(row)
                    yield replace(code, country=place[0], state=place[1], region=place[2])


def _grid_faults(fields: Fields) -> GridFaults:
    rows = _sections(fields, ITEMS)
    return GridFaults(None if rows is None else tuple(map(fault, rows)))


EQUIPMENT: Decoders = {
    Endpoint.SOLARS: _solars,
    Endpoint.GENERATORS: _generators,
    Endpoint.DISCONNECT_TYPES: _disconnect_types,
    Endpoint.NETWORKS: networks,
    Endpoint.CONN_TESTS: _conn_tests,
    Endpoint.GRID_CODES: _grid_codes,
    Endpoint.GRID_FAULTS: _grid_faults,
}
