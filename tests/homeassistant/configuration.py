"""The configuration directory of a Home Assistant that has nobody in it yet."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from brokers import LOOPBACK

COMPILE_NOW = Path(__file__).with_name("compile_now")
YAML = """
homeassistant:
  name: Home
  unit_system: metric
  time_zone: {zone}
  currency: USD
  country: US
  latitude: 33.4
  longitude: -112.1
recorder:
  commit_interval: 1
frontend:
history:
logbook:
energy:
config:
compile_now:
automation: !include automations.yaml
logger:
  default: warning
  logs:
    homeassistant.components.mqtt: info
"""
# Everything of the first visit but the owner, whom the tests make themselves.
VISITED = {"done": ["core_config", "analytics", "integration"]}


def configure(directory: Path, port: int, zone: str = "UTC", more: str = "") -> None:
    """Fill the directory; more is YAML to be added."""
    directory.mkdir(parents=True)
    yaml = YAML.format(zone=zone) + more
    (directory / "configuration.yaml").write_text(yaml, encoding="utf-8")
    (directory / "automations.yaml").write_text("[]", encoding="utf-8")
    shutil.copytree(COMPILE_NOW, directory / "custom_components" / "compile_now")
    _store(directory, "onboarding", 4, VISITED)
    # Newer cores do not want this in YAML; each of them takes the first format over.
    _store(directory, "http", 1, {"server_host": [LOOPBACK], "server_port": port})


def _store(directory: Path, key: str, version: int, data: Mapping[str, object]) -> None:
    file = directory / ".storage" / key
    file.parent.mkdir(exist_ok=True)
    stored = {"version": version, "minor_version": 1, "key": key, "data": data}
    file.write_text(json.dumps(stored), encoding="utf-8")
