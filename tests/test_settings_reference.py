"""The reference and .env.example say what the code does."""

import re
from pathlib import Path

from pydantic import BaseModel, SecretStr

from bridge.settings import env_example, load_settings, settings_reference
from bridge.settings.table import public, settings_of
from bridge.settings.values import GATEWAY_NAMES, server_name

ROOT = Path(__file__).parent.parent
REGENERATE = "make docs"
DESIGN = """
POWERWALL_HOST POWERWALL_NAME POWERWALL_ID POWERWALL_PASSWORD POWERWALL_PASSWORD_FILE
POWERWALL_USERNAME POWERWALL_EMAIL POWERWALL_POLL_INTERVAL POWERWALL_DEVICE_INTERVAL
POWERWALL_SLOW_INTERVAL POWERWALL_TIMEOUT POWERWALL_TLS POWERWALL_CA_FILE POWERWALL_SERVER_NAME
POWERWALL_CONTROL POWERWALL_COMMIT POWERWALL_COMMANDS_PER_MINUTE POWERWALL_OFF_GRID_MIN_LEVEL
POWERWALL_OFF_GRID_MIN_INTERVAL POWERWALL_OFF_GRID_RETURN_AFTER POWERWALL_LOGINS_PER_HOUR
POWERWALL_VIEWS POWERWALL_RAW
MQTT_HOST MQTT_PORT MQTT_USERNAME MQTT_PASSWORD MQTT_PASSWORD_FILE MQTT_TLS MQTT_CA_FILE
MQTT_CERT_FILE MQTT_KEY_FILE MQTT_PREFIX MQTT_PROTOCOL MQTT_TRANSPORT MQTT_CLIENT_ID
HA_DISCOVERY HA_PREFIX STATE_DIR LOG_LEVEL LOG_FORMAT
"""


class Vault(BaseModel):
    """A model that somebody adds later, with secrets where none were before."""

    pin: SecretStr | None = None
    keys: tuple[SecretStr, ...] = ()
    by_name: dict[str, SecretStr] = {}


def test_the_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert written == settings_reference(), f"write it again: {REGENERATE}"


def test_the_example_is_up_to_date() -> None:
    written = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert written == env_example(), f"write it again: {REGENERATE}"


def test_the_reference_has_every_setting_once_and_in_full() -> None:
    rows = [line for line in settings_reference().splitlines() if line.startswith("| `")]

    assert sorted(row.split("`")[1] for row in rows) == sorted(DESIGN.split())
    assert all(re.fullmatch(r"\| [^|]+ \| [^|]+ \| [^|]+ \| [^|]+\. \|", row) for row in rows)


def test_the_names_that_a_gateway_answers_to_are_said() -> None:
    (row,) = (line for line in settings_reference().splitlines() if "POWERWALL_SERVER_NAME" in line)
    default = row.split("|")[2]

    assert re.findall("`(.+?)`", default) == [*GATEWAY_NAMES, server_name("gateway.local")]
    assert [server_name(name) for name in GATEWAY_NAMES] == [*GATEWAY_NAMES]


def test_what_two_bridges_share_nothing_of_is_said() -> None:
    needed = ("MQTT_PREFIX", "MQTT_CLIENT_ID", "STATE_DIR")
    rows = [line for line in settings_reference().splitlines() if "wo bridges need two" in line]

    assert [row.split("`")[1] for row in rows] == [*needed]
    assert all(name in rows[1] for name in needed)
    assert "exit code 1" in rows[2]
    assert "cleared at its start" in rows[0]


def test_the_example_is_a_file_that_starts_the_bridge(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(env_example(), encoding="utf-8")

    assert load_settings({}, path).gateways[0].host == "192.168.1.50"


def test_every_line_of_the_example_may_be_switched_on(tmp_path: Path) -> None:
    """A default that its own setting refuses would be a trap."""
    text = re.sub(r"^#(?=[A-Z]+_)", "", env_example(), flags=re.MULTILINE)
    path = tmp_path / ".env"
    text = text.replace("=/var/lib/", f"={tmp_path}/")  # only root may write there
    path.write_text(re.sub(r"^.*PASSWORD_FILE=.*\n", "", text, flags=re.MULTILINE))
    state_dir = str(tmp_path / "powerwall-mqtt")

    assert load_settings({}, path) == load_settings({"STATE_DIR": state_dir}, path)
    assert load_settings({}, path).mqtt == load_settings({"POWERWALL_HOST": "teg"}, None).mqtt


def test_a_secret_of_any_model_is_published_as_its_presence() -> None:
    vault = Vault(
        pin=SecretStr("1234"), keys=(SecretStr("1234"),), by_name={"a": SecretStr("1234")}
    )

    assert public(vault)["pin"] is True
    assert public(vault)["keys"] == [True]
    assert "1234" not in str(public(vault))
    assert public(Vault())["pin"] is False


def test_a_field_without_description_is_no_setting() -> None:
    assert settings_of(Vault) == {}
