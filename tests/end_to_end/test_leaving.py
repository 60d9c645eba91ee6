"""What docs/upkeep.md says of renaming and leaving, run as it is printed on a real broker."""

import json
import os
import re
import subprocess
from pathlib import Path

from bridges import broker_env, gateway_env, running
from brokers import LOOPBACK, Broker
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Simulator

PAGE = Path(__file__).parent.parent.parent / "docs" / "upkeep.md"
SITE = "homeassistant/device/site_"
STRANGER = "homeassistant/device/kettle/config"


def script(port: int, last: int | None = None) -> str:
    """Return the lines of the page, for the broker of a test, and without its patience."""
    lines = re.findall(r"^    (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    text = "\n".join(lines[:last]).replace("192.168.1.10", f"{LOOPBACK} -p {port}")
    return text.replace("prefix=powerwall", "prefix=house/pw").replace("-W 5", "-W 2")


def run(lines: str, **env: str) -> None:
    subprocess.run(
        ["sh", "-eu", "-c", lines],
        env={"PATH": os.environ["PATH"]} | env,
        check=False,
        capture_output=True,
    )


def test_who_leaves_takes_all_along_and_nothing_of_others(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PREFIX": "house/pw"}
        with Subscriber(broker.side_door) as client:
            client.publish(STRANGER, '{"o": {"name": "kettle"}}', retain=True)
            client.publish("house/other", "1", retain=True)
            with running(env):
                eventually(lambda: any(topic.startswith(SITE) for topic in client.tree))
            before = set(retained(broker.side_door))

            run(script(broker.port))

            left = set(retained(broker.side_door))

    assert len([topic for topic in before if topic.startswith("house/pw/")]) > 300
    assert len([topic for topic in before if topic.startswith("homeassistant/")]) > 5
    assert left == {STRANGER, "house/other"}


def test_what_was_announced_goes_by_all_lines_but_the_last(tmp_path: Path) -> None:
    """Without discovery the bridge does not look at what it announced in an earlier run."""
    assert "**`HA_DISCOVERY=false`** leaves" in PAGE.read_text(encoding="utf-8")
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = gateway_env(sim, NAME="old") | broker_env(broker) | {"MQTT_PREFIX": "house/pw"}
        with Subscriber(broker.side_door) as client:
            client.publish(STRANGER, '{"o": {"name": "kettle"}}', retain=True)
            with running(env):
                eventually(lambda: any(topic.startswith(SITE) for topic in client.tree))
            named = env | {"POWERWALL_NAME": "new", "HA_DISCOVERY": "false"}
            with running(named):
                client.hear("house/pw/new/snapshot")
                eventually(lambda: not retained(broker.side_door, "house/pw/old/#"))
                kept = retained(broker.side_door, "homeassistant/#")

                run(script(broker.port, -1))

                left = retained(broker.side_door, "homeassistant/#")
                topics = retained(broker.side_door, "house/pw/new/#")

    assert any(topic.startswith(SITE) for topic in kept)
    assert set(left) == {STRANGER}
    assert len(topics) > 300


def test_a_gateway_whose_file_is_renamed_is_the_one_it_was(tmp_path: Path) -> None:
    """Its outages go on counting, and no certificate is trusted anew."""
    (lines,) = re.findall(
        r"^\* \*\*pip:\*\* `(cd .*mv .*)`$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    state_dir = tmp_path / ".local" / "state" / "powerwall-mqtt"
    state_dir.mkdir(parents=True)
    (state_dir / "main.json").write_text(json.dumps({"outages": {"count": 7}}))
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = broker_env(broker, state_dir)
        with Subscriber(broker.side_door) as client:
            with running(gateway_env(sim) | env) as journal:
                client.see("powerwall/main/outage/count", "7")
            assert journal.matching("trusted from now on")

            run(lines, HOME=str(tmp_path))

            with running(gateway_env(sim, NAME="garage") | env) as journal:
                client.see("powerwall/garage/outage/count", "7")
                eventually(lambda: not retained(broker.side_door, "powerwall/main/#"))
            assert journal.matching("trusted from now on") == []
