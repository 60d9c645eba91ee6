"""The unit for systemd speaks of the settings, times and exit codes that the bridge has."""

import re
from pathlib import Path

from bridge.app import BEAT_S
from bridge.cli import USAGE
from bridge.health.table import STUCK_S
from bridge.settings import env_example

UNIT = Path(__file__).parent.parent / "examples" / "systemd" / "powerwall-mqtt.service"


def lines(key: str) -> list[str]:
    """Return what a key is set to, in lines that are in use and in those that are offered."""
    text = UNIT.read_text(encoding="utf-8")
    return re.findall(rf"^#?{key}=(.*)$", text, re.MULTILINE)


def test_its_variables_are_settings() -> None:
    known = set(re.findall(r"^#?(\w+)=", env_example(), re.MULTILINE)) | {"PYTHONDONTWRITEBYTECODE"}
    named = {line.partition("=")[0] for line in lines("Environment")}

    assert named <= known
    assert {"POWERWALL_PASSWORD_FILE", "MQTT_PASSWORD_FILE"} <= named


def test_its_password_files_are_credentials_that_it_loads() -> None:
    loaded = {line.partition(":")[0] for line in lines("LoadCredential")}
    used = {line.rpartition("%d/")[2] for line in lines("Environment") if "%d/" in line}

    assert used == loaded


def test_its_watchdog_waits_for_several_signs_of_life() -> None:
    (watchdog_s,) = map(float, lines("WatchdogSec"))

    assert 3 * BEAT_S <= watchdog_s <= STUCK_S


def test_wrong_settings_do_not_start_it_again() -> None:
    assert lines("RestartPreventExitStatus") == [str(USAGE)]


def test_it_never_storms_and_never_gives_up() -> None:
    (wait_s,) = map(float, lines("RestartSec"))

    assert wait_s >= 10
    assert lines("Restart") == ["always"]
    assert lines("StartLimitIntervalSec") == ["0"]
