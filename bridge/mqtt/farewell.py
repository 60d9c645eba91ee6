"""The last word to a broker, and the end of the connection."""

import logging
import time
from collections.abc import Callable

import paho.mqtt.client as paho

from bridge.mqtt.client import TirelessClient, close_gently, cut
from bridge.topics import OFFLINE

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
END_S = 1.0
_STEP_S = 0.01


class Farewell:
    """`offline`, said again on each new connection until the broker has heard it.

    begun is set for good; nothing but this may be said from then on. A connection that gets lost
    meanwhile comes again, and its end by DISCONNECT takes the last will with it.
    """

    def __init__(self, client: TirelessClient, availability: str) -> None:
        self._client = client
        self._availability = availability
        self._last: paho.MQTTMessageInfo | None = None
        self._over = False
        self.begun = False

    def say(self) -> None:
        if not self._over:
            self._last = self._client.publish(self._availability, OFFLINE, 1, retain=True)

    def finish(self) -> None:
        """Wait a while for it to be heard; have the connection closed without a reset."""
        if not _wait(lambda: self._heard, PATIENCE_S):
            log.warning("the broker did not confirm the last message, `%s`", OFFLINE)
        if link := self._client.socket():
            close_gently(link)

    def hang_up(self) -> None:
        """End the connection and its thread, soon whatever the broker does.

        paho would wait for acknowledgements without end, and for a full way until a ping fails.
        """
        self._client.stopping = True
        self._client.disconnect()
        _wait(lambda: self._client.ended, END_S)
        self._over = True
        self._client.drop_out_messages()
        if link := self._client.socket():
            cut(link)
        self._client.loop_stop()

    @property
    def _heard(self) -> bool:
        try:
            return self._last is not None and self._last.is_published()
        except (RuntimeError, ValueError):  # this connection did not take it; the next one may
            return False


def _wait(condition: Callable[[], bool], within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    while not (met := condition()) and time.monotonic() < until_s:
        time.sleep(_STEP_S)
    return met
