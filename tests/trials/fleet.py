"""A fleet of gateways, of which some hang, each in another way: the others keep their cadence.

`python -m trials.fleet` measures 15 gateways for a minute, alone and with 5 that hang. Lateness is
the time of a poll at its gateway minus its point of the grid, which begins with the first request;
where a poll came sooner than that, with the most punctual one.
Bad is a lost poll, and a p99 that is much worse than that of the 15 alone.
"""

import argparse
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridges import Bridge, Env, broker_env
from brokers import LOOPBACK, Broker
from gateway_lab import Raw, Step, answer
from subscriber import Subscriber

from trials.fleet_street import Door, Street, Visits

INTERVAL_S = 1.0
SETTLE_S = 6.0  # at most: the first round asks everything
WORSE_S = 0.25
PER_STREET = 5
EARLY_S = 0.1  # by which the clocks of two processes may seem to differ
PAUSE_S = 0.3  # between two pieces of a slow answer: each comes in time, the whole does not


@dataclass(frozen=True, slots=True)
class Cadence:
    """How punctual the healthy gateways were asked; lateness sorted, cpu in percent of a core."""

    lateness_s: list[float]
    lost: int
    cpu_percent: float

    def at(self, share: float) -> float:
        """Return the lateness that this share of the polls does not exceed."""
        last = len(self.lateness_s) - 1
        return self.lateness_s[round(share * last)] if self.lateness_s else float("inf")

    @property
    def row(self) -> str:
        columns = (self.at(share) * 1000 for share in (0.5, 0.95, 0.99, 1.0))
        told = "".join(f"{column:>9.1f}" for column in columns)
        return f"{len(self.lateness_s):>7}{self.lost:>6}{told}{self.cpu_percent:>7.1f}"


HEAD = "  polls  lost      p50      p95      p99   max ms  cpu %"


@contextmanager
def _hanging() -> Iterator[dict[str, Door]]:
    """Give gateways that hang, by the way they do it."""
    slow = answer(200, *(f"X-{number}: y" for number in range(80)), body=b"x")
    long = answer(200, body=b"x" * 100_000)
    steps = {
        "mute": Step(),
        "slow_header": Step(slow, piece=1, pause_s=PAUSE_S),
        "slow_body": Step(long, piece=200, pause_s=PAUSE_S),
    }
    with ExitStack() as stack:
        raws = {n: stack.enter_context(Raw(step, scheme="https")) for n, step in steps.items()}
        deaf = stack.enter_context(socket.create_server((LOOPBACK, 0)))
        ports = {name: raw.port for name, raw in raws.items()}
        ports["no_handshake"] = int(deaf.getsockname()[1])
        yield {name: Door(f"{LOOPBACK}:{port}", "none") for name, port in ports.items()}


def _env(doors: dict[str, Door]) -> Env:
    env: Env = {}
    for name, door in doors.items():
        values = {"HOST": door.address, "PASSWORD": door.password}
        values["POLL_INTERVAL"] = f"{INTERVAL_S:g}"
        env |= {f"POWERWALLS__{name}__{key}": value for key, value in values.items()}
    return env


def cadence(healthy: int, seconds: float, seed: int, *, hang: bool) -> Cadence:
    """Measure so many gateways for so long, beside five that hang or alone."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        sizes = [PER_STREET] * (healthy // PER_STREET) + [healthy % PER_STREET]
        streets = [
            stack.enter_context(Street(size, seed + 100 * number))
            for number, size in enumerate(filter(None, sizes))
        ]
        doors = [door for street in streets for door in street.doors]
        fleet = {f"house_{number}": door for number, door in enumerate(doors)}
        stopped = stack.enter_context(Street(1, seed + 9000)) if hang else None
        if stopped:
            fleet |= {"stopped": stopped.doors[0], **stack.enter_context(_hanging())}
        broker = stack.enter_context(Broker(Path(directory) / "broker"))
        env = _env(fleet) | broker_env(broker, Path(directory) / "state")
        bridge = stack.enter_context(Bridge(env, Path(directory) / "bridge"))
        _await_all(broker, healthy + bool(stopped))
        if stopped:
            stopped.hang()
        return _measured(bridge, streets, seconds)


def _await_all(broker: Broker, number: int) -> None:
    """Wait until so many gateways have told something."""
    with Subscriber(broker.side_door, "powerwall/+/snapshot") as client:
        client.wait(lambda: len(client.tree) >= number, 60)


def _measured(bridge: Bridge, streets: list[Street], seconds: float) -> Cadence:
    time.sleep(min(SETTLE_S, seconds / 2))
    begin, cpu_s = time.monotonic(), _cpu_s(bridge.pid)
    time.sleep(seconds)
    cpu_s = _cpu_s(bridge.pid) - cpu_s
    end = time.monotonic()
    time.sleep(2 * INTERVAL_S)  # the last poll may be late as well
    late: list[float] = []
    lost = 0
    for visits in (visit for street in streets for visit in street.visits()):
        its, missing = lateness(visits, begin, end)
        late += its
        lost += missing
    return Cadence(sorted(late), lost, 100 * cpu_s / (end - begin))


def lateness(visits: Visits, begin: float, end: float) -> tuple[list[float], int]:
    """Return how late the polls due between begin and end were, and how many never came."""
    first = int((begin - visits.begin) / INTERVAL_S) + 1
    last = int((end - visits.begin) / INTERVAL_S)
    found: dict[int, float] = {}
    for at in visits.polls:
        point = int((at - visits.begin + EARLY_S) / INTERVAL_S)
        found.setdefault(point, at - visits.begin - point * INTERVAL_S)
    due = range(first, last + 1)
    early = min((0.0, *found.values()))  # the first answer of all took longer than the others
    return [found[n] - early for n in due if n in found], sum(n not in found for n in due)


def _cpu_s(pid: int) -> float:
    """Return the time on a processor so far of all threads of a process (Linux)."""
    return time.clock_gettime((~pid << 3) | 2)


def main() -> int:
    parser = argparse.ArgumentParser(prog="trials.fleet", description=__doc__)
    parser.add_argument("--healthy", type=int, default=15, help="gateways, %(default)s")
    parser.add_argument("--seconds", type=float, default=60.0, help="measured, %(default)s")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the houses")
    args = parser.parse_args()
    print(f"seed {args.seed}, {args.healthy} gateways, a poll every {INTERVAL_S:g} s")
    print(f"{'':<14}{HEAD}")
    alone = cadence(args.healthy, args.seconds, args.seed, hang=False)
    print(f"{'alone':<14}{alone.row}", flush=True)
    beside = cadence(args.healthy, args.seconds, args.seed, hang=True)
    print(f"{'and 5 hanging':<14}{beside.row}")
    bad = list(_bad(alone, beside))
    print(f"{len(bad)} bad", *bad, sep="\n")
    return 1 if bad else 0


def _bad(alone: Cadence, beside: Cadence) -> Iterator[str]:
    """Yield what must not be: polls that got lost, or came much later beside gateways that hang."""
    for name, seen in (("alone", alone), ("and 5 hanging", beside)):
        if seen.lost:
            yield f"{name}: {seen.lost} polls were lost"
        if not seen.lateness_s:
            yield f"{name}: no poll was measured"
    late_s, usual_s = beside.at(0.99), alone.at(0.99)
    if late_s > usual_s + WORSE_S:
        yield f"and 5 hanging: p99 is {late_s * 1000:.1f} ms, alone it is {usual_s * 1000:.1f} ms"


if __name__ == "__main__":
    raise SystemExit(main())
