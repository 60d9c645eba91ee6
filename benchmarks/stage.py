"""Real processes to measure: a private mosquitto, the bridge and the floor."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.house import Place

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
PREFIX = "powerwall"
DEVICE_POLLS, SLOW_POLLS = 6, 60  # the default intervals: 5, 30 and 300 s
_WAIT_S = 20.0
_STOP_S = 10.0
_BROKER = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 0
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that was started here; log is where its output goes."""

    pid: int
    log: Path
    started: float

    @property
    def lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is: a directory of its own, the gateway and the broker's port."""

    directory: Path
    place: Place
    mqtt_port: int

    @contextmanager
    def bridge(self, poll_s: float, prefix: str = PREFIX) -> Iterator[Running]:
        """Run the bridge as a user would, its device and slow intervals in proportion."""
        settings = {
            "POWERWALL_HOST": self.place.address,
            "POWERWALL_PASSWORD": self.place.password,
            "POWERWALL_POLL_INTERVAL": f"{poll_s:g}",
            "POWERWALL_DEVICE_INTERVAL": f"{poll_s * DEVICE_POLLS:g}",
            "POWERWALL_SLOW_INTERVAL": f"{poll_s * SLOW_POLLS:g}",
            "MQTT_HOST": "127.0.0.1",
            "MQTT_PORT": str(self.mqtt_port),
            "MQTT_PREFIX": prefix,
            "STATE_DIR": str(self.directory / f"state-{time.monotonic_ns()}"),
        }
        with self.process(["-m", "bridge", "run"], settings) as running:
            yield running

    @contextmanager
    def process(
        self, arguments: list[str], settings: dict[str, str] | None = None, given: str = ""
    ) -> Iterator[Running]:
        """Run Python with nothing of our environment but PATH; given is its input."""
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
        number = time.monotonic_ns()
        log, input_file = self.directory / f"{number}.log", self.directory / f"{number}.input"
        input_file.write_text(given)
        started = time.monotonic()
        with (
            log.open("wb") as output,
            input_file.open("rb") as stdin,
            _ended(
                subprocess.Popen(
                    [sys.executable, *arguments],
                    cwd=self.directory,
                    env=environment | (settings or {}),
                    stdin=stdin,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            ) as process,
        ):
            running = Running(process.pid, log, started)
            try:
                yield running
            except TimeoutError as error:
                raise SystemExit("\n".join([*running.lines[-10:], str(error)])) from error


@contextmanager
def broker(directory: Path) -> Iterator[int]:
    """Run a mosquitto that nobody else uses; gives its port.

    It sends without Nagle's delay: else a subscriber's delayed acknowledgement would be measured.
    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SystemExit("mosquitto is not installed")
    port = _free_port()
    settings = directory / "mosquitto.conf"
    settings.write_text(_BROKER.format(port=port))
    quiet = subprocess.DEVNULL
    with _ended(
        subprocess.Popen([program, "-c", str(settings)], stdin=quiet, stdout=quiet, stderr=quiet)
    ):
        wait_for(lambda: _listens(port), "mosquitto")
        yield port


def wait_for(look: Callable[[], T | None], what: str, wait_s: float = _WAIT_S) -> T:
    """Return what is found, as soon as it is there; raises TimeoutError, naming what."""
    until = time.monotonic() + wait_s
    while not (found := look()):
        if time.monotonic() > until:
            raise TimeoutError(f"{what}: not within {wait_s:g} s")
        time.sleep(0.02)
    return found


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Let the process live as long as the block, whatever ends that."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
