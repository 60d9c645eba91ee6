"""Quotes that nobody took away: Docker's --env-file hands them on as a part of the value."""

from pathlib import Path

import pytest

from bridge.errors import SettingsError
from bridge.settings import load_settings

HINT = (
    "begins and ends with a quote that counts as part of it; "
    "Docker's --env-file and secret files need none"
)


def hints(env_file: Path | None = None, /, **env: str) -> tuple[str, ...]:
    return load_settings({"POWERWALL_HOST": "teg", "HOME": "/"} | env, env_file).warnings


@pytest.mark.parametrize("name", ["POWERWALL_PASSWORD", "MQTT_PASSWORD", "MQTT_USERNAME"])
@pytest.mark.parametrize("value", ["'a $ecret'", '"a $ecret"'])
def test_a_value_in_quotes_is_taken_as_it_is_with_a_hint_that_does_not_show_it(
    name: str, value: str
) -> None:
    assert hints(**{name: value}) == (f"{name}: {HINT}",)


@pytest.mark.parametrize("value", ["'", "it's", "'tis", "x'", "'a\"", "plain"])
def test_a_quote_that_is_no_pair_is_no_matter(value: str) -> None:
    assert hints(MQTT_PASSWORD=value) == ()


def test_a_secret_file_in_quotes_is_told_by_its_variable(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("'a $ecret'\n", encoding="utf-8")

    assert hints(MQTT_PASSWORD_FILE=str(file)) == (f"MQTT_PASSWORD_FILE: {HINT}",)


def test_quotes_in_the_settings_file_are_taken_away_and_no_matter(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("MQTT_PASSWORD='a $ecret'\n", encoding="utf-8")

    assert hints(file) == ()


def test_the_hint_stands_behind_a_mistake() -> None:
    with pytest.raises(SettingsError) as caught:
        hints(POWERWALL_HOST="'192.168.1.50'")

    assert caught.value.mistakes[-1] == f"POWERWALL_HOST: {HINT}"
