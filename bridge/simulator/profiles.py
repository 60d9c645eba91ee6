"""One row per simulated gateway: firmware, hardware and what it lets an owner do."""

from dataclasses import dataclass
from enum import StrEnum

Firmware = tuple[int, int]

_PUBLIC = frozenset({"status", "auth/toggle/supported"})
_OPEN_UNTIL_20_49 = frozenset(
    {
        "status",
        "meters/aggregates",
        "system_status/soe",
        "system_status/grid_status",
        "system_status/grid_faults",
        "sitemaster",
        "powerwalls",
        "site_info",
        "site_info/site_name",
        "customer/registration",
        "system/update/status",
        "config/completed",
        "sitemaster/run",
    }
)


class Writes(StrEnum):
    """Who may write: `open` everybody with a session, `owner` a Home_Owner may not."""

    OPEN = "open"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Profile:
    """What makes one gateway different from another; solar_w is the sun at its best."""

    name: str
    firmware: Firmware
    version: str
    scheme: str
    gateway_part: str
    device_type: str
    pack_parts: tuple[str, ...]
    solar_w: float
    writes: Writes = Writes.OPEN
    solar_powerwall: bool = False  # has a solar inverter in it, which the gateway reads itself
    powerwall_3: bool = False  # one that is the gateway itself, and answers four paths
    open_reads: frozenset[str] = _PUBLIC

    @property
    def installer_login(self) -> bool:
        """The old login: any name, "S" + serial, a token without cookies, and a stopped site."""
        return self.firmware < (1, 20)

    @property
    def synchrometer(self) -> bool:
        """Whether grid and home are measured by a board of the gateway 2."""
        return self.since(20, 0) and not self.powerwall_3

    @property
    def cookies(self) -> bool:
        """Whether a session can be a cookie too."""
        return self.since(20, 0) and not self.powerwall_3

    def since(self, year: int, week: int) -> bool:
        return self.firmware >= (year, week)


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="fw115",
            firmware=(1, 15),
            version="1.15.0\n",
            scheme="http",
            gateway_part="1118431-00-F",
            device_type="hec",
            pack_parts=("1092170-03-E",),
            solar_w=4300,
            open_reads=_OPEN_UNTIL_20_49,
        ),
        Profile(
            name="fw150",
            firmware=(1, 50),
            version="1.50.1 c58c2df3",
            scheme="https",
            gateway_part="1118431-00-F",
            device_type="hec",
            pack_parts=("1092170-03-E",),
            solar_w=4300,
            open_reads=_OPEN_UNTIL_20_49,
        ),
        Profile(
            name="fw2049",
            firmware=(20, 49),
            version="20.49.0 4f6a0bd2",
            scheme="https",
            gateway_part="1152100-13-J",
            device_type="teg",
            pack_parts=("1092170-03-E",),
            solar_w=4300,
        ),
        Profile(
            name="fw2144",
            firmware=(21, 44),
            version="21.44 223a56cd",
            scheme="https",
            gateway_part="1232100-00-E",
            device_type="teg",
            pack_parts=("3012170-05-B",),
            solar_w=4800,
        ),
        Profile(
            name="fw2336",
            firmware=(23, 36),
            version="23.36.4 4064fc6a",
            scheme="https",
            gateway_part="1232100-00-E",
            device_type="teg",
            pack_parts=("2012170-25-E", "3012170-05-B"),
            solar_w=6200,
            solar_powerwall=True,
        ),
        Profile(
            name="fw2412",
            firmware=(24, 12),
            version="24.12.3 1feaff3a",
            scheme="https",
            gateway_part="1232100-00-E",
            device_type="teg",
            pack_parts=("3012170-05-B",),
            solar_w=4800,
            writes=Writes.OWNER,
        ),
        Profile(
            name="pw3",
            firmware=(26, 10),
            version="26.10.3 7c1d09be",
            scheme="https",
            gateway_part="1707000-11-J",
            device_type="teg",
            pack_parts=("1707000-11-J",),
            solar_w=6200,
            writes=Writes.OWNER,
            solar_powerwall=True,
            powerwall_3=True,
        ),
    )
}


def profile_named(name: str) -> Profile:
    try:
        return PROFILES[name]
    except KeyError:
        raise ValueError(f"no profile {name!r}; there are {', '.join(PROFILES)}") from None
