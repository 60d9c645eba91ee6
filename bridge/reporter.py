"""Says on MQTT what is known of one gateway: what changed at once, the whole after each poll."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bridge.annex import Annex
from bridge.announcements import Announcements
from bridge.changes import Changes
from bridge.controls import Controls
from bridge.discovery import Site, device_id, discover
from bridge.entities import Offer
from bridge.events import Event
from bridge.guard import Guard
from bridge.health import GOOD, Connection, Health
from bridge.ledger import Result
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.parts import Endpoint
from bridge.readings import GROUPS, SUMMARY, Group, Kind, Measured, fed_by, measure, spoken
from bridge.topics import (
    DEVICE_LEVELS,
    NONE,
    OFFLINE,
    ONLINE,
    SNAPSHOT_BYTES,
    Message,
    Topics,
    compact,
    discovery_topic,
    snapshot_json,
    vitals_path,
)

EVERYTHING = frozenset(Endpoint)

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
    guard: Guard = field(default_factory=Guard)
    annex: Annex = field(default_factory=Annex)
    complaint: str | None = None
    site_key: str | None = None
    announcements: Announcements = field(init=False)
    _announced_state: tuple[int, str | None, frozenset[Offer], frozenset[str]] | None = None
    _changes: Changes = field(init=False)
    _said: Connection | None = None

    def __post_init__(self) -> None:
        self.announcements = Announcements(self.publish)
        self._changes = Changes(self.place.topics, self.annex.apart(self.place.topics))

    @property
    def name(self) -> str:
        """The gateway's configured name."""
        return self.place.topics.gateway

    @property
    def settled(self) -> bool:
        """Whether it has said what discovery it has, of all devices."""
        return bool(self._announced_state or self.complaint or not self.place.ha_prefix)

    def discovery_topic(self, kind: Kind, key: str) -> str | None:
        """Return where Home Assistant is told of a device, None where it is told of nothing."""
        if not (self.place.ha_prefix and self.site_key):
            return None
        return discovery_topic(self.place.ha_prefix, device_id(self.site_key, kind, key))

    def inherit(self, topic: str, payload: str) -> None:
        """Take note of what an earlier run left retained."""
        self._changes.inherit(topic)
        if self.place.topics.beside(topic):
            self.annex.shown.add(topic)
        self.guard.seed(self.place.topics.path(topic), payload)

    def inherit_discovery(self, topic: str, payload: str) -> None:
        self.announcements.inherit(topic, payload)

    def adopt(self, topic: str, payload: str) -> None:
        """Take note of discovery of another gateway, should this one tell of the same device."""
        self.announcements.adopt(topic, payload)

    def readings(
        self,
        snapshot: Snapshot,
        now: Moment,
        changed: frozenset[Endpoint] = EVERYTHING,
        heard: frozenset[Endpoint] = EVERYTHING,
    ) -> None:
        """Publish what differs from what is retained, of the readings of changed endpoints.

        heard are those that have spoken; the others fell silent.
        """
        groups = fed_by(changed)
        said = spoken(groups, snapshot, heard)
        judged = self.guard.judge(measure(groups, snapshot), now, said)
        self._send(self._changes.readings(groups, judged))
        for words in self.guard.doubts.take_news():
            log.warning("%s: %s", self.name, words)

    def events(self, events: Iterable[Event]) -> None:
        """Publish what happened; nobody is told twice."""
        for event in events:
            log.info("%s: %s", self.name, event.words)
            topic = self.place.topics.event
            self.publish(Message(topic, compact(event.json()), 1, retain=False))

    def forget(self, kind: Kind, key: str, dins: Iterable[str] = ()) -> None:
        """Clear what stands out there of a device that is gone for good, and of its parts."""
        level = (DEVICE_LEVELS[kind], key)
        log.info("%s: %s %s is gone, its topics are cleared", self.name, *level)
        self.guard.forget(level)
        if topic := self.discovery_topic(kind, key):
            self.announcements.bury(topic)
        for path in (level, *map(vitals_path, dins)):
            self._send(self._changes.forget(path))

    def standing(self, health: Health, snapshot: Snapshot) -> None:
        """Publish connection, availability, tier, capabilities and the controls' availability."""
        topics = self.place.topics
        state = Connection.ERROR if self.complaint else health.connection
        reason = self.complaint or health.reason
        firmware = snapshot.status.version if snapshot.status else None
        messages = [
            Message(topics.reason, reason, 1),
            Message(topics.connection, state, 1),
            Message(topics.tier, health.tier or NONE, 1),
            Message(topics.capabilities, _capabilities(health), 1),
        ]
        for control in (Offer.OPERATION, Offer.ISLAND):
            works = self.controls.available(control, health.permits, firmware)
            messages.append(Message(topics.control_availability(control), _online(works), 1))
        current = health.online and (health.tried_main or not self._changes.unsettled)
        messages.append(Message(topics.availability, _online(current), 1))
        self._send(self._changes.changed(messages))
        self._log(state, reason)

    def documents(self, health: Health, snapshot: Snapshot, now: Moment) -> None:
        """Publish views and raw answers that changed; offline nothing of it is written anew."""
        if health.online:
            self.beside(self.annex.messages(self.place.topics, snapshot, now))
            for view, bug in self.annex.take_bugs().items():
                log.error("%s: view %s cannot be made", self.name, view, exc_info=bug)

    def beside(self, messages: Iterable[Message]) -> None:
        """Publish what differs from what is retained."""
        self._send(self._changes.changed(messages))

    def answer(self, message: Message) -> None:
        """Publish in any case what somebody has asked for."""
        if message.retain:
            self._changes.changed([message])
        self.publish(message)

    def settle(self, health: Health, snapshot: Snapshot) -> None:
        """Publish what became of an earlier run's topics, once every endpoint was tried."""
        if health.online and snapshot.at and health.tried_all and self._changes.unsettled:
            messages = self._changes.settle(self._shown(GROUPS, snapshot))
            if cleared := sum(not message.payload for message in messages):
                log.info("%s: %d topics that it has no more are cleared", self.name, cleared)
            self._send(messages)

    def poll_ended(self, health: Health, snapshot: Snapshot) -> None:
        """Publish the snapshot topic, and discovery once every endpoint was tried.

        While the gateway is offline nothing of it is written anew.
        """
        if health.online and snapshot.at:
            text = snapshot_json(self._shown(SUMMARY, snapshot), snapshot.at, SNAPSHOT_BYTES)
            self.publish(Message(self.place.topics.snapshot, text))
        if health.tried_main and not self.complaint:
            self._announce(snapshot, self.controls.offers(health.permits))

    def _shown(self, groups: Iterable[Group[Any]], snapshot: Snapshot) -> list[Measured]:
        return self.guard.shown(measure(groups, snapshot))

    def _announce(self, snapshot: Snapshot, offers: frozenset[Offer]) -> None:
        """Publish discovery when something changed that it tells."""
        said = self.announcements
        state = (self._changes.revision, self.site_key, offers, said.elsewhere)
        if not (self.place.ha_prefix and self.site_key) or state == self._announced_state:
            return
        site = Site(self.site_key, self.place.topics, self.place.ha_prefix, self.place.url, offers)
        said.forget_other_sites(site)
        said.say(discover(site, self._shown(GROUPS, snapshot), self._changes.__contains__))
        self._announced_state = state

    def results(self, results: list[Result]) -> None:
        """Publish the steps of commands; only a final one goes to who asked with MQTT 5."""
        for result in results:
            if result.final:
                self._log_result(result)
            payload = compact(result.json())
            self.publish(Message(self.place.topics.result, payload, 1, retain=False))
            for reply in result.replies:
                answer = Message(
                    reply.topic, payload, 1, retain=False, correlation=reply.correlation
                )
                self.publish(answer)

    def _send(self, messages: list[Message]) -> None:
        for message in messages:
            self.publish(message)

    def _log_result(self, result: Result) -> None:
        told = (self.name, result.command, result.requested, result.status)
        log.info("%s: %s %r: %s%s", *told, f", {result.reason}" if result.reason else "")

    def _log(self, state: Connection, reason: str) -> None:
        if state is self._said:
            return
        self._said = state
        level = (
            logging.INFO if reason == GOOD or state is Connection.CONNECTING else logging.WARNING
        )
        log.log(level, "%s is %s: %s", self.name, state, reason)


def _online(condition: bool) -> str:  # noqa: FBT001  # a condition in, its word out
    return ONLINE if condition else OFFLINE


def _capabilities(health: Health) -> str:
    return compact(
        {
            endpoint: {name: getattr(permit, name) for name in permit.PUBLISHED}
            for endpoint, permit in health.permits.items()
        }
    )
