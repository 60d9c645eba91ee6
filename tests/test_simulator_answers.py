"""What a simulated gateway of each firmware answers is understood, without anything odd."""

import pytest

from bridge.gateway.decode import decode
from bridge.parts import ConnTests, Endpoint, GridCodes, Networks
from bridge.simulator import Simulator
from bridge.simulator.profiles import PROFILES


def bodies(profile: str) -> dict[Endpoint, bytes]:
    """Return what a gateway of the profile answers to every endpoint that it has."""
    simulator, found = Simulator(profile), {}
    for endpoint in Endpoint:
        try:
            found[endpoint] = simulator.document(endpoint)
        except KeyError:
            continue
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_that_is_answered_is_odd(profile: str) -> None:
    odd = {endpoint: decode(endpoint, body)[1] for endpoint, body in bodies(profile).items()}

    assert {endpoint: words for endpoint, words in odd.items() if words} == {}


@pytest.mark.parametrize(("profile", "passed"), [("fw115", True), ("fw2336", None)])
def test_a_connection_test_has_three_checks(profile: str, passed: bool | None) -> None:  # noqa: FBT001  # a row of the table
    tests, _ = decode(Endpoint.CONN_TESTS, bodies(profile)[Endpoint.CONN_TESTS])

    assert isinstance(tests, ConnTests)
    assert (len(tests.checks or ()), tests.passed) == (3, passed)


def test_the_first_firmware_offers_grid_codes() -> None:
    codes, _ = decode(Endpoint.GRID_CODES, bodies("fw115")[Endpoint.GRID_CODES])

    assert isinstance(codes, GridCodes)
    assert [(code.country, code.region) for code in codes.codes or ()] == [
        ("United States", "UL1741SA"),
        ("United States", "HECO"),
        ("United Kingdom", "G59"),
    ]


@pytest.mark.parametrize("profile", ["fw2049", "fw2144", "fw2336", "fw2412"])
def test_every_firmware_spells_the_same_address(profile: str) -> None:
    networks, _ = decode(Endpoint.NETWORKS, bodies(profile)[Endpoint.NETWORKS])

    assert isinstance(networks, Networks)
    assert networks.in_use
    (address,) = networks.in_use.addresses or ()
    assert (address.address, address.mask) == ("192.168.1.50", "255.255.255.0")
