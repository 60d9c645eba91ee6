"""What the owner reads when settings are wrong."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bridge.errors import SettingsError
from bridge.settings import load_settings

NOBODY = 65534  # a user without rights
HOST = (
    "an address or a name, host:port, [IPv6]:port, with http:// in front for the plain API of "
    "old firmware"
)


def mistakes(env_file: Path | None = None, /, **env: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings({"POWERWALL_HOST": "teg", "HOME": "/home/owner", **env}, env_file)
    return caught.value.mistakes


def written(directory: Path, text: str | bytes) -> Path:
    path = directory / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_that_is_not_there_is_said_with_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = f"there is no gateway (no .env was found in {tmp_path}); allowed"
    with pytest.raises(SettingsError, match=re.escape(words)):
        load_settings({})

    (tmp_path / ".env").touch()
    with pytest.raises(SettingsError, match="there is no gateway; allowed"):
        load_settings({})


def test_no_gateway_is_a_mistake_that_names_the_variable() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, None)

    assert caught.value.mistakes == [
        f"POWERWALL_HOST: is not set, so there is no gateway; allowed: {HOST}"
    ]


def test_every_mistake_is_told_at_once_in_the_names_the_user_typed() -> None:
    found = mistakes(
        POWERWALL_POLL_INTERVAL="0",
        powerwall_timeout="soon",
        POWERWALLS__Garage__HOST="https://teg/api",
        POWERWALLS__Garage__CONTROL="everything",
        MQTT_PORT="tcp://10.0.0.1:1883",
        MQTT_TLS="maybe",
        HA_PREFIX="/ha",
        LOG_FORMAT="xml",
    )

    assert found == [
        "POWERWALL_POLL_INTERVAL: '0' is not allowed; allowed: 0.2 to 3600 seconds",
        "powerwall_timeout: 'soon' is not a number; allowed: 0.5 to 60 seconds",
        f"POWERWALLS__Garage__HOST: 'https://teg/api' has a path in it; allowed: {HOST}",
        "POWERWALLS__Garage__CONTROL: 'everything' is not allowed; allowed: none, operation, all",
        "MQTT_TLS: 'maybe' is not allowed; allowed: true, false",
        "MQTT_PORT: 'tcp://10.0.0.1:1883' is not a whole number; "
        "allowed: a whole number, 1 to 65535",
        "HA_PREFIX: '/ha' is not a topic prefix; "
        "allowed: letters, digits, _ and -, levels joined by /",
        "LOG_FORMAT: 'xml' is not allowed; allowed: text, json",
    ]


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.168.1", "'192.168.1' is not a host name or address"),
        ("192.168.1.500", "'192.168.1.500' is not a host name or address"),
        ("my gateway", "'my gateway' is not a host name or address"),
        ("teg:0", "'teg:0' has a port that is not 1 to 65535"),
        ("teg:65536", "'teg:65536' has a port that is not 1 to 65535"),
        ("teg:", "'teg:' is not a host name or address"),
        ("[fd00::1", "'[fd00::1' is not a host name or address"),
        ("[teg]", "'[teg]' is not a host name or address"),
        ("https://", "'https://' is not a host name or address"),
        ("mqtt://teg", "'mqtt://teg' starts with something other than https:// or http://"),
        ("teg/api", "'teg/api' has a path in it"),
        ("https://teg?password=hunter2", "the value has a path in it"),
        ("https://me:hunter2@teg", "the value has a user name or a password in it"),
    ],
)
def test_a_host_that_is_none_is_refused_with_the_reason(host: str, reason: str) -> None:
    assert mistakes(POWERWALL_HOST=host) == [f"POWERWALL_HOST: {reason}; allowed: {HOST}"]


@pytest.mark.parametrize("typed", ["mqtt://broker", "broker:1883", "a b"])
def test_a_broker_is_a_host_alone(typed: str) -> None:
    assert mistakes(MQTT_HOST=typed) == [
        f"MQTT_HOST: '{typed}' is not a host name or address; "
        "allowed: a name or an address, without port"
    ]


@pytest.mark.parametrize("prefix", ["a/#", "+", "$SYS", "/a", "a/", "a//b", "a b", "ä"])
def test_a_prefix_is_plain_topic_levels(prefix: str) -> None:
    assert mistakes(MQTT_PREFIX=prefix)[0].startswith(f"MQTT_PREFIX: '{prefix}' is not a topic")


def test_a_gateway_needs_its_host() -> None:
    assert mistakes(POWERWALLS__garage__TLS="pin") == [
        f"POWERWALLS__garage__HOST: is not set; allowed: {HOST}"
    ]


@pytest.mark.parametrize("name", ["my-house", "a__b", "_a", "ä"])
def test_a_gateway_name_fits_into_topics(name: str) -> None:
    assert mistakes(**{f"POWERWALLS__{name}__HOST": "teg"}) == [
        f"POWERWALLS__{name}__HOST: the gateway name '{name}' is not allowed; "
        "allowed: letters a to z and digits, joined by single underscores; not bridge"
    ]


def test_the_name_of_the_bridge_is_taken() -> None:
    assert mistakes(POWERWALL_NAME="Bridge")[0].startswith(
        "POWERWALL_NAME: 'Bridge' is taken by the bridge itself"
    )


def test_two_gateways_of_one_name_are_a_mistake() -> None:
    assert mistakes(POWERWALL_NAME="Garage", POWERWALLS__garage__HOST="teg") == [
        "POWERWALL_NAME: 'garage' is the gateway of POWERWALLS__garage__HOST too; "
        "allowed: another name"
    ]
    assert len(mistakes(POWERWALLS__main__HOST="teg")) == 1


def test_a_named_gateway_takes_no_second_name() -> None:
    assert mistakes(POWERWALLS__garage__HOST="teg", POWERWALLS__garage__NAME="barn") == [
        "POWERWALLS__garage__NAME: has no meaning; "
        "the name of this gateway is in the variable already"
    ]


def test_tls_by_authority_needs_its_file() -> None:
    assert mistakes(POWERWALL_TLS="ca", POWERWALL_POLL_INTERVAL="0") == [
        "POWERWALL_POLL_INTERVAL: '0' is not allowed; allowed: 0.2 to 3600 seconds",
        "POWERWALL_CA_FILE: is needed when POWERWALL_TLS is ca; allowed: a readable file",
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert mistakes(POWERWALL_CA_FILE="/nowhere/ca.pem", MQTT_TLS="true", MQTT_CA_FILE="/") == [
        "POWERWALL_CA_FILE: '/nowhere/ca.pem' cannot be read (no such file or directory); "
        "allowed: a readable file",
        "MQTT_CA_FILE: '/' cannot be read (is a directory); allowed: a readable file",
    ]
    (tmp_path / "file").touch()
    assert mistakes(STATE_DIR=str(tmp_path / "file"))[0].startswith(
        f"STATE_DIR: '{tmp_path / 'file'}' is not a directory; allowed: a directory"
    )


def test_half_a_certificate_is_a_mistake() -> None:
    reason = "goes with MQTT_CERT_FILE: set both or none; allowed: a readable file"

    assert mistakes(MQTT_TLS="true", MQTT_CERT_FILE="/dev/null") == [f"MQTT_KEY_FILE: {reason}"]
    assert mistakes(MQTT_TLS="true", MQTT_KEY_FILE="/dev/null") == [
        f"MQTT_KEY_FILE: '/dev/null' {reason}"
    ]


def test_certificates_without_encryption_are_a_mistake() -> None:
    assert mistakes(MQTT_CA_FILE="/dev/null") == [
        "MQTT_CA_FILE: '/dev/null' is set, but the connection is not encrypted: "
        "set MQTT_TLS to true; allowed: a readable file"
    ]


def test_a_password_and_its_file_are_a_mistake() -> None:
    assert mistakes(MQTT_PASSWORD="hunter2", MQTT_PASSWORD_FILE="/run/secrets/mqtt") == [
        "MQTT_PASSWORD_FILE: MQTT_PASSWORD is set as well; allowed: one of them"
    ]


def test_a_password_file_without_a_password_is_a_mistake(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text("\n")
    binary.write_bytes(b"\xff")

    assert mistakes(
        POWERWALL_PASSWORD_FILE=str(empty),
        POWERWALLS__garage__PASSWORD_FILE=str(binary),
        POWERWALLS__garage__HOST="teg",
        MQTT_PASSWORD_FILE="/nowhere",
    ) == [
        f"POWERWALL_PASSWORD_FILE: '{empty}' is empty; allowed: a readable file with text",
        f"POWERWALLS__garage__PASSWORD_FILE: '{binary}' is not UTF-8 text; "
        "allowed: a readable file with text",
        "MQTT_PASSWORD_FILE: '/nowhere' cannot be read (no such file or directory); "
        "allowed: a readable file with text",
    ]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("POWERWALL_HOTS", "POWERWALL_HOST"),
        ("POWERWALL__HOST", "POWERWALL_HOST"),
        ("POWERWALLS__garage__PASWORD", "POWERWALLS__garage__PASSWORD"),
        ("POWERWALLS_garage_HOST", "POWERWALLS__<name>__HOST"),
        ("mqtt_password_fiel", "MQTT_PASSWORD_FILE"),
        ("HA_DISCOVER", "HA_DISCOVERY"),
        ("LOG_LEVELS", "LOG_LEVEL"),
        ("POWERWAL_PASSWORD", "POWERWALL_PASSWORD"),
        ("POWERWALS__garage__HOST", "POWERWALLS__garage__HOST"),
        ("MTQT_HOST", "MQTT_HOST"),
    ],
)
def test_an_unknown_name_in_the_file_is_a_mistake(tmp_path: Path, typed: str, nearest: str) -> None:
    path = written(tmp_path, f"OTHER=1\n{typed}=hunter2\n")

    assert mistakes(path) == [
        f"{typed}: is no setting (in {path}); the nearest known name is {nearest}"
    ]


def test_a_line_that_is_no_setting_is_named_by_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, "MQTT_HOST=broker\n\nMQTT_PASSWORD='hunter2\nLOG_LEVEL debug\n")

    assert mistakes(path) == [
        f"{path}: line 3 is not NAME=value (is a quote left open?)",
        f"{path}: line 4 is not NAME=value (is a quote left open?)",
    ]


def test_a_file_that_is_no_text_file_is_one_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, b"MQTT_HOST=caf\xe9\n")

    assert mistakes(path) == [f"{path}: is not UTF-8 text"]
    assert mistakes(tmp_path) == [f"{tmp_path}: cannot be read (is a directory)"]


def test_text_that_is_not_utf8_is_refused() -> None:
    assert mistakes(POWERWALL_PASSWORD="hunter2\udcff") == [
        "POWERWALL_PASSWORD: is not UTF-8 text; allowed: UTF-8 text"
    ]


def test_a_mistake_is_one_short_line() -> None:
    (line,) = mistakes(POWERWALL_TLS="pin\nLOG: all is well " + "x" * 10_000)

    assert "\n" not in line
    assert len(line) < 200


def test_a_typo_in_the_environment_is_told_behind_the_mistake_it_makes() -> None:
    assert mistakes(POWERWALL_HOST="", POWERWALL_HSOT="192.168.1.50") == [
        f"POWERWALL_HOST: is not set, so there is no gateway; allowed: {HOST}",
        "POWERWALL_HSOT: is no setting (in the environment); "
        "the nearest known name is POWERWALL_HOST",
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("POWERWALLS__HOST", "names no gateway ({}); allowed: POWERWALLS__<name>__HOST"),
        (
            "POWERWALLS__garage",
            "names no setting ({}); allowed: POWERWALLS__garage__HOST and so on",
        ),
        ("POWERWALLS", "is no setting ({}); allowed: POWERWALLS__<name>__HOST and so on"),
    ],
)
def test_half_the_name_of_a_gateways_variable_is_named_as_that(typed: str, words: str) -> None:
    found = mistakes(**{"POWERWALL_HOST": "", typed: "{}"})

    assert found[1:] == [f"{typed}: {words.format('in the environment')}"]


def test_a_gateway_with_a_name_is_told_its_own_variables() -> None:
    assert mistakes(POWERWALLS__garage__HOST="teg", POWERWALLS__garage__TLS="ca") == [
        "POWERWALLS__garage__CA_FILE: is needed when POWERWALLS__garage__TLS is ca; "
        "allowed: a readable file"
    ]


def test_a_state_directory_that_cannot_be_made_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert mistakes(STATE_DIR=str(tmp_path / "file" / "state")) == [
        f"STATE_DIR: '{tmp_path / 'file' / 'state'}' cannot be made: '{tmp_path / 'file'}' "
        "is not a directory; allowed: a directory, or empty to keep everything in memory only"
    ]


@contextmanager
def anybody() -> Iterator[None]:
    """Be a user who may not write everywhere, as root may."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize(("below", "words"), [("", "is not writable"), ("x", "cannot be made in")])
def test_a_state_directory_that_cannot_be_written_is_a_mistake(below: str, words: str) -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o555)

        with anybody():
            (line,) = mistakes(STATE_DIR=str(directory / below))

    assert line.startswith(f"STATE_DIR: '{directory / below}' {words}")
