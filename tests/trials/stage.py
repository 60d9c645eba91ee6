"""One gateway's loop on a clock that moves only when told, before a real gateway and broker.

Waiting costs nothing, so hours of trouble take seconds: the loop is stepped, and what it would
have waited is leapt over. A request that times out counts as the seconds that it would have taken.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from bridges import gateway_env

from bridge import assembly
from bridge.commands import Write
from bridge.documents import Document
from bridge.errors import GatewayError, Stopped, TimedOut
from bridge.gateway import Gateway, Receipt
from bridge.gateway.account import Clock
from bridge.gateway.local import LocalGateway
from bridge.moment import Moment
from bridge.parts import Endpoint, Part
from bridge.settings import GatewaySettings, load_settings
from bridge.simulator import Simulator
from bridge.state import Store
from bridge.topics import Message, Topics
from trials.judge import Judge
from trials.truth import Truth

T = TypeVar("T")
TIMEOUT_S, REAL_TIMEOUT_S = 5.0, 0.5
LONGEST_S = 30.0  # of one wait, as the loop itself has it
START = datetime(2026, 6, 1, 9, 0, 0, tzinfo=UTC)


@dataclass(slots=True)
class VirtualTime:
    """Seconds since the start of a trial; sleeping passes them."""

    s: float = 0.0

    def __call__(self) -> Moment:
        return Moment(self.s, START + timedelta(seconds=self.s))

    def now(self) -> float:
        return self.s

    def sleep(self, seconds: float) -> None:
        self.s += seconds

    def late(self) -> None:
        """Let the time of a request pass that was not answered."""
        self.s += TIMEOUT_S

    @property
    def clock(self) -> Clock:
        """The same time for the client of the gateway."""
        return Clock(lambda: self().wall.timestamp(), self.now, self.sleep)


class PacedTime(VirtualTime):
    """The same for trials with a broker, which lives in real time: sleeping takes its time."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
        self.s += seconds

    def late(self) -> None:
        self.s += REAL_TIMEOUT_S


class Witness:
    """A gateway whose every answer is compared with what it would have said without its fault."""

    def __init__(self, gateway: LocalGateway, time: VirtualTime, truth: Truth) -> None:
        self._gateway = gateway
        self._time = time
        self._truth = truth

    @property
    def logins(self) -> int:
        return self._gateway.logins

    @property
    def requests(self) -> int:
        return self._gateway.requests

    def read(self, endpoint: Endpoint) -> Part:
        try:
            part = self._timed(lambda: self._gateway.read(endpoint))
        except GatewayError as error:
            self._truth.missed(endpoint, stopped=isinstance(error, Stopped))
            raise
        self._truth.saw(endpoint)
        return part

    def take(self, endpoint: Endpoint) -> Document | None:
        return self._gateway.take(endpoint)

    def fetch(self, path: str) -> Document:
        return self._timed(lambda: self._gateway.fetch(path))

    def send(self, command: Write) -> Receipt:
        return self._timed(lambda: self._gateway.send(command))

    def settle(self) -> None:
        self._gateway.settle()

    def close(self) -> None:
        self._gateway.close()

    def _timed(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except TimedOut:
            self._time.late()
            raise


@dataclass(slots=True)
class Said:
    """A message, and when it was published in virtual seconds.

    empty: the reading has no value even without a fault.
    """

    at_s: float
    message: Message
    empty: bool = False


@dataclass
class Stage:
    """A simulated gateway and the bridge's loop for it, within `with`."""

    poll_s: float = 5.0
    profile: str = "fw2336"
    settings: dict[str, str] = field(default_factory=dict)
    publish: Callable[[Message], None] = lambda _: None
    time: VirtualTime = field(default_factory=VirtualTime)
    said: list[Said] = field(default_factory=list)
    retained: dict[str, str] = field(default_factory=dict)
    judged: bool = True
    doubted_s: float | None = None  # when a value was not believed, for the first time in a while

    def __post_init__(self) -> None:
        self.sim = Simulator(self.profile, real=self.time.now)
        self.topics = Topics("powerwall", "main")
        self.truth = Truth(self.sim, self.time, self.topics)
        self.judge = Judge(self.truth, self.topics, self.retained)
        self._doubts = 0

    def __enter__(self) -> Self:
        self.sim.start()
        intervals = {"POLL_INTERVAL": f"{self.poll_s:g}", "TIMEOUT": f"{TIMEOUT_S:g}"}
        intervals |= {"DEVICE_INTERVAL": "30", "SLOW_INTERVAL": "300", "CONTROL": "all"}
        env = gateway_env(self.sim, **(intervals | self.settings)) | {"STATE_DIR": ""}
        settings = load_settings(env, env_file=None)
        self.poller = assembly.poller(
            settings,
            settings.gateways[0],
            self._publish,
            lambda _: None,
            self.time,
            source=self._source,
        )
        self.judge.stretch = lambda: self.poller.figures["poll_interval_s"] / self.poll_s
        self.poller.announce()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.sim.stop()

    def _source(self, gateway: GatewaySettings, store: Store, _: assembly.Clock) -> Gateway:
        setup = assembly.setup(gateway)
        quick = replace(setup, address=replace(setup.address, timeout_s=REAL_TIMEOUT_S))
        self.client = LocalGateway(quick, store, self.time.clock)
        return Witness(self.client, self.time, self.truth)

    def _publish(self, message: Message) -> None:
        empty = message.topic in self.truth.empty
        self.said.append(Said(self.time.s, message, empty))
        if message.retain:
            self.retained[message.topic] = message.payload
        if self.judged:
            self.judge.hear(message)
        self.publish(message)

    def live(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let so many seconds pass, or fewer when a condition is met; return whether it was."""
        end_s = self.time.s + seconds
        while not until():
            wait_s = max(0.0, min(self.poller.step(), LONGEST_S))
            self.sim.wake()
            self._look()
            if self.time.s + wait_s > end_s:
                self.time.sleep(max(0.0, end_s - self.time.s))
                self.sim.wake()
                return until()
            self.time.sleep(wait_s)
        return True

    @property
    def figures(self) -> dict[str, int]:
        """Counts since the start, of the bridge's own."""
        return {name: int(value) for name, value in self.poller.figures.items()}

    def _look(self) -> None:
        if self.doubted_s is None and self.figures["rejected_values"] > self._doubts:
            self.doubted_s = self.time.s
        if self.judged:
            self.judge.look(self.retained)

    def begin(self, fault: str) -> None:
        """Let something go wrong at the gateway."""
        self.truth.began_s = self.time.s
        self._doubts, self.doubted_s = self.figures["rejected_values"], None
        self.sim.troubles.begin(fault)

    def end(self, fault: str) -> None:
        self.sim.troubles.end(fault)

    def is_well(self) -> bool:
        """Return whether everything that stands there is true again."""
        return self.of("connection") == "connected" and not self.judge.behind(self.retained)

    def of(self, *path: str) -> str | None:
        """Return what is retained at a path below the gateway."""
        return self.retained.get(self.topics.of(*path))
