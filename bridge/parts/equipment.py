"""What stands around the battery: panels, generators, networks."""

from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Solars(Part):
    """`solars`: the solar inverters as they were set up."""

    ENDPOINT = Endpoint.SOLARS


@dataclass(frozen=True, slots=True)
class Generators(Part):
    """`generators`."""

    ENDPOINT = Endpoint.GENERATORS


@dataclass(frozen=True, slots=True)
class DisconnectTypes(Part):
    """`generators/disconnect_types`."""

    ENDPOINT = Endpoint.DISCONNECT_TYPES


@dataclass(frozen=True, slots=True)
class Networks(Part):
    """`networks`: the ways out of the gateway."""

    ENDPOINT = Endpoint.NETWORKS


@dataclass(frozen=True, slots=True)
class ConnTests(Part):
    """`system/networks/conn_tests`: the last test of them."""

    ENDPOINT = Endpoint.CONN_TESTS


@dataclass(frozen=True, slots=True)
class GridCodes(Part):
    """`site_info/grid_codes`: the grid codes that can be chosen."""

    ENDPOINT = Endpoint.GRID_CODES


@dataclass(frozen=True, slots=True)
class GridFaults(Part):
    """`system_status/grid_faults`: what is wrong with the grid now."""

    ENDPOINT = Endpoint.GRID_FAULTS
