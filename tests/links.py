"""A link to a broker without a bridge around it, kept going by the test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from brokers import LOOPBACK
from paho.mqtt.enums import MQTTErrorCode
from subscriber import eventually

from bridge import mqtt
from bridge.mqtt import Link, Received
from bridge.mqtt.client import Make, TirelessClient, make_client
from bridge.topics import Message

AVAILABLE = "own/bridge/availability"
COMMAND = "own/command/set"
PROTOCOLS = ("5", "3.1.1")


class Bench:
    """A link that is kept going, and what it was told."""

    def __init__(self, link: Link, received: list[Received]) -> None:
        self.link = link
        self.received = received

    def until(self, condition: Callable[[], object], within_s: float = 10.0) -> None:
        """Keep the link going until a condition is true."""

        def met() -> object:
            self.link.tick()
            return condition()

        eventually(met, within_s)

    def counting_until(self, condition: Callable[[], object], topics: int = 20) -> int:
        """Publish rising numbers on some topics until a condition is true; return the last."""
        number = int(time.monotonic() * 1000)

        def met() -> object:
            nonlocal number
            number += 1
            for topic in range(topics):
                self.link.publish(Message(f"own/count/{topic}", str(number)))
            return condition()

        self.until(met, 20)
        return number


def frail(fails: Callable[[], bool]) -> Make:
    """Return what makes clients in which paho itself goes wrong, whenever fails says so."""

    class Frail(TirelessClient):
        def loop_misc(self) -> MQTTErrorCode:
            if fails():
                raise RuntimeError("mutated during iteration")
            return super().loop_misc()

    return partial(make_client, kind=Frail)


@contextmanager
def failing(port: int) -> Iterator[tuple[Bench, threading.Event]]:
    """Yield a link in which paho has begun to fail in every turn, until the event is cleared."""
    trouble = threading.Event()
    with linked(port, make=frail(trouble.is_set)) as bench:
        bench.until(lambda: bench.link.connected)
        trouble.set()
        eventually(lambda: not bench.link.connected)
        yield bench, trouble


@contextmanager
def linked(
    port: int,
    protocol: str = "5",
    keep_alive_s: int = 20,
    client_id: str = "own-link",
    make: Make = make_client,
) -> Iterator[Bench]:
    broker = mqtt.Broker(
        LOOPBACK,
        port,
        client_id,
        protocol="5" if protocol == "5" else "3.1.1",
        keep_alive_s=keep_alive_s,
    )
    link, received = Link(broker, AVAILABLE, make), list[Received]()
    link.start({COMMAND: received.append}, received.append, [])
    try:
        yield Bench(link, received)
    finally:
        link.stop()
