"""Packs and solar inverters as they are found and examined."""

from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class PowerwallsStatus(Part):
    """`powerwalls/status`: what is going on among the packs."""

    ENDPOINT = Endpoint.POWERWALLS_STATUS


@dataclass(frozen=True, slots=True)
class SolarPowerwall(Part):
    """`solar_powerwall`: the solar inverter of a Powerwall+; alerts are those that are true."""

    ENDPOINT = Endpoint.SOLAR_POWERWALL
    alerts: tuple[str, ...] | None = None
