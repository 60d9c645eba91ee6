"""The examples for the terminal, each run as it is printed, on a real broker and bridge."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber, eventually

from bridge.simulator import Simulator

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
PAGES = (EXAMPLES / "mosquitto_sub" / "README.md", ROOT / "README.md")
SHOWS = re.compile(r"^    (mosquitto_(?:sub|rr) .*)$", re.MULTILINE)
LINES = [line for page in PAGES for line in SHOWS.findall(page.read_text(encoding="utf-8"))]
SCRIPT = str(EXAMPLES / "shell" / "powerwall-set")
OWN = "powerwall/main/"


@dataclass(frozen=True)
class Terminal:
    """A shell whose mosquitto clients find the broker by their own configuration."""

    sim: Simulator
    observer: Subscriber
    broker: Broker
    home: Path

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home)}

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run the script for commands."""
        place = {"MQTT_PORT": str(self.broker.port), "WAIT_S": "15"}
        env = self.env | place | env
        return subprocess.run(
            [SCRIPT, *words], env=env, check=False, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    directory = tmp_path_factory.mktemp("terminal")
    with Broker(directory / "broker") as broker, Simulator() as sim:
        (directory / ".config").mkdir()
        for client in ("mosquitto_sub", "mosquitto_rr"):
            (directory / ".config" / client).write_text(f"-p {broker.port}\n", encoding="utf-8")
        env = gateway_env(sim, COMMANDS_PER_MINUTE="600") | broker_env(broker)
        with Subscriber(broker.side_door) as observer, running(env):
            observer.see(f"{OWN}control/operation/availability", "online")
            observer.hear(f"{OWN}snapshot")
            yield Terminal(sim, observer, broker, directory)


def _ours(line: str) -> str:
    """Return a line with our broker and prefix in place of those that a reader puts in."""
    return line.replace("192.168.1.10", "127.0.0.1").replace("powerwall-sim/", "powerwall/")


@pytest.mark.parametrize("line", LINES)
def test_each_line_shows_something(terminal: Terminal, line: str, tmp_path: Path) -> None:
    shown, trouble = tmp_path / "shown", tmp_path / "trouble"
    with shown.open("wb") as out, trouble.open("wb") as err:
        words = ["sh", "-c", f"exec timeout 10 {_ours(line)}"]
        process = subprocess.Popen(words, env=terminal.env, stdout=out, stderr=err)

    def said() -> bool:
        for topic in ("event", "command/result"):  # nothing is retained there
            if line.endswith(topic):
                terminal.observer.publish(f"{OWN}{topic}", '{"by":"the test"}')
        return shown.stat().st_size > 0

    try:
        eventually(said, 10)
    finally:
        process.terminate()
        process.wait()
    assert trouble.read_text(encoding="utf-8") == ""


def test_the_page_has_lines_for_all_that_is_there() -> None:
    assert len(LINES) >= 10
    assert {line.split()[0] for line in LINES} == {"mosquitto_sub", "mosquitto_rr"}


@pytest.mark.parametrize(
    ("words", "mode", "raw_percent"),
    [
        (("reserve", "35"), "self_consumption", 38.25),
        (("mode", "backup"), "backup", 38.25),
        (("both", "self_consumption", "20"), "self_consumption", 24.0),
    ],
)
def test_the_script_says_how_a_command_ended(
    terminal: Terminal, words: tuple[str, ...], mode: str, raw_percent: float
) -> None:
    terminal.run("both", "self_consumption", "35")

    first, again = terminal.run(*words), terminal.run(*words)

    assert (first.returncode, again.returncode, first.stderr) == (0, 0, "")
    assert json.loads(again.stdout)["status"] == "unchanged"
    held = terminal.sim.operation
    assert str(held.mode) == mode
    assert held.reserve_raw_percent == pytest.approx(raw_percent)


def test_the_script_fails_when_the_bridge_refuses(terminal: Terminal) -> None:
    ended = terminal.run("mode", "holiday")

    assert ended.returncode == 1
    assert json.loads(ended.stdout)["status"] == "refused"


@pytest.mark.parametrize(
    "words",
    [(), ("reserve",), ("reserve", "x y"), ("reserve", "5,"), ("mode", 'a"b'), ("both", "backup")],
)
def test_the_script_sends_nothing_when_it_is_called_wrongly(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    since = terminal.observer.now

    ended = terminal.run(*words)

    assert ended.returncode == 2
    assert "powerwall-set reserve 35" in ended.stderr
    terminal.observer.catch_up()
    assert terminal.observer.heard(f"{OWN}operation/set", since) == []


def test_the_script_sends_nothing_while_the_bridge_is_offline(terminal: Terminal) -> None:
    since = terminal.observer.now
    terminal.observer.publish("elsewhere/bridge/availability", "offline", retain=True)

    ended = terminal.run("mode", "backup", MQTT_PREFIX="elsewhere")

    assert (ended.returncode, ended.stderr) == (3, "the bridge is offline\n")
    assert terminal.observer.heard("elsewhere/main/operation/set", since) == []


def test_the_script_says_when_nobody_answers(terminal: Terminal) -> None:
    ended = terminal.run("mode", "backup", MQTT_PREFIX="nowhere", WAIT_S="1")

    assert ended.returncode == 3
    assert "no answer from the bridge" in ended.stderr
