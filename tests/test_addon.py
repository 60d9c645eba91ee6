"""The add-on: its options are the bridge's settings, and its script becomes the bridge."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from brokers import LOOPBACK, Broker
from copied import ADDON, load
from subscriber import Subscriber

from bridge import __version__
from bridge.settings import GatewaySettings, HomeAssistantSettings, MqttSettings, load_settings
from bridge.settings.table import settings_of
from bridge.simulator import Simulator

CONFIG = load(ADDON / "config.yaml")
OF_THE_ADDON = {"accept_new_certificate", "gateways"}
SHIMS = {
    # Who may become somebody else is root in the add-on; nobody has to be it for a test.
    "setpriv": 'while [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"',
    "install": 'for last; do :; done\nmkdir -p "$last"',
}


class Supervisor(BaseHTTPRequestHandler):
    """Offers a broker to who has the token, as the Supervisor's API does."""

    offer: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        body = json.dumps({"result": "ok", "data": self.offer}).encode()
        self.send_response(200 if self.offer else 400)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def supervisor() -> Iterator[str]:
    Supervisor.offer, Supervisor.asked = {}, []
    with ThreadingHTTPServer((LOOPBACK, 0), Supervisor) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
        server.shutdown()


class Addon:
    """run.sh with options, between programs that stand for those of the add-on's image."""

    def __init__(self, directory: Path, supervisor: str) -> None:
        self._directory = directory
        self._supervisor = supervisor
        self.program('env -0 > "$STATE_DIR/$1.env"')
        for name, text in SHIMS.items():
            self._shim(name, text)

    def program(self, text: str) -> None:
        """Have this for powerwall-mqtt."""
        self._shim("powerwall-mqtt", text)

    def _shim(self, name: str, text: str) -> None:
        path = self._directory / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def start(self, **options: object) -> subprocess.Popen[str]:
        file = self._directory / "options.json"
        file.write_text(json.dumps(CONFIG["options"] | options), encoding="utf-8")
        env = {
            "PATH": f"{self._directory / 'bin'}:{os.environ['PATH']}",
            "OPTIONS_FILE": str(file),
            "STATE_DIR": str(self._directory / "state"),
            "SUPERVISOR_URL": self._supervisor,
            "SUPERVISOR_TOKEN": "a token",
        }
        return subprocess.Popen(
            [ADDON / "run.sh"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, **options: object) -> dict[str, str]:
        """Return the environment that `powerwall-mqtt run` got."""
        process = self.start(**options)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        text = (self._directory / "state" / "run.env").read_text(encoding="utf-8")
        return dict(line.split("=", 1) for line in text.split("\0") if line)

    def did(self, command: str) -> bool:
        return (self._directory / "state" / f"{command}.env").exists()


@pytest.fixture
def addon(tmp_path: Path, supervisor: str) -> Addon:
    return Addon(tmp_path, supervisor)


def gateway(**more: object) -> dict[str, object]:
    return {"name": "main", "host": "192.0.2.1", "password": "ABCDE", "control": "all"} | more


def variables(*models: Any) -> set[str]:
    """Return the settings of models as options are spelled."""
    return {row.variable.lower() for model in models for row in settings_of(model).values()}


def test_every_option_is_a_setting() -> None:
    (of_a_gateway,) = CONFIG["schema"]["gateways"]
    others = {f"mqtt_{name}" for name in variables(MqttSettings)}
    others |= {f"ha_{name}" for name in variables(HomeAssistantSettings)} | {"log_level"}

    assert set(of_a_gateway) <= variables(GatewaySettings)
    assert set(CONFIG["schema"]) - OF_THE_ADDON <= others


def test_every_choice_is_one_that_the_setting_has() -> None:
    (of_a_gateway,) = CONFIG["schema"]["gateways"]
    choices = {f"POWERWALL_{name.upper()}": kind for name, kind in of_a_gateway.items()}
    choices |= {name.upper(): kind for name, kind in CONFIG["schema"].items()}
    for name, kind in choices.items():
        if isinstance(kind, str) and (listed := re.fullmatch(r"list\((.*)\)\??", kind)):
            for choice in listed[1].split("|"):
                load_settings({"POWERWALL_HOST": "192.0.2.1", name: choice}, env_file=None)


def test_what_decides_on_the_way_to_a_broker_of_ones_own_can_be_chosen() -> None:
    (of_a_gateway,) = CONFIG["schema"]["gateways"]

    assert CONFIG["schema"].keys() >= {"mqtt_protocol", "mqtt_ca_file", "mqtt_client_id"}
    assert of_a_gateway.keys() >= {"commands_per_minute", "commit"}


def test_the_range_of_a_number_is_that_of_its_setting() -> None:
    (of_a_gateway,) = CONFIG["schema"]["gateways"]
    allowed = {row.variable.lower(): row.allowed for row in settings_of(GatewaySettings).values()}
    for option, kind in of_a_gateway.items():
        if limits := re.fullmatch(r"(?:int|float)\((\d+\.?\d*),(\d+)\)\??", kind):
            assert f"{limits[1]} to {limits[2]}" in allowed[option], option


def test_what_is_proposed_has_its_place_in_the_schema() -> None:
    assert CONFIG["options"].keys() <= CONFIG["schema"].keys()
    assert CONFIG["options"]["gateways"][0].keys() <= CONFIG["schema"]["gateways"][0].keys()


def test_every_option_is_explained() -> None:
    explained = load(ADDON / "translations" / "en.yaml")["configuration"]

    assert explained.keys() == CONFIG["schema"].keys()
    assert all(row["name"] and row["description"] for row in explained.values())


def test_its_version_is_the_bridges() -> None:
    dockerfile = (ADDON / "Dockerfile").read_text(encoding="utf-8")

    assert CONFIG["version"] == __version__
    assert f'io.hass.version="{__version__}"' in dockerfile


def test_the_broker_is_the_one_that_the_supervisor_offers(addon: Addon) -> None:
    offer = {"host": "core-mosquitto", "port": 1883, "ssl": False, "protocol": "3.1.1"}
    Supervisor.offer = offer | {"username": "addons", "password": 'it\'s $HOME `x` "q"'}

    env = addon.run(gateways=[gateway()])

    assert {name: env[name] for name in env if name.startswith("MQTT_")} == {
        "MQTT_HOST": "core-mosquitto",
        "MQTT_PORT": "1883",
        "MQTT_TLS": "false",
        "MQTT_USERNAME": "addons",
        "MQTT_PASSWORD": 'it\'s $HOME `x` "q"',
    }
    assert Supervisor.asked == [("/services/mqtt", "Bearer a token")]


def test_a_broker_of_ones_own_is_taken_instead(addon: Addon) -> None:
    env = addon.run(gateways=[gateway()], mqtt_host="192.0.2.9", mqtt_username="me")

    assert (env["MQTT_HOST"], env["MQTT_USERNAME"]) == ("192.0.2.9", "me")
    assert "MQTT_PASSWORD" not in env
    assert Supervisor.asked == []


def test_a_certificate_without_a_directory_is_the_one_in_ssl(addon: Addon) -> None:
    own = addon.run(gateways=[gateway()], mqtt_host="192.0.2.9", mqtt_ca_file="ca.pem")
    full = addon.run(gateways=[gateway()], mqtt_host="192.0.2.9", mqtt_ca_file="/data/ca.pem")

    assert (own["MQTT_CA_FILE"], full["MQTT_CA_FILE"]) == ("/ssl/ca.pem", "/data/ca.pem")
    assert {"type": "ssl", "read_only": True} in CONFIG["map"]


def test_the_options_of_mqtt_arrive_as_they_are_spelled(addon: Addon) -> None:
    env = addon.run(
        gateways=[gateway(commit="never", commands_per_minute=3)],
        mqtt_host="192.0.2.9",
        mqtt_protocol="3.1.1",
        mqtt_client_id="mine",
    )

    settings = load_settings(env, env_file=None)
    (one,) = settings.gateways
    assert (settings.mqtt.protocol, settings.mqtt.client_id) == ("3.1.1", "mine")
    assert (one.commit, one.commands_per_minute) == ("never", 3)


def test_the_sign_of_life_is_looked_for_where_the_bridge_leaves_it() -> None:
    dockerfile = (ADDON / "Dockerfile").read_text(encoding="utf-8")

    (check,) = re.findall(r"^\s+CMD (.*healthcheck)$", dockerfile, re.MULTILINE)
    for option in ("mqtt_prefix", "mqtt_client_id"):
        assert f"{option.upper()}=$(jq -r '.{option} // \"\"' options.json)" in check


def test_several_gateways_are_read_as_the_bridge_reads_them(addon: Addon) -> None:
    beach = gateway(name="beach_house", host="192.0.2.2", control="none", poll_interval=2.5)

    env = addon.run(gateways=[gateway(), beach], mqtt_host="192.0.2.9")

    second, first = sorted(load_settings(env, env_file=None).gateways, key=lambda g: g.name)
    assert (first.name, first.host, first.control) == ("main", "192.0.2.1", "all")
    assert (second.name, second.poll_interval_s, second.control) == ("beach_house", 2.5, "none")
    assert first.password is not None
    assert first.password.get_secret_value() == "ABCDE"


def test_two_gateways_of_one_name_are_a_mistake(addon: Addon) -> None:
    """The second would take the place of the first, but for what it does not say itself."""
    one, other = gateway(username="installer"), gateway(host="192.0.2.2")

    process = addon.start(gateways=[one, other], mqtt_host="192.0.2.9")
    _, said = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "Two gateways are called main" in said
    assert not addon.did("run")


def test_the_bridge_has_no_way_to_the_supervisor(addon: Addon) -> None:
    assert "SUPERVISOR_TOKEN" not in addon.run(gateways=[gateway()], mqtt_host="192.0.2.9")


def test_without_a_broker_it_says_what_to_do(addon: Addon) -> None:
    process = addon.start(gateways=[gateway()])
    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "install the Mosquitto add-on" in said
    assert not addon.did("run")


@pytest.mark.parametrize("wanted", [True, False])
def test_a_new_certificate_is_accepted_only_when_that_is_asked(
    addon: Addon, *, wanted: bool
) -> None:
    addon.run(gateways=[gateway()], mqtt_host="192.0.2.9", accept_new_certificate=wanted)

    assert addon.did("check") == wanted


def test_the_options_as_they_come_are_told_by_name(addon: Addon) -> None:
    addon.program(f'exec {sys.executable} -m bridge "$@"')
    process = addon.start(mqtt_host=LOOPBACK)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "POWERWALLS__main__HOST" in said


def test_it_is_the_bridge(addon: Addon, tmp_path: Path) -> None:
    """From what the Supervisor says to what the gateway says, on a real broker."""
    addon.program(f'exec {sys.executable} -m bridge "$@"')
    with Broker(tmp_path / "broker") as broker, Simulator() as sim:
        Supervisor.offer = {"host": LOOPBACK, "port": broker.port, "ssl": False}
        with Subscriber(broker.side_door, "powerwall/#") as client:
            process = addon.start(gateways=[gateway(host=sim.address, password=sim.password)])
            try:
                client.hear("powerwall/main/snapshot", since=0, within_s=30)
            finally:
                process.terminate()
                process.communicate(timeout=20)
