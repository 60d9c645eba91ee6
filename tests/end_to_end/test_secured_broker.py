"""The broker that is shipped as an example asks for TLS and passwords, and the bridge has both."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from bridges import Env, gateway_env, running
from brokers import LOOPBACK, Certificates, free_ports, make_certificates
from subscriber import eventually

from bridge.mqtt import Broker as Door
from bridge.simulator import Simulator
from bridge.trial import try_broker

EXAMPLES = Path(__file__).parents[2] / "examples" / "mosquitto"
PASSWORD, CHECK = "the bridge's own", "powerwall/bridge/check"


@dataclass(frozen=True)
class Secured:
    """A mosquitto that runs with the shipped files."""

    port: int
    certificates: Certificates


def shipped(directory: Path, port: int) -> str:
    """Return the shipped configuration for files in this directory and a free port."""
    text = (EXAMPLES / "secured.conf").read_text(encoding="utf-8")
    assert text.count("listener ") == text.count("listener 8883\n") == 1
    text = text.replace("listener 8883", f"listener {port} {LOOPBACK}")
    text = text.replace("/mosquitto/config/", f"{directory}/")
    text = text.replace("/mosquitto/data/", f"{directory}/")
    return text + ("user root\n" if os.geteuid() == 0 else "")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Secured]:
    port = free_ports(1)[0]
    pair = make_certificates(tmp_path)
    shutil.copy(EXAMPLES / "acl", tmp_path / "acl")
    (tmp_path / "acl").chmod(0o600)
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "bridge", PASSWORD], check=True)
    subprocess.run(["mosquitto_passwd", "-b", passwords, "reader", PASSWORD], check=True)
    (tmp_path / "mosquitto.conf").write_text(shipped(tmp_path, port), encoding="utf-8")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    log = tmp_path / "mosquitto.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program, "-c", tmp_path / "mosquitto.conf"], stdout=out, stderr=out
        )
    try:
        eventually(lambda: "running" in log.read_text(encoding="utf-8"))
        yield Secured(port, pair)
    finally:
        process.terminate()
        process.wait()


def door(broker: Secured, **changes: object) -> Door:
    given = {"username": "bridge", "password": PASSWORD, "tls": True}
    given |= {"ca_file": broker.certificates.ca} | changes
    return Door(LOOPBACK, broker.port, "guest", **given)  # type: ignore[arg-type]  # by name


def test_the_bridge_works_with_it(broker: Secured) -> None:
    env: Env = {
        "MQTT_HOST": LOOPBACK,
        "MQTT_PORT": str(broker.port),
        "MQTT_USERNAME": "bridge",
        "MQTT_PASSWORD": PASSWORD,
        "MQTT_TLS": "true",
        "MQTT_CA_FILE": str(broker.certificates.ca),
        "STATE_DIR": "",
    }
    with Simulator() as sim, running(gateway_env(sim) | env) as journal:
        for words in ("main is connected", "connected to 127.0.0.1"):
            eventually(partial(journal.matching, words))

        assert journal.matching("ERROR") == []


def test_who_has_authority_and_password_gets_in(broker: Secured) -> None:
    assert try_broker(door(broker), CHECK).good


def test_who_may_not_write_is_told_what_to_do(broker: Secured) -> None:
    verdict = try_broker(door(broker, username="reader"), CHECK)

    assert not verdict.good
    assert "powerwall/bridge/check is refused (Not authorized); let MQTT_USERNAME" in verdict.words


@pytest.mark.parametrize("password", [None, "guessed"])
def test_who_has_not_the_password_stays_out(broker: Secured, password: str | None) -> None:
    verdict = try_broker(door(broker, password=password), CHECK)

    assert not verdict.good
    assert verdict.words.startswith("the broker refused: Not authorized")


def test_who_speaks_without_tls_stays_out(broker: Secured) -> None:
    assert not try_broker(door(broker, tls=False, ca_file=None), CHECK).good
