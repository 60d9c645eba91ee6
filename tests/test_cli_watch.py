"""`watch` shows what a broker has, and never pretends that old values are current."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import LOOPBACK, Broker, Options, free_ports, make_certificates
from subscriber import Subscriber, eventually

from bridge.cli.watch import filters
from bridge.simulator import Simulator
from bridge.topics import OFFLINE, ONLINE, BridgeTopics

BRIDGE = BridgeTopics("powerwall")


class Watch:
    """`watch` as a process of its own, its output no terminal."""

    def __init__(self, directory: Path, port: int, *arguments: str, **env: str) -> None:
        self._out = directory / "watch.txt"
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bridge", "watch", *arguments],
                env={"PATH": os.environ["PATH"], "MQTT_HOST": LOOPBACK, "MQTT_PORT": str(port)}
                | env,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def text(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def say(self, words: str) -> None:
        try:
            eventually(lambda: words in self.text)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not in:\n{self.text}") from None


@contextmanager
def watching(directory: Path, port: int, *arguments: str, **env: str) -> Iterator[Watch]:
    watch = Watch(directory, port, *arguments, **env)
    try:
        yield watch
    finally:
        if watch.process.poll() is None:
            watch.process.kill()
            watch.process.wait()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as one:
        yield one


def test_it_shows_what_the_bridge_publishes(broker: Broker, tmp_path: Path) -> None:
    with Simulator() as sim:
        sim.house.set_scenario("grid-powered")
        with running(gateway_env(sim) | broker_env(broker)), watching(tmp_path, broker.port) as w:
            w.say("grid 900 W importing  home 900 W  battery 0 W idle")


def test_a_bridge_that_is_gone_is_said(broker: Broker, tmp_path: Path) -> None:
    with Simulator() as sim, watching(tmp_path, broker.port) as watch:
        with running(gateway_env(sim) | broker_env(broker)):
            watch.say("self_consumption  connected")

        watch.say("(the bridge is offline)")


def test_a_broker_without_a_bridge_is_said(broker: Broker, tmp_path: Path) -> None:
    with watching(tmp_path, broker.port) as watch:
        watch.say("nothing under powerwall/ yet")


def test_a_broker_that_is_away_is_said(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with watching(tmp_path, port) as watch:
        watch.say(f"no broker at 127.0.0.1:{port}; check MQTT_HOST and MQTT_PORT\n")


def test_a_certificate_that_is_not_trusted_is_said(tmp_path: Path) -> None:
    options = Options(certificates=make_certificates(tmp_path))
    with (
        Broker(tmp_path / "broker", options) as secured,
        watching(tmp_path, secured.port, MQTT_TLS="true") as watch,
    ):
        watch.say(f"the certificate of 127.0.0.1:{secured.port} is not trusted")
        watch.say("check MQTT_CA_FILE")


def test_a_broker_that_comes_back_is_found(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker")
    with watching(tmp_path, broker.port) as watch:
        watch.say("no broker at")
        with broker:
            watch.say("nothing under powerwall/ yet")


def test_a_broker_that_refuses_is_said_with_a_remedy(tmp_path: Path) -> None:
    locked = Broker(tmp_path / "broker", Options(accounts={"me": "secret"}))
    with locked, watching(tmp_path, locked.port) as watch:
        watch.say("check MQTT_USERNAME and MQTT_PASSWORD")


def test_another_gateway_can_be_chosen(broker: Broker, tmp_path: Path) -> None:
    with Subscriber(broker.port) as hand:
        hand.publish(BRIDGE.availability, ONLINE, retain=True)
        hand.publish(BRIDGE.gateway("main").availability, ONLINE, retain=True)
        hand.publish(BRIDGE.gateway("garage").availability, OFFLINE, retain=True)

        with watching(tmp_path, broker.port, "--gateway", "garage") as watch:
            watch.say("the gateway is offline")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_the_good_end(number: signal.Signals, broker: Broker, tmp_path: Path) -> None:
    with watching(tmp_path, broker.port) as watch:
        watch.say("nothing under powerwall/ yet")

        watch.process.send_signal(number)

        assert watch.process.wait(5) == 0
        assert "Traceback" not in watch.text


def test_it_leaves_nothing_on_the_broker(broker: Broker, tmp_path: Path) -> None:
    with Subscriber(broker.side_door) as observer, watching(tmp_path, broker.port) as watch:
        watch.say("nothing under powerwall/ yet")

        watch.process.kill()
        watch.process.wait()
        observer.catch_up()

        assert observer.log == []


def test_one_gateway_needs_no_more_than_its_own_topics() -> None:
    assert filters("powerwall", "garage") == ["powerwall/bridge/availability", "powerwall/garage/#"]
