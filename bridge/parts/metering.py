"""How the meters are made up, and what each says of itself."""

from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class MeterList(Part):
    """`meters`: the meters as they were set up."""

    ENDPOINT = Endpoint.METER_LIST


@dataclass(frozen=True, slots=True)
class MetersSite(Part):
    """`meters/site`: the meters of the grid connection, line by line."""

    ENDPOINT = Endpoint.METERS_SITE


@dataclass(frozen=True, slots=True)
class MetersSolar(Part):
    """`meters/solar`: the meters of the solar inverter, in their own view."""

    ENDPOINT = Endpoint.METERS_SOLAR


@dataclass(frozen=True, slots=True)
class MeterReadings(Part):
    """`meters/readings`: what each meter counts, read past the site master."""

    ENDPOINT = Endpoint.METER_READINGS


@dataclass(frozen=True, slots=True)
class MetersStatus(Part):
    """`meters/status`."""

    ENDPOINT = Endpoint.METERS_STATUS


@dataclass(frozen=True, slots=True)
class CtReferences(Part):
    """`synchrometer/ct_voltage_references`: the line that each CT is measured against."""

    ENDPOINT = Endpoint.CT_REFERENCES
