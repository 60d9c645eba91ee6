"""All that is known of one gateway at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bridge.alerts import Alert, listed
from bridge.devices import Inverter, MeterDevice, Pack, inverters, meter_devices, packs
from bridge.outages import Outages
from bridge.parts import (
    Config,
    ConnTests,
    CtReferences,
    Customer,
    Device,
    DisconnectTypes,
    Endpoint,
    Generators,
    GridCodes,
    GridFaults,
    GridStatus,
    ListedPack,
    Meter,
    MeterList,
    MeterReadings,
    Meters,
    MetersSite,
    MetersSolar,
    MetersStatus,
    Networks,
    Operation,
    Part,
    Powerwalls,
    PowerwallsStatus,
    Problems,
    Registration,
    SiteInfo,
    Sitemaster,
    Soe,
    SolarPowerwall,
    Solars,
    Status,
    SystemStatus,
    Toggle,
    Update,
    Vitals,
)
from bridge.words import GRID_WORDS, Mode, grid_word, to_app

ALERTING = Vitals | SolarPowerwall


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One member per endpoint, None = not reported; beside them what the bridge remembers.

    at is ISO 8601 by the bridge's clock. alerts is None while unknown, known_alerts are the last
    that were read, vitals_version is the firmware that gave the vitals. known_packs,
    known_inverters and known_meters are the keys of all devices seen.
    """

    status: Status | None = None
    meters: Meters | None = None
    soe: Soe | None = None
    grid_status: GridStatus | None = None
    system_status: SystemStatus | None = None
    operation: Operation | None = None
    sitemaster: Sitemaster | None = None
    vitals: Vitals | None = None
    site_info: SiteInfo | None = None
    config: Config | None = None
    powerwalls: Powerwalls | None = None
    meter_list: MeterList | None = None
    meters_site: MetersSite | None = None
    meters_solar: MetersSolar | None = None
    meter_readings: MeterReadings | None = None
    meters_status: MetersStatus | None = None
    ct_references: CtReferences | None = None
    powerwalls_status: PowerwallsStatus | None = None
    solar_powerwall: SolarPowerwall | None = None
    solars: Solars | None = None
    generators: Generators | None = None
    disconnect_types: DisconnectTypes | None = None
    networks: Networks | None = None
    conn_tests: ConnTests | None = None
    update: Update | None = None
    grid_faults: GridFaults | None = None
    grid_codes: GridCodes | None = None
    customer: Customer | None = None
    registration: Registration | None = None
    toggle: Toggle | None = None
    problems: Problems | None = None
    at: str | None = None
    island_requested: str | None = None
    alerts: tuple[Alert, ...] | None = None
    known_alerts: tuple[Alert, ...] = ()
    vitals_version: str | None = None
    outages: Outages = field(default_factory=Outages)
    known_packs: tuple[str, ...] = ()
    known_inverters: tuple[str, ...] = ()
    known_meters: tuple[str, ...] = ()

    def with_part(self, part: Part, at: str) -> "Snapshot":
        """Return the snapshot after an answer that was read at `at`."""
        if isinstance(part, Meters) and self.meters:
            part = Meters(dict.fromkeys(self.meters.meters, Meter()) | dict(part.meters))
        if isinstance(part, MeterReadings):
            part = part.after(self.meter_readings)
        merged = replace(self.placed(part), at=at)
        if isinstance(part, Vitals):
            merged = replace(merged, vitals_version=self.version)
        if isinstance(part, ALERTING):
            merged = _alerted(merged, at)
        if isinstance(part, Vitals | MeterList | MeterReadings):
            merged = replace(merged, known_meters=_known(self.known_meters, merged.listed_meters))
        if isinstance(part, Vitals | SolarPowerwall | Powerwalls):
            merged = replace(merged, known_inverters=_known(self.known_inverters, merged.inverters))
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

    def differs(self, before: "Snapshot", *, parts_only: bool = False) -> frozenset[Endpoint]:
        """Return the endpoints whose part, or whose readings for another reason, are others."""
        changed = {e for e in Endpoint if self.part(e) is not before.part(e)}
        wish, outages = self.island_requested, self.outages
        if not parts_only and (wish, outages) != (before.island_requested, before.outages):
            changed.add(Endpoint.GRID_STATUS)  # the readings of both are among its own
        return frozenset(changed)

    def part(self, endpoint: Endpoint) -> Part | None:
        part: Part | None = getattr(self, endpoint.name.lower())
        return part

    def placed(self, part: Part) -> "Snapshot":
        if part.ENDPOINT is None:
            raise TypeError(f"{type(part).__name__} is a piece of an answer")
        return replace(self, **{part.ENDPOINT.name.lower(): part})  # type: ignore[arg-type]  # by name

    def only(self, endpoints: frozenset[Endpoint]) -> "Snapshot":
        """Return the snapshot with nothing but what these endpoints said."""
        others = [endpoint.name.lower() for endpoint in Endpoint if endpoint not in endpoints]
        return replace(self, **dict.fromkeys(others))  # type: ignore[arg-type]  # all may be None

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

    @property
    def devices(self) -> tuple[Device, ...]:
        return self.vitals.devices if self.vitals else ()

    def forgetting(self, key: str) -> "Snapshot":
        """Return the snapshot without a device in mind that is gone for good."""
        return replace(
            self,
            known_packs=tuple(k for k in self.known_packs if k != key),
            known_inverters=tuple(k for k in self.known_inverters if k != key),
            known_meters=tuple(k for k in self.known_meters if k != key),
        )

    @property
    def listed_packs(self) -> dict[str, Pack]:
        """The packs that a source lists, by key."""
        blocks = self.system_status.blocks if self.system_status else None
        return packs(blocks, self.devices, self.installed_packs)

    @property
    def installed_packs(self) -> tuple[ListedPack, ...]:
        """The packs that the installation was set up with."""
        return (self.powerwalls.packs if self.powerwalls else None) or ()

    @property
    def listed_inverters(self) -> dict[str, Inverter]:
        """The solar inverters that a source lists, by key."""
        return inverters(self.devices, self.solar_powerwall, self.installed_packs)

    @property
    def packs(self) -> dict[str, Pack]:
        """All packs by key; one that no source lists any more is an empty Pack."""
        return dict.fromkeys(self.known_packs, Pack()) | self.listed_packs

    @property
    def inverters(self) -> dict[str, Inverter]:
        return dict.fromkeys(self.known_inverters, Inverter()) | self.listed_inverters

    @property
    def listed_meters(self) -> dict[str, MeterDevice]:
        """The meters that a source lists, by key."""
        places = (self.meters_site, self.meters_solar)
        lines = tuple(one for place in places for one in (place and place.meters) or ())
        return meter_devices(self.devices, self.meter_list, self.meter_readings, lines)

    @property
    def meter_devices(self) -> dict[str, MeterDevice]:
        return dict.fromkeys(self.known_meters, MeterDevice()) | self.listed_meters

    @property
    def din(self) -> str | None:
        """The gateway's DIN, from the first of status, powerwalls and config that knows it."""
        sources = (
            self.status.din if self.status else None,
            self.powerwalls.gateway_din if self.powerwalls else None,
            self.config.din if self.config else None,
        )
        return next((din for din in sources if din), None)

    @property
    def version(self) -> str | None:
        """The gateway's firmware, as it calls it."""
        return self.status.version if self.status else None

    @property
    def site_key(self) -> str | None:
        """What the site is named after: its DIN, else its lowest pack serial."""
        return self.din or min(self.pack_serials, default=None)

    @property
    def pack_serials(self) -> tuple[str, ...]:
        """The serial numbers of all packs of the installation, enabled or not."""
        if self.installed_packs:
            return tuple(pack.serial_number for pack in self.installed_packs)
        blocks = (self.system_status.blocks if self.system_status else None) or ()
        return tuple(block.serial_number for block in blocks if block.serial_number)

    @property
    def grid(self) -> str | None:
        """Our word for the grid status, None when unknown."""
        word = self.grid_status.status if self.grid_status else None
        return grid_word(word) if word else None

    def meter(self, name: str) -> Meter | None:
        return self.meters.meters.get(name) if self.meters else None

    @property
    def level_percent(self) -> float | None:
        """The charge on the app's scale."""
        raw = self.soe.raw_percent if self.soe else None
        return None if raw is None else to_app(raw)


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
    """Return how many packs the installation has, None while nothing lists them."""
    return len(snapshot.pack_serials) or None


def _alerted(snapshot: Snapshot, at: str) -> Snapshot:
    """Return the snapshot with the alerts of its vitals, else of the solar inverter alone.

    The inverter's list is a short one: it does not stand in for vitals that fell silent, but for
    those that the firmware does not have.
    """
    updated = snapshot.vitals_version not in {None, snapshot.version}
    lacking = snapshot.vitals is None or (snapshot.vitals.silent and updated)
    source = snapshot.solar_powerwall if lacking else snapshot.vitals
    alerts = listed(source, snapshot.known_alerts, at)
    known = snapshot.known_alerts if alerts is None else alerts
    return replace(snapshot, alerts=alerts, known_alerts=known)


def _known(before: tuple[str, ...], now: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *now)))
