"""Shows one gateway until told to stop: as a picture in a terminal, else a line a poll."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.mqtt import Received
from bridge.topics import BridgeTopics
from bridge.watch.canvas import Look
from bridge.watch.house import House, gateways
from bridge.watch.picture import Hint, picture, summary
from bridge.watch.terminal import END, Screen

FRAME_S = 0.3
PATIENCE_S = 1.5  # before it is news that nothing was heard
_QUIT = frozenset(f"qQ\x03{END}")
_NEXT = "\t"


class Wall:
    """Everything heard from the broker, newest payload by topic; one writer, many readers."""

    def __init__(self) -> None:
        self._payloads: dict[str, str] = {}
        self._lock = threading.Lock()
        self.news = threading.Event()

    def hear(self, received: Received) -> None:
        with self._lock:
            if received.payload:
                self._payloads[received.topic] = received.payload.decode("utf-8", "replace")
            else:
                self._payloads.pop(received.topic, None)
        if received.topic.endswith(("/snapshot", "/availability", "/connection")):
            self.news.set()

    @property
    def payloads(self) -> Mapping[str, str]:
        with self._lock:
            return dict(self._payloads)


@dataclass
class Show:
    """What is shown and for how long; `of` picks the gateway when there are several.

    trouble says what is wrong with the broker; completed is called once, with the first complete
    values; until_s is by time.monotonic().
    """

    wall: Wall
    prefix: str
    trouble: Callable[[], str | None]
    gateway: str | None = None
    hints: Callable[[], Sequence[Hint]] = tuple
    completed: Callable[[], None] = lambda: None
    until_s: float = float("inf")
    stop: threading.Event = field(default_factory=threading.Event)
    complete: bool = False
    _chosen: int = 0

    def house(self) -> House:
        payloads = self.wall.payloads
        names = [self.gateway] if self.gateway else gateways(payloads, self.prefix) or ["main"]
        topics = BridgeTopics(self.prefix).gateway(names[self._chosen % len(names)])
        house = House.of(payloads, topics, self.trouble())
        if house.complete and not self.complete:
            self.complete = True
            self.completed()
        return house

    def next_gateway(self) -> None:
        self._chosen += 1

    @property
    def over(self) -> bool:
        return self.stop.is_set() or time.monotonic() >= self.until_s


def draw(show: Show, screen: Screen) -> None:
    """Draw the picture until the end; `q` is one."""
    with screen, woken_by_signals() as wake:
        while not show.over:
            look = screen.look(int(time.monotonic() / FRAME_S))
            screen.show(_picture(show, look), look)
            key = screen.key(min(FRAME_S, max(0.0, show.until_s - time.monotonic())), wake)
            if _QUIT & set(key):
                show.stop.set()
            if _NEXT in key:
                show.next_gateway()


def _picture(show: Show, look: Look) -> list[str]:
    return picture(show.house(), look, show.hints())


def report(show: Show, say: Callable[[str], None]) -> None:
    """Say a line a poll until the end, and one whenever the state changes."""
    said: tuple[str | None, ...] = ()
    patient_s = time.monotonic() + PATIENCE_S
    while not show.over:
        show.wall.news.clear()
        house = show.house()
        now = (house.read_at, house.trouble, house.connection)
        if now != said and (house.read_at or time.monotonic() > patient_s):
            said = now
            say(summary(house))
        show.wall.news.wait(min(FRAME_S, max(0.0, show.until_s - time.monotonic())))


@contextlib.contextmanager
def woken_by_signals() -> Iterator[int]:
    """Give a file descriptor that becomes readable with every signal."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


@contextlib.contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end the show instead of the process."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
