"""Decoders of hardware."""

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields
from bridge.parts import Endpoint, PowerwallsStatus, SolarPowerwall


def _powerwalls_status(_fields: Fields) -> PowerwallsStatus:
    return PowerwallsStatus()


def _solar_powerwall(_fields: Fields) -> SolarPowerwall:
    return SolarPowerwall()


HARDWARE: Decoders = {
    Endpoint.POWERWALLS_STATUS: _powerwalls_status,
    Endpoint.SOLAR_POWERWALL: _solar_powerwall,
}
