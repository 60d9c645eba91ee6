"""Says on MQTT what is known of one gateway: what changed at once, the whole after each poll."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.changes import Changes
from bridge.controls import Controls
from bridge.discovery import Site, discover, removal
from bridge.entities import Offer
from bridge.health import GOOD, Connection, Health
from bridge.model import Snapshot
from bridge.orders import Result
from bridge.parts import Endpoint
from bridge.readings import GROUPS, measure
from bridge.topics import NONE, OFFLINE, ONLINE, Message, Topics, compact, snapshot_json

log = logging.getLogger(__name__)
Publish = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gateway's topics and its discovery live; ha_prefix is None without discovery."""

    topics: Topics
    ha_prefix: str | None = None
    url: str | None = None


@dataclass(slots=True)
class Reporter:
    """Publishes for one gateway; complaint stands in for the connection's own state."""

    place: Place
    publish: Publish
    controls: Controls
    complaint: str | None = None
    site_key: str | None = None
    _discovered: dict[str, str] = field(default_factory=dict)
    _announced: set[str] = field(default_factory=set)
    _changes: Changes = field(init=False)
    _said: Connection | None = None

    def __post_init__(self) -> None:
        self._changes = Changes(self.place.topics)

    def inherit(self, topic: str) -> None:
        self._changes.inherit(topic)

    def inherit_discovery(self, topic: str, payload: str) -> None:
        self._discovered.setdefault(topic, payload)

    def readings(self, snapshot: Snapshot, *, complete: bool) -> None:
        """Publish every reading that differs from what is retained."""
        measured = measure(GROUPS, snapshot)
        self._send(self._changes.readings(measured, complete=complete))

    def standing(self, health: Health, snapshot: Snapshot) -> None:
        """Publish connection, availability, tier, capabilities and the controls' availability."""
        topics = self.place.topics
        state = Connection.ERROR if self.complaint else health.connection
        reason = self.complaint or health.reason
        firmware = snapshot.status.version if snapshot.status else None
        messages = [
            Message(topics.connection, state, 1),
            Message(topics.reason, reason, 1),
            Message(topics.tier, health.tier or NONE, 1),
            Message(topics.capabilities, _capabilities(health), 1),
        ]
        for control in (Offer.OPERATION, Offer.ISLAND):
            works = self.controls.available(control, health.permits, firmware)
            messages.append(Message(topics.control_availability(control), _online(works), 1))
        messages.append(Message(topics.availability, _online(health.online), 1))
        self._send(self._changes.changed(messages))
        self._log(state, reason)

    def poll_ended(self, health: Health, snapshot: Snapshot, timestamp: str) -> None:
        """Publish the snapshot topic, and discovery once every endpoint was tried."""
        measured = measure(GROUPS, snapshot)
        self._send(
            self._changes.changed(
                [Message(self.place.topics.snapshot, snapshot_json(measured, timestamp))]
            )
        )
        if not (self.place.ha_prefix and self.site_key and health.tried_all) or self.complaint:
            return
        offers = self.controls.offers(health.permits[Endpoint.OPERATION])
        site = Site(self.site_key, self.place.topics, self.place.ha_prefix, self.place.url, offers)
        for message in discover(site, measured, self._changes.__contains__):
            self._discover(message)

    def results(self, results: list[Result]) -> None:
        """Publish the steps of commands; only a final one goes to who asked with MQTT 5."""
        for result in results:
            payload = compact(result.json())
            self.publish(Message(self.place.topics.result, payload, 1, retain=False))
            for reply in result.replies:
                answer = Message(
                    reply.topic, payload, 1, retain=False, correlation=reply.correlation
                )
                self.publish(answer)

    def _discover(self, message: Message) -> None:
        before = self._discovered.get(message.topic)
        if before == message.payload and message.topic in self._announced:
            return
        if gone := removal(before, message.payload):
            self.publish(Message(message.topic, gone, message.qos))
        self._discovered[message.topic] = message.payload
        self._announced.add(message.topic)
        self.publish(message)

    def _send(self, messages: list[Message]) -> None:
        for message in messages:
            self.publish(message)

    def _log(self, state: Connection, reason: str) -> None:
        if state is self._said:
            return
        self._said = state
        level = (
            logging.INFO if reason == GOOD or state is Connection.CONNECTING else logging.WARNING
        )
        log.log(level, "%s is %s: %s", self.place.topics.gateway, state, reason)


def _online(condition: bool) -> str:  # noqa: FBT001  # a condition in, its word out
    return ONLINE if condition else OFFLINE


def _capabilities(health: Health) -> str:
    return compact(
        {
            endpoint: {"state": permit.state, "status": permit.status, "since": permit.since}
            for endpoint, permit in health.permits.items()
        }
    )
