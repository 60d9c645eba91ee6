"""The simulated gateway in a process of its own, which writes down every request."""

import multiprocessing
import signal
import time
from collections import Counter, deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from bridge.parts import Endpoint
from bridge.simulator import Simulator
from bridge.simulator.exchange import Call
from bridge.simulator.server import Reply, Server, answered

PROFILE = "fw2336"
LOGIN = "login/Basic"
_NEWEST = 50_000
_ANSWER_S = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; arrived and left in seconds of time.monotonic(), which all processes share.

    left is the moment before the answer is written to the socket, after any delay. body is the
    answer to `meters/aggregates`, empty for the others.
    """

    agent: str
    method: str
    path: str
    status: int
    arrived: float
    left: float
    body: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where the gateway is and how to log in."""

    host: str
    port: int
    password: str
    username: str

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


class _Front:
    """The gateway's answers on a port, each after delay_s."""

    def __init__(self, speed: float, scenario: str | None) -> None:
        self._simulator = Simulator(PROFILE, speed=speed)
        if scenario:
            self._simulator.house.set_scenario(scenario)
        self._server = Server("127.0.0.1", 0, self._reply, secure=True)
        self._server.start()
        self._log: deque[Asked] = deque(maxlen=_NEWEST)
        self._counts: Counter[tuple[str, int]] = Counter()
        self.delay_s = 0.0

    @property
    def place(self) -> Place:
        sim = self._simulator
        return Place("127.0.0.1", self._server.port, sim.password, sim.username)

    def taken(self) -> list[Asked]:
        """Return the requests since the last time this was asked."""
        return [self._log.popleft() for _ in range(len(self._log))]

    def count(self, path: str, status: int) -> int:
        """Return how many requests for path had this status; path `*` and status 0 mean any."""
        seen = list(self._counts.items())
        return sum(n for (p, s), n in seen if path in ("*", p) and status in (0, s))

    def stop(self) -> None:
        self._server.stop()

    def _reply(self, call: Call) -> Reply:
        arrived = time.monotonic()
        answer = self._simulator.gateway.answer(call)
        reply = answered(answer, call, self._simulator.clock.now())
        path = call.path.removeprefix("/api/")
        body = answer.body if path == Endpoint.METERS else b""
        agent = call.headers.get("user-agent", "")
        self._counts[path, answer.status] += 1
        if self.delay_s:
            time.sleep(self.delay_s)
        left = time.monotonic()
        self._log.append(Asked(agent, call.method, path, answer.status, arrived, left, body))
        return reply


def _serve(pipe: Connection, speed: float, scenario: str | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when its owner closes the pipe
    front = _Front(speed, scenario)
    pipe.send(front.place)
    try:
        while True:
            match pipe.recv():
                case "taken":
                    pipe.send(front.taken())
                case "delay", float(delay_s):
                    front.delay_s = delay_s
                    pipe.send(None)
                case "count", str(path), int(status):
                    pipe.send(front.count(path, status))
    except EOFError:
        front.stop()


class House:
    """A gateway from __enter__ to __exit__; its clock runs speed times as fast as ours.

    scenario is what the house does all the time, None for what it does on a day.
    """

    def __init__(self, speed: float, scenario: str | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, speed, scenario), daemon=True)
        self._theirs = theirs

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        self.place: Place = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()

    def taken(self) -> list[Asked]:
        """Return the requests since the last call, oldest first."""
        asked: list[Asked] = self._ask("taken")
        return asked

    def delay(self, delay_s: float) -> None:
        """Let every answer take so long from now on."""
        self._ask(("delay", delay_s))

    def count(self, path: str = "*", status: int = 0) -> int:
        """Return how many requests came for path, with this status; 0 means any."""
        number: int = self._ask(("count", path, status))
        return number

    def _ask(self, question: object) -> Any:
        self._pipe.send(question)
        return self._answer()

    def _answer(self) -> Any:
        if not self._pipe.poll(_ANSWER_S):
            raise TimeoutError("the simulated gateway does not answer")
        return self._pipe.recv()
