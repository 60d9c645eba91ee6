"""A bridge that is killed at random moments: what it leaves, and what comes of its commands.

`python -m trials.kills` takes about two seconds a round. The broker and the gateway live on, each
start finds what the one before left. Bad is a state file that cannot be read or that others can, a
counter that falls, a command that is carried out twice, a login too many, and an end that looks
different from that of a bridge which was never killed.
"""

import argparse
import json
import re
import secrets
import stat
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from bridges import Bridge, broker_env, gateway_env
from brokers import Broker
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Fault, Simulator
from trials.kills_end import Counters, Wish, differences, unasked

OWN = "powerwall/main/"
AVAILABLE = "powerwall/bridge/availability"
LOGINS_PER_HOUR = 6
SPEED = 10.0  # more, and a counter would grow faster than any house lets it
CATCH_UP_S = 120.0  # by then a counter that was held stands above its held value again
STEP_PERCENT = 0.2  # between two reserves: the same within 0.1 is not written
QUICK = {
    "POLL_INTERVAL": "0.3",
    "DEVICE_INTERVAL": "1",
    "SLOW_INTERVAL": "1",
    "CONTROL": "all",
    "COMMANDS_PER_MINUTE": "600",
    "OFF_GRID_MIN_INTERVAL": "0",
    "OFF_GRID_MIN_LEVEL": "0",
    "LOGINS_PER_HOUR": str(LOGINS_PER_HOUR),
}
_ISLAND = {"off_grid": "intentional_reconnect_failsafe", "on_grid": "backup"}


@dataclass(slots=True)
class Seen:
    """What came of the kills; faults are in words, each of them a bug."""

    kills: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    published: list[Wish] = field(default_factory=list)
    posts: int = 0
    scratch_most: int = 0
    energies: int = 0
    faults: list[str] = field(default_factory=list)


class Trial:
    """One broker, one gateway, one state directory, and a bridge that dies again and again."""

    def __init__(self, stack: ExitStack, directory: Path, chance: Random) -> None:
        self.seen = Seen()
        self._directory, self._chance = directory, chance
        self.sim = stack.enter_context(Simulator(speed=SPEED))
        self.broker = stack.enter_context(Broker(directory / "broker"))
        self.client = stack.enter_context(Subscriber(self.broker.side_door))
        steps = range(int(95 / STEP_PERCENT))
        self._reserves = [f"{5 + STEP_PERCENT * n:.1f}" for n in chance.sample(steps, len(steps))]
        self._numbers = iter(range(10**6))

    def start(self, state: str = "state") -> Bridge:
        state_dir = self._directory / state
        env = gateway_env(self.sim, **QUICK) | broker_env(self.broker, state_dir)
        return Bridge(env, self._directory / "bridge")

    def begin(self) -> None:
        """Let the bridge learn the counters: what is read first of all is believed, lie or not."""
        with self.start() as bridge:
            self.client.hear(f"{OWN}snapshot", within_s=20)
            bridge.kill()

    def kill_once(self) -> None:
        """Start the bridge, let it die at a random moment, and look at what it leaves."""
        chance = self._chance
        self._lie()
        begun = self.client.now
        with self.start() as bridge:
            if chance.random() < 0.4:
                self.seen.moments["while it starts"] += 1
                self._sleep(1.5)
                if chance.random() < 0.5:
                    self._command()
                    self._sleep(0.05)
            else:
                self.seen.moments["after a command"] += 1
                self.client.hear(AVAILABLE, "online", begun, within_s=20)
                for _ in range(chance.randint(1, 3)):
                    self._command()
                    self._sleep(chance.choice([0.003, 0.03, 0.2]))
                self._sleep(chance.choice([0.0, 0.05, 1.0]))
            bridge.kill()
            self.seen.kills += 1
            self._look_at(bridge)

    def _sleep(self, most_s: float) -> None:
        time.sleep(self._chance.uniform(0, most_s))

    def _lie(self) -> None:
        """Let the gateway count too little in its first answers, or forget the session."""
        if self._chance.random() < 0.3:
            change = partial(_with_energies, self._chance.choice([0.0, 0.5, 0.999999]))
            self.sim.faults.add(Fault("meters/aggregates", change=change, count=2))
        if self._chance.random() < 0.02:
            self.sim.expire_sessions()

    def _command(self) -> None:
        kind = self._chance.choice(["reserve", "reserve", "off_grid", "on_grid"])
        topic, value, payload = f"{OWN}island/mode/set", _ISLAND.get(kind, ""), kind
        if kind == "reserve":
            value = self._reserves.pop()
            topic = f"{OWN}operation/set"
            name = f"kill-{next(self._numbers)}"
            payload = json.dumps({"backup_reserve_raw": float(value), "id": name})
        self.seen.published.append(Wish(time.monotonic(), value))
        self.client.publish(topic, payload)

    def _look_at(self, bridge: Bridge) -> None:
        """Judge the state directory and the log of a bridge that was killed."""
        if re.search(r"Traceback|unexpected, going on|cannot be|set aside", bridge.log):
            self.seen.faults.append(f"kill {self.seen.kills}: it logged\n{bridge.log[-2000:]}")
        scratch = 0
        for file in (self._directory / "state").glob("*.json*"):
            scratch += file.suffix != ".json"
            if stat.S_IMODE(file.stat().st_mode) != 0o600:
                self.seen.faults.append(f"kill {self.seen.kills}: {file.name} is open to others")
            if file.suffix == ".json":
                self._read(file)
        self.seen.scratch_most = max(self.seen.scratch_most, scratch)
        if scratch > 1:
            self.seen.faults.append(f"kill {self.seen.kills}: {scratch} scratch files pile up")

    def _read(self, file: Path) -> None:
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            self.seen.faults.append(f"kill {self.seen.kills}: {file.name}: {error}")

    def end(self) -> None:
        """Judge the whole: counters, commands, logins, and the end against a fresh bridge."""
        self.client.catch_up()
        fallen = Counters()
        self.seen.faults += [words for h in self.client.log for words in fallen.faults(h)]
        self.seen.energies = fallen.count
        posts = [r for r in self.sim.requests if r.method == "POST" and r.path != "login/Basic"]
        self.seen.posts = len(posts)
        self.seen.faults += unasked(posts, self.seen.published)
        logins = self.seen.moments["logins"] = self.sim.count("POST", "login/Basic")
        if logins > LOGINS_PER_HOUR:
            self.seen.faults.append(f"{logins} logins, {LOGINS_PER_HOUR} are allowed in an hour")
        self.sim.faults.clear()
        self.sim.house.join_grid()
        grid = "system_status/grid_status"
        eventually(lambda: b"SystemGridConnected" in self.sim.document(grid), 10)
        self.sim.clock.advance(CATCH_UP_S)
        self.sim.clock.freeze()
        self.seen.faults += differences(self._settled("state"), self._fresh())

    def _settled(self, state: str) -> dict[str, str]:
        """Return the tree when a bridge has told all that stands still."""
        begun = self.client.now
        with self.start(state) as bridge:
            self.client.hear(AVAILABLE, "online", begun, within_s=20)
            self.client.wait(lambda: len(self.client.payloads(f"{OWN}snapshot", begun)) >= 12, 20)
            self.client.catch_up()
            tree = retained(self.broker.side_door, "powerwall/#", "homeassistant/#")
            bridge.kill()
        return tree

    def _fresh(self) -> dict[str, str]:
        """Return the tree of a bridge without past, on a broker that has forgotten everything."""
        for topic in retained(self.broker.side_door, "powerwall/#", "homeassistant/#"):
            self.client.publish(topic, retain=True)
        return self._settled("fresh")


def _with_energies(share: float, body: bytes) -> bytes:
    """Return the answer with this share of every counter."""
    meters = json.loads(body)
    for meter in meters.values():
        for name in ("energy_imported", "energy_exported"):
            meter[name] *= share
    return json.dumps(meters).encode()


def run(count: int, seed: int) -> Seen:
    """Kill the bridge so often; return what was seen."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        trial = Trial(stack, Path(directory), Random(seed))
        trial.begin()
        while trial.seen.kills < count and len(trial.seen.faults) < 10:
            trial.kill_once()
        trial.seen.moments["commands"] = len(trial.seen.published)
        trial.end()
    return trial.seen


def main() -> int:
    parser = argparse.ArgumentParser(prog="trials.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="kills, %(default)s")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the dice")
    args = parser.parse_args()
    print(f"seed {args.seed}")
    begun_s = time.monotonic()
    seen = run(args.count, args.seed)
    print(f"{seen.kills} kills in {time.monotonic() - begun_s:.0f} s")
    for name, number in seen.moments.items():
        print(f"  {name:<22}{number:>8}")
    print(f"  {'writes':<22}{seen.posts:>8}")
    print(f"  {'counter values':<22}{seen.energies:>8}")
    print(f"  {'scratch files, most':<22}{seen.scratch_most:>8}")
    print(f"{len(seen.faults)} faults")
    for words in seen.faults[:20]:
        print(f"  {words}")
    return 1 if seen.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
