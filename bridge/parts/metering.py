"""How the meters are made up, and what each says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class ListedCts(Part):
    """The current transformers of a meter that measure one place, as they were set up.

    valid and inverted have a flag for each of the meter's transformers; scale_factor 2 is one that
    counts for both legs of a source.
    """

    KEPT = frozenset({"place", "valid", "inverted", "scale_factor"})
    place: str | None = None
    valid: tuple[bool | None, ...] | None = None
    inverted: tuple[bool | None, ...] | None = None
    scale_factor: float | None = None


@dataclass(frozen=True, slots=True)
class ListedMeter(Part):
    """One meter of `meters`; serial_number is the gateway's text, `<serial>synchrometerX` too."""

    KEPT = frozenset({"serial_number", "short_id", "type", "ip_address", "mac"})
    serial_number: str | None = None
    short_id: str | None = None
    type: str | None = None
    connected: bool | None = None
    cts: tuple[ListedCts, ...] | None = None
    ip_address: str | None = None
    mac: str | None = None


@dataclass(frozen=True, slots=True)
class MeterList(Part):
    """`meters`: the meters as they were set up, by serial number; the gateway's order changes."""

    ENDPOINT = Endpoint.METER_LIST
    meters: tuple[ListedMeter, ...] | None = None


@dataclass(frozen=True, slots=True)
class Line(Part):
    """One line as a meter of the grid or of the sun sees it; energies are lifetime counters.

    Directions are those of `meters/aggregates`: of the sun exported is generated.
    """

    KEPT = frozenset({"imported_wh", "exported_wh"})
    voltage_v: float | None = None
    power_w: float | None = None
    reactive_power_var: float | None = None
    imported_wh: float | None = None
    exported_wh: float | None = None


@dataclass(frozen=True, slots=True)
class LineMeter(Part):
    """One meter of `meters/site` or `meters/solar` with its lines, from line 1 on.

    lines is None of one that never told anything. timeout_s is how long the gateway waits for it.
    """

    KEPT = frozenset({"serial_number", "firmware"})
    serial_number: str | None = None
    firmware: str | None = None
    last_communication_time: str | None = None
    lines: tuple[Line, ...] | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Place(Part):
    """The meters of one place, line by line."""

    meters: tuple[LineMeter, ...] | None = None

    def after(self, before: Part | None) -> Self:
        """Return the answer with the counters of meters that told nothing this time.

        One that is not listed is missing, for counters do not end: with the others alone the lines
        would seem to fall. It is gone when the list has a new name.
        """
        earlier = (before.meters if isinstance(before, type(self)) else None) or ()
        known = {m.serial_number: m.stale() for m in earlier if m.serial_number and m.lines}
        found = self.meters or ()
        names = {meter.serial_number for meter in found if meter.serial_number}
        kept = [known.get(m.serial_number or "", m) if m.lines is None else m for m in found]
        if names <= {meter.serial_number for meter in earlier}:
            kept += [meter for serial, meter in known.items() if serial not in names]
        return replace(self, meters=tuple(kept)) if known else self


@dataclass(frozen=True, slots=True)
class MetersSite(_Place):
    """`meters/site`: the meters of the grid connection."""

    ENDPOINT = Endpoint.METERS_SITE


@dataclass(frozen=True, slots=True)
class MetersSolar(_Place):
    """`meters/solar`: the meters of the solar inverter.

    The gateway gives them in the meter's own view, where what it imports was generated.
    """

    ENDPOINT = Endpoint.METERS_SOLAR


@dataclass(frozen=True, slots=True)
class CtReading(Part):
    """One current transformer as its meter reads it; energies are lifetime counters.

    Import and export are as the meter is wired: of a meter of the sun import is generation.
    """

    KEPT = frozenset({"imported_wh", "exported_wh"})
    power_w: float | None = None
    reactive_power_var: float | None = None
    voltage_v: float | None = None
    current_a: float | None = None
    imported_wh: float | None = None
    exported_wh: float | None = None


@dataclass(frozen=True, slots=True)
class MeterReading(Part):
    """What one meter says when it is asked itself; cts by number, from 1 on.

    error is the gateway's text why the meter could not be asked: then it says nothing, as does one
    of the gateway's board while the site master reads it.
    """

    KEPT = frozenset({"firmware"})
    error: str | None = None
    firmware: str | None = None
    frequency_hz: float | None = None
    cts: Mapping[int, CtReading] | None = None


@dataclass(frozen=True, slots=True)
class MeterReadings(Part):
    """`meters/readings`: what each meter counts, read past the site master, by serial number."""

    ENDPOINT = Endpoint.METER_READINGS
    meters: Mapping[str, MeterReading] | None = None

    def after(self, before: Part | None) -> Self:
        """Return the answer with the counters of meters that could not be asked this time."""
        known = (before.meters if isinstance(before, MeterReadings) else None) or {}
        silent = {
            serial: replace(known[serial].stale(), error=meter.error)
            for serial, meter in (self.meters or {}).items()
            if not meter.cts and serial in known
        }
        return replace(self, meters={**self.meters, **silent}) if self.meters else self


@dataclass(frozen=True, slots=True)
class MetersStatus(Part):
    """`meters/status`: errors are the gateway's own, empty when there are none."""

    ENDPOINT = Endpoint.METERS_STATUS
    status: str | None = None
    errors: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True)
class CtReferences(Part):
    """`synchrometer/ct_voltage_references`: the line that each CT is measured against."""

    ENDPOINT = Endpoint.CT_REFERENCES
    KEPT = frozenset({"references"})
    references: Mapping[str, str] | None = None
