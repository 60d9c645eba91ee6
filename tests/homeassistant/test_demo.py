"""How soon somebody who tries the demo has a device in Home Assistant."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from brokers import LOOPBACK
from subscriber import eventually, retained

from homeassistant.scene import Scene

TOPICS = "powerwall-demo/"
SOON_S = 20.0


def announced(scene: Scene) -> dict[str, set[tuple[str, str]]]:
    """Return what the demo has announced: devices, and the entities of each that are enabled."""
    told = retained(scene.broker.side_door, "homeassistant/device/+/config").values()
    devices = [json.loads(payload) for payload in told if TOPICS in payload]
    return {
        device["dev"]["ids"][0]: {
            (c["p"], c["unique_id"])
            for c in device["cmps"].values()
            if c.get("enabled_by_default", True)
        }
        for device in devices
    }


def complete(scene: Scene) -> bool:
    """Return whether every device of the demo is there, and all that is enabled has a value."""
    devices = announced(scene)
    kinds = {id_.partition("_")[0] for id_ in devices}
    states = {key: entity.state for key, entity in scene.core.entities().items()}
    seen = {states.get(key) for keys in devices.values() for key in keys}
    return {"site", "pack", "inverter"} <= kinds and not seen & {None, "unavailable"}


def test_the_demo_is_a_device_within_seconds(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {"MQTT_HOST": LOOPBACK, "MQTT_PORT": str(scene.broker.port), "PATH": os.environ["PATH"]}
    if "PYTHONPATH" in os.environ:
        env["PYTHONPATH"] = os.environ["PYTHONPATH"]
    started_s = time.monotonic()
    with (tmp_path / "log").open("wb") as log:
        demo = subprocess.Popen(
            [sys.executable, "-m", "bridge", "demo", "--plain"],
            env=env,
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: complete(scene), SOON_S)
        took_s = time.monotonic() - started_s
        devices = announced(scene)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(20)

    entities = sum(map(len, devices.values()))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{took_s:.1f} s from the start of the demo to {len(devices)} devices "
            f"with {entities} enabled entities in Home Assistant {scene.core.version}\n"
        )
    eventually(lambda: not devices.keys() & scene.core.devices().keys(), 20)
