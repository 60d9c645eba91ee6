"""Ways to reach a broker, and what the log says when it cannot be."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bridges import Bridge, Env, broker_env, gateway_env, running
from brokers import (
    LOOPBACK,
    Broker,
    Certificates,
    Options,
    free_ports,
    make_certificates,
)
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Simulator

AVAILABLE = "powerwall/bridge/availability"
CONNECTION = "powerwall/main/connection"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator("fw2144") as sim:
        yield sim


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def tls_env(certificates: Certificates) -> Env:
    return {
        "MQTT_TLS": "true",
        "MQTT_CA_FILE": str(certificates.ca),
        "MQTT_CERT_FILE": str(certificates.client),
        "MQTT_KEY_FILE": str(certificates.client_key),
    }


def works(env: Env, broker: Broker) -> None:
    """Assert that readings and commands go through the door of a broker."""
    with Subscriber(broker.side_door) as client, running(env):
        client.see(AVAILABLE, "online")
        client.see(CONNECTION, "connected")
        since = client.now
        client.publish("powerwall/main/operation/mode/set", "no mode")
        client.hear("powerwall/main/command/result", since=since)
    assert retained(broker.side_door)[AVAILABLE] == "offline"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_tls_with_a_client_certificate(
    tmp_path: Path, sim: Simulator, certificates: Certificates, protocol: str
) -> None:
    with Broker(tmp_path, Options(certificates=certificates)) as broker:
        env = gateway_env(sim) | broker_env(broker) | tls_env(certificates)

        works(env | {"MQTT_PROTOCOL": protocol}, broker)


def test_a_broker_whose_authority_is_unknown_is_said_to_be_so(
    tmp_path: Path, sim: Simulator, certificates: Certificates
) -> None:
    with Broker(tmp_path, Options(certificates=make_certificates(tmp_path))) as broker:
        env = gateway_env(sim) | broker_env(broker) | tls_env(certificates)
        with Subscriber(broker.side_door) as client, Bridge(env, tmp_path / "bridge") as bridge:
            bridge.say("ERROR")

            assert client.tree == {}
            assert "MQTT_CA_FILE" in bridge.log


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
def test_an_authority_that_signed_another_broker_is_named(
    tmp_path: Path, sim: Simulator, certificates: Certificates, transport: str
) -> None:
    others = directory(tmp_path / "others")
    options = Options(certificates=certificates, websockets=transport == "websockets")
    with Broker(tmp_path, options) as broker:
        env = gateway_env(sim) | broker_env(broker) | tls_env(certificates)
        env |= {"MQTT_TRANSPORT": transport, "MQTT_CA_FILE": str(make_certificates(others).ca)}
        with Bridge(env, tmp_path / "bridge") as bridge:
            bridge.say("is not trusted")

            assert "check MQTT_CA_FILE" in bridge.log


@pytest.mark.parametrize("shown", ["none", "of another authority"])
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_client_certificate_that_is_not_taken_is_named_and_opens_nothing(
    tmp_path: Path, sim: Simulator, certificates: Certificates, shown: str, protocol: str
) -> None:
    others = make_certificates(directory(tmp_path / "others"))
    pair = {"MQTT_CERT_FILE": str(others.client), "MQTT_KEY_FILE": str(others.client_key)}
    if shown == "none":
        pair = dict.fromkeys(pair, "")
    with Broker(tmp_path, Options(certificates=certificates)) as broker:
        env = gateway_env(sim) | broker_env(broker) | tls_env(certificates) | pair
        with (
            Subscriber(broker.side_door) as client,
            Bridge(env | {"MQTT_PROTOCOL": protocol}, tmp_path / "bridge") as bridge,
        ):
            bridge.say("client certificate")

            assert client.tree == {}
            assert "MQTT_CERT_FILE" in bridge.log


def directory(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_broker_that_is_away_is_said_once(tmp_path: Path, sim: Simulator) -> None:
    with Broker(tmp_path) as broker:
        broker.kill()
        with Bridge(gateway_env(sim) | broker_env(broker), tmp_path / "bridge") as bridge:
            bridge.say("no broker at")
            asked = sim.count("GET", "system_status/soe")
            eventually(lambda: sim.count("GET", "system_status/soe") >= asked + 5)

            assert [line.split()[3] for line in bridge.log.splitlines() if "ERROR" in line] == [
                "no"
            ]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_user_and_password(tmp_path: Path, sim: Simulator, protocol: str) -> None:
    with Broker(tmp_path, Options(accounts={"bridge": "pass word"})) as broker:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PROTOCOL": protocol}

        works(env | {"MQTT_USERNAME": "bridge", "MQTT_PASSWORD": "pass word"}, broker)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("login", [{"MQTT_USERNAME": "bridge", "MQTT_PASSWORD": "wrong"}, {}])
def test_a_wrong_password_is_logged_once_with_the_settings_to_look_at(
    tmp_path: Path, sim: Simulator, login: Env, protocol: str
) -> None:
    with Broker(tmp_path, Options(accounts={"bridge": "right"})) as broker:
        env = gateway_env(sim) | broker_env(broker) | login | {"MQTT_PROTOCOL": protocol}
        log = tmp_path / "mosquitto.log"
        with running(env) as journal:
            eventually(lambda: log.read_text().count("not authorised") >= 2, within_s=12)

    said = journal.matching("MQTT_USERNAME", "MQTT_PASSWORD")
    assert len(said) == 1
    assert said[0].startswith("ERROR")
    assert "wrong" not in said[0]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_websockets(tmp_path: Path, sim: Simulator, protocol: str) -> None:
    with Broker(tmp_path, Options(websockets=True)) as broker:
        env = gateway_env(sim) | broker_env(broker) | {"MQTT_PROTOCOL": protocol}

        works(env | {"MQTT_TRANSPORT": "websockets"}, broker)


def test_websockets_with_tls(tmp_path: Path, sim: Simulator, certificates: Certificates) -> None:
    with Broker(tmp_path, Options(certificates=certificates, websockets=True)) as broker:
        env = gateway_env(sim) | broker_env(broker) | tls_env(certificates)

        works(env | {"MQTT_TRANSPORT": "websockets"}, broker)


def test_a_broker_that_lets_it_do_only_its_own(tmp_path: Path, sim: Simulator) -> None:
    rules = "topic readwrite powerwall/#\ntopic readwrite homeassistant/#\n"
    with Broker(tmp_path, Options(acl=rules)) as broker:
        works(gateway_env(sim) | broker_env(broker), broker)


# a process of its own: this broker leaves its sockets to the garbage collector
OLD_BROKER = """
import asyncio, sys
from amqtt.broker import Broker

async def serve():
    anyone = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listeners = {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}}
    await Broker({"listeners": listeners, "plugins": anyone}).start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


@contextmanager
def old_broker() -> Iterator[Env]:
    """Run a broker that knows MQTT 3.1.1 only; give the settings that lead to it."""
    port = str(free_ports(1)[0])
    command = [sys.executable, "-c", OLD_BROKER, port]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield {"MQTT_HOST": LOOPBACK, "MQTT_PORT": port, "STATE_DIR": ""}
        finally:
            process.kill()


def test_a_broker_without_mqtt_5_is_told_by_the_setting_to_change(sim: Simulator) -> None:
    with old_broker() as place, running(gateway_env(sim) | place) as journal:
        eventually(lambda: journal.matching("MQTT_PROTOCOL"))

        assert [line[:5] for line in journal.matching("MQTT_PROTOCOL")] == ["ERROR"]


def test_a_broker_without_mqtt_5_works_with_that_setting(sim: Simulator) -> None:
    with old_broker() as place:
        env = gateway_env(sim) | place | {"MQTT_PROTOCOL": "3.1.1"}
        with Subscriber(int(env["MQTT_PORT"]), protocol="3.1.1") as client, running(env):
            client.see(AVAILABLE, "online")
            client.see(CONNECTION, "connected")
