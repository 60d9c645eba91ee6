"""Home Assistant's Energy dashboard with the sensors of a house, and what it has counted."""

from dataclasses import dataclass

from homeassistant.api import Json
from homeassistant.core import Core

# What the dashboard asks for, and the reading of the site that answers it.
GRID = {
    "stat_energy_from": "grid_import_energy",
    "stat_energy_to": "grid_export_energy",
    "stat_rate": "grid_power",
}
SOLAR = {"stat_energy_from": "solar_energy", "stat_rate": "solar_power"}
BATTERY = {
    "stat_energy_from": "battery_discharge_energy",
    "stat_energy_to": "battery_charge_energy",
    "stat_rate": "battery_power",
    "stat_soc": "battery_level",
}
HOME = {"stat_energy_to": "home_energy", "stat_rate": "home_power"}
SOURCES = {"grid": GRID, "solar": SOLAR, "battery": BATTERY, "home": HOME}
FIRST = (2026, 11)  # that has all of these


@dataclass(frozen=True, slots=True)
class Energy:
    """The dashboard of one site, whose entities are known by the key of their reading."""

    core: Core
    entities: dict[str, str]

    @property
    def is_offered(self) -> bool:
        """Whether this Home Assistant knows all that is chosen here."""
        year, month = self.core.version.split(".")[:2]
        return (int(year), int(month)) >= FIRST

    def choose(self) -> Json:
        """Set the dashboard up as its owner would; return what Home Assistant says against it."""
        sources: list[Json] = [
            {"type": kind, **{key: self.entities[reading] for key, reading in source.items()}}
            for kind, source in SOURCES.items()
        ]
        for source in sources:
            match source["type"]:
                case "grid":
                    source["cost_adjustment_day"] = 0
                case "solar":
                    source["config_entry_solar_forecast"] = None
        self.core.api.ask("energy/save_prefs", energy_sources=sources)
        return self.core.api.ask("energy/validate")["energy_sources"]

    def counted_kwh(self, reading: str) -> float:
        """Return what the statistics have summed up so far."""
        entity = self.entities[reading]
        rows = self.core.api.ask(
            "recorder/statistics_during_period",
            start_time="2020-01-01T00:00:00+00:00",
            statistic_ids=[entity],
            period="5minute",
            types=["sum"],
            units={"energy": "kWh"},
        )
        return float(rows[entity][-1]["sum"])
