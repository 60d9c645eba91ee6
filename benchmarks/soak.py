"""Thousands of polls through a simulated day, to see whether anything grows or fails.

Run as `python -m benchmarks.soak`; ends by itself, with exit code 0 when there was no error, no
more than one login, and no growth of memory.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import process
from benchmarks.house import LOGIN, House
from benchmarks.listener import listening
from benchmarks.stage import PREFIX, Running, Stage, broker
from bridge.parts import Endpoint

DAY_S = 86_400.0
SAMPLE_S = 10.0
REPORT_S = 60.0
SETTLED_S = 180.0  # caches and pools are full by then
LAST_S = 180.0
MOST_GROWTH_KB = 2048
HEALTH = f"{PREFIX}/bridge/health"
_SPARE = 1.25  # of the planned time, before the run is given up
_BAD_LEVELS = (" ERROR ", " CRITICAL ")


@dataclass(frozen=True, slots=True)
class Sample:
    """The bridge at one moment; at in seconds since it was started."""

    at: float
    rss_kb: int
    open_files: int
    threads: int


@dataclass(slots=True)
class Soak:
    """One run: what was planned and what was seen."""

    house: House
    bridge: Running
    health: Callable[[], dict[str, object]]
    planned_s: float
    samples: list[Sample] = field(default_factory=list)

    @property
    def polls(self) -> int:
        return self.house.count(Endpoint.METERS)

    @property
    def at(self) -> float:
        return time.monotonic() - self.bridge.started

    @property
    def settled_s(self) -> float:
        """When growth begins to count: minute 3, sooner in a short trial."""
        return min(SETTLED_S, self.planned_s / 2)

    @property
    def growth_kb(self) -> int | None:
        """Return the most memory of the last minutes less that of the settled bridge."""
        end = self.samples[-1].at if self.samples else 0.0
        settled = [s for s in self.samples if s.at >= self.settled_s]
        last = [s.rss_kb for s in settled[1:] if s.at >= end - LAST_S]
        return max(last) - settled[0].rss_kb if last else None

    @property
    def failed(self) -> int:
        """Return how many requests got neither 200 nor the refusal that leads to a login."""
        counted = (self.house.count(status=status) for status in (200, 403))
        return self.house.count() - sum(counted)

    def logged(self, *levels: str) -> list[str]:
        return [line for line in self.bridge.lines if any(level in line for level in levels)]

    def sample(self) -> None:
        pid = self.bridge.pid
        rss_kb = process.status_kb(pid, "VmRSS")
        self.samples.append(Sample(self.at, rss_kb, process.open_files(pid), process.threads(pid)))

    def line(self) -> str:
        now, health = self.samples[-1], self.health()
        growth = self.growth_kb
        return (
            f"{now.at / 60:5.1f} min  {self.polls} polls"
            f" (health: {health.get('polls')}, failed {health.get('failed_polls')})"
            f"  logins {self.house.count(LOGIN)} (health: {health.get('logins')})"
            f"  RSS {now.rss_kb / 1024:.1f} MB"
            f"  growth {'-' if growth is None else f'{growth / 1024:+.2f} MB'}"
            f"  files {now.open_files}  threads {now.threads}"
            f"  warnings {len(self.logged(' WARNING '))}  errors {len(self.logged(*_BAD_LEVELS))}"
        )

    def complaints(self, polls: int) -> list[str]:
        """Return what speaks against the run, in words."""
        growth, logins = self.growth_kb, self.house.count(LOGIN)
        failed_polls = self.health().get("failed_polls")
        found = {
            f"only {self.polls} of {polls} polls": self.polls < polls,
            f"{failed_polls} failed polls": failed_polls != 0,
            f"{self.failed} requests without a good answer": self.failed > 0,
            f"{logins} logins": logins != 1,
            f"it grew by {growth} kB": growth is None or growth > MOST_GROWTH_KB,
            f"{len(self.logged(*_BAD_LEVELS))} errors in its log": bool(self.logged(*_BAD_LEVELS)),
        }
        return [words for words, true in found.items() if true]


def watch(soak: Soak, polls: int) -> None:
    """Sample and report until all polls are done, or the time is up."""
    sample_s, report_s = SAMPLE_S, REPORT_S
    while soak.polls < polls and soak.at < soak.planned_s * _SPARE + REPORT_S:
        time.sleep(min(1.0, SAMPLE_S))
        if soak.at >= sample_s:
            sample_s += SAMPLE_S
            soak.sample()
        if soak.at >= report_s:
            report_s += REPORT_S
            print(soak.line(), flush=True)
    soak.sample()


def run(polls: int, interval_s: float) -> list[str]:
    """Return what speaks against a run of so many polls."""
    planned_s = polls * interval_s
    speed = max(1.0, DAY_S / planned_s)
    print(f"{polls} polls in about {planned_s / 60:.0f} min, a day in {DAY_S / speed / 60:.0f} min")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        house = stack.enter_context(House(speed))
        port = stack.enter_context(broker(directory))
        listener = stack.enter_context(listening(port, lambda topic: topic == HEALTH))
        stage = Stage(directory, house.place, port)
        newest: dict[str, object] = {}

        def health() -> dict[str, object]:
            for heard in listener.taken():
                newest.update(json.loads(heard.payload))
            return newest

        bridge = stack.enter_context(stage.bridge(interval_s))
        soak = Soak(house, bridge, health, planned_s)
        watch(soak, polls)
        print(soak.line())
        for line in soak.logged(" WARNING ", *_BAD_LEVELS)[-20:]:
            print(f"log: {line}")
        return soak.complaints(polls)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--polls", type=int, default=3600, metavar="N")
    parser.add_argument("--interval", type=float, default=0.4, metavar="SECONDS")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"load average before: {process.load()}", flush=True)
    try:
        complaints = run(options.polls, options.interval)
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    print(f"load average after: {process.load()}")
    print("good" if not complaints else f"bad: {'; '.join(complaints)}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
