"""Situations of a house with known powers, to be held for as long as one likes."""

from dataclasses import dataclass

DAY = "day"  # no row: sun and habits decide


@dataclass(frozen=True, slots=True)
class Scenario:
    """W as the meters show them; the site is what remains."""

    solar_w: float
    load_w: float
    battery_w: float
    grid_up: bool = True


SCENARIOS: dict[str, Scenario] = {
    "solar-exporting": Scenario(1500, 400, 0),
    "solar-powered": Scenario(900, 900, 0),
    "solar-charging": Scenario(1200, 900, -300),
    "self-powered": Scenario(500, 900, 400),
    "battery-powered": Scenario(0, 900, 900),
    "battery-exporting": Scenario(0, 900, 3000),
    "grid-powered": Scenario(0, 900, 0),
    "grid-charging": Scenario(0, 900, -300),
    "sunny-day-outage": Scenario(4300, 1200, -3100, grid_up=False),
    "cloudy-day-outage": Scenario(600, 1400, 800, grid_up=False),
    "nighttime-outage": Scenario(0, 900, 900, grid_up=False),
}
