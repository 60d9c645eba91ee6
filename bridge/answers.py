"""What one gateway has answered: the newest part of every endpoint, and who it is."""

from dataclasses import dataclass, replace
from typing import Self

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
    TedapiDin,
    Toggle,
    Update,
    Vitals,
)
from bridge.words import grid_word, installer_generation, to_app

# what tells which devices there are, so that it matters whether it ever will
LISTING = frozenset({Endpoint.VITALS, Endpoint.SOLAR_POWERWALL, Endpoint.POWERWALLS})
LISTING |= {Endpoint.METER_LIST, Endpoint.METER_READINGS}


@dataclass(frozen=True, slots=True)
class Answers:
    """One member per endpoint, None = not reported.

    refused are those of LISTING that the gateway said it does not have, or not for this session:
    what is silent may come back, what is refused is told by others. silent are all that have said
    nothing for too long: what is kept of them says no more that a device is there.
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
    tedapi_din: TedapiDin | None = None
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
    refused: frozenset[Endpoint] = frozenset()
    silent: frozenset[Endpoint] = frozenset()

    def part(self, endpoint: Endpoint) -> Part | None:
        part: Part | None = getattr(self, endpoint.name.lower())
        return part

    def placed(self, part: Part) -> Self:
        if part.ENDPOINT is None:
            raise TypeError(f"{type(part).__name__} is a piece of an answer")
        return replace(self, **{part.ENDPOINT.name.lower(): part})  # type: ignore[arg-type]  # by name

    def only(self, endpoints: frozenset[Endpoint]) -> Self:
        """Return the answers with nothing but what these endpoints said."""
        return self.without(frozenset(Endpoint) - endpoints)

    def without(self, endpoints: frozenset[Endpoint]) -> Self:
        """Return the answers with nothing of what these endpoints said."""
        told = [e.name.lower() for e in endpoints if self.part(e) is not None]
        return replace(self, **dict.fromkeys(told)) if told else self  # type: ignore[arg-type]  # all may be None

    @property
    def devices(self) -> tuple[Device, ...]:
        return self.vitals.devices if self.vitals else ()

    @property
    def lacks_vitals(self) -> bool:
        """Whether the vitals tell of no device, which is more than that they are late."""
        empty = self.vitals is not None and not self.vitals.devices
        return empty or Endpoint.VITALS in self.refused

    @property
    def installed_packs(self) -> tuple[ListedPack, ...]:
        """The packs that the installation was set up with."""
        return (self.powerwalls.packs if self.powerwalls else None) or ()

    @property
    def din(self) -> str | None:
        """The gateway's DIN, from the first source that knows it."""
        return self._api_din or (self.tedapi_din.din if self.tedapi_din else None)

    @property
    def _api_din(self) -> str | None:
        """The DIN from the first of status, powerwalls and config that knows it."""
        sources = (
            self.status.din if self.status else None,
            self.powerwalls.gateway_din if self.powerwalls else None,
            self.config.din if self.config else None,
        )
        return next((din for din in sources if din), None)

    def needs(self, endpoint: Endpoint) -> bool:
        """Return whether an endpoint is worth a question.

        That of the DIN alone is not where another knows it, nor on firmware 1.x, which has none.
        """
        known = self._api_din is not None or installer_generation(self.version)
        return endpoint is not Endpoint.TEDAPI_DIN or not known

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
