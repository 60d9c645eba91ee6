"""The bridge under test: as a process of its own, or in this one where that is faster."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from brokers import LOOPBACK, Broker
from subscriber import eventually

from bridge import assembly
from bridge.app import Application
from bridge.settings import load_settings
from bridge.simulator import Simulator

Env = dict[str, str]
QUICK = {"POLL_INTERVAL": "1", "DEVICE_INTERVAL": "1", "SLOW_INTERVAL": "1", "TIMEOUT": "2"}


def gateway_env(sim: Simulator, prefix: str = "POWERWALL_", **changes: str) -> Env:
    """Return the settings of a gateway, asked every second; changes are by name without prefix."""
    values = {"HOST": sim.address, "PASSWORD": sim.password} | QUICK | changes
    return {prefix + name: value for name, value in values.items()}


def broker_env(broker: Broker, state_dir: Path | None = None) -> Env:
    """Return the settings of everything but gateways; without state_dir nothing is kept."""
    return {
        "MQTT_HOST": LOOPBACK,
        "MQTT_PORT": str(broker.port),
        "STATE_DIR": str(state_dir or ""),
    }


class Bridge:
    """`python -m bridge run` with an environment of its own, within `with`."""

    def __init__(self, env: Env, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "bridge.log"
        directory.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bridge", "run"],
                env=_inherited() | env,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def say(self, words: str, within_s: float = 10.0) -> None:
        """Wait until the log has these words."""
        try:
            eventually(lambda: words in self.log, within_s)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not in the log:\n{self.log}") from None

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word; returns when it is gone."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def exit_code(self, within_s: float) -> int:
        """Wait for its end; raises subprocess.TimeoutExpired."""
        return self._process.wait(within_s)


def _inherited() -> Env:
    """Return what a process needs of our environment; the developer's own settings stay out."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}


class Journal(logging.Handler):
    """Keeps what the bridge of this process logs, one text per record, tracebacks included."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    @property
    def lines(self) -> list[str]:
        return list(self._lines)

    def matching(self, *words: str) -> list[str]:
        return [line for line in self.lines if all(word in line for word in words)]


@contextmanager
def running(env: Env, clock: assembly.Clock = assembly.now) -> Iterator[Journal]:
    """Run the bridge in this process, as `run` does, and give its journal."""
    journal = Journal()
    logger = logging.getLogger("bridge")
    level = logger.level
    logger.addHandler(journal)
    logger.setLevel(logging.INFO)
    application = Application(load_settings(env, env_file=None), clock)
    stop = threading.Event()
    keeper = threading.Thread(target=application.wait, args=(stop,), daemon=True)
    application.start()
    keeper.start()
    try:
        yield journal
    finally:
        stop.set()
        keeper.join()
        application.stop()
        logger.removeHandler(journal)
        logger.setLevel(level)
