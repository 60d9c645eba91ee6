"""What systemd is told of a running bridge, over a real socket."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridges import Bridge, gateway_env
from leaping import Leaping
from subscriber import eventually

from bridge import assembly
from bridge.app import Application
from bridge.health.table import STUCK_S
from bridge.notify import notify, status
from bridge.settings import load_settings
from bridge.simulator import Fault, Simulator

NOBODY = {"MQTT_HOST": "127.0.0.1", "MQTT_PORT": "1", "STATE_DIR": ""}


class Manager:
    """Hears what a process says to NOTIFY_SOCKET, within `with`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(10)

    def hear(self) -> list[str]:
        """Return the lines of the next message; raises TimeoutError."""
        return self._socket.recv(4096).decode().split("\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["a file", "an abstract one"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    name = str(tmp_path / "notify")
    manager = Manager(name if request.param == "a file" else f"@{name}")
    yield manager
    manager.close()


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


def test_a_bridge_says_that_it_is_ready_then_alive_and_at_last_that_it_stops(
    manager: Manager, sim: Simulator, tmp_path: Path
) -> None:
    env = gateway_env(sim) | NOBODY | {"NOTIFY_SOCKET": manager.address}
    with Bridge(env, tmp_path / "bridge") as bridge:
        assert manager.hear() == ["READY=1"]
        assert manager.hear() == ["WATCHDOG=1", "STATUS=no broker"]
        assert manager.hear() == ["WATCHDOG=1", "STATUS=no broker"]
        bridge.terminate()

        assert manager.hear() == ["STOPPING=1"]
        assert bridge.exit_code(5) == 0


def test_a_bridge_with_wrong_settings_is_never_ready(manager: Manager, tmp_path: Path) -> None:
    with Bridge(NOBODY | {"NOTIFY_SOCKET": manager.address}, tmp_path / "bridge") as bridge:
        assert bridge.exit_code(10) == 2
    notify_from_here(manager, "the next message")

    assert manager.hear() == ["the next message"]


def notify_from_here(manager: Manager, *lines: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTIFY_SOCKET", manager.address)
        notify(*lines)


def test_a_stuck_gateway_loop_is_no_sign_of_life(
    manager: Manager, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, once = Leaping(assembly.now), threading.Event()
    once.set()
    env = gateway_env(sim, TIMEOUT="60") | NOBODY
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    application = Application(load_settings(env, env_file=None), clock)
    sim.faults.add(Fault(delay_s=60))
    application.start()
    eventually(lambda: sim.requests)
    application.wait(once)
    clock.leap(STUCK_S + 60)
    application.wait(once)
    application.stop()

    said = [manager.hear() for _ in range(4)]
    assert said == [
        ["READY=1"],
        ["WATCHDOG=1", "STATUS=no broker"],
        ["STATUS=no sign of life from main"],
        ["STOPPING=1"],
    ]


@pytest.mark.parametrize("address", ["", "/not/there", "@nobody/is/there", "vsock:2:1", "@"])
def test_nobody_who_listens_is_no_trouble(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    notify("READY=1")


def test_a_listener_that_does_not_listen_holds_nobody_up(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)

    for number in range(2000):
        notify(f"STATUS={number}")

    assert manager.hear() == ["STATUS=0"]


def test_a_status_is_one_line() -> None:
    assert status("no\nWATCHDOG=1  broker") == "STATUS=no WATCHDOG=1 broker"
