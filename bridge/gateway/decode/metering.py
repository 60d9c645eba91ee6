"""Decoders of metering."""

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields
from bridge.parts import (
    CtReferences,
    Endpoint,
    MeterList,
    MeterReadings,
    MetersSite,
    MetersSolar,
    MetersStatus,
)


def _meter_list(_fields: Fields) -> MeterList:
    return MeterList()


def _meters_site(_fields: Fields) -> MetersSite:
    return MetersSite()


def _meters_solar(_fields: Fields) -> MetersSolar:
    return MetersSolar()


def _meter_readings(_fields: Fields) -> MeterReadings:
    return MeterReadings()


def _meters_status(_fields: Fields) -> MetersStatus:
    return MetersStatus()


def _ct_references(_fields: Fields) -> CtReferences:
    return CtReferences()


METERING: Decoders = {
    Endpoint.METER_LIST: _meter_list,
    Endpoint.METERS_SITE: _meters_site,
    Endpoint.METERS_SOLAR: _meters_solar,
    Endpoint.METER_READINGS: _meter_readings,
    Endpoint.METERS_STATUS: _meters_status,
    Endpoint.CT_REFERENCES: _ct_references,
}
