"""What docs/upkeep.md says of leaving, run as it is printed on a real broker."""

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


def script(port: int) -> str:
    """Return the lines of the page, for the broker of a test, and without its patience."""
    lines = re.findall(r"^    (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    text = "\n".join(lines).replace("192.168.1.10", f"{LOOPBACK} -p {port}")
    return text.replace("prefix=powerwall", "prefix=house/pw").replace("-W 5", "-W 2")


def test_who_leaves_takes_all_along_and_nothing_of_others(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PREFIX": "house/pw"}
        with Subscriber(broker.side_door) as client:
            client.publish(STRANGER, '{"o": {"name": "kettle"}}', retain=True)
            client.publish("house/other", "1", retain=True)
            with running(env):
                eventually(lambda: any(topic.startswith(SITE) for topic in client.tree))
            before = set(retained(broker.side_door))

            subprocess.run(
                ["sh", "-eu", "-c", script(broker.port)],
                env={"PATH": os.environ["PATH"]},
                check=False,
                capture_output=True,
            )

            left = set(retained(broker.side_door))

    assert len([topic for topic in before if topic.startswith("house/pw/")]) > 300
    assert len([topic for topic in before if topic.startswith("homeassistant/")]) > 5
    assert left == {STRANGER, "house/other"}
