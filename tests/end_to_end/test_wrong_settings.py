"""A start that cannot be: one line for each mistake, exit code 2, and no secret told."""

from pathlib import Path

import pytest
from bridges import Bridge

GOOD = {"POWERWALL_HOST": "127.0.0.1:1", "MQTT_HOST": "127.0.0.1", "STATE_DIR": ""}
SECRET = "hunter2-and-more"

MISTAKES = {
    "no gateway": ({"POWERWALL_HOST": ""}, ["POWERWALL_HOST"]),
    "a port that is none": ({"MQTT_PORT": "seventy"}, ["MQTT_PORT"]),
    "an interval too short": ({"POWERWALL_POLL_INTERVAL": "0"}, ["POWERWALL_POLL_INTERVAL"]),
    "a name that is taken": ({"POWERWALL_NAME": "bridge"}, ["POWERWALL_NAME"]),
    "a missing file": ({"MQTT_CA_FILE": "/not/there.pem", "MQTT_TLS": "true"}, ["MQTT_CA_FILE"]),
    "ca without a file": ({"POWERWALL_TLS": "ca"}, ["POWERWALL_CA_FILE"]),
    "the same name twice": (
        {"POWERWALLS__main__HOST": "127.0.0.2", "POWERWALL_NAME": "main"},
        ["main"],
    ),
    "three at once": (
        {"MQTT_PROTOCOL": "4", "HA_DISCOVERY": "perhaps", "POWERWALL_CONTROL": "everything"},
        ["MQTT_PROTOCOL", "HA_DISCOVERY", "POWERWALL_CONTROL"],
    ),
}


@pytest.mark.parametrize(("wrong", "named"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_one_line_that_names_the_setting(
    tmp_path: Path, wrong: dict[str, str], named: list[str]
) -> None:
    secrets = {"POWERWALL_PASSWORD": SECRET, "MQTT_PASSWORD": SECRET, "MQTT_USERNAME": "me"}
    with Bridge(GOOD | secrets | wrong, tmp_path) as bridge:
        code = bridge.exit_code(10)

    lines = bridge.log.splitlines()
    assert code == 2
    assert len(lines) == len(named)
    assert [name for name in named if not any(name in line for line in lines)] == []
    assert "Traceback" not in bridge.log
    assert SECRET not in bridge.log


def test_a_mistyped_password_in_the_file_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"POWERWALL_PASWORD={SECRET}\n", encoding="utf-8")
    with Bridge(GOOD, tmp_path) as bridge:
        code = bridge.exit_code(10)

    assert code == 2
    assert "POWERWALL_PASSWORD" in bridge.log
    assert SECRET not in bridge.log


@pytest.mark.parametrize(
    "names",
    [
        {"POWERWALL_TLS": "ca", "POWERWALL_CA_FILE": "ca.pem"},
        {"MQTT_TLS": "true", "MQTT_CA_FILE": "ca.pem"},
        {"MQTT_TLS": "true", "MQTT_CERT_FILE": "ca.pem", "MQTT_KEY_FILE": "ca.pem"},
    ],
)
def test_a_file_that_holds_no_certificate_stops_the_start(
    tmp_path: Path, names: dict[str, str]
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate\n", encoding="utf-8")
    with Bridge(GOOD | names, tmp_path) as bridge:
        code = bridge.exit_code(10)

    assert (code, "Traceback" in bridge.log) == (2, False)
    assert "_FILE" in bridge.log


def test_a_name_that_is_unknown_is_a_warning_in_the_environment(tmp_path: Path) -> None:
    with Bridge(GOOD | {"POWERWALL_PASWORD": SECRET}, tmp_path) as bridge:
        bridge.say("POWERWALL_PASSWORD")
        bridge.say("main is unreachable")  # it has started all the same
        bridge.terminate()

        assert bridge.exit_code(5) == 0
        assert SECRET not in bridge.log


def test_a_second_bridge_with_the_same_state_stops_and_says_why(tmp_path: Path) -> None:
    """It may be tried again: the first one may just be stopping."""
    both = GOOD | {"MQTT_PORT": "1", "STATE_DIR": str(tmp_path / "state")}
    with Bridge(both, tmp_path / "one") as first:
        first.say("no broker")
        with Bridge(both | {"MQTT_PREFIX": "other"}, tmp_path / "two") as second:
            code = second.exit_code(10)

        assert code == 1
        (line,) = second.log.splitlines()
        assert line.startswith(f"STATE_DIR: {tmp_path / 'state'} is in use by another bridge")
        first.kill()
        with Bridge(both, tmp_path / "three") as third:
            third.say("no broker")
