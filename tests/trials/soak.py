"""Half an hour of random faults, and what is left of a bridge afterwards.

`python -m trials.soak` runs two gateways and a broker behind a proxy, all of which fail in ways
drawn by chance, while commands come in. Bad is an exception, a thread, file or memory that is
lost, a write that nobody asked for, and an end that is not as the gateways are, or not as a fresh
bridge would tell it.
"""

import argparse
import json
import re
import secrets
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bridges import Bridge, broker_env, gateway_env
from broker_proxy import BrokerProxy
from brokers import Broker
from subscriber import Subscriber, eventually, retained

from benchmarks import process
from bridge.simulator import NAMED, Simulator
from bridge.topics import Topics
from trials.broker_faults import BROKER_FAULTS, Scene
from trials.kills_end import differences
from trials.soak_end import untrue, without_memories

MINUTES = 30.0
SPEED = 3.0  # more, and counters would grow faster than any house lets them
PROFILES = {"house": "fw2336", "garage": "fw2144"}
WELL_S, CALM_S, RETURN_S = 20.0, 120.0, 600.0
RESERVE, OBEY_S = 33.0, 60.0  # a last command: which, and how long it may take
GOOD = {"done", "unchanged"}
FINAL = GOOD | {"unverified", "superseded", "refused", "failed"}
CATCH_UP_S = 120.0  # by then the home's counter, which may lag, has passed what was held
MOST_GROWTH_KB = 6144
MOST_SHOWN = 200  # characters of a difference
# What is followed by a long wait, as the contract has it: each once, and early.
LONG = ("bad-password", "limited-until", "lockout")
LEFT_OUT = ("default-password", "physical-access", "login-lockout", "limited", "certificate")
BROKERS = tuple(n for n, f in BROKER_FAULTS.items() if f.hold_s <= 10.0 and not f.persistent)
TREES = ("powerwall/#", "homeassistant/#")
POLL_S = 1.0
QUICK = {
    "POLL_INTERVAL": f"{POLL_S:g}",
    "DEVICE_INTERVAL": "3",
    "SLOW_INTERVAL": "5",
    "TIMEOUT": "2",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """The bridge at a calm moment."""

    rss_kb: int
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Sample":
        return cls(process.status_kb(pid, "VmRSS"), process.open_files(pid), process.threads(pid))


@dataclass(slots=True)
class Soak:
    """One run: the world around the bridge, and what speaks against it."""

    chance: Random
    sims: dict[str, Simulator]
    scene: Scene
    client: Subscriber
    bridge: Bridge
    drawn: dict[str, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    commands: int = 0
    late: list[str] = field(default_factory=lambda: list(LONG))

    def run(self, seconds: float) -> None:
        """Let things go wrong, one or two at a time, with calm between them."""
        time.sleep(WELL_S)
        self.samples.append(Sample.of(self.bridge.pid))
        until_s, calm_s = time.monotonic() + seconds, time.monotonic() + CALM_S
        early_s = time.monotonic() + seconds / 4
        while time.monotonic() < until_s:
            self._trouble(early=time.monotonic() < early_s)
            if time.monotonic() > calm_s:
                calm_s += CALM_S
                self._calm()

    def _trouble(self, *, early: bool) -> None:
        chance = self.chance
        sim = self.sims[chance.choice(list(self.sims))]
        faults = [*NAMED.keys() - {*LONG, *LEFT_OUT}, *(self.late if early else ())]
        name = chance.choice(sorted(faults)) if chance.random() < 0.85 else None
        broker = chance.choice(BROKERS) if name is None or chance.random() < 0.25 else None
        if name in self.late:
            self.late.remove(name)
        for one in filter(None, (name, broker)):
            self.drawn[one] = self.drawn.get(one, 0) + 1
        if name:
            sim.troubles.begin(name)
        if broker:
            BROKER_FAULTS[broker].begin(self.scene)
        self._wait(chance.uniform(2, 15))
        if broker:
            BROKER_FAULTS[broker].end(self.scene)
        if name:
            sim.troubles.end(name)
        self._wait(chance.uniform(0, 6))

    def _wait(self, seconds: float) -> None:
        """Let time pass, in which somebody may want something."""
        if self.chance.random() < 0.5:
            self.commands += 1
            name, reserve = self.chance.choice(list(self.sims)), self.chance.randrange(0, 101)
            topic = f"powerwall/{name}/operation/backup_reserve/set"
            with suppress(RuntimeError):  # the broker is away
                self.client.publish(topic, str(reserve))
        time.sleep(seconds)

    def _calm(self) -> None:
        time.sleep(WELL_S)
        self.samples.append(Sample.of(self.bridge.pid))
        print(self.line, flush=True)

    @property
    def line(self) -> str:
        now = self.samples[-1]
        faults, lines = sum(self.drawn.values()), len(self.bridge.log.splitlines())
        return (
            f"{faults} faults, {self.commands} commands, RSS {now.rss_kb / 1024:.1f} MB, "
            f"{now.files} files, {now.threads} threads, {lines} lines logged"
        )

    def end(self) -> list[str]:
        """Return what speaks against the run, when all is well again."""
        for sim in self.sims.values():
            sim.restart()  # what was denied for a while is asked again
        found, since = self._complaints(), self.client.now
        try:
            eventually(lambda: self._is_well(since), RETURN_S)
        except TimeoutError:
            found.append(f"it is not well after {RETURN_S:.0f} s: {self._standing()}")
        return found + [words for name in self.sims if (words := self._obeys(name))]

    def _obeys(self, name: str) -> str:
        """Return how a command fares when all is well again, nothing when it is carried out."""
        topics, since = Topics("powerwall", name), self.client.now
        self.client.publish(topics.command(("operation", "backup_reserve")), str(RESERVE))
        try:
            self.client.wait(lambda: self._outcomes(topics, since) & FINAL, OBEY_S)
        except TimeoutError:
            return f"{name}: nothing became of a command"
        outcomes = self._outcomes(topics, since)
        return "" if outcomes & GOOD else f"{name}: a command came to {outcomes}"

    def _outcomes(self, topics: Topics, since: int) -> set[str]:
        told = map(json.loads, self.client.payloads(topics.result, since))
        return {result["status"] for result in told if result["requested"] == RESERVE}

    def _standing(self) -> dict[str, str]:
        tree = retained(self.scene.broker.side_door, *TREES)
        keys = ("connection", "connection/reason", "availability")
        return {f"{n}/{k}": tree.get(f"powerwall/{n}/{k}", "") for n in self.sims for k in keys}

    def _is_well(self, since: int) -> bool:
        """Return whether all are connected, and asked as often as set by what was told since."""
        tree = retained(self.scene.broker.side_door, "powerwall/#")
        good = all(tree.get(f"powerwall/{n}/connection") == "connected" for n in self.sims)
        told = self.client.payloads("powerwall/bridge/health", since)
        health = json.loads(told[-1])["gateways"].values() if told else ()
        brisk = {figures["poll_interval_s"] for figures in health} == {POLL_S}
        return good and brisk and tree.get("powerwall/bridge/availability") == "online"

    def _complaints(self) -> list[str]:
        first, last = self.samples[0], self.samples[-1]
        settled = [sample.rss_kb for sample in self.samples[1:3]] or [first.rss_kb]
        growth_kb = max(sample.rss_kb for sample in self.samples[-2:]) - max(settled)
        posts = sum(sim.count("POST", "operation") for sim in self.sims.values())
        bad = re.findall(r"Traceback|unexpected, going on|no sign of life", self.bridge.log)
        found = {
            f"it logged {bad}": bool(bad),
            f"{first.threads} threads became {last.threads}": last.threads != first.threads,
            f"{first.files} files became {last.files}": abs(last.files - first.files) > 1,
            f"it grew by {growth_kb} kB": growth_kb > MOST_GROWTH_KB,
            f"{posts} writes for {self.commands} commands": posts > self.commands,
        }
        return [words for words, true in found.items() if true]


def settled_tree(broker: Broker, names: list[str]) -> dict[str, str]:
    """Return what is retained when every gateway has been read some times more."""
    topics = [Topics("powerwall", name).snapshot for name in names]
    with Subscriber(broker.side_door, *topics) as client:
        client.wait(lambda: min(len(client.payloads(t)) for t in topics) >= 10, 40)
    return retained(broker.side_door, *TREES)


def soak(minutes: float, seed: int) -> list[str]:
    """Return what speaks against a run of so many minutes."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        broker = stack.enter_context(Broker(directory / "broker"))
        proxy = stack.enter_context(BrokerProxy(broker.port))
        sims = {
            name: stack.enter_context(Simulator(profile, seed=number, speed=SPEED))
            for number, (name, profile) in enumerate(PROFILES.items(), start=1)
        }
        client = stack.enter_context(Subscriber(broker.side_door))

        def env(state: str) -> dict[str, str]:
            found = broker_env(broker, directory / state) | {"MQTT_PORT": str(proxy.port)}
            for name, sim in sims.items():
                quick = QUICK | {"LOGINS_PER_HOUR": "60", "COMMANDS_PER_MINUTE": "600"}
                found |= gateway_env(sim, f"POWERWALLS__{name}__", **quick)
            return found

        with Bridge(env("old"), directory / "old-log") as bridge:
            run = Soak(Random(seed), sims, Scene(broker, proxy), client, bridge)
            run.run(minutes * 60)
            found = run.end()
            for sim in sims.values():
                sim.clock.advance(CATCH_UP_S)
                sim.clock.freeze()
            old = settled_tree(broker, list(sims))
            bridge.terminate()
            bridge.exit_code(10)
        found += untrue(sims, old)
        for topic in retained(broker.side_door, *TREES):
            client.publish(topic, retain=True)
        with Bridge(env("fresh"), directory / "fresh-log"):
            fresh = settled_tree(broker, list(sims))
        found += differences(without_memories(old, fresh), fresh)
        print(json.dumps(dict(sorted(run.drawn.items()))))
        print(run.line)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="%(default)s")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the dice")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    found = soak(options.minutes, options.seed)
    print(f"{len(found)} bad", *(words[:MOST_SHOWN] for words in found[:50]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
