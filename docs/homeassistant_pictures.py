"""Makes docs/homeassistant-*.png: a real Home Assistant with a simulated house, in Chromium.

Run as `make pictures`; needs chromium. The house lives its day within a minute, up to the evening
hour that Home Assistant's clock is set to by its time zone. What the bridge counted until each full
hour is put where Home Assistant would have kept it. Look at the pictures before you commit them.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from brokers import Broker
from copied import DASHBOARDS, load
from homeassistant.browser import Browser
from homeassistant.core import Core
from homeassistant.energy import SOURCES, Energy
from homeassistant.houses import Houses
from homeassistant.installation import Impossible, installation
from homeassistant.scene import Scene
from subscriber import eventually

from bridge.simulator import Simulator

HERE = Path(__file__).parent
EVENING_H, STEP_S, HOUR_S = 20, 600.0, 3600.0
READINGS = sorted({reading for source in SOURCES.values() for reading in source.values()})
RECORDED_S = 60.0  # a day is much to write
PAUSE_S, MOVES_S = 2.0, 12.0
Row = dict[str, Any]


def evening() -> tuple[timezone, str]:
    """Return a time zone where it is evening now, and its name: the sign of those is turned."""
    hours = (EVENING_H - datetime.now(UTC).hour + 11) % 24 - 11
    return timezone(timedelta(hours=hours)), f"Etc/GMT{-hours:+d}"


def lived(houses: Houses, hours: int) -> Iterator[dict[str, list[float]]]:
    """Let hours pass; yield for each what was read during it, by reading."""
    for _ in range(hours):
        seen: dict[str, list[float]] = {reading: [] for reading in READINGS}
        for _ in range(int(HOUR_S / STEP_S)):
            houses.live(STEP_S, STEP_S)
            for reading, value in eventually(lambda: read(houses)).items():
                seen[reading].append(value)
        yield seen


def read(houses: Houses) -> dict[str, float]:
    """Return what stands there, nothing as long as one is not known."""
    tree = houses.tree()
    texts = {r: tree[houses.topic("main", *r.split("_", 1))] for r in READINGS}
    return {} if "None" in texts.values() else {r: float(text) for r, text in texts.items()}


def remember(core: Core, entity: str, rows: list[Row], unit: str) -> None:
    """Give Home Assistant the statistics of an entity."""
    counts = "sum" in rows[0]
    classes = {"kWh": "energy", "W": "power"}
    about = {
        "statistic_id": entity,
        "source": "recorder",
        "name": None,
        "has_sum": counts,
        "mean_type": 0 if counts else 1,
        "unit_of_measurement": unit,
        "unit_class": classes.get(unit, "unitless" if unit == "%" else None),
    }
    core.api.ask("recorder/import_statistics", metadata=about, stats=rows)


def rows_of(reading: str, day: list[dict[str, list[float]]], midnight: datetime) -> list[Row]:
    rows, first = [], day[0][reading][0]
    for hour, seen in enumerate(day):
        values = seen[reading]
        row: Row = {"start": (midnight + timedelta(hours=hour)).isoformat()}
        if reading.endswith("_energy"):
            row |= {"state": values[-1], "sum": values[-1] - first}
        else:
            row |= {"mean": sum(values) / len(values), "min": min(values), "max": max(values)}
        rows.append(row)
    return rows


def furnish(scene: Scene, zone: timezone) -> None:
    """Let the day pass until now, and set the Energy dashboard up with what it brought."""
    now = datetime.now(zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = list(lived(scene.houses, now.hour))
    entities = {reading: scene.entity(reading) for reading in READINGS}
    for reading, entity in entities.items():
        unit = scene.core.state(entity)["attributes"]["unit_of_measurement"]
        remember(scene.core, entity, rows_of(reading, day, midnight), unit)
    energy = Energy(scene.core, entities)
    eventually(lambda: not any(energy.choose()), RECORDED_S)
    # the day that passed in a minute is not what happened in that minute
    scene.core.api.act("recorder.purge_entities", entity_globs=["sensor.powerwall_*"], keep_days=0)


def dashboard(core: Core) -> str:
    """Make the dashboard of homeassistant/dashboards; return its page."""
    page = {"url_path": "power-flow", "title": "Powerwall", "require_admin": False}
    core.api.ask("lovelace/dashboards/create", **page, show_in_sidebar=True, mode="storage")
    config = load(DASHBOARDS / "powerwall.yaml")
    core.api.ask("lovelace/config/save", url_path="power-flow", config=config)
    return "/power-flow"


def take_pictures(directory: Path) -> None:
    zone, zone_name = evening()
    house = {"main": Simulator("fw2336", packs=3, start_hour=0.0)}
    with (
        Broker(directory / "broker") as broker,
        Core(installation(), directory / "config", broker.port, zone_name) as core,
        Houses(broker, "powerwall", house, directory / "state") as houses,
    ):
        scene = Scene(broker, houses, core, directory)
        scene.is_complete(houses)
        furnish(scene, zone)
        (site,) = (id_ for id_ in houses.discovery() if id_.startswith("site_"))
        device = f"/config/devices/device/{core.devices()[site]['id']}"
        pages = {
            "device": (device, "Device info", 2760),
            "energy": ("/energy", "Electricity", 960),
            "energy-settings": ("/config/energy", "Home battery storage", 1440),
            "flow": (dashboard(core), "Firmware", 1390),
        }
        for name, (path, words, height) in pages.items():
            with Browser(core.api, directory / name, height, zone_name) as browser:
                browser.open(path)
                browser.see(words)
                take(browser, HERE / f"homeassistant-{name}.png")


def take(browser: Browser, picture: Path) -> None:
    """Take a picture of a page that stands still; dots that move do so for ever."""
    began_s, before, now = time.monotonic(), b"", b"nothing"
    while before != now and time.monotonic() - began_s < MOVES_S:
        time.sleep(PAUSE_S)
        browser.picture(picture)
        before, now = now, picture.read_bytes()


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as scratch:
            take_pictures(Path(scratch))
    except Impossible as reason:
        print(reason, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
