"""Random commands for a whole bridge with two simulated gateways, whose writes are judged."""

import json
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

import paho.mqtt.client as paho
from bridges import gateway_env
from fakes import FakeClock

from bridge import assembly
from bridge.app import Application
from bridge.mqtt import Handler, Link, Received
from bridge.settings import Settings, load_settings
from bridge.simulator import Simulator
from bridge.topics import OFFLINE, BridgeTopics, Message
from trials.fuzz_oracle import Deed, Held, deed, wished
from trials.fuzz_payloads import ANSWERS, Case, make_case

PATIENCE_S = 10.0
STEP_S = 0.11  # between two messages: no more than 600 commands in a minute
FORGOTTEN_S = 700.0
UNVERIFIED_S = 200.0
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
        self._last = Received(availability, OFFLINE.encode(), stored=True)
        self.news = threading.Condition()
        self.results: list[dict[str, Any]] = []
        self.answers: Counter[int] = Counter()
        self._taken: dict[str, Handler] = {}

    def start(self, handlers: dict[str, Handler], stock: Handler, look_into: list[str]) -> None:  # noqa: ARG002
        self._taken = handlers
        stock(self._last)

    def publish(self, message: Message) -> None:
        with self.news:
            if message.topic.endswith("/command/result"):
                self.results.append(json.loads(message.payload))
            elif message.topic == ANSWERS:
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
class Tried:
    """What came of the messages; faults are in words, each of them a bug."""

    messages: int = 0
    commands: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class House:
    """One simulated gateway, and how many of its requests were looked at."""

    sim: Simulator
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def held(self) -> Held:
        return Held(self.sim.operation.mode, self.sim.operation.reserve_raw_percent)

    def new_writes(self) -> list[tuple[str, str, bytes]]:
        """Return the requests that changed something since the last time this was asked."""
        found = []
        for method, path in WRITES:
            number = self.sim.count(method, path)
            if new := number - self.seen[method, path]:
                self.seen[method, path] = number
                newest = reversed(self.sim.requests)
                fitting = (r.body for r in newest if (r.method, r.path) == (method, path))
                found += [(method, path, body) for body in islice(fitting, new)]
        return found


class Trial:
    """Sends one message after the other, and waits for what becomes of each."""

    def __init__(self, wire: Wire, clock: FakeClock, houses: dict[str, House]) -> None:
        self.tried = Tried()
        self._wire, self._clock, self._houses = wire, clock, houses
        self._judged = 0
        self._pending: dict[str, int] = {}  # id -> how many messages wait for its final result
        self._finals = self._merged = 0
        self._ids: deque[tuple[str, str]] = deque(maxlen=50)  # with the gateway that they went to
        self._asked: set[int] = set()

    def send(self, case: Case, number: int) -> None:
        tried = self.tried
        tried.messages += 1
        allowed, sent = None, None
        if case.is_command:
            tried.commands += 1
            allowed = deed(case.path, case.received.payload, self._houses[case.gateway].held)
            sent = self._sent_id(case)
            if case.received.response_topic == ANSWERS:
                self._asked.add(number)
        known = (case.gateway, sent) in self._ids
        self._wire.deliver(case.received)
        try:
            if case.is_command:
                self._await(case, sent)
        except TimeoutError:
            tried.faults.append(f"no final result for {_told(case)}")
        if sent and not known:
            self._ids.append((case.gateway, sent))
        self._judge(case, None if known else allowed)

    def _sent_id(self, case: Case) -> str | None:
        if case.path != "operation" or len(case.received.payload) > 4096:
            return None
        wish = wished(case.received.payload.decode("utf-8", "replace").strip())
        name = wish.get("id") if wish else None
        return None if isinstance(name, bool) or not isinstance(name, str | int) else str(name)

    def _await(self, case: Case, sent: str | None) -> None:
        """Wait for the end of a command, or where that takes long, until it was written."""
        own = self._first(sent)
        if own["command"] != case.path:
            self.tried.faults.append(f"{own} is the answer to {_told(case)}")
        if own["status"] != "accepted":
            return
        name, sim = own["id"], self._houses[case.gateway].sim
        before = self._houses[case.gateway].seen["POST", "v2/islanding/mode"]
        self._until(
            lambda: (
                name not in self._pending
                or (case.path == "island/mode" and sim.count("POST", "v2/islanding/mode") > before)
            )
        )

    def _first(self, sent: str | None) -> dict[str, Any]:
        """Return the first result of the message that was just sent."""
        found: list[dict[str, Any]] = []

        def come() -> bool:
            while self._judged < len(self._wire.results) and not found:
                known = self._wire.results[self._judged]["id"] in self._pending
                result = self._take()
                if not known or result["id"] == sent:
                    found.append(result)
                    self._note(result, known=known)
            return bool(found)

        self._until(come)
        return found[0]

    def _note(self, result: dict[str, Any], *, known: bool) -> None:
        if result["status"] != "accepted":
            return
        if known:
            self._merged += 1
        self._pending[result["id"]] = self._pending.get(result["id"], 0) + 1

    def _take(self) -> dict[str, Any]:
        result = self._wire.results[self._judged]
        self._judged += 1
        if result["status"] != "accepted":
            self._finals += 1
            self.tried.statuses[result["status"]] += 1
            self._pending.pop(result["id"], None)
        return result

    def _until(self, come: Callable[[], bool]) -> None:
        def looked() -> bool:
            if come():
                return True
            while self._judged < len(self._wire.results):
                self._take()
            return come()

        with self._wire.news:
            for _ in range(int(PATIENCE_S / 0.01)):
                if looked():
                    return
                self._wire.news.wait(0.01)
        raise TimeoutError

    def _judge(self, case: Case, allowed: Deed | None) -> None:
        for name, house in self._houses.items():
            writes = house.new_writes()
            self.tried.writes.update(f"{method} {path}" for method, path, _ in writes)
            mine = allowed if name == case.gateway else None
            good = all(mine is not None and mine.is_like(*write) for write in writes)
            if not good or len(writes) > 1 or (mine and mine.sure and not writes):
                words = f"{name}: {_told(case)} held {house.held}: {allowed}, but wrote {writes}"
                self.tried.faults.append(words)

    def end(self) -> None:
        """Let the time pass that the last ones wait for, and count what was answered."""
        tried = self.tried
        for house in self._houses.values():
            house.sim.clock.advance(UNVERIFIED_S)
        self._clock.s += UNVERIFIED_S
        for gateway in self._houses:
            topic = f"powerwall/{gateway}/refresh/set"
            self.send(Case(Received(topic, b"", stored=False), gateway, "refresh"), -1)
        try:
            self._until(lambda: not self._pending)
        except TimeoutError:
            tried.faults.append(f"without a final result: {self._pending}")
        if self._finals != tried.commands - self._merged:
            tried.faults.append(
                f"{self._finals} final results for {tried.commands} commands, "
                f"{self._merged} of them the same as one under way"
            )
        wrong = [n for n in self._asked | set(self._wire.answers) if self._answered(n) != 1]
        if wrong:
            counts = {n: self._answered(n) for n in sorted(wrong)[:9]}
            tried.faults.append(f"answered not exactly once: {len(wrong)}, as {counts}")

    def _answered(self, number: int) -> int:
        return self._wire.answers[number] if number in self._asked else -1

    @property
    def ids(self) -> list[str]:
        return [name for _, name in self._ids]

    def forget(self) -> None:
        self._ids.clear()


def _told(case: Case) -> str:
    return f"{case.received.topic} {case.received.payload[:200]!r}"


@contextmanager
def _bridge(houses: dict[str, House], clock: FakeClock) -> Iterator[Wire]:
    env = {"MQTT_HOST": "127.0.0.1", "STATE_DIR": ""}
    for name, house in houses.items():
        prefix = f"POWERWALLS__{name}__"
        env |= gateway_env(house.sim, prefix, **CONTROLLED)
    settings = load_settings(env, env_file=None)
    wire = Wire(settings)
    application = Application(settings, clock, wire)
    application.start()
    try:
        yield wire
    finally:
        application.stop()


def fuzz_commands(count: int, seed: int) -> Tried:
    """Send so many messages, and judge what comes of each."""
    chance, clock, complaints = Random(seed), FakeClock(), Complaints()
    logger = logging.getLogger("bridge")
    logger.addHandler(complaints)
    try:
        with ExitStack() as stack:
            houses = {
                name: House(stack.enter_context(Simulator(profile, speed=0.0)))
                for name, profile in (("main", "fw2336"), ("cabin", "fw2144"))
            }
            for house in houses.values():
                house.sim.house.set_delays(0.0, 0.0)
            trial = Trial(stack.enter_context(_bridge(houses, clock)), clock, houses)
            _send_all(trial, chance, clock, houses, count)
            trial.end()
    finally:
        logger.removeHandler(complaints)
    trial.tried.faults += [f"logged: {line}" for line in complaints.lines]
    return trial.tried


def _send_all(
    trial: Trial, chance: Random, clock: FakeClock, houses: dict[str, House], count: int
) -> None:
    for number in range(count):
        passed_s = STEP_S
        if chance.random() < 0.01:
            passed_s = chance.choice([6.0, 31.0, 61.0, FORGOTTEN_S])
        if passed_s == FORGOTTEN_S:
            trial.forget()
        for house in houses.values():
            house.sim.clock.advance(passed_s)
        clock.s += passed_s
        trial.send(make_case(chance, number, trial.ids), number)
        if len(trial.tried.faults) >= 20:
            return
