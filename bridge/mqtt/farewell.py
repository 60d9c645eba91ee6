"""The last word to a broker."""

import logging
import time

import paho.mqtt.client as paho

from bridge.mqtt.client import close_gently
from bridge.topics import OFFLINE

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
_STEP_S = 0.01


class Farewell:
    """`offline`, said again on each new connection until the broker has heard it.

    begun is set for good; nothing but this may be said from then on. A connection that gets lost
    meanwhile comes again, and its end by DISCONNECT takes the last will with it.
    """

    def __init__(self, client: paho.Client, availability: str) -> None:
        self._client = client
        self._availability = availability
        self._last: paho.MQTTMessageInfo | None = None
        self.begun = False

    def say(self) -> None:
        self._last = self._client.publish(self._availability, OFFLINE, 1, retain=True)

    def finish(self) -> None:
        """Wait a while for it to be heard; have the connection closed without a reset."""
        until_s = time.monotonic() + PATIENCE_S
        while not self._heard:
            if time.monotonic() > until_s:
                log.warning("the broker did not confirm the last message, `%s`", OFFLINE)
                break
            time.sleep(_STEP_S)
        if link := self._client.socket():
            close_gently(link)

    @property
    def _heard(self) -> bool:
        try:
            return self._last is not None and self._last.is_published()
        except (RuntimeError, ValueError):  # this connection did not take it; the next one may
            return False
