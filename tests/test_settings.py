"""What settings become when they are right."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bridge.settings import (
    Commit,
    Control,
    GatewaySettings,
    MqttSettings,
    Settings,
    Tls,
    load_settings,
)


def load(env_file: Path | None = None, /, **env: str) -> Settings:
    return load_settings({"HOME": "/home/owner", **env}, env_file)


def gateway(**variables: str) -> GatewaySettings:
    env = {f"POWERWALL_{name}": value for name, value in variables.items()}
    return load(**{"POWERWALL_HOST": "192.168.1.50"} | env).gateways[0]


def mqtt(**variables: str) -> MqttSettings:
    env = {f"MQTT_{name}": value for name, value in variables.items()}
    return load(POWERWALL_HOST="192.168.1.50", **env).mqtt


def env_file(directory: Path, text: str) -> Path:
    path = directory / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_host_is_enough() -> None:
    settings = load(POWERWALL_HOST="192.168.1.50")

    assert settings.gateways == (GatewaySettings(host="192.168.1.50", name="main"),)
    assert settings.mqtt == MqttSettings(host="localhost", port=1883, prefix="powerwall")
    assert settings.home_assistant.discovery
    assert (settings.log_level, settings.log_format, settings.warnings) == ("info", "text", ())


def test_a_gateway_has_the_defaults_of_the_design() -> None:
    one = gateway()

    assert (one.poll_interval_s, one.device_interval_s, one.slow_interval_s) == (5, 30, 300)
    assert (one.tls, one.control, one.commit) == (Tls.PIN, Control.OPERATION, Commit.AUTO)
    assert (one.commands_per_minute, one.off_grid_min_level, one.logins_per_hour) == (12, 20, 6)
    assert (one.username, one.password, one.site_id, one.timeout_s) == ("customer", None, None, 5)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("192.168.1.50", "https://192.168.1.50:443"),
        ("powerwall.local", "https://powerwall.local:443"),
        ("my_gateway:8443", "https://my_gateway:8443"),
        ("fd00::1", "https://[fd00::1]:443"),
        ("[fd00::1]:8443", "https://[fd00::1]:8443"),
        ("https://192.168.1.50", "https://192.168.1.50:443"),
        ("https://192.168.1.50/", "https://192.168.1.50:443"),
        ("HTTP://192.168.1.50", "http://192.168.1.50:80"),
        ("http://[fd00::1]:8080", "http://[fd00::1]:8080"),
        (" 192.168.1.50 ", "https://192.168.1.50:443"),
    ],
)
def test_a_host_says_scheme_and_port(typed: str, url: str) -> None:
    assert gateway(HOST=typed).base_url == url


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.168.1.50", None),
        ("[fd00::1]", None),
        ("powerwall", "powerwall"),
        ("teg", "teg"),
        ("powerpack:8443", "powerpack"),
        ("my-house.example", "powerwall"),
    ],
)
def test_the_server_name_is_one_that_a_gateway_answers_to(host: str, name: str | None) -> None:
    assert gateway(HOST=host).server_name == name


def test_a_server_name_that_is_set_wins() -> None:
    assert gateway(HOST="192.168.1.50", SERVER_NAME="teg").server_name == "teg"


def test_gateways_come_flat_and_by_name_and_share_nothing() -> None:
    settings = load(
        POWERWALL_HOST="192.168.1.50",
        POWERWALL_POLL_INTERVAL="10",
        POWERWALLS__garage__HOST="192.168.1.51",
        powerwalls__Barn_2__host="192.168.1.52",
        POWERWALLS__BARN_2__TLS="Unverified",
    )

    assert [(one.name, one.host, one.poll_interval_s, one.tls) for one in settings.gateways] == [
        ("main", "192.168.1.50", 10, Tls.PIN),
        ("barn_2", "192.168.1.52", 5, Tls.UNVERIFIED),
        ("garage", "192.168.1.51", 5, Tls.PIN),
    ]


def test_a_name_is_folded() -> None:
    assert gateway(NAME="Summer_House").name == "summer_house"


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    path = env_file(tmp_path, "POWERWALL_HOST=192.168.1.50\nMQTT_HOST=file\nMQTT_PREFIX=file\n")

    settings = load(path, MQTT_HOST="environment", MQTT_PREFIX="")

    assert settings.mqtt.host == "environment"
    assert settings.mqtt.prefix == "file"
    assert settings.mqtt.protocol == "5"


def test_a_file_value_means_what_it_says(tmp_path: Path) -> None:
    """The gateway would refuse a password in which `${x}` was replaced."""
    text = "\ufeff# mine\nexport POWERWALL_HOST = 'teg'\n\nPOWERWALL_PASSWORD=\"a${HOME}#b\"  # c\n"

    one = load(env_file(tmp_path, text)).gateways[0]

    assert one.host == "teg"
    assert one.password == SecretStr("a${HOME}#b")


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / ".env", POWERWALL_HOST="teg").warnings == ()


def test_a_value_that_looks_like_json_is_text() -> None:
    assert gateway(PASSWORD='{"a": [1]}').password == SecretStr('{"a": [1]}')


def test_an_empty_value_is_not_set() -> None:
    one = gateway(PASSWORD="", POLL_INTERVAL="", NAME=" ")

    assert (one.password, one.poll_interval_s, one.name) == (None, 5, "main")


def test_a_password_keeps_its_spaces() -> None:
    assert gateway(PASSWORD=" a b ").password == SecretStr(" a b ")


def test_a_password_comes_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(" pässword \n", encoding="utf-8")

    settings = load(
        POWERWALL_HOST="teg",
        POWERWALL_PASSWORD_FILE=str(path),
        POWERWALLS__garage__HOST="teg",
        POWERWALLS__garage__password_file=str(path),
        MQTT_PASSWORD_FILE=str(path),
    )

    passwords = [*(one.password for one in settings.gateways), settings.mqtt.password]
    assert passwords == [SecretStr(" pässword ")] * 3


def test_a_password_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xef\xbb\xbfhunter2\r\n")

    settings = load(POWERWALL_HOST="teg", MQTT_PASSWORD_FILE=str(path))

    assert settings.mqtt.password == SecretStr("hunter2")


def test_a_password_in_the_environment_wins_over_a_password_file_in_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").write_text("from the file")
    path = env_file(tmp_path, f"POWERWALL_PASSWORD_FILE={tmp_path / 'secret'}")

    settings = load(path, POWERWALL_HOST="teg", POWERWALL_PASSWORD="from the environment")

    assert settings.gateways[0].password == SecretStr("from the environment")


def test_tls_moves_the_port_of_the_broker_unless_it_is_set() -> None:
    assert mqtt(TLS="false").port == 1883
    assert mqtt(TLS="TRUE").port == 8883
    assert mqtt(TLS="yes", PORT="1234").port == 1234


def test_the_client_id_follows_the_prefix() -> None:
    assert mqtt(PREFIX="home/energy").client_id == "powerwall-mqtt-home-energy"
    assert mqtt(CLIENT_ID="mine").client_id == "mine"


def test_a_certificate_goes_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "pem"
    path.touch()

    one = mqtt(TLS="on", CA_FILE=str(path), CERT_FILE=str(path), KEY_FILE=str(path))

    assert (one.ca_file, one.cert_file, one.key_file) == (path, path, path)


def test_words_are_taken_in_any_case() -> None:
    settings = load(POWERWALL_HOST="teg", LOG_LEVEL="WARNING", log_format="Json")

    assert (settings.log_level, settings.log_format) == ("warning", "json")


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({"STATE_DIR": "/tmp", "STATE_DIRECTORY": "/var/lib/a"}, "/tmp"),  # noqa: S108  # is there
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, "/var/lib/a"),
        ({"XDG_STATE_HOME": "/home/owner/state"}, "/home/owner/state/powerwall-mqtt"),
        ({"XDG_STATE_HOME": "state"}, "/home/owner/.local/state/powerwall-mqtt"),
        ({}, "/home/owner/.local/state/powerwall-mqtt"),
    ],
)
def test_state_is_kept_where_the_system_wants_it(env: dict[str, str], path: str) -> None:
    assert load(POWERWALL_HOST="teg", **env).state_dir == Path(path)


def test_an_empty_state_dir_keeps_state_in_memory() -> None:
    assert load(POWERWALL_HOST="teg", STATE_DIR="", STATE_DIRECTORY="/var/lib/a").state_dir is None


def test_an_unknown_name_in_the_environment_is_a_warning_without_its_value() -> None:
    settings = load(POWERWALL_HOST="teg", MQTT_PASWORD="hunter2", LOG_LEVLE="debug")

    assert settings.warnings == (
        "MQTT_PASWORD: is no setting (in the environment); the nearest known name is MQTT_PASSWORD",
        "LOG_LEVLE: is no setting (in the environment); the nearest known name is LOG_LEVEL",
    )


def test_foreign_names_are_ignored() -> None:
    foreign = {"SMTP_HOST": "mail", "HTTP_PASSWORD_FILE": "/run/http", "HASS_PREFIX": "a"}

    settings = load(
        POWERWALL_HOST="teg", **foreign, PATH="/bin", LOG_DIR="/var/log", STATE_DIRECTORY="/x"
    )

    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ("2", ()),
        (
            "0.5",
            (
                "POWERWALL_POLL_INTERVAL=0.5 asks the gateway more often than it may bear; "
                "2 s and more is known to do no harm",
            ),
        ),
    ],
)
def test_polling_faster_than_gateways_may_bear_is_warned_of(
    tmp_path: Path, seconds: str, words: tuple[str, ...]
) -> None:
    settings = load(tmp_path / ".env", POWERWALL_HOST="teg", POWERWALL_POLL_INTERVAL=seconds)

    assert settings.warnings == words


def test_a_command_for_the_broker_alone_needs_no_gateway() -> None:
    assert load_settings({"HOME": "/"}, None, gateway_needed=False).gateways == ()


def test_settings_made_by_hand_do_not_look_at_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")

    assert Settings(mqtt=MqttSettings(host="broker")).log_level == "info"


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERWALL_HOST", "teg")

    assert load_settings(env_file=None).gateways[0].host == "teg"


def test_settings_are_frozen() -> None:
    settings = load(POWERWALL_HOST="teg")

    with pytest.raises(ValidationError, match="frozen"):
        settings.gateways[0].host = "other"
    with pytest.raises(ValidationError, match="frozen"):
        settings.state_dir = None


def test_what_is_published_is_json_without_secrets(tmp_path: Path) -> None:
    settings = load(POWERWALL_HOST="teg", POWERWALL_PASSWORD="hunter2", STATE_DIR=str(tmp_path))

    public = json.loads(json.dumps(settings.public()))

    assert public["gateways"][0]["password"] is True
    assert public["mqtt"]["password"] is False
    assert (public["state_dir"], public["gateways"][0]["tls"]) == (str(tmp_path), "pin")
    assert "hunter2" not in json.dumps(public)


def test_no_text_form_of_the_settings_shows_a_password() -> None:
    settings = load(POWERWALL_HOST="teg", POWERWALL_PASSWORD="hunter2", MQTT_PASSWORD="hunter2")

    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_gateway_knows_its_variables_and_publishes_none() -> None:
    settings = load(POWERWALL_HOST="teg", POWERWALL_NAME="barn", powerwalls__Garage__host="teg")

    names = [one.variable("PASSWORD") for one in settings.gateways]

    assert names == ["POWERWALL_PASSWORD", "POWERWALLS__garage__PASSWORD"]
    assert "POWERWALLS__" not in str(settings.public())
