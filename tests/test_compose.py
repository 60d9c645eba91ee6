"""compose.yaml: what it sets for the bridge can be set otherwise in .env."""

from pathlib import Path

from copied import load

ROOT = Path(__file__).parent.parent


def test_the_broker_of_the_settings_goes_before_the_one_beside() -> None:
    """Compose reads .env for its own variables too."""
    bridge = load(ROOT / "compose.yaml")["services"]["bridge"]

    assert bridge["environment"] == {"MQTT_HOST": "${MQTT_HOST:-mosquitto}"}


def test_the_image_that_is_run_without_compose_is_built_before() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    build, run = page.find("docker build -t powerwall-mqtt ."), page.find("docker run ")

    assert 0 < build < run
