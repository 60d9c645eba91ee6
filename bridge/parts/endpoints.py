"""The paths that are read, and how often."""

from enum import StrEnum


class Cadence(StrEnum):
    """How often an endpoint is asked; each name is a setting, `<CADENCE>_INTERVAL`."""

    POLL = "poll"
    DEVICE = "device"
    SLOW = "slow"


class Endpoint(StrEnum):
    """What is read, in the order of a full cycle.

    The value is the path below `/api/`, with a slash in front a whole one.
    `status` is open on every firmware with this path, so identity and version come first.
    """

    STATUS = "status"
    METERS = "meters/aggregates"
    SOE = "system_status/soe"
    GRID_STATUS = "system_status/grid_status"
    SYSTEM_STATUS = "system_status"
    OPERATION = "operation"
    SITEMASTER = "sitemaster"
    VITALS = "devices/vitals"
    SOLAR_POWERWALL = "solar_powerwall"
    SITE_INFO = "site_info"
    CONFIG = "config"
    POWERWALLS = "powerwalls"
    TEDAPI_DIN = "/tedapi/din"  # after those that spare it
    METER_LIST = "meters"
    METERS_SITE = "meters/site"
    METERS_SOLAR = "meters/solar"
    METER_READINGS = "meters/readings"
    METERS_STATUS = "meters/status"
    CT_REFERENCES = "synchrometer/ct_voltage_references"
    POWERWALLS_STATUS = "powerwalls/status"
    SOLARS = "solars"
    GENERATORS = "generators"
    DISCONNECT_TYPES = "generators/disconnect_types"
    NETWORKS = "networks"
    CONN_TESTS = "system/networks/conn_tests"
    UPDATE = "system/update/status"
    GRID_FAULTS = "system_status/grid_faults"
    GRID_CODES = "site_info/grid_codes"
    CUSTOMER = "customer"
    REGISTRATION = "customer/registration"
    TOGGLE = "auth/toggle/supported"
    PROBLEMS = "troubleshooting/problems"

    @property
    def cadence(self) -> Cadence:
        return _CADENCES.get(self, Cadence.SLOW)

    @property
    def leisurely(self) -> bool:
        """Whether nothing depends on it, so that it need not be asked together with others."""
        return self.cadence is Cadence.SLOW and self not in _IDENTITY


_CADENCES = {
    Endpoint.METERS: Cadence.POLL,
    Endpoint.SOE: Cadence.POLL,
    Endpoint.GRID_STATUS: Cadence.POLL,
    Endpoint.SYSTEM_STATUS: Cadence.DEVICE,
    Endpoint.OPERATION: Cadence.DEVICE,
    Endpoint.SITEMASTER: Cadence.DEVICE,
    Endpoint.VITALS: Cadence.DEVICE,
    Endpoint.SOLAR_POWERWALL: Cadence.DEVICE,
}

_IDENTITY = {
    Endpoint.STATUS,
    Endpoint.SITE_INFO,
    Endpoint.CONFIG,
    Endpoint.POWERWALLS,
    Endpoint.TEDAPI_DIN,
}
