"""The demo's own broker: mosquitto where the program is, else amqtt in this process."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from bridge.errors import BridgeError

START_S = 5.0
STOP_S = 2.0
_TRIES = 3
_MORE_PATH = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what it means to bind to it
# The pipe to stdin ends with this process however that ends, and the broker with the pipe.
_UNTIL_STDIN_ENDS = 'exec 3<&0; (read -r _ <&3; kill $$) & exec "$0" -c "$1" 3<&-'
_NEEDED = (
    "demo needs a broker: install mosquitto (apt install mosquitto, brew install mosquitto), "
    'or pip install ".[demo]" where this was cloned, or set MQTT_HOST'
)


class Lacking(BridgeError):
    """Something has to be installed first."""


class BrokerFailed(BridgeError):
    """The broker is there and did not start."""


class OwnBroker(Protocol):
    """A broker that lives from start() to stop(); start raises BrokerFailed."""

    name: str
    protocol: Literal["5", "3.1.1"]

    @property
    def port(self) -> int: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


Maker = Callable[[str, int], OwnBroker]


class Mosquitto:
    """A private mosquitto: own port, own temporary directory, no password, nothing kept."""

    name = "a private mosquitto"
    protocol: Literal["5", "3.1.1"] = "5"

    def __init__(self, program: str, address: str, port: int) -> None:
        self._program = program
        self._address = address
        self._wanted_port = port
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        for _ in range(_TRIES):
            self.port = free_port(self._address, self._wanted_port)
            said = self._try()
            if said is None:
                return
            self.stop()
            if self._wanted_port or "in use" not in said:
                break
        raise BrokerFailed(f"mosquitto did not start on {self._address}:{self.port}: {said}")

    def stop(self) -> None:
        process, folder = self._process, self._folder
        self._process = self._folder = None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if folder is not None:
            folder.cleanup()

    def _try(self) -> str | None:
        """Start it once; return why it did not, None when it takes connections."""
        self._folder = tempfile.TemporaryDirectory(prefix="powerwall-demo-")
        config = Path(self._folder.name, "mosquitto.conf")
        config.write_text(
            f"listener {self.port} {self._address}\nallow_anonymous true\npersistence false\n"
            "log_dest stderr\nset_tcp_nodelay true\nmax_queued_messages 0\n",
            encoding="utf-8",
        )
        log = Path(self._folder.name, "log")
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(  # noqa: S603  # found on PATH, no user's words
                ["/bin/sh", "-c", _UNTIL_STDIN_ENDS, self._program, str(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is for us: the bridge says goodbye first
            )
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s:
            if self._process.poll() is not None:
                errors = log.read_text(errors="replace").splitlines()
                return next((line for line in reversed(errors) if "rror" in line), "it ended")
            if answers(self._address, self.port):
                return None
            time.sleep(0.01)
        return f"it did not answer within {START_S:g} s"


def amqtt(address: str, port: int) -> OwnBroker:
    """Return a broker inside this process; raises ModuleNotFoundError without the extra."""
    from bridge.demo.amqtt_broker import Amqtt  # imported late: it is an extra, and slow

    return Amqtt(address, free_port(address, port))


def find_mosquitto(env: Mapping[str, str]) -> str | None:
    path = os.pathsep.join([env.get("PATH", os.defpath), *_MORE_PATH])
    return shutil.which("mosquitto", path=path)


def own_broker(address: str, port: int, mosquitto: str | None, other: Maker = amqtt) -> OwnBroker:
    """Return the best broker that can be had; raises Lacking."""
    if mosquitto:
        return Mosquitto(mosquitto, address, port)
    try:
        return other(address, port)
    except ModuleNotFoundError as error:
        raise Lacking(_NEEDED) from error


def free_port(address: str, port: int = 0) -> int:
    """Return a port that nobody listens on, the given one if any; raises BrokerFailed."""
    try:
        info = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(info[4][:2], family=info[0]) as server:
            return int(server.getsockname()[1])
    except OSError as error:
        words = (error.strerror or str(error)).partition(" (while")[0]
        raise BrokerFailed(f"cannot listen on {address}:{port or 'any'}: {words}") from error


def answers(address: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((near(address), port), timeout=1):
        return True
    return False


def near(address: str) -> str:
    """Return where this machine reaches what is bound to an address."""
    return _EVERYWHERE.get(address, address)


def far(address: str) -> str:
    """Return where other machines reach it, as far as this machine knows."""
    if address not in _EVERYWHERE:
        return address
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; it tells which of our addresses is used
        return str(probe.getsockname()[0])
    return near(address)
