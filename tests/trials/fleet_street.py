"""A street of simulated gateways in a process of its own, which says when each was asked."""

import multiprocessing
import os
import signal
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from bridge.simulator import Simulator

ANSWER_S = 30.0
FIRST, POLLED = "status", "meters/aggregates"


@dataclass(frozen=True, slots=True)
class Door:
    """Where a gateway is and how to log in."""

    address: str
    password: str


@dataclass(frozen=True, slots=True)
class Visits:
    """When a gateway was asked, in seconds of time.monotonic(), which all processes share.

    begin is the first request of all, polls are those for the meters.
    """

    begin: float
    polls: tuple[float, ...]


class Street:
    """So many gateways from __enter__ to __exit__; seed makes them different sites."""

    def __init__(self, houses: int, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(self._theirs, houses, seed), daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        self.doors: list[Door] = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGCONT)
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def visits(self) -> list[Visits]:
        """Return when each gateway was asked so far."""
        self._pipe.send(None)
        visits: list[Visits] = self._answer()
        return visits

    def hang(self) -> None:
        """Stop the process where it is: its ports stay open, and nothing comes out of them."""
        self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, number)

    def _answer(self) -> Any:
        if not self._pipe.poll(ANSWER_S):
            raise TimeoutError("the simulated gateways do not answer")
        return self._pipe.recv()


def _serve(pipe: Connection, houses: int, seed: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when its owner closes the pipe
    with ExitStack() as stack:
        sims = [stack.enter_context(Simulator(seed=seed + n)) for n in range(houses)]
        pipe.send([Door(sim.address, sim.password) for sim in sims])
        with suppress(EOFError):
            while True:
                pipe.recv()
                pipe.send([_visits(sim) for sim in sims])


def _visits(sim: Simulator) -> Visits:
    requests = sim.requests
    begin = next((r.at for r in requests if r.path == FIRST), 0.0)
    return Visits(begin, tuple(r.at for r in requests if r.path == POLLED and r.status == 200))
