"""What three spellings of the gateway's networks become."""

import json
from dataclasses import replace

import pytest
from sites import site

from bridge.gateway.decode import decode
from bridge.parts import Address, Endpoint, Network, Networks


def networks(*rows: object) -> Networks:
    part, _ = decode(Endpoint.NETWORKS, json.dumps(rows).encode())
    assert isinstance(part, Networks)
    return part


def oddities(*rows: object) -> tuple[str, ...]:
    return decode(Endpoint.NETWORKS, json.dumps(rows).encode())[1]


def addresses(row: object) -> tuple[Address, ...] | None:
    (network,) = networks({"iface_network_info": {"ip_networks": [row]}}).networks or ()
    return network.addresses


def test_an_old_network_is_named_after_its_device_or_what_it_joins() -> None:
    assert site("pw2-1.15").networks == Networks(
        (
            Network("can0", "can0", id=2.0, active=True, dhcp=True, addresses=()),
            Network(
                "eth0",
                "eth0",
                id=3.0,
                active=True,
                dhcp=True,
                addresses=(Address("192.168.7.20", "255.255.255.0"),),
            ),
            Network(
                "Cabin WLAN",
                "wifi0",
                id=171.0,
                interface="WifiType",
                active=False,
                enabled=True,
                dhcp=True,
                security_type="WPA2_Personal",
                addresses=(),
            ),
            Network(
                "wifi1",
                "wifi1",
                id=172.0,
                active=True,
                dhcp=True,
                addresses=(Address("192.168.91.1", "255.255.255.0"),),
            ),
        )
    )


def test_a_wired_network_has_no_signal() -> None:
    known = site("pw2-21.44").networks

    assert known
    assert known.networks == (
        Network(
            "ethernet_tesla_internal_default",
            interface="EthType",
            active=True,
            primary=True,
            enabled=True,
            dhcp=True,
            security_type="NONE",
            addresses=(Address("192.168.1.50", "255.255.255.0"),),
            extra_addresses=(Address("192.168.90.2", "255.255.255.0"),),
            gateway="192.168.1.1",
            hw_address="02:00:00:00:00:21",
            state="DeviceStateReady",
            state_reason="DeviceStateReasonNone",
            last_tesla_connected="2026-01-01T20:03:10Z",
            last_internet_connected="2026-01-01T20:03:10Z",
        ),
        Network(
            "gsm_tesla_internal_default",
            interface="GsmType",
            active=False,
            primary=False,
            enabled=True,
            security_type="NONE",
            extra_addresses=(),
        ),
    )


def test_a_mask_in_base64_is_dotted_like_the_others() -> None:
    known = site("pwplus-23.36").networks

    assert known
    assert known.in_use
    assert replace(known.in_use, hw_address=None, state=None, state_reason=None) == Network(
        "Scheune 5G",
        interface="WifiType",
        active=True,
        primary=True,
        enabled=True,
        dhcp=True,
        security_type="WPA2_Personal",
        addresses=(Address("10.20.0.7", "255.255.248.0"),),
        extra_addresses=(),
        gateway="10.20.0.1",
        signal_strength_percent=61.0,
        last_tesla_connected="2026-01-01T20:03:10Z",
        last_internet_connected="2026-01-01T20:03:10Z",
    )


@pytest.mark.parametrize(
    ("given", "mask"),
    [
        ("255.255.255.0", "255.255.255.0"),
        ("////AA==", "255.255.255.0"),
        ("//8AAA==", "255.255.0.0"),
        (24, "255.255.255.0"),
        (0, "0.0.0.0"),  # noqa: S104  # a mask
        (64, "ffff:ffff:ffff:ffff::"),
        ("//////////8AAAAAAAAAAA==", "ffff:ffff:ffff:ffff::"),
        ("", None),
        (None, None),
    ],
)
def test_a_mask_has_one_form(given: object, mask: str | None) -> None:
    assert addresses({"IP": "10.0.0.1", "Mask": given}) == (Address("10.0.0.1", mask),)
    assert addresses({"ip": "10.0.0.1", "mask": given}) == (Address("10.0.0.1", mask),)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("wide", "'wide'"),
        ("AAAA", "'AAAA'"),
        ("ä", "'\\xe4'"),
        (129, "a number"),
        (-1, "a number"),
        (24.5, "a number"),
        (True, "true or false"),
        ([], "a list"),
    ],
)
def test_a_mask_that_is_none_is_odd(given: object, found: str) -> None:
    row = {"iface_network_info": {"ip_networks": [{"Mask": given}]}}

    place = "[0].iface_network_info.ip_networks[0].Mask"
    assert oddities(row) == (f"items{place} is {found}, expected a network mask",)
    assert addresses({"Mask": given}) == (Address(),)


def test_wifi_without_signal_has_none_left() -> None:
    row = {"interface": "WifiType", "iface_network_info": {"signal_strength": 0}}

    assert networks(row) == Networks((Network(interface="WifiType", signal_strength_percent=0.0),))


def test_a_network_in_use_is_the_primary_one() -> None:
    first, second = Network("a", primary=False), Network("b", primary=True)

    assert Networks((first, second)).in_use is second
    assert Networks((first,)).in_use is None
    assert Networks().in_use is None


def test_a_login_name_of_a_network_is_not_read() -> None:
    assert networks({"username": "somebody"}) == Networks((Network(),))
