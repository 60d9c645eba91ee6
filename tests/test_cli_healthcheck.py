"""`healthcheck` tells a living bridge from a dead one, and does it fast."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.cli.healthcheck import likely_file
from bridge.heartbeat import FRESH_S, beat, heartbeat_file
from bridge.settings import load_settings

CLIENT_ID = "powerwall-mqtt-powerwall"


@pytest.fixture(autouse=True)
def state_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    return tmp_path


def leave(file: Path, age_s: float) -> None:
    beat(file)
    then = time.time() - age_s
    os.utime(file, (then, then))


def test_a_fresh_sign_of_life_is_healthy_and_quiet(
    state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(heartbeat_file(state_dir, CLIENT_ID), 1)

    assert main(["healthcheck"]) == 0

    assert capsys.readouterr() == ("", "")


def test_an_old_sign_of_life_is_unhealthy(
    state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(heartbeat_file(state_dir, CLIENT_ID), FRESH_S + 60)

    assert main(["healthcheck"]) == 1

    assert capsys.readouterr().err.startswith("no sign of life for 12")


def test_no_sign_of_life_is_unhealthy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["healthcheck"]) == 1

    assert capsys.readouterr().err.count("\n") == 1


def test_the_client_id_may_stand_in_the_file_of_settings(state_dir: Path) -> None:
    (state_dir / ".env").write_text("MQTT_CLIENT_ID=other\n")
    leave(heartbeat_file(state_dir, "other"), 1)

    assert main(["healthcheck"]) == 0


def test_wrong_settings_are_unhealthy_and_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MQTT_PORT", "x")

    assert main(["healthcheck"]) == 1

    assert capsys.readouterr().err.startswith("the settings are wrong: MQTT_PORT")


@pytest.mark.parametrize(
    "env", [{}, {"MQTT_PREFIX": "house/roof"}, {"MQTT_CLIENT_ID": "other"}, {"MQTT_PREFIX": " "}]
)
def test_the_guess_is_where_the_settings_say(env: dict[str, str], state_dir: Path) -> None:
    both = {"STATE_DIR": str(state_dir), **env}
    settings = load_settings(both, None, gateway_needed=False)

    assert likely_file(both) == heartbeat_file(settings.state_dir, settings.mqtt.client_id)


def test_without_a_directory_nothing_is_guessed() -> None:
    assert likely_file({}) is None


def test_the_usual_case_imports_nothing_heavy(state_dir: Path) -> None:
    leave(heartbeat_file(state_dir, CLIENT_ID), 1)
    code = (
        "import sys; from bridge.cli import main; assert main(['healthcheck']) == 0; "
        "print(*sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0
    assert set(ran.stdout.split()) & {"pydantic", "requests", "paho"} == set()
