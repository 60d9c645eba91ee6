"""What stands around the battery: panels, generators, networks, the grid."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint
from bridge.parts.identity import GridCode


@dataclass(frozen=True, slots=True)
class SolarInverter:
    """A solar inverter as it was set up; what it is made for, not what it gives."""

    brand: str | None = None
    model: str | None = None
    rated_power_w: float | None = None


@dataclass(frozen=True, slots=True)
class Solars(Part):
    """`solars`: the solar inverters as they were set up."""

    ENDPOINT = Endpoint.SOLARS
    inverters: tuple[SolarInverter, ...] | None = None


@dataclass(frozen=True, slots=True)
class Generators(Part):
    """`generators`: disconnect_type is the gateway's word, `None` where there is none.

    No generator was ever seen: generators are the gateway's items, whatever they hold.
    """

    ENDPOINT = Endpoint.GENERATORS
    disconnect_type: str | None = None
    generators: tuple[Mapping[str, object], ...] | None = None


@dataclass(frozen=True, slots=True)
class DisconnectTypes(Part):
    """`generators/disconnect_types`: the gateway's words for what can be chosen."""

    ENDPOINT = Endpoint.DISCONNECT_TYPES
    types: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address within a network; mask is dotted, `255.255.255.0`."""

    address: str | None = None
    mask: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A way out of the gateway, one form for all firmware.

    device is the interface by the system's name (`eth0`, 1.x only), interface the gateway's word
    for its kind (`EthType`). addresses is None while it is down, signal_strength_percent where it
    has no signal. Times are ISO 8601.
    """

    name: str | None = None
    device: str | None = None
    id: float | None = None
    interface: str | None = None
    active: bool | None = None
    primary: bool | None = None
    enabled: bool | None = None
    dhcp: bool | None = None
    security_type: str | None = None
    addresses: tuple[Address, ...] | None = None
    extra_addresses: tuple[Address, ...] | None = None
    gateway: str | None = None
    hw_address: str | None = None
    state: str | None = None
    state_reason: str | None = None
    signal_strength_percent: float | None = None
    last_tesla_connected: str | None = None
    last_internet_connected: str | None = None


@dataclass(frozen=True, slots=True)
class Networks(Part):
    """`networks`: the ways out of the gateway."""

    ENDPOINT = Endpoint.NETWORKS
    networks: tuple[Network, ...] | None = None

    @property
    def in_use(self) -> Network | None:
        """The network by which the gateway reaches Tesla, None on 1.x, which does not tell."""
        return next((network for network in self.networks or () if network.primary), None)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a connection test: 1.x knows passed and error, later firmware the rest.

    status is the gateway's word; results, debug and checks are as it gives them.
    """

    name: str | None = None
    passed: bool | None = None
    error: str | None = None
    status: str | None = None
    started: str | None = None
    ended: str | None = None
    results: object = None
    debug: object = None
    checks: object = None


@dataclass(frozen=True, slots=True)
class ConnTests(Part):
    """`system/networks/conn_tests`: the last test of the networks.

    checks is None while a test runs. tested is ISO 8601, 1.x only; name, category, disruptive,
    inputs and alert are of later firmware.
    """

    ENDPOINT = Endpoint.CONN_TESTS
    tested: str | None = None
    name: str | None = None
    category: str | None = None
    disruptive: bool | None = None
    alert: bool | None = None
    inputs: object = None
    checks: tuple[Check, ...] | None = None

    @property
    def passed(self) -> bool | None:
        """Whether all checks passed, None where one does not say so."""
        passes = [check.passed for check in self.checks or ()]
        if False in passes:
            return False
        return True if passes and None not in passes else None


@dataclass(frozen=True, slots=True)
class GridCodes(Part):
    """`site_info/grid_codes`: the grid codes that can be chosen, 1.x only."""

    ENDPOINT = Endpoint.GRID_CODES
    codes: tuple[GridCode, ...] | None = None


@dataclass(frozen=True, slots=True)
class GridFaults(Part):
    """`system_status/grid_faults`: what is wrong with the grid now, items as in SystemStatus."""

    ENDPOINT = Endpoint.GRID_FAULTS
    faults: tuple[Mapping[str, object], ...] | None = None
