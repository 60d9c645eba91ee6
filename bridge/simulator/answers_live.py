"""Power, energy, charge and grid: what one asks a gateway for again and again."""

import math
from dataclasses import dataclass, replace

from bridge.simulator.moment import NEVER, Json, Moment, rfc3339

_MOST_LAG_W = 12.0


@dataclass(frozen=True, slots=True)
class MeterReading:
    """One meter of aggregates; energies are lifetime Wh, as that meter counts them."""

    power_w: float
    reactive_var: float
    exported_wh: float
    imported_wh: float
    volts: float
    amps: float
    hertz: float
    channel: int
    timeout_ns: int = 1_500_000_000
    meters: int | None = 1

    @property
    def as_wired(self) -> "MeterReading":
        """A meter of the sun in its own view, where it imports what is generated."""
        return replace(self, exported_wh=self.imported_wh, imported_wh=self.exported_wh)


def aggregates(moment: Moment) -> Json:
    meters: dict[str, Json] = {
        name: meter_document(moment, reading) for name, reading in meter_readings(moment).items()
    }
    if not moment.site.profile.since(20, 0):
        nothing = MeterReading(0, 0, 0, 0, 0, 0, 0, 0)
        meters |= {
            name: meter_document(moment, nothing) for name in ("busway", "frequency", "generator")
        }
    return meters


def soe(moment: Moment) -> Json:
    return {"percentage": moment.soe_percent}


def grid_status(moment: Moment) -> Json:
    document: dict[str, Json] = {"grid_status": moment.state.island.value}
    if moment.site.profile.since(1, 50):
        document["grid_services_active"] = False
    return document


def meter_readings(moment: Moment) -> dict[str, MeterReading]:
    flows, counters = moment.state.flows, moment.state.counters
    charged = sum(pack.charged_wh for pack in moment.packs)
    discharged = sum(pack.discharged_wh for pack in moment.packs)
    imported, exported = counters.site_imported, counters.site_exported
    generated, consumed = counters.solar_generated, counters.solar_consumed
    legs = _legs_volts(moment)
    hertz = 0.0 if moment.site.profile.synchrometer else moment.frequency_hz
    q_site = -300 + 80 * moment.jitter(21) if flows.site_w else 0.0
    q_load = q_site + 20 * moment.jitter(22)
    amps = math.hypot(flows.site_w, q_site) / legs
    site = MeterReading(flows.site_w, q_site, exported, imported, legs, amps, hertz, 31)
    # The gateway sums the load up from meters read at different times: a few W are late.
    late = moment.state.before.load_w - flows.load_w
    load_w = flows.load_w + max(-_MOST_LAG_W, min(_MOST_LAG_W, late))
    used = imported - exported + discharged - charged + generated - consumed
    load = MeterReading(load_w, q_load, 0.0, used, legs, load_w / legs, hertz, 31, meters=None)
    volts = round(sum(moment.leg_volts), 1)
    battery = MeterReading(
        power_w=flows.battery_w,
        reactive_var=round(moment.jitter(23)) * 10.0,
        exported_wh=discharged,
        imported_wh=charged,
        volts=volts,
        amps=-flows.battery_w / 48 + 0.0,
        hertz=moment.frequency_hz,
        channel=32,
        meters=len(moment.packs),
    )
    return {"site": site, "battery": battery, "load": load, "solar": _solar(moment, volts)}


def _solar(moment: Moment, volts: float) -> MeterReading:
    power, counters = moment.state.flows.solar_w, moment.state.counters
    inside = moment.site.profile.solar_powerwall
    hertz = moment.frequency_hz if inside or not moment.site.profile.synchrometer else 0.0
    return MeterReading(
        power_w=power,
        reactive_var=20 * moment.jitter(24),
        exported_wh=counters.solar_generated,
        imported_wh=counters.solar_consumed,
        volts=volts,
        amps=power / volts if inside else 0.0,
        hertz=hertz,
        channel=33,
        timeout_ns=1_000_000_000 if inside else 1_500_000_000,
    )


def _legs_volts(moment: Moment) -> float:
    """Return the number that gateway 2 computes for split phase: a 120 degree formula."""
    first, second = moment.leg_volts
    if not moment.site.profile.synchrometer:
        return first + second
    return math.sqrt(first**2 + second**2 + first * second)


def meter_document(moment: Moment, reading: MeterReading) -> dict[str, Json]:
    profile = moment.site.profile
    nanos = int((moment.jitter(reading.channel) + 1) * 499_999_999)
    time = rfc3339(moment.now, nanos) if reading.channel else NEVER
    document: dict[str, Json] = {
        "last_communication_time": time,
        "instant_power": reading.power_w,
        "instant_reactive_power": reading.reactive_var,
        "instant_apparent_power": math.hypot(reading.power_w, reading.reactive_var),
        "frequency": reading.hertz,
        "energy_exported": reading.exported_wh,
        "energy_imported": reading.imported_wh,
        "instant_average_voltage": reading.volts,
    }
    if profile.since(20, 49):
        document["instant_average_current"] = reading.amps
    document |= {"i_a_current": 0, "i_b_current": 0, "i_c_current": 0}
    if profile.since(20, 49):
        document["last_phase_voltage_communication_time"] = NEVER
        document["last_phase_power_communication_time"] = NEVER
    if profile.since(21, 44):
        document["last_phase_energy_communication_time"] = NEVER
    if profile.since(1, 46):
        document["timeout"] = 60_000_000_000 if profile.powerwall_3 else reading.timeout_ns
    if profile.since(20, 49) and reading.meters is not None:
        document["num_meters_aggregated"] = reading.meters
    return document | {"instant_total_current": reading.amps}
