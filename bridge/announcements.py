"""What Home Assistant is told of one gateway's devices, each after what is gone of it.

It knows what an earlier run has said, and what other gateways of this bridge say.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from bridge.devices import PLAIN_KEY
from bridge.discovery import Component, Site, components_of, farewell, gone, replaced
from bridge.readings import Kind
from bridge.topics import Message, compact, discovery_topic


@dataclass(slots=True)
class Announcements:
    """Publishes discovery; elsewhere are the topics that another gateway of this bridge has."""

    publish: Callable[[Message], None]
    elsewhere: frozenset[str] = frozenset()
    _discovered: dict[str, str] = field(default_factory=dict)
    _gone: dict[str, dict[str, Component]] = field(default_factory=dict)
    _orphans: dict[str, str] = field(default_factory=dict)
    _announced: set[str] = field(default_factory=set)

    def inherit(self, topic: str, payload: str) -> None:
        """Take note of what an earlier run left retained."""
        if topic not in self._announced:
            self._discovered.setdefault(topic, payload)
        elif gone(payload, self._discovered[topic]):
            self.publish(self._led(Message(topic, self._discovered[topic], 1), payload))

    def adopt(self, topic: str, payload: str) -> None:
        """Take note of discovery of another gateway, should this one tell of the same device."""
        if topic in self._announced:
            self.inherit(topic, payload)
        else:
            self._orphans[topic] = payload

    def leave(self, topics: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Leave topics to other gateways, and take back others; yield what stands there so far."""
        self.elsewhere = topics
        for topic in topics & self._discovered.keys():
            self._announced.discard(topic)
            yield topic, self._discovered.pop(topic)

    def say(self, messages: Iterable[Message]) -> None:
        """Publish what is new of it."""
        for message in messages:
            if message.topic not in self.elsewhere:
                self._say(message)

    def _say(self, message: Message) -> None:
        before = self._discovered.get(message.topic, self._orphans.pop(message.topic, None))
        if before == message.payload and message.topic in self._announced:
            return
        self._discovered[message.topic] = message.payload
        self._announced.add(message.topic)
        self.publish(self._led(message, before))

    def forget_other_sites(self, site: Site) -> None:
        """Remove what bears the key that this site had before it was changed (POWERWALL_ID)."""
        for kind, key, end in ((Kind.SITE, "", ""), (Kind.INVERTER, PLAIN_KEY, PLAIN_KEY)):
            own = discovery_topic(site.ha_prefix, site.device_id(kind, key))
            begin = discovery_topic(site.ha_prefix, f"{kind}_").removesuffix("/config")
            alike = [t for t in self._discovered if t.startswith(begin) and t != own]
            for topic in [t for t in alike if t.endswith(f"{end}/config")]:
                self.bury(topic)

    def bury(self, topic: str) -> None:
        """Remove a device, led by all components that this run knew of it; it may return.

        One of which another gateway tells is still there.
        """
        if topic in self.elsewhere:
            return
        last = self._discovered.pop(topic, None)
        self._announced.discard(topic)
        earlier, had = self._gone.pop(topic, {}), components_of(last)
        if earlier and last:
            last = compact(json.loads(last) | {"cmps": earlier | had})
        self._gone[topic] = earlier | had
        self.publish(Message(topic, "", 1, ahead=(last,) if last else ()))

    def _led(self, message: Message, before: str | None) -> Message:
        """Return discovery led by the removal of all that is gone.

        The last removal may never have left: the broker was away, or the next one came too soon;
        or Home Assistant was away. So each tells of all components that this run knew.
        """
        kept = json.loads(message.payload)["cmps"]
        known = gone(before, message.payload) | self._gone.get(message.topic, {})
        left = {k: c for k, c in known.items() if replaced(c, kept.get(k))}
        self._gone[message.topic] = left
        return replace(message, ahead=farewell(message.payload, left))
