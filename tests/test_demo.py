"""The demo needs nothing, shows a house within seconds and leaves nothing behind."""

import fcntl
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from brokers import LOOPBACK, Broker, Options, free_ports
from subscriber import Subscriber, eventually

from bridge.demo.brokers import (
    BrokerFailed,
    Lacking,
    Maker,
    Mosquitto,
    OwnBroker,
    amqtt,
    find_mosquitto,
    free_port,
    own_broker,
)
from bridge.demo.hints import Scene
from bridge.demo.stage import GATEWAY, GUEST_PREFIX, Stage, Wish, guest_settings
from bridge.errors import SettingsError
from bridge.settings import MqttSettings
from bridge.simulator import Simulator
from bridge.topics import BridgeTopics
from bridge.watch.house import House

PROGRAM = (sys.executable, "-m", "bridge", "demo")
DEMO_S = 30.0
SERIAL = re.compile(r"TG[0-9A-Z]{10,}")
FOREIGN = "homeassistant/device/foreign/config"


def quiet_env(**changes: str) -> dict[str, str]:
    """Return an environment without settings, but with a terminal."""
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TERM": "xterm", **changes}


def demo(directory: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end, its output no terminal."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=quiet_env(**env),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=DEMO_S,
    )


class Window:
    """The demo in a terminal of its own."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=quiet_env(TMPDIR=str(directory)),
            cwd=directory,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        self._pieces: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return b"".join(self._pieces).decode("utf-8", "replace")

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def _read(self) -> None:
        while True:
            try:
                self._pieces.append(os.read(self._master, 65536))
            except OSError:
                return


@contextmanager
def window(directory: Path, *arguments: str) -> Iterator[Window]:
    shown = Window(directory, *arguments)
    try:
        yield shown
    finally:
        if shown.process.poll() is None:
            shown.process.kill()
            shown.process.wait()


def complete(stage: Stage) -> House | None:
    """Return the house as the broker has it, once all of it is there."""
    topics = BridgeTopics(stage.prefix).gateway(GATEWAY)
    seen = House.of(stage.wall.payloads, topics, stage.listener.trouble)
    return seen if seen.complete else None


def reserve(stage: Stage) -> float | None:
    seen = complete(stage)
    return seen.reserve_percent if seen else None


def serials(simulator: Simulator) -> set[str]:
    found = SERIAL.findall(simulator.document("powerwalls").decode())
    return {simulator.site.din, *found}


def discovery_in(tree: Iterable[str]) -> list[str]:
    return [topic for topic in tree if topic.startswith("homeassistant/device/")]


def set_reserve(stage: Stage, percent: str) -> None:
    topic = BridgeTopics(stage.prefix).gateway(GATEWAY).command(("operation", "backup_reserve"))
    with Subscriber(stage.venue.mqtt.port, protocol=stage.venue.mqtt.protocol) as hand:
        hand.publish(topic, percent)


def port_of(output: str) -> int:
    found = re.search(r"mosquitto_sub -h \S+ -p (\d+)", output)
    assert found
    return int(found[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def test_it_shows_complete_values_and_ends_by_itself(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--seconds", "2.5")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "first complete values after" in ran.stdout
    assert re.search(r"solar \S+ kW generating .* self_consumption  connected\n", ran.stdout)


def test_it_says_how_to_look_in_and_take_part(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--seconds", "1")

    assert "-v -t 'powerwall/#'" in ran.stdout
    assert "-t powerwall/main/operation/backup_reserve/set -m 40" in ran.stdout
    assert "Home Assistant" in ran.stdout


def test_its_broker_ends_with_it(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--seconds", "1")

    assert not answers(port_of(ran.stdout))


def test_settings_of_real_gateways_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POWERWALL_HOST=###\nPOWERWALL_PORT=1\n")

    ran = demo(tmp_path, "--seconds", "1", POWERWALL_HOST="192.0.2.1", POWERWALL_CONTROL="none")

    assert (ran.returncode, ran.stderr) == (0, "")


def test_it_leaves_no_file_behind(tmp_path: Path) -> None:
    demo(tmp_path, "--seconds", "1", TMPDIR=str(tmp_path), HOME=str(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    with window(tmp_path) as shown:
        eventually(lambda: "complete values after" in shown.text)

        shown.process.send_signal(number)

        assert shown.process.wait(5) == 0
        assert "Traceback" not in shown.text


def test_q_ends_it_and_the_terminal_is_as_before(tmp_path: Path) -> None:
    with window(tmp_path) as shown:
        eventually(lambda: "complete values after" in shown.text)

        shown.press(b"q")

        assert shown.process.wait(5) == 0
        assert shown.text.count("\x1b[?1049h") == shown.text.count("\x1b[?1049l") == 1
        assert shown.text.rindex("\x1b[?25h") > shown.text.rindex("\x1b[?25l")
        assert termios.tcgetattr(shown.slave) == shown.before


def test_the_picture_is_drawn_in_a_terminal(tmp_path: Path) -> None:
    with window(tmp_path) as shown:
        eventually(lambda: "● connected" in shown.text)

        assert "╭──── solar ────╮" in shown.text


def test_even_a_killed_demo_takes_its_broker_along(tmp_path: Path) -> None:
    with window(tmp_path) as shown:
        eventually(lambda: "complete values after" in shown.text)
        port = port_of(shown.text)

        shown.process.kill()

        eventually(lambda: not answers(port))


def test_a_busy_port_is_said(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as busy:
        ran = demo(tmp_path, "--port", str(busy.getsockname()[1]))

    assert ran.returncode == 1
    assert re.fullmatch(r"cannot listen on 127\.0\.0\.1:\d+: Address already in use\n", ran.stderr)


@pytest.mark.parametrize("argument", [("--speed", "-1"), ("--speed", "inf"), ("--profile", "fw1")])
def test_an_impossible_wish_is_a_wrong_usage(argument: tuple[str, str], tmp_path: Path) -> None:
    assert demo(tmp_path, *argument).returncode == 2


def test_a_broker_that_is_named_is_used_and_tidied_up(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Subscriber(broker.side_door) as observer:
        observer.publish("other/thing", "1", retain=True)
        observer.publish(FOREIGN, '{"avty":[{"topic":"powerwall/main/availability"}]}', retain=True)

        ran = demo(tmp_path, "--seconds", "2", MQTT_HOST=LOOPBACK, MQTT_PORT=str(broker.port))
        observer.catch_up()

        assert ran.returncode == 0
        topics = {heard.topic for heard in observer.log}
        assert f"{GUEST_PREFIX}/main/grid/power" in topics
        assert any(topic.startswith("homeassistant/device/site_") for topic in topics)
        assert sorted(observer.tree) == [FOREIGN, "other/thing"]


def test_its_house_is_another_one_than_the_simulated_one() -> None:
    """Home Assistant takes houses with the same serials for one."""
    with Stage(Wish(), {"PATH": os.environ["PATH"]}, None) as stage:
        eventually(lambda: complete(stage))
        shown = serials(stage.simulator)

    assert shown
    assert shown & serials(Simulator()) == set()


def test_discovery_that_another_house_took_meanwhile_is_left(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Subscriber(broker.side_door) as observer:
        env = {"MQTT_HOST": LOOPBACK, "MQTT_PORT": str(broker.port)}
        theirs = '{"avty":[{"topic":"powerwall/main/availability"}],"o":{"name":"powerwall-mqtt"}}'
        with Stage(Wish(), env, None):
            taken = observer.wait(lambda: discovery_in(observer.tree))[0]
            observer.publish(taken, theirs, retain=True)
            observer.hear(taken, theirs)

        observer.catch_up()
        assert observer.tree == {taken: theirs}


@pytest.mark.parametrize(
    ("acl", "topic"),
    [
        ("topic readwrite powerwall/#", "powerwall-demo/bridge/check"),
        (
            "topic readwrite powerwall-demo/#",
            "homeassistant/device/powerwall_mqtt_check/config",
        ),
    ],
)
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_topic_that_the_broker_lets_nobody_write_is_named(
    acl: str, topic: str, protocol: str, tmp_path: Path
) -> None:
    locked = Options(accounts={"me": "secret"}, acl=f"user me\n{acl}\n")
    with Broker(tmp_path / "broker", locked) as broker:
        env = {"MQTT_HOST": LOOPBACK, "MQTT_PORT": str(broker.port), "MQTT_PROTOCOL": protocol}

        ran = demo(tmp_path, "--seconds", "2", MQTT_USERNAME="me", MQTT_PASSWORD="secret", **env)

    assert ran.returncode == 1
    assert f" {topic} " in ran.stderr
    assert "let MQTT_USERNAME write" in ran.stderr


def test_what_a_killed_demo_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, Subscriber(broker.side_door) as observer:
        observer.publish(f"{GUEST_PREFIX}/main/pack/TG0/power", "1", retain=True)

        demo(tmp_path, "--seconds", "1.5", MQTT_HOST=LOOPBACK, MQTT_PORT=str(broker.port))
        observer.catch_up()

        assert observer.tree == {}


def test_a_named_broker_that_is_missing_is_said(tmp_path: Path) -> None:
    (port,) = free_ports(1)

    ran = demo(tmp_path, "--seconds", "2", MQTT_HOST=LOOPBACK, MQTT_PORT=str(port))

    assert ran.returncode == 1
    assert f"no broker at 127.0.0.1:{port}" in ran.stdout


def test_listen_is_for_the_own_broker_only(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--listen", LOOPBACK, MQTT_HOST=LOOPBACK)

    assert ran.returncode == 2
    assert ran.stderr.startswith("--listen and --port are for the demo's own broker")


def test_a_command_is_carried_out() -> None:
    with Stage(Wish(), {"PATH": os.environ["PATH"]}, None) as stage:
        eventually(lambda: complete(stage))

        set_reserve(stage, "40")

        eventually(lambda: reserve(stage) == 40)


@pytest.fixture
def with_amqtt() -> Maker:
    pytest.importorskip("amqtt")
    return amqtt


def test_it_runs_on_amqtt_too(with_amqtt: Maker) -> None:
    with Stage(Wish(), {}, None, make_broker=with_amqtt) as stage:
        eventually(lambda: complete(stage))
        set_reserve(stage, "40")

        eventually(lambda: reserve(stage) == 40)

    assert "3.1.1" in stage.venue.name
    assert not any(thread.name == "amqtt" for thread in threading.enumerate())


def test_amqtt_sends_nobody_what_was_not_asked_for(with_amqtt: Maker) -> None:
    broker = with_amqtt(LOOPBACK, 0)
    broker.start()
    try:
        with Subscriber(broker.port, "#", protocol="3.1.1") as all_of_it:
            all_of_it.publish("a/b", "1", retain=True)
            all_of_it.see("a/b", "1")
            with Subscriber(broker.port, "x/y", protocol="3.1.1") as little:
                little.catch_up()

                assert little.log == []
    finally:
        broker.stop()


def test_amqtt_says_that_its_port_is_busy(with_amqtt: Maker) -> None:
    with (
        socket.create_server((LOOPBACK, 0)) as busy,
        pytest.raises(BrokerFailed, match="Address already in use"),
    ):
        with_amqtt(LOOPBACK, busy.getsockname()[1])


def test_mosquitto_is_found_where_only_root_looks() -> None:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if program is None:
        pytest.skip("mosquitto is elsewhere here")

    assert find_mosquitto({"PATH": "/nowhere"}) == program


def test_a_program_that_is_no_broker_fails_in_words() -> None:
    broker = Mosquitto("/bin/false", LOOPBACK, 0)

    with pytest.raises(BrokerFailed, match=r"mosquitto did not start on 127\.0\.0\.1:"):
        broker.start()


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(BrokerFailed, match=r"cannot listen on 192\.0\.2\.1:any: "):
        free_port("192.0.2.1")


def test_without_mqtt_host_no_setting_is_looked_at() -> None:
    assert guest_settings({"MQTT_PORT": "x", "POWERWALL_HOST": "#"}, None) is None


def test_a_named_broker_has_all_its_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MQTT_HOST=broker\nMQTT_USERNAME=me\nPOWERWALL_HOST=#\n")

    settings = guest_settings({"mqtt_port": "1884"}, tmp_path / ".env")

    assert settings is not None
    assert (settings.mqtt.host, settings.mqtt.port, settings.mqtt.username) == (
        "broker",
        1884,
        "me",
    )


def test_a_mistake_in_them_is_said() -> None:
    with pytest.raises(SettingsError, match="MQTT_PORT"):
        guest_settings({"MQTT_HOST": "broker", "MQTT_PORT": "x"}, None)


def test_what_is_lacking_has_a_name_to_install() -> None:
    """The words are all that somebody without any broker sees."""

    def no_amqtt(_address: str, _port: int) -> OwnBroker:
        raise ModuleNotFoundError(name="amqtt")

    with pytest.raises(Lacking, match=r"install mosquitto .* or set MQTT_HOST"):
        own_broker(LOOPBACK, 0, None, no_amqtt)


def test_hints_name_the_user_and_never_the_password() -> None:
    mqtt = MqttSettings(host="broker", username="me", password="secret")  # type: ignore[arg-type]  # as typed

    hints = Scene(mqtt, "broker", "the broker", "main").hints(None)

    assert "-u me -P ..." in hints[0].text
    assert "secret" not in str(hints)
