"""Nothing that a user or a platform puts into the environment breaks the start."""

from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.errors import SettingsError
from bridge.settings import load_settings
from bridge.settings.values import parse_address

SECRET = "s3cr3t-hunter2"

KNOWN = [
    "POWERWALL_HOST",
    "POWERWALL_NAME",
    "POWERWALL_POLL_INTERVAL",
    "POWERWALL_TLS",
    "POWERWALL_CA_FILE",
    "POWERWALLS__garage__HOST",
    "POWERWALLS__garage__LOGINS_PER_HOUR",
    "POWERWALLS__Garage__ID",
    "MQTT_HOST",
    "MQTT_PORT",
    "MQTT_TLS",
    "MQTT_PASSWORD_FILE",
    "MQTT_PREFIX",
    "HA_DISCOVERY",
    "STATE_DIR",
    "LOG_LEVEL",
]
SECRET_NAMES = [
    "POWERWALL_PASSWORD",
    "POWERWALLS__garage__PASSWORD",
    "powerwalls__a b__password",
    "MQTT_PASSWORD",
    "MQTT_PASSWORT",
    "POWERWALL_TOKEN",
    "HA_TOKEN",
]
text = st.text(st.characters(), max_size=30)
prefixes = st.sampled_from(["", "POWERWALL", "POWERWALL_", "POWERWALLS__", "MQTT_", "HA_", "LOG_"])
names = st.sampled_from(KNOWN) | st.builds(str.__add__, prefixes, text)
values = text | st.sampled_from(["1", "true", "ca", "/dev/null", "/", "teg", "[::1]:1", "1e999"])
environments = st.dictionaries(names, values, max_size=12)
secrets = st.dictionaries(st.sampled_from(SECRET_NAMES), st.just(SECRET), min_size=1)


def said(env: dict[str, str], env_file: Path | None = None) -> str:
    """Return everything that the settings show: mistakes, or settings and warnings."""
    try:
        loaded = load_settings(env, env_file)
    except SettingsError as error:
        return str(error)
    return f"{loaded!r} {loaded.public()}"


@given(environments, secrets)
@settings(deadline=None)
def test_junk_in_the_environment_is_at_most_a_mistake_and_no_secret_shows(
    env: dict[str, str], secret: dict[str, str]
) -> None:
    words = said(env | secret)

    assert SECRET not in words
    assert all(line.isprintable() for line in words.split("\n"))


@given(st.lists(st.tuples(names, values), max_size=8), secrets, st.binary(max_size=8))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_in_the_file_is_at_most_a_mistake_and_no_secret_shows(
    tmp_path: Path, lines: list[tuple[str, str]], secret: dict[str, str], end: bytes
) -> None:
    path = tmp_path / ".env"
    text = "".join(f"{name}={value}\n" for name, value in [*lines, *secret.items()])
    path.write_bytes(text.encode(errors="surrogatepass") + end)

    assert SECRET not in said({"POWERWALL_HOST": "teg"}, path)


@given(text)
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert address.scheme in ("https", "http")
    assert not set(address.host) & set("/?#@[] ")
    assert address.port is None or 1 <= address.port <= 65535


@given(
    st.sampled_from(["", "https://", "http://"]),
    st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,6}){0,3}", fullmatch=True)
    | st.ip_addresses(v=4).map(str)
    | st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.none() | st.integers(1, 65535),
)
def test_a_good_address_is_taken_apart_again(scheme: str, host: str, port: int | None) -> None:
    address = parse_address(f"{scheme}{host}{'' if port is None else f':{port}'}")

    assert address == (scheme.removesuffix("://") or "https", host.strip("[]"), port)


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_may_stand_without_brackets(address: IPv6Address) -> None:
    assert parse_address(str(address)) == ("https", str(address), None)


@pytest.mark.parametrize("name", ["POWERWALL", "POWERWALLS", "MQTT_", "HA_", "POWERWALLS____HOST"])
def test_the_bare_start_of_a_name_is_a_stranger(name: str) -> None:
    loaded = load_settings({"POWERWALL_HOST": "teg", name: "{}"}, None)

    assert [warning.split(":")[0] for warning in loaded.warnings] == [name]
