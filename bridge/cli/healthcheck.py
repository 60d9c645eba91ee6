"""The command `healthcheck`: whether the running bridge has left a sign of life lately.

It runs twice a minute on small computers, so the common case, all of it set in the environment, is
answered without the settings and what they import.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bridge.errors import SettingsError
from bridge.heartbeat import FRESH_S, age_s, heartbeat_file


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "The exit code is 0 when the bridge with these settings (STATE_DIR, MQTT_PREFIX, "
        "MQTT_CLIENT_ID of the environment and .env) is alive, else 1 with one line. A missing "
        "broker or gateway is not unhealthy."
    )


def main(_args: argparse.Namespace) -> int:
    guess = likely_file(os.environ)
    if guess is not None and is_fresh(guess):
        return 0
    try:
        file = settled_file()
    except SettingsError as error:
        print(f"the settings are wrong: {error.mistakes[0]}", file=sys.stderr)
        return 1
    if is_fresh(file):
        return 0
    print(complaint(file), file=sys.stderr)
    return 1


def likely_file(env: Mapping[str, str]) -> Path | None:
    """Return where the sign of life is if .env says nothing of it, None without STATE_DIR."""
    directory = env.get("STATE_DIR", "").strip()
    prefix = env.get("MQTT_PREFIX", "").strip() or "powerwall"
    client_id = env.get("MQTT_CLIENT_ID", "").strip()
    default = f"powerwall-mqtt-{prefix.replace('/', '-')}"
    return heartbeat_file(Path(directory), client_id or default) if directory else None


def settled_file() -> Path:
    """Return where the sign of life is by all settings; raises SettingsError."""
    from bridge.settings import load_settings

    settings = load_settings(gateway_needed=False)
    return heartbeat_file(settings.state_dir, settings.mqtt.client_id)


def is_fresh(file: Path) -> bool:
    age = age_s(file)
    return age is not None and age <= FRESH_S


def complaint(file: Path) -> str:
    age = age_s(file)
    if age is None:
        return f"no sign of life at {file}: the bridge is not running, or has other settings"
    return f"no sign of life for {age:.0f} s ({file})"
