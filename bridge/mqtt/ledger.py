"""Which messages are under way, by the packet ids that paho gave them."""

import threading
import time
from collections import Counter
from typing import Protocol

from bridge.topics import Message


class Verdict(Protocol):
    """What the broker says to a message; MQTT 3.1.1 never says no."""

    @property
    def is_failure(self) -> bool: ...


class Ledger:
    """Entered by who publishes, struck by paho's thread, which may come first with the same id.

    Neither waits for more than the other's few steps in here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[int, tuple[Message, float]] = {}
        self._early: dict[int, Verdict] = {}
        self._counts: Counter[int] = Counter()
        self._acknowledged_s = 0.0

    def count(self, qos: int) -> int:
        return self._counts[qos]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._early.clear()
            self._counts.clear()

    def enter(self, mid: int, message: Message) -> Verdict | None:
        """Take down a message, or return the verdict on it that is there already."""
        with self._lock:
            verdict = self._early.pop(mid, None)
            if verdict is None:
                self._entries[mid] = (message, time.monotonic())
                self._counts[message.qos] += 1
        return verdict

    def strike(self, mid: int, verdict: Verdict) -> Message | None:
        """Return the message that a verdict is about, None when it is not entered yet."""
        with self._lock:
            message, _ = self._entries.pop(mid, (None, 0.0))
            if message is None:
                self._early[mid] = verdict
                return None
            self._counts[message.qos] -= 1
            if message.qos:
                self._acknowledged_s = time.monotonic()
        return message

    def give_up(self) -> None:
        """Strike all that is not acknowledged."""
        with self._lock:
            self._entries = {mid: e for mid, e in self._entries.items() if not e[0].qos}
            self._counts = Counter({0: len(self._entries)})

    @property
    def silent_s(self) -> float:
        """How long a message waits for its acknowledgement while none comes for any, seconds."""
        with self._lock:
            unacknowledged = (at_s for message, at_s in self._entries.values() if message.qos)
            first_s = next(unacknowledged, None)
            if first_s is None:
                return 0.0
            return time.monotonic() - max(first_s, self._acknowledged_s)
