"""Nothing that the bridge says or publishes holds a secret, whatever goes wrong around it."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from bridges import Bridge, Env, broker_env, gateway_env
from brokers import Broker, Certificates, Options, make_certificates
from subscriber import Subscriber, eventually

from bridge import assembly
from bridge.settings import load_settings
from bridge.simulator import Fault, Simulator

MQTT_PASSWORD = "Brok3r pass:w0rd/ü"
WRONG = "n0t-the-passw0rd"
CONNECTION = "powerwall/main/connection"


@dataclass
class Scene:
    """A house whose bridge has every kind of secret, and all that was ever said in it."""

    directory: Path
    sim: Simulator
    broker: Broker
    pair: Certificates
    client: Subscriber
    secrets: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def env(self) -> Env:
        return (
            gateway_env(self.sim, CONTROL="all")
            | broker_env(self.broker, self.state)
            | {
                "MQTT_USERNAME": "bridge",
                "MQTT_PASSWORD": MQTT_PASSWORD,
                "MQTT_TLS": "true",
                "MQTT_CA_FILE": str(self.pair.ca),
                "MQTT_CERT_FILE": str(self.pair.client),
                "MQTT_KEY_FILE": str(self.pair.client_key),
                "LOG_LEVEL": "debug",
            }
        )

    def bridge(self, **changes: str) -> Bridge:
        return Bridge(self.env | changes, self.directory / f"bridge-{len(self.said)}")

    def learn_session(self) -> dict[str, str]:
        """Add token and cookies of the session that is kept now, and return one of each."""
        session = json.loads((self.state / "main.json").read_text(encoding="utf-8"))["session"]
        cookies = [cookie.partition("=")[2] for cookie in session["cookies"]]
        self.secrets |= {session["token"], *cookies}
        return {"token": session["token"], "cookie": cookies[-1]}

    def leaks(self) -> list[str]:
        """Return where a secret was said, in any of its forms."""
        told = [(heard.topic, heard.payload) for heard in self.client.log]
        return [
            place
            for place, text in (*self.said.items(), *told)
            if any(form in text for secret in self.secrets for form in forms(secret))
        ]


def forms(secret: str) -> set[str]:
    """Return a secret as it is, and as it travels in JSON, in a URL and in base64."""
    plain = secret.encode()
    return {
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
        base64.b64encode(plain).decode(),
        plain.hex(),
    }


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    pair = make_certificates(tmp_path)
    options = Options(certificates=pair, accounts={"bridge": MQTT_PASSWORD})
    with (
        Broker(tmp_path / "broker", options) as broker,
        Simulator() as sim,
        Subscriber(broker.side_door) as client,
    ):
        key = pair.client_key.read_text(encoding="utf-8").splitlines()[1:-1]
        yield Scene(tmp_path, sim, broker, pair, client, {sim.password, MQTT_PASSWORD, WRONG, *key})


def program(scene: Scene, *words: str, **changes: str) -> str:
    """Return all that a command of the program says."""
    ours = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words],
        env=ours | scene.env | changes,
        cwd=scene.directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def echoes(secret: str) -> tuple[Fault, ...]:
    """Return how a gateway may say what it was told, where the bridge repeats its words."""
    body = json.dumps({"code": 500, "message": f"what is {secret}"}).encode()
    away = (("location", f"http://elsewhere/{secret}"),)
    return (
        Fault("operation", "POST", status=500, body=body),
        Fault(method="GET", status=504, body=body),
        Fault(method="GET", status=302, headers=away),
        Fault(method="GET", status=404, body=f"no {secret} here".encode()),
    )


@pytest.mark.parametrize("kind", ["token", "cookie", "password"])
def test_a_gateway_that_repeats_a_secret_is_not_quoted(scene: Scene, kind: str) -> None:
    client = scene.client
    with scene.bridge() as bridge:
        client.see(CONNECTION, "connected")
        session = scene.learn_session()
        for fault in echoes({"password": scene.sim.password, **session}[kind]):
            since = client.now
            number = scene.sim.faults.add(fault)
            client.publish("powerwall/main/operation/set", f'{{"backup_reserve": {20 + number}}}')
            client.wait(partial(quoted, client, since, str(fault.status)), within_s=40)
            scene.sim.faults.remove(number)
        scene.said["log"] = bridge.log

    assert "***" in "".join(heard.payload for heard in client.log)
    assert scene.leaks() == []


def quoted(client: Subscriber, since: int, words: str) -> bool:
    """Return whether why commands failed, or why the gateway is not connected, has these words."""
    told = client.payloads("powerwall/main/command/result", since)
    return any(words in one for one in told + client.payloads(f"{CONNECTION}/reason", since))


def test_a_day_of_trouble_tells_no_secret(scene: Scene) -> None:
    sim, client = scene.sim, scene.client
    with scene.bridge() as bridge:
        client.see(CONNECTION, "connected")
        first = scene.learn_session()["token"]
        sim.expire_sessions()
        eventually(lambda: scene.learn_session()["token"] != first)
        scene.broker.kill()
        bridge.say("the broker is gone")
        sim.rotate_certificate()
        bridge.say("main is untrusted")
        bridge.terminate()
        assert bridge.exit_code(10) == 0
        scene.said["log"] = bridge.log

    assert len(scene.secrets) > 8
    assert scene.leaks() == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_wrong_passwords_are_not_told(scene: Scene, form: str) -> None:
    wrong = {"POWERWALL_PASSWORD": WRONG, "LOG_FORMAT": form}
    with scene.bridge(**wrong) as bridge:
        bridge.say("main is unauthorized")
        scene.client.see(CONNECTION, "unauthorized")
        scene.said["log of a wrong password"] = bridge.log
    with scene.bridge(MQTT_PASSWORD=WRONG, LOG_FORMAT=form) as bridge:
        bridge.say("the broker refused")
        scene.said["log of a wrong password at the broker"] = bridge.log

    assert scene.leaks() == []


WRONG_SETTINGS = {
    "an address with a password": {"MQTT_HOST": f"mqtt://me:{WRONG}@broker"},
    "a gateway with a password": {"POWERWALL_HOST": f"https://me:{WRONG}@192.0.2.1"},
    "a password for a file": {"POWERWALL_PASSWORD": "", "POWERWALL_PASSWORD_FILE": WRONG},
    "both": {"MQTT_PASSWORD_FILE": "/dev/null"},
    "a name with a slip": {"MQTT_PASSWROD": WRONG, "MQTT_PORT": "none"},
    "a user that cannot be": {"MQTT_PASSWORD": f"{WRONG}\udc80", "MQTT_PORT": "none"},
    "an unknown name": {"POWERWALLS__x__PASSWORD": WRONG},
    "a key that is none": {"MQTT_KEY_FILE": "/dev/null"},
}


@pytest.mark.parametrize("wrong", WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
def test_wrong_settings_tell_no_secret(scene: Scene, wrong: Env) -> None:
    scene.said["check"] = program(scene, "check", **wrong)
    scene.said["run"] = program(scene, "run", **wrong)
    scene.said["healthcheck"] = program(scene, "healthcheck", **wrong | {"STATE_DIR": "/nowhere"})

    assert scene.said["run"]
    assert "Traceback" not in "".join(scene.said.values())
    assert scene.leaks() == []


@pytest.mark.parametrize("words", [("check",), ("check", "--json"), ("check", "--trust")])
def test_check_tells_no_secret(scene: Scene, words: tuple[str, ...]) -> None:
    scene.said["well"] = program(scene, *words)
    scene.learn_session()
    scene.said["a wrong password"] = program(scene, *words, POWERWALL_PASSWORD=WRONG)
    scene.said["a wrong one at the broker"] = program(scene, *words, MQTT_PASSWORD=WRONG)
    scene.sim.rotate_certificate()
    scene.said["another certificate"] = program(scene, *words)

    assert "ok" in scene.said["well"]
    assert scene.leaks() == []


def test_settings_show_no_secret(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(scene.sim.password + "\n", encoding="utf-8")
    env = scene.env | {"POWERWALL_PASSWORD": "", "POWERWALL_PASSWORD_FILE": str(file)}
    settings = load_settings(env, env_file=None)
    gateway = settings.gateways[0]
    for shown in (settings, gateway, settings.mqtt, assembly.setup(gateway)):
        scene.said |= {f"repr of {type(shown)}": repr(shown), f"str of {type(shown)}": str(shown)}
    scene.said["broker"] = repr(assembly.broker(settings.mqtt))
    scene.said["JSON"] = settings.model_dump_json() + str(settings.model_dump())
    scene.said["public"] = json.dumps(settings.public())

    assert gateway.password is not None
    assert gateway.password.get_secret_value() == scene.sim.password
    assert scene.leaks() == []


def test_what_is_kept_is_for_the_bridge_alone(scene: Scene) -> None:
    with scene.bridge():
        scene.client.see(CONNECTION, "connected")
        scene.learn_session()
        kept = {file.name: file.stat().st_mode & 0o777 for file in scene.state.glob("*.json*")}
        text = (scene.state / "main.json").read_text(encoding="utf-8")

    assert "main.json" in kept
    assert set(kept.values()) == {0o600}, kept  # beside it a scratch file, while it is written
    assert scene.sim.password not in text
    assert MQTT_PASSWORD not in text


def test_a_crash_leaves_no_memory_on_disk(scene: Scene) -> None:
    with scene.bridge() as bridge:
        scene.client.see(CONNECTION, "connected")
        limits = Path(f"/proc/{bridge.pid}/limits").read_text(encoding="utf-8").splitlines()
        words = Path(f"/proc/{bridge.pid}/cmdline").read_bytes()

    core = next(line.split() for line in limits if line.startswith("Max core file size"))
    assert core[4:6] == ["0", "0"]
    assert scene.sim.password.encode() not in words
