"""How the connection stands: what the log says of it, and how long the next attempt waits."""

import logging
import time

from paho.mqtt.reasoncodes import ReasonCode

from bridge.mqtt.client import Broker, mute, refusal, silent, unreached

log = logging.getLogger(__name__)

ANSWER_S = 4.0
SHORT_S = 5.0
STEADY_S = 120.0
LONGEST_WAIT_S = 60
_SECOND = "stop the second bridge, or give it its own MQTT_CLIENT_ID, MQTT_PREFIX and STATE_DIR"
SOME = 2  # short connections in a row that are no accident


class Standing:
    """Told of all that happens to the connection; paho's thread and one that ticks may call."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._opened_s: float | None = None  # since when it takes the connection without a word
        self._connected_s: float | None = None
        self._known = False
        self._short = 0
        self._said = ""

    @property
    def wait_s(self) -> int:
        """Return how long the next attempt has to wait.

        Two clients with one id end each other's connection for ever: they shall do it calmly.
        """
        return int(min(LONGEST_WAIT_S, 2 ** max(0, min(self._short, 16) - SOME)))

    def opened(self) -> None:
        self._opened_s = time.monotonic()

    def connected(self) -> None:
        self._opened_s, self._connected_s, self._known = None, time.monotonic(), True
        if self._short < SOME:
            self._say(logging.INFO, self._there)

    def refused(self, reason: ReasonCode) -> None:
        self._opened_s = None
        self._say(logging.ERROR, refusal(reason))

    def unreached(self, error: BaseException | None) -> None:
        """Take note that nobody is there: then no rival has taken our place either."""
        self._short = 0
        self._say(logging.ERROR, unreached(self._broker, error))

    def lost(self, reason: ReasonCode, largest: str, *, told: bool) -> None:
        """Take note of the end of a connection; told says that the broker gave the reason."""
        lasted_s = time.monotonic() - (self._connected_s or 0.0)
        taken_over = "taken over" in str(reason).lower()
        short = lasted_s < SHORT_S + 1.5 * self.wait_s
        self._short = self._short + 1 if short else 0
        if taken_over:
            self._short = max(self._short, SOME)
        self._opened_s = self._connected_s = None
        words = _named(reason)
        if taken_over or (self._short >= SOME and not told):
            words = self._rivalry(largest, sure=taken_over)
        self._say(logging.WARNING, f"the broker is gone: {words}; trying on")

    def closed(self) -> None:
        """Take note that a connection ended before the broker had said a word."""
        if self._opened_s is not None:
            self._opened_s = None
            self._say(logging.ERROR, self._mute)

    def tick(self) -> None:
        """Say what became true because nothing happened."""
        now_s = time.monotonic()
        if now_s - (self._opened_s or now_s) > ANSWER_S:
            self._say(logging.ERROR, self._mute)
        if self._short and now_s - (self._connected_s or now_s) > STEADY_S:
            self._short = 0
            self._say(logging.INFO, self._there)

    @property
    def _there(self) -> str:
        return f"connected to {self._broker.place}"

    @property
    def _mute(self) -> str:
        return silent(self._broker) if self._known else mute(self._broker)

    def _rivalry(self, largest: str, *, sure: bool) -> str:
        name = self._broker.client_id
        if sure:
            return f"another client connects as {name}; {_SECOND}"
        words = f"it breaks off each time; if another client connects as {name}: {_SECOND}"
        if self._broker.five:
            return words
        return f"{words}; if {largest} is larger than it takes, raise its limit"

    def _say(self, level: int, words: str) -> None:
        """Log what changed, once; the next five hundred attempts say the same."""
        if words != self._said:
            log.log(level, words)
        self._said = words


def _named(reason: ReasonCode) -> str:
    """Return the reason for the end of a connection, also where paho knows none."""
    words = str(reason)
    return "the connection broke off" if words == "Unspecified error" else words
