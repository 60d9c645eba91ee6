"""The gateway's networks: three spellings over the years, one form here."""

from base64 import b64decode
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import TypeVar

from bridge.gateway.decode.table import ITEMS
from bridge.gateway.fields import Fields
from bridge.parts import Address, Network, Networks

T = TypeVar("T")
_MASK = "a network mask"
_WIRED = "EthType"
_BITS_V4 = 32


def networks(fields: Fields) -> Networks:
    rows = fields.rows(ITEMS)
    return Networks(tuple(map(_network, rows.sections().values())) if rows else None)


def _network(fields: Fields) -> Network:
    """Return a network; 1.x sets it up in `config`, later firmware runs it in another object."""
    config = fields.section("config")
    link = fields.section("iface_network_info")
    places = (config, fields, link)

    def text(key: str) -> str | None:
        return _first(*(place.text(key) for place in places))

    interface = text("interface")
    signal = link.measured if interface == _WIRED else link.number
    return Network(
        name=text("network_name") or fields.text("name"),
        device=fields.text("name"),
        id=fields.number("id"),
        interface=interface,
        active=_first(fields.flag("active"), fields.flag("connected")),
        primary=fields.flag("primary"),
        enabled=_first(config.flag("enabled"), fields.flag("enabled")),
        dhcp=_first(config.flag("dhcp"), fields.flag("dhcp"), fields.flag("is_dhcp")),
        security_type=text("security_type"),
        addresses=_addresses(fields, link),
        extra_addresses=_listed(fields, "extra_ips", _extra),
        gateway=link.text("gateway"),
        hw_address=link.text("hw_address"),
        state=link.text("state"),
        state_reason=link.text("state_reason"),
        signal_strength_percent=signal("signal_strength"),
        last_tesla_connected=fields.time("lastTeslaConnected"),
        last_internet_connected=fields.time("lastInternetConnected"),
    )


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


def _addresses(fields: Fields, link: Fields) -> tuple[Address, ...] | None:
    if fields.members.keys().isdisjoint({"ip_address", "subnet"}):
        return _listed(link, "ip_networks", _address)
    address = fields.text("ip_address")
    mask = fields.read("subnet", mask_text, _MASK)
    return (Address(address, mask),) if address else ()


def _listed(
    fields: Fields, key: str, address: Callable[[Fields], Address]
) -> tuple[Address, ...] | None:
    rows = fields.rows(key)
    return tuple(map(address, rows.sections().values())) if rows else None


def _address(fields: Fields) -> Address:
    return Address(
        _first(fields.text("ip"), fields.text("IP")),
        _first(
            fields.read("mask", mask_text, _MASK),
            fields.read("Mask", mask_text, _MASK),
        ),
    )


def _extra(fields: Fields) -> Address:
    return Address(fields.text("ip"), fields.read("netmask", mask_text, _MASK))


def mask_text(mask: object) -> str | None:
    """Return a mask as `255.255.255.0`, given so, as 24, or as base64 of its bytes (`////AA==`).

    None for a blank one. Raises ValueError.
    """
    match mask:
        case bool():
            raise ValueError("no mask")
        case int():
            anywhere = "0.0.0.0" if mask <= _BITS_V4 else "::"  # noqa: S104  # a network, no socket
            return str(ip_network(f"{anywhere}/{mask}").netmask)
        case str() if not mask.strip():
            return None
        case str():
            return _spelled(mask.strip())
    raise ValueError("no mask")


def _spelled(mask: str) -> str:
    try:
        return str(ip_address(mask))
    except ValueError:
        return str(ip_address(b64decode(mask, validate=True)))
