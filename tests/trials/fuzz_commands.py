"""Random commands for a whole bridge with two simulated gateways, whose writes are judged."""

import logging
from collections import Counter, deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fakes import FakeClock

from bridge.ledger import REMEMBERED_S
from bridge.mqtt import Received
from bridge.raw import Strangers
from bridge.simulator import Simulator
from trials.fuzz_bench import Complaints, House, Wire, bridge
from trials.fuzz_oracle import Deed, deed, wished
from trials.fuzz_payloads import ANSWERS, Case, make_case

PATIENCE_S = 10.0
STEP_S = 0.11  # between two messages: no more than 600 commands in a minute
FORGOTTEN_S = 700.0
FRESH_S = 500.0
UNVERIFIED_S = 200.0
ISLANDING = ("POST", "v2/islanding/mode")


@dataclass(slots=True)
class Tried:
    """What came of the messages; faults are in words, each of them a bug."""

    messages: int = 0
    commands: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Results:
    """Reads `command/result` in order, and knows which commands wait for their final one."""

    def __init__(self, wire: Wire) -> None:
        self.statuses: Counter[str] = Counter()
        self.pending: set[str] = set()
        self.merged = 0  # messages that wait for the end of an earlier one with the same id
        self._wire = wire
        self._read = 0

    @property
    def finals(self) -> int:
        return self.statuses.total()

    def first(self, sent: str | None) -> dict[str, Any]:
        """Return the first result of a message that was just sent, with this id or a new one."""
        found: list[dict[str, Any]] = []

        def come() -> bool:
            while self._read < len(self._wire.results) and not found:
                known = self._wire.results[self._read]["id"] in self.pending
                result = self._take()
                if not known or result["id"] == sent:
                    found.append(result)
                    self._note(result, known=known)
            return bool(found)

        self._until(come)
        return found[0]

    def until(self, come: Callable[[], bool]) -> None:
        """Read on until a condition is true; raises TimeoutError."""

        def caught_up() -> bool:
            while self._read < len(self._wire.results):
                self._take()
            return come()

        self._until(caught_up)

    def _note(self, result: dict[str, Any], *, known: bool) -> None:
        if result["status"] == "accepted":
            self.merged += known
            self.pending.add(result["id"])

    def _take(self) -> dict[str, Any]:
        result = self._wire.results[self._read]
        self._read += 1
        if result["status"] != "accepted":
            self.statuses[result["status"]] += 1
            self.pending.discard(result["id"])
        return result

    def _until(self, come: Callable[[], bool]) -> None:
        with self._wire.news:
            for _ in range(int(PATIENCE_S / 0.01)):
                if come():
                    return
                self._wire.news.wait(0.01)
        raise TimeoutError


class Trial:
    """Sends one message after the other, and waits for what becomes of each."""

    def __init__(self, wire: Wire, clock: FakeClock, houses: dict[str, House]) -> None:
        self.tried = Tried()
        self._wire, self._clock, self._houses = wire, clock, houses
        self._results = Results(wire)
        self._ids: deque[tuple[str, str, float]] = deque(maxlen=50)  # whose each is, and since when
        self._asked: set[int] = set()
        self._began_s = clock.s

    def send(self, case: Case, number: int) -> None:
        tried = self.tried
        tried.messages += 1
        allowed, sent = None, None
        if case.is_command:
            tried.commands += 1
            allowed = deed(case.path, case.received.payload, self._houses[case.gateway].held)
            sent = _sent_id(case)
            if case.received.response_topic == ANSWERS:
                self._asked.add(number)
        while self._ids and self._clock.s - self._ids[0][2] > REMEMBERED_S:
            self._ids.popleft()  # the bridge need not know it any more
        known = any((case.gateway, sent) == (gateway, name) for gateway, name, _ in self._ids)
        self._wire.deliver(case.received)
        try:
            if case.is_command:
                self._await(case, sent)
        except TimeoutError:
            tried.faults.append(f"no final result for {_told(case)}")
        if sent and not known:
            self._ids.append((case.gateway, sent, self._clock.s))
        self._judge(case, None if known else allowed)

    def _await(self, case: Case, sent: str | None) -> None:
        """Wait for the end of a command, or where that takes long, until it was written."""
        own = self._results.first(sent)
        if own["command"] != case.path:
            self.tried.faults.append(f"{own} is the answer to {_told(case)}")
        if own["status"] != "accepted":
            return
        house, name = self._houses[case.gateway], own["id"]
        before = house.seen[ISLANDING]

        def written() -> bool:
            return case.path == "island/mode" and house.sim.count(*ISLANDING) > before

        self._results.until(lambda: name not in self._results.pending or written())

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
            self._results.until(lambda: not self._results.pending)
        except TimeoutError:
            tried.faults.append(f"without a final result: {self._results.pending}")
        tried.statuses, merged = self._results.statuses, self._results.merged
        if self._results.finals != tried.commands - merged:
            tried.faults.append(
                f"{self._results.finals} final results for {tried.commands} commands, "
                f"{merged} of them the same as one under way"
            )
        tried.faults += [str(own) for own in self._wire.strangers if own["status"] != "refused"]
        minutes = 1 + (self._clock.s - self._began_s) / Strangers.IN_S
        if len(self._wire.strangers) > Strangers.MOST * len(self._houses) * minutes:
            tried.faults.append(f"{len(self._wire.strangers)} strangers in {minutes:.1f} min")
        wrong = [n for n in self._asked | set(self._wire.answers) if self._answered(n) != 1]
        if wrong:
            counts = {n: self._answered(n) for n in sorted(wrong)[:9]}
            tried.faults.append(f"answered not exactly once: {len(wrong)}, as {counts}")

    def _answered(self, number: int) -> int:
        return self._wire.answers[number] if number in self._asked else -1

    @property
    def ids(self) -> list[str]:
        """Some that were sent, and are not nearly forgotten."""
        return [name for _, name, at_s in self._ids if self._clock.s - at_s < FRESH_S]

    def forget(self) -> None:
        self._ids.clear()


def _sent_id(case: Case) -> str | None:
    """Return the id that a command brings along."""
    if case.path != "operation" or len(case.received.payload) > 4096:
        return None
    wish = wished(case.received.payload.decode("utf-8", "replace").strip())
    name = wish.get("id") if wish else None
    return None if isinstance(name, bool) or not isinstance(name, str | int) else str(name)


def _told(case: Case) -> str:
    return f"{case.received.topic} {case.received.payload[:200]!r}"


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
            trial = Trial(stack.enter_context(bridge(houses, clock)), clock, houses)
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
