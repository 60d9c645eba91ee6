"""Decoders of equipment."""

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields
from bridge.parts import (
    ConnTests,
    DisconnectTypes,
    Endpoint,
    Generators,
    GridCodes,
    GridFaults,
    Networks,
    Solars,
)


def _solars(_fields: Fields) -> Solars:
    return Solars()


def _generators(_fields: Fields) -> Generators:
    return Generators()


def _disconnect_types(_fields: Fields) -> DisconnectTypes:
    return DisconnectTypes()


def _networks(_fields: Fields) -> Networks:
    return Networks()


def _conn_tests(_fields: Fields) -> ConnTests:
    return ConnTests()


def _grid_codes(_fields: Fields) -> GridCodes:
    return GridCodes()


def _grid_faults(_fields: Fields) -> GridFaults:
    return GridFaults()


EQUIPMENT: Decoders = {
    Endpoint.SOLARS: _solars,
    Endpoint.GENERATORS: _generators,
    Endpoint.DISCONNECT_TYPES: _disconnect_types,
    Endpoint.NETWORKS: _networks,
    Endpoint.CONN_TESTS: _conn_tests,
    Endpoint.GRID_CODES: _grid_codes,
    Endpoint.GRID_FAULTS: _grid_faults,
}
