"""Readings of what stands around the battery: panels, generators, networks, the grid."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bridge.model import Snapshot
from bridge.parts import (
    Address,
    Check,
    ConnTests,
    DisconnectTypes,
    Endpoint,
    Generators,
    GridCode,
    GridCodes,
    Network,
    Networks,
    SolarInverter,
    Solars,
)
from bridge.quantities import COUNT, DATA, FLAG, PERCENT, POWER, TEXT, WORD
from bridge.readings.single import single, whole
from bridge.readings.table import ANY, LATER, LOGGED_IN, Data, Group, Reading, Show
from bridge.words import snake

HIDDEN, QUIET, TOPIC = Show.HIDDEN, Show.QUIET, Show.TOPIC
FIRST = "1.x"  # firmware, for people


def rows(items: Iterable[SolarInverter | Network] | None) -> Data | None:
    return None if items is None else tuple(map(asdict, items))


def filled(item: GridCode | Check) -> Data:
    """Return what is known of it; the others would be most of a long list."""
    return {key: value for key, value in asdict(item).items() if value is not None}


def rated_power_w(solars: Solars) -> float | None:
    """Return what all inverters together are made for, None where one does not say."""
    powers = [inverter.rated_power_w for inverter in solars.inverters or ()]
    known = [power_w for power_w in powers if power_w is not None]
    return sum(known) if known and len(known) == len(powers) else None


def _disconnect_type(generators: Generators) -> str | None:
    return snake(generators.disconnect_type) if generators.disconnect_type else None


def _generator_count(generators: Generators) -> int | None:
    return None if generators.generators is None else len(generators.generators)


def _interface(network: Network) -> str | None:
    return snake(network.interface) if network.interface else None


def _address(network: Network) -> str | None:
    return next(iter(network.addresses or ()), Address()).address


def _test(tests: ConnTests) -> Data | None:
    """Return the last test, None while it is unknown or runs."""
    if tests.checks is None:
        return None
    said = {key: value for key, value in asdict(tests).items() if value is not None}
    return said | {"checks": tuple(map(filled, tests.checks))}


def _codes(choice: GridCodes) -> Data | None:
    return None if choice.codes is None else tuple(map(filled, choice.codes))


def grid_faults(snapshot: Snapshot) -> Data | None:
    """Return the faults of the grid: what system_status says is newer than what is asked for."""
    system, asked = snapshot.system_status, snapshot.grid_faults
    if system is not None and system.grid_faults is not None:
        return system.grid_faults
    return asked.faults if asked else None


SOLARS: tuple[Reading[Solars], ...] = (
    Reading("inverters", "inverters as set up", DATA, lambda s: rows(s.inverters), TOPIC),
    Reading("rated_power", "rated power", POWER, rated_power_w, QUIET),
)

GENERATORS: tuple[Reading[Generators], ...] = (
    Reading("count", "count", COUNT, _generator_count, QUIET),
    Reading("disconnect_type", "disconnect type", WORD, _disconnect_type, QUIET),
    Reading("list", "list", DATA, lambda g: g.generators, TOPIC),
)

DISCONNECT_TYPES: tuple[Reading[DisconnectTypes], ...] = (
    Reading("disconnect_types", "disconnect types to choose from", DATA, lambda d: d.types, TOPIC),
)

NETWORKS: tuple[Reading[Networks], ...] = (
    Reading("list", "list", DATA, lambda n: rows(n.networks), TOPIC),
)

IN_USE: tuple[Reading[Network], ...] = (
    Reading("name", "name", TEXT, lambda n: n.name, QUIET),
    Reading("interface", "interface", WORD, _interface, QUIET),
    Reading("address", "address", TEXT, _address, QUIET),
    Reading(
        "signal_strength", "signal strength", PERCENT, lambda n: n.signal_strength_percent, QUIET
    ),
)

TESTS: tuple[Reading[ConnTests], ...] = (
    Reading("connection_test", "connection test", DATA, _test, TOPIC),
    Reading("connection_test_passed", "connection test passed", FLAG, lambda t: t.passed, QUIET),
)

CODES: tuple[Reading[GridCodes], ...] = (
    Reading("codes", "codes to choose from", DATA, _codes, TOPIC),
)

FAULTS: tuple[Reading[Snapshot], ...] = (Reading("faults", "faults", DATA, grid_faults, TOPIC),)


def _in_use(snapshot: Snapshot) -> Network:
    return (snapshot.networks.in_use if snapshot.networks else None) or Network()


_E = Endpoint
EQUIPMENT_GROUPS: tuple[Group[Any], ...] = (
    single("solar", _E.SOLARS, LOGGED_IN, lambda s: s.solars or Solars(), SOLARS),
    single(
        "generator", _E.GENERATORS, LOGGED_IN, lambda s: s.generators or Generators(), GENERATORS
    ),
    single(
        "generator",
        _E.DISCONNECT_TYPES,
        LOGGED_IN,
        lambda s: s.disconnect_types or DisconnectTypes(),
        DISCONNECT_TYPES,
    ),
    single("network", _E.NETWORKS, LOGGED_IN, lambda s: s.networks or Networks(), NETWORKS),
    single("network", _E.NETWORKS, LATER, _in_use, IN_USE),
    single("network", _E.CONN_TESTS, LOGGED_IN, lambda s: s.conn_tests or ConnTests(), TESTS),
    single("grid", _E.GRID_CODES, FIRST, lambda s: s.grid_codes or GridCodes(), CODES),
    single("grid", (_E.SYSTEM_STATUS, _E.GRID_FAULTS), ANY, whole, FAULTS),
)
