"""CPU of a poll, memory, start and latency of the bridge; CPU beside the bare floor.

Run as `python -m benchmarks.poll`; takes about six minutes. docs/performance.md says what the
figures mean.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import latency, process
from benchmarks.floor import AGENT, Publish, Script, Step
from benchmarks.house import Asked, House
from benchmarks.listener import Heard, Listener, listening
from benchmarks.stage import PREFIX, SLOW_POLLS, Running, Stage, broker, wait_for
from bridge.parts import Endpoint

POLL_S = 1.0
SPEED = 5.0  # a poll each 5 s of the house's time, the default interval
WARM_UP_POLLS = 12
FLOOR_START_POLLS = 4
GATEWAY_DELAY_S = 0.03
FLOOR_PREFIX = "floorloop"  # as long as PREFIX
IMPORTS = "import paho.mqtt.client, requests, google.protobuf, pydantic_settings"
_STANDING = {"availability", "connection", "tier", "capabilities", "control"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process did in one round."""

    polls: int
    requests: int
    messages: int
    payload_bytes: int
    cpu_s: float

    @property
    def cpu_ms(self) -> float:
        return self.cpu_s * 1000 / self.polls


@dataclass(frozen=True, slots=True)
class Subject:
    """A process under test: how the gateway and the broker know it."""

    name: str
    running: Running
    agent: str
    prefix: str

    def figures(self, asked: list[Asked], heard: list[Heard], cpu_s: float) -> Figures:
        own = [a for a in asked if a.agent.startswith(self.agent)]
        said = [h for h in heard if h.topic.startswith(f"{self.prefix}/")]
        polls = sum(a.path == Endpoint.METERS for a in own)
        return Figures(polls, len(own), len(said), sum(len(h.payload) for h in said), cpu_s)


@dataclass(frozen=True, slots=True)
class Lab:
    """Everything around the processes under test."""

    stage: Stage
    house: House
    listener: Listener

    def taken(self) -> tuple[list[Asked], list[Heard]]:
        return self.house.taken(), self.listener.taken()


@contextmanager
def lab(speed: float) -> Iterator[Lab]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        house = stack.enter_context(House(speed))
        port = stack.enter_context(broker(directory))
        listener = stack.enter_context(listening(port))
        yield Lab(Stage(directory, house.place, port), house, listener)


def record(lab: Lab, polls: int) -> Script:
    """Return what a running bridge asks and publishes in its next polls."""
    time.sleep(polls * POLL_S)
    asked, heard = lab.taken()
    nexts = [*(a.left for a in asked[1:]), time.monotonic()]
    cycles: list[list[Step]] = []
    ended_s = float("-inf")
    for request, next_s in zip(asked, nexts, strict=True):
        if request.arrived - ended_s > POLL_S / 4:
            cycles.append([])
        ended_s = request.left
        messages = tuple(_replay(h) for h in heard if request.left <= h.at < next_s)
        cycles[-1].append(Step(Endpoint(request.path), messages))
    place, port = lab.stage.place, lab.stage.mqtt_port
    login = {"username": place.username, "password": place.password, "email": ""}
    begin_s = ended_s + (FLOOR_START_POLLS + 0.5) * POLL_S
    script = tuple(tuple(cycle) for cycle in cycles)
    return Script(f"https://{place.address}/api/", login, port, begin_s, POLL_S, script)


def _replay(heard: Heard) -> Publish:
    topic = heard.topic.replace(PREFIX, FLOOR_PREFIX, 1)
    return Publish(topic, heard.payload, heard.qos, heard.retain)


def one_round(lab: Lab, subjects: list[Subject], polls: int) -> list[Figures]:
    """Let all subjects work through the same seconds, their polls taking turns."""
    lab.taken()
    before = [process.cpu_s(s.running.pid) for s in subjects]
    time.sleep(polls * POLL_S)
    after = [process.cpu_s(s.running.pid) for s in subjects]
    asked, heard = lab.taken()
    used = [b - a for a, b in zip(before, after, strict=True)]
    return [s.figures(asked, heard, cpu) for s, cpu in zip(subjects, used, strict=True)]


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process to its first reading on MQTT, and CPU until then."""

    wall_s: float
    cpu_s: float


def start(lab: Lab, number: int) -> Start:
    """Start a bridge that never ran before: no token, no pinned certificate."""
    prefix = f"start{number}"
    lab.listener.taken()
    with lab.stage.bridge(POLL_S, prefix) as running:
        first = lab.listener.wait(_is_reading(prefix), "the first reading")
        return Start(first.at - running.started, process.cpu_s(running.pid))


def _is_reading(prefix: str) -> Callable[[Heard], bool]:
    def test(heard: Heard) -> bool:
        own, gateway, level, *_ = [*heard.topic.split("/"), "", ""]
        return own == prefix and gateway == "main" and level not in _STANDING

    return test


def imports(lab: Lab) -> float:
    """Return the seconds from the start of Python to the end of importing the libraries alone."""
    code = f"{IMPORTS}, time; print(time.monotonic(), flush=True)"
    with lab.stage.process(["-c", code]) as running:
        wait_for(lambda: len(running.lines) > 0, "the imports")
        return float(running.lines[0]) - running.started


def compare(lab: Lab, options: argparse.Namespace) -> None:
    """Print CPU, memory and traffic of the bridge beside the floor's, then the latencies."""
    with lab.stage.bridge(POLL_S) as bridge:
        _warm_up(lab)
        topics = {h.topic for h in lab.taken()[1] if h.topic.startswith(f"{PREFIX}/")}
        script = record(lab, options.polls)
        with lab.stage.process(["-m", "benchmarks.floor"], given=script.text()) as floor:
            time.sleep((FLOOR_START_POLLS + WARM_UP_POLLS / 2) * POLL_S)
            subjects = [
                Subject("bridge", bridge, "powerwall-mqtt", PREFIX),
                Subject("floor", floor, AGENT, FLOOR_PREFIX),
            ]
            rounds = [one_round(lab, subjects, options.polls) for _ in range(options.rounds)]
            _print_rounds(subjects, rounds)
        print(f"topics of the bridge           {len(topics)}, without discovery")
        delays(lab, options.latency_polls)


def _warm_up(lab: Lab) -> None:
    wait_for(lambda: lab.house.count(Endpoint.METERS) >= WARM_UP_POLLS, "the bridge's polls", 60)
    time.sleep(POLL_S / 2)


def _print_rounds(subjects: list[Subject], rounds: list[list[Figures]]) -> None:
    by_subject = dict(zip(subjects, zip(*rounds, strict=True), strict=True))
    print(f"{'':31}{'CPU ms/poll':26}requests  messages  payload B      RSS (peak) MB")
    for subject, figures in by_subject.items():
        polls = sum(f.polls for f in figures)
        each = "  ".join(f"{f.cpu_ms:.2f}" for f in figures)
        pid = subject.running.pid
        print(
            f"{subject.name:31}{each:26}"
            f"{sum(f.requests for f in figures) / polls:8.2f}"
            f"{sum(f.messages for f in figures) / polls:10.1f}"
            f"{sum(f.payload_bytes for f in figures) / polls:11.0f}"
            f"{process.status_kb(pid, 'VmRSS') / 1024:9.1f}"
            f" ({process.status_kb(pid, 'VmHWM') / 1024:.1f})"
        )
    ratios = [bridge.cpu_ms / floor.cpu_ms for bridge, floor in rounds]
    print(
        f"bridge / floor                 {statistics.median(ratios):.2f}"
        f"  (rounds: {', '.join(f'{r:.2f}' for r in ratios)})"
    )


def delays(lab: Lab, polls: int) -> None:
    """Print how long readings and commands take."""
    lab.house.delay(GATEWAY_DELAY_S)
    lab.taken()
    time.sleep((polls + 2.5) * POLL_S)
    readings = latency.of_readings(*lab.taken())
    print(f"answer to topic, 30 ms gateway {readings}")
    lab.house.delay(0.0)
    commands = latency.of_commands(lab.house, lab.listener)
    print(f"command to the gateway's POST  {commands.to_write}")
    print(f"command to confirming topic    {commands.to_topic}")


def starts(lab: Lab, times: int) -> None:
    """Print the times of some starts, and of importing the libraries in between."""
    bridges, libraries = zip(*((start(lab, n), imports(lab)) for n in range(times)), strict=True)
    print(f"start to first reading         {_seconds([s.wall_s for s in bridges])}")
    print(f"  CPU until then               {_seconds([s.cpu_s for s in bridges])}")
    print(f"  the libraries' imports alone {_seconds(libraries)}")


def _seconds(times_s: Iterable[float]) -> str:
    ordered = sorted(times_s)
    return f"median {statistics.median(ordered):.2f} s  ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--polls", type=int, default=SLOW_POLLS, metavar="N", help="in a round")
    parser.add_argument("--latency-polls", type=int, default=70, metavar="N")
    parser.add_argument("--starts", type=int, default=5, metavar="N")
    options = parser.parse_args()
    print(f"load average before: {process.load()}", flush=True)
    with lab(SPEED) as everything:
        compare(everything, options)
        starts(everything, options.starts)
    print(f"load average after: {process.load()}")


if __name__ == "__main__":
    main()
