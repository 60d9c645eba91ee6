"""All that is known of one gateway at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bridge.alerts import Alert, listed, remembered
from bridge.answers import LISTING, Answers
from bridge.devices import (
    Inverter,
    MeterDevice,
    Pack,
    inverters,
    meter_devices,
    packs,
    plain_key,
)
from bridge.outages import Outages
from bridge.parts import (
    Endpoint,
    Meter,
    MeterList,
    MeterReadings,
    Meters,
    MetersSite,
    MetersSolar,
    Operation,
    Part,
    Powerwalls,
    SolarPowerwall,
    SystemStatus,
    Vitals,
)
from bridge.words import GRID_WORDS, Mode, to_app

D = TypeVar("D", Pack, Inverter, MeterDevice)
ALERTING = Vitals | SolarPowerwall


@dataclass(frozen=True, slots=True)
class Snapshot(Answers):
    """What the gateway has answered, and beside it what the bridge remembers.

    at is ISO 8601 by the bridge's clock. alerts is None while unknown, known_alerts are the last
    that were read, stands_in is whether they are those of solar_powerwall alone. known_packs,
    known_inverters and known_meters are the keys of all devices seen. plain_inverter is what the
    inverter of solar_powerwall is called without vitals: once chosen it stays, but for the name
    that the vitals give the only one.
    """

    at: str | None = None
    island_requested: str | None = None
    alerts: tuple[Alert, ...] | None = None
    known_alerts: tuple[Alert, ...] = ()
    stands_in: bool = False
    outages: Outages = field(default_factory=Outages)
    known_packs: tuple[str, ...] = ()
    known_inverters: tuple[str, ...] = ()
    known_meters: tuple[str, ...] = ()
    plain_inverter: str | None = None

    def with_part(self, part: Part, at: str) -> "Snapshot":
        """Return the snapshot after an answer that was read at `at`."""
        if isinstance(part, Meters) and self.meters:
            part = Meters(dict.fromkeys(self.meters.meters, Meter()) | dict(part.meters))
        if isinstance(part, MeterReadings | MetersSite | MetersSolar | Powerwalls):
            part = part.after(self.part(part.ENDPOINT))
        refused, silent = self.refused - {part.ENDPOINT}, self.silent - {part.ENDPOINT}
        merged = replace(self.placed(part), at=at, refused=refused, silent=silent)
        if isinstance(part, ALERTING):
            merged = _alerted(replace(merged, stands_in=Endpoint.VITALS in merged.refused), at)
        if isinstance(part, Vitals | MeterList | MeterReadings):
            merged = replace(merged, known_meters=_known(self.known_meters, merged.meter_devices))
        if isinstance(part, Vitals | SolarPowerwall | Powerwalls):
            merged = _inverters_named(merged)
        if isinstance(part, Vitals | SystemStatus | Powerwalls):
            merged = replace(merged, known_packs=_known(self.known_packs, merged.packs))
        return merged

    def silenced(self, endpoint: Endpoint) -> "Snapshot":
        """Return the snapshot with all of an endpoint forgotten but counters and identity."""
        part = self.part(endpoint)
        if part is None:
            return self
        quiet = self.placed(part.stale())
        return _alerted(quiet, self.at or "") if isinstance(part, ALERTING) else quiet

    def unheard(self, endpoint: Endpoint) -> "Snapshot":
        """Return the snapshot after an endpoint has said nothing for too long."""
        return replace(self.silenced(endpoint), silent=self.silent | {endpoint})

    def refusing(self, endpoint: Endpoint) -> "Snapshot":
        """Return the snapshot after the gateway said that it will not answer an endpoint."""
        if endpoint not in LISTING:
            return self
        never = self.vitals is None and self.solar_powerwall is not None
        stands_in = self.stands_in or (never and endpoint is Endpoint.VITALS)
        refused = replace(self, refused=self.refused | {endpoint}, stands_in=stands_in)
        return _inverters_named(_alerted(refused, self.at or ""))

    def differs(self, before: "Snapshot", *, parts_only: bool = False) -> frozenset[Endpoint]:
        """Return the endpoints whose part, or whose readings for another reason, are others."""
        changed = {e for e in Endpoint if self.part(e) is not before.part(e)}
        if parts_only:
            return frozenset(changed)
        wish, outages = self.island_requested, self.outages
        if (wish, outages) != (before.island_requested, before.outages):
            changed.add(Endpoint.GRID_STATUS)  # the readings of both are among its own
        heeded = (self.refused ^ before.refused) | (self.silent ^ before.silent)
        return frozenset(changed | heeded)

    def remembering(
        self, *, pack: str | None = None, inverter: str | None = None, meter: str | None = None
    ) -> "Snapshot":
        """Return the snapshot with a device in mind that an earlier run has seen."""
        return replace(
            self,
            known_packs=_known(self.known_packs, {pack: None} if pack else {}),
            known_inverters=_known(self.known_inverters, {inverter: None} if inverter else {}),
            known_meters=_known(self.known_meters, {meter: None} if meter else {}),
        )

    def forgetting(
        self, *, pack: str | None = None, inverter: str | None = None, meter: str | None = None
    ) -> "Snapshot":
        """Return the snapshot without a device in mind that is gone for good."""
        return replace(
            self,
            known_packs=tuple(k for k in self.known_packs if k != pack),
            known_inverters=tuple(k for k in self.known_inverters if k != inverter),
            known_meters=tuple(k for k in self.known_meters if k != meter),
        )

    @property
    def alerting(self) -> Vitals | SolarPowerwall | None:
        """What tells of alerts: the vitals, else the solar inverter alone.

        The inverter's list is a short one: it does not stand in for vitals that are late or fell
        silent, but for those that the gateway says it does not have, and only once the inverter
        has answered since: a session that is worth nothing opens neither.
        """
        return self.solar_powerwall if self.stands_in else self.vitals

    @property
    def listed_packs(self) -> dict[str, Pack]:
        """The packs that a source lists, by key."""
        blocks = self.system_status.blocks if self.system_status else None
        return packs(blocks, self.devices, self.installed_packs)

    @property
    def listed_inverters(self) -> dict[str, Inverter]:
        """The solar inverters that a source lists, by key."""
        return inverters(self.devices, self.solar_powerwall, self.plain_inverter)

    @property
    def packs(self) -> dict[str, Pack]:
        """All packs by key; one that no source lists any more is an empty Pack."""
        return self._all(self.known_packs, Pack(), lambda s: s.listed_packs)

    @property
    def inverters(self) -> dict[str, Inverter]:
        return self._all(self.known_inverters, Inverter(), lambda s: s.listed_inverters)

    @property
    def listed_meters(self) -> dict[str, MeterDevice]:
        """The meters that a source lists, by key."""
        places = (self.meters_site, self.meters_solar)
        lines = tuple(one for place in places for one in (place and place.meters) or ())
        return meter_devices(
            self.devices, self.meter_list, self.meter_readings, lines, self.known_meters
        )

    @property
    def meter_devices(self) -> dict[str, MeterDevice]:
        return self._all(self.known_meters, MeterDevice(), lambda s: s.listed_meters)

    @property
    def granted(self) -> "Snapshot":
        """The snapshot without what is kept of endpoints that the gateway refuses by now."""
        return self.without(self.refused)

    def _all(
        self, known: tuple[str, ...], nothing: D, listed_in: Callable[["Snapshot"], dict[str, D]]
    ) -> dict[str, D]:
        """Return all devices by key, nothing for one that no source lists any more.

        What is kept of a refused source makes no device known. One that silent sources alone list
        is absent, as it is for a bridge that starts now.
        """
        listed = listed_in(self)
        heard, granted = self.without(self.silent), self.granted
        named: Mapping[str, D] = listed if granted is self else listed_in(granted)
        found = {key: listed.get(key, nothing) for key in (*known, *named)}
        if heard is not self:
            present = {key for key, one in listed_in(heard).items() if one.present}
            found |= {k: found[k].absent() for k in listed if k in found and k not in present}
        return found


def grid_connected(snapshot: Snapshot) -> bool | None:
    """Return whether the grid is connected, None for a word nobody knows."""
    if snapshot.grid not in GRID_WORDS.values():
        return None
    return snapshot.grid == "connected"


def outage(snapshot: Snapshot) -> bool | None:
    """Return whether there is an outage of the grid, None for a word nobody knows."""
    if snapshot.outages.count is None or snapshot.grid not in GRID_WORDS.values():
        return None
    return snapshot.outages.started is not None and snapshot.grid != "connected"


def effective_reserve_percent(operation: Operation) -> float | None:
    """Return the reserve in force on the app's scale: all of the battery in `backup`."""
    if operation.mode == Mode.BACKUP:
        return 100.0
    raw = operation.reserve_raw_percent
    return None if raw is None else to_app(raw)


def packs_expected(snapshot: Snapshot) -> int | None:
    """Return how many packs the installation has, None while nothing lists them.

    One that is listed and no part of the configuration is not expected.
    """
    if listed := snapshot.installed_packs:
        return sum(pack.in_config is not False for pack in listed)
    return len(snapshot.pack_serials) or None


def _alerted(snapshot: Snapshot, at: str) -> Snapshot:
    """Return the snapshot with the alerts of its source, and with the last that were read."""
    source = snapshot.alerting
    alerts = listed(source, snapshot.known_alerts, at)
    known = remembered(source, alerts, snapshot.known_alerts)
    return replace(snapshot, alerts=alerts, known_alerts=known)


def _inverters_named(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with all inverters in mind that it lists.

    What the vitals call the only one it is called without them too. Where they never told of any,
    one is named when those who could name it have answered, or never will: a name that is given
    too early stays for ever as a second inverter.
    """
    told = tuple(inverters(snapshot.devices))
    if len(told) == 1:
        snapshot = replace(snapshot, plain_inverter=told[0])
    elif snapshot.plain_inverter in told:  # nothing says any more that it is this one
        snapshot = replace(snapshot, plain_inverter=None)
    fitted = snapshot.solar_powerwall is not None and snapshot.solar_powerwall.fitted
    asked = snapshot.powerwalls is not None or Endpoint.POWERWALLS in snapshot.refused
    if snapshot.plain_inverter is None and fitted and asked and snapshot.lacks_vitals:
        snapshot = replace(snapshot, plain_inverter=plain_key(snapshot.installed_packs))
    known = _known(snapshot.known_inverters, snapshot.inverters)
    return replace(snapshot, known_inverters=known)


def _known(before: tuple[str, ...], now: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *now)))
