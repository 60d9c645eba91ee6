"""Every readable path of the local API: one row, with the firmware that has it."""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.simulator import answers_live as live
from bridge.simulator import answers_meters as meters
from bridge.simulator import answers_networks as networks
from bridge.simulator import answers_powerwalls as powerwalls
from bridge.simulator import answers_site as site
from bridge.simulator import answers_system as system
from bridge.simulator.answers_solar import solar_powerwall
from bridge.simulator.moment import Json, Moment
from bridge.simulator.profiles import Firmware, Profile
from bridge.simulator.vitals import vitals

_FIRST, _LAST, _NEVER = (0, 0), (99, 99), (100, 0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path below /api/, with a slash in front a whole one.

    Live ones answer 502 while the site master is stopped. A Powerwall 3 has those that say so, and
    no others.
    """

    path: str
    answer: Callable[[Moment], Json | bytes]
    live: bool = False
    first: Firmware = _FIRST
    last: Firmware = _LAST
    solar_powerwall: bool = False
    powerwall_3: bool = False
    refused_until: Firmware = _FIRST  # up to here 409 while the site master runs

    def on(self, profile: Profile) -> bool:
        """Tell whether a gateway of this profile has the path."""
        if profile.powerwall_3:
            return self.powerwall_3
        fits = self.first <= profile.firmware <= self.last
        return fits and (profile.solar_powerwall or not self.solar_powerwall)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("meters/aggregates", live.aggregates, live=True, powerwall_3=True),
    Endpoint("system_status", system.system_status, live=True, first=(1, 20)),
    Endpoint("system_status/soe", live.soe, live=True, powerwall_3=True),
    Endpoint("system_status/grid_status", live.grid_status, live=True, powerwall_3=True),
    Endpoint("system_status/grid_faults", system.grid_faults, live=True),
    Endpoint("devices/vitals", vitals, live=True, first=(20, 40), last=(23, 43)),
    Endpoint("solar_powerwall", solar_powerwall, first=(22, 0), solar_powerwall=True),
    Endpoint("meters", meters.meters),
    Endpoint("meters/site", meters.meters_site, first=(1, 40)),
    Endpoint("meters/solar", meters.meters_solar, first=(1, 40)),
    Endpoint("meters/readings", meters.readings),
    Endpoint("meters/status", meters.meters_status, first=(1, 40)),
    Endpoint("powerwalls", powerwalls.powerwalls),
    Endpoint("powerwalls/status", powerwalls.powerwalls_status, refused_until=(1, 39)),
    Endpoint("networks", networks.networks),
    Endpoint("system/networks", networks.system_networks, last=(1, 99)),
    Endpoint("system/networks/conn_tests", networks.connection_tests),
    Endpoint("status", site.status),
    Endpoint("sitemaster", site.sitemaster),
    Endpoint("operation", site.operation),
    Endpoint("site_info", site.site_info),
    Endpoint("site_info/site_name", site.site_name),
    Endpoint("site_info/grid_codes", site.grid_codes, last=(1, 99)),
    Endpoint("config", site.config),
    Endpoint("/tedapi/din", site.tedapi_din, first=_NEVER, powerwall_3=True),
    Endpoint("customer", site.customer),
    Endpoint("customer/registration", site.registration),
    Endpoint("installer", site.installer),
    Endpoint("solars", site.solars),
    Endpoint("generators", site.generators),
    Endpoint("generators/disconnect_types", site.disconnect_types),
    Endpoint("system/update/status", site.update_status),
    Endpoint("auth/toggle/supported", site.toggle_supported, first=(20, 40)),
    Endpoint("synchrometer/ct_voltage_references", site.voltage_references, first=(20, 40)),
    Endpoint("troubleshooting/problems", site.problems, first=(1, 40), last=(22, 99)),
)
