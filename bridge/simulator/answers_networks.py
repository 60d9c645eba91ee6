"""The gateway's own network interfaces."""

from bridge.simulator.moment import NEVER, Json, Moment, rfc3339

_MASK = "255.255.255.0"
_MASK_BASE64 = "////AA=="


def networks(moment: Moment) -> Json:
    if not moment.site.profile.since(1, 40):
        return _old_networks()
    return [
        _network(moment, "ethernet_tesla_internal_default", "EthType", "192.168.1.50"),
        _network(moment, "gsm_tesla_internal_default", "GsmType", None),
    ]


def system_networks(_: Moment) -> Json:
    return [
        {
            "network_name": "default_gsm",
            "interface": "GsmType",
            "security_type": "NONE",
            "dhcp": None,
        },
        {
            "network_name": "default_eth",
            "interface": "EthType",
            "security_type": "NONE",
            "dhcp": True,
        },
    ]


def connection_tests(moment: Moment) -> Json:
    """Return the last test, which was made at the start; 1.x lists results by name."""
    began, ended = rfc3339(moment.booted_at), rfc3339(moment.booted_at + 3)
    if not moment.site.profile.since(20, 0):
        tests = ("Config Syncer Test", "Hermes Status Test", "Synergy Data Test")
        return {
            "results": {name: {"pass": True, "error": ""} for name in tests},
            "timestamp": ended,
        }
    checks = ("Network device", "IP address", "Tesla and internet connectivity")
    return {
        "name": "Network connection",
        "category": "InternalComms",
        "disruptive": False,
        "inputs": None,
        "checks": [
            {
                "name": name,
                "status": "pass",
                "start_time": began,
                "end_time": ended,
                "results": {},
                "debug": {},
                "checks": None,
            }
            for name in checks
        ],
        "alert": False,
    }


def _old_networks() -> Json:
    rows = (
        (2, "can0", "", ""),
        (3, "eth0", "192.168.1.50", _MASK),
        (170, "rpine0", "", ""),
        (171, "wifi0", "", ""),
        (172, "wifi1", "192.168.91.1", _MASK),
    )
    return [
        {
            "id": number,
            "name": name,
            "connected": True,
            "is_dhcp": True,
            "ip_address": address,
            "subnet": subnet,
            "config": None,
        }
        for number, name, address, subnet in rows
    ]


def _network(moment: Moment, name: str, interface: str, address: str | None) -> Json:
    used = address is not None
    seen = rfc3339(moment.now - 60) if used else NEVER
    document: dict[str, Json] = {
        "network_name": name,
        "interface": interface,
        "dhcp": True if used else None,
        "enabled": True,
        "extra_ips": [{"ip": "192.168.90.2", "netmask": 24}] if used else [],
        "active": used,
        "primary": used,
        "lastTeslaConnected": seen,
        "lastInternetConnected": seen,
        "security_type": "NONE",
        "username": "",
    }
    if address is not None:
        document["iface_network_info"] = _interface(moment, name, interface, address)
    return document


def _interface(moment: Moment, name: str, interface: str, address: str) -> Json:
    newer = moment.site.profile.since(23, 0)
    place: Json = {"IP": address, "Mask": _MASK_BASE64} if newer else {"ip": address, "mask": _MASK}
    return {
        "network_name": name,
        "ip_networks": [place],
        "gateway": "192.168.1.1",
        "interface": interface,
        "state": "DeviceStateReady",
        "state_reason": "DeviceStateReasonNone",
        "signal_strength": 0,
        "hw_address": "02:00:00:00:00:02",
    }
