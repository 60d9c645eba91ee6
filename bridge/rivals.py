"""Notices a second bridge under the same prefix: it would carry out each command once more."""

import json
import logging
from collections.abc import Mapping

from bridge.mqtt import Handler, Link, Received
from bridge.topics import BridgeTopics, Message

REMEDY = "stop it or give it an MQTT_PREFIX and a STATE_DIR of its own"

MOST = 10  # that are named; everybody may make up bridges
ANSWER_TICKS = 2  # it has just come, and looks around before it listens

log = logging.getLogger(__name__)


class Rivals:
    """Hears what somebody else says on the topics of the bridge; info is what we say there."""

    def __init__(self, link: Link, topics: BridgeTopics, info: str) -> None:
        self._link, self._topics = link, topics
        self._info = info
        self._seen: set[str] = set()
        self._contradicted = False
        self._ticks = 0  # until we tell of ourselves

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {self._topics.availability: self._said, self._topics.info: self._told}

    def _said(self, received: Received) -> None:
        """Say again that we are online: a second bridge that ends takes our word away.

        Where a broker gives us our own words back, the last of them is no contradiction.
        """
        if received.payload == b"online" or received.stored or not self._link.connected:
            return
        if not self._contradicted:
            self._contradicted = True
            said = received.payload[:20].decode("utf-8", "replace")
            words = f"somebody else says '{said}'; if a second bridge runs, {REMEDY}"
            log.warning("%s: %s", received.topic, words)
        self._link.publish_all()

    def _told(self, received: Received) -> None:
        """Warn of each other bridge once."""
        text = received.payload.decode("utf-8", "replace")
        started = _started(text)
        if received.stored or text == self._info or not started or started in self._seen:
            return
        if len(self._seen) >= MOST:
            return
        self._seen.add(started)
        log.error(
            "a second bridge, started at %s, runs under the same prefix: each command is carried "
            "out by both; %s",
            started,
            REMEDY,
        )
        self._ticks = ANSWER_TICKS

    def tick(self) -> None:
        """Tell another bridge of us, so that its log says the same: it listens by now."""
        if self._ticks:
            self._ticks -= 1
            if not self._ticks:
                self._link.publish(Message(self._topics.info, self._info, 1))


def _started(text: str) -> str | None:
    """Return when a bridge began that tells of itself so, None where it is no bridge's text."""
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        return None
    started = info.get("started_at") if isinstance(info, dict) else None
    return started[:40] if isinstance(started, str) else None
