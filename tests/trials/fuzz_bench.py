"""A whole bridge on a link that is no broker's, two simulated gateways, and ears for complaints."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import paho.mqtt.client as paho
from bridges import gateway_env
from fakes import FakeClock
from subscriber import eventually

from bridge import assembly
from bridge.app import Application
from bridge.mqtt import Handler, Link, Received
from bridge.settings import Settings, load_settings
from bridge.simulator import Simulator
from bridge.topics import BridgeTopics, Message
from trials.fuzz_oracle import Held
from trials.fuzz_payloads import ANSWERS, PATHS

LAST_READ = "powerwalls"  # of the first poll, which has logged in
WRITES = (("POST", "operation"), ("POST", "v2/islanding/mode"), ("GET", "sitemaster/run"))
CONTROLLED = {
    "CONTROL": "all",
    "COMMANDS_PER_MINUTE": "600",
    "OFF_GRID_MIN_INTERVAL": "0",
    "OFF_GRID_MIN_LEVEL": "0",
    "POLL_INTERVAL": "5",
    "DEVICE_INTERVAL": "30",
    "SLOW_INTERVAL": "300",
}


class Wire(Link):
    """Stands in for the connection to the broker: hands messages in, writes down what goes out."""

    def __init__(self, settings: Settings) -> None:
        availability = BridgeTopics(settings.mqtt.prefix).availability
        super().__init__(assembly.broker(settings.mqtt), availability)
        self.news = threading.Condition()
        self.results: list[dict[str, Any]] = []
        self.strangers: list[dict[str, Any]] = []  # results of what is no command
        self.answers: Counter[int] = Counter()
        self._taken: dict[str, Handler] = {}

    def start(self, handlers: dict[str, Handler], _: Handler, __: list[str]) -> None:
        self._taken = handlers
        self.took_stock.set()

    def publish(self, message: Message) -> None:
        with self.news:
            own = message.topic.endswith("/command/result")
            result = json.loads(message.payload) if own or message.topic == ANSWERS else {}
            if result and result["command"] not in PATHS:
                self.strangers += [result] * own
            elif own:
                self.results.append(result)
            elif result:
                self.answers[int(message.correlation or b"-1")] += 1
            elif not message.retain and not message.topic.endswith("/event"):
                raise ValueError(f"{message.topic} is nobody's answer")
            self.news.notify_all()

    def deliver(self, received: Received) -> None:
        for filter_, handler in self._taken.items():
            if paho.topic_matches_sub(filter_, received.topic):
                handler(received)

    def stop(self) -> None:
        """Do nothing: there is no connection."""


class Complaints(logging.Handler):
    """Keeps what a sound bridge never logs: errors, and exceptions with their traceback."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.lines.append(self.format(record))


@dataclass(slots=True)
class House:
    """One simulated gateway, and how many of its requests were looked at."""

    sim: Simulator
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def held(self) -> Held:
        return Held(self.sim.operation.mode, self.sim.operation.reserve_raw_percent)

    def new_writes(self) -> list[tuple[str, str, bytes]]:
        """Return the requests that changed something since the last time this was asked.

        One that was refused for want of a login has changed nothing.
        """
        found = []
        for method, path in WRITES:
            number = self.sim.count(method, path)
            if new := number - self.seen[method, path]:
                self.seen[method, path] = number
                newest = reversed(self.sim.requests)
                fitting = (r for r in newest if (r.method, r.path) == (method, path))
                done = (r for r in islice(fitting, new) if r.status not in (401, 403))
                found += [(method, path, request.body) for request in done]
        return found


@contextmanager
def bridge(houses: dict[str, House], clock: FakeClock) -> Iterator[Wire]:
    env = {"MQTT_HOST": "127.0.0.1", "STATE_DIR": ""}
    for name, house in houses.items():
        prefix = f"POWERWALLS__{name}__"
        env |= gateway_env(house.sim, prefix, **CONTROLLED)
    settings = load_settings(env, env_file=None)
    wire = Wire(settings)
    application = Application(settings, clock, wire)
    application.start()
    try:
        sims = [house.sim for house in houses.values()]
        eventually(lambda: all(sim.count("GET", LAST_READ) for sim in sims))
        yield wire
    finally:
        application.stop()
