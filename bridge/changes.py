"""What is retained out there, and what differs from it."""

from collections.abc import Iterable
from typing import Any

from bridge.quantities import Form
from bridge.readings import GROUPS, Group, Kind, Measured, row_at
from bridge.topics import DEVICE_LEVELS, NONE, OFFLINE, Message, Topics, encode, has_topic

_COMMAND_LEVELS = frozenset({"set", "get"})


class Changes:
    """The retained topics of one gateway.

    inherited are topics that an earlier run left retained. Until this run has tried every endpoint
    it cannot know whether they still hold, so their values are left alone until then. revision
    counts what discovery has to know: new topics, and texts that changed. others are topics that
    follow no endpoint, of which somebody else sees whether they hold.
    """

    def __init__(self, topics: Topics, others: Iterable[str] = ()) -> None:
        self._topics = topics
        self._inherited: set[str] = set()
        self._payloads: dict[str, str] = {}
        self._topics_of: dict[int, set[str]] = {id(group): set() for group in GROUPS}
        self._absent: set[str] = set()  # topics whose thing is gone
        self._fixed = frozenset((*_fixed(topics), *others))
        self.revision = 0

    def inherit(self, topic: str) -> None:
        """Take note of a topic that was retained before this run."""
        if topic not in self._payloads:
            self._inherited.add(topic)
            self.revision += 1

    @property
    def unsettled(self) -> bool:
        """Whether there are inherited topics that this run has said nothing about."""
        return bool(self._inherited)

    def __contains__(self, topic: str) -> bool:
        """Return whether a reading with this topic exists: it had a value once."""
        return topic in self._payloads or topic in self._inherited

    def changed(self, messages: Iterable[Message]) -> list[Message]:
        """Return the messages that differ from what is retained, and take them as published."""
        differing = [m for m in messages if self._payloads.get(m.topic) != m.payload]
        for message in differing:
            self._payloads[message.topic] = message.payload
        return differing

    def readings(self, groups: Iterable[Group[Any]], measured: Iterable[Measured]) -> list[Message]:
        """Return what to publish for these groups as measured now.

        A reading that never had a value has no topic; one that lost its value, or whose thing is
        gone, says `None`.
        """
        wanted: dict[str, Message] = {}
        missing = set().union(*(self._topics_of[id(group)] for group in groups))
        for item in filter(has_topic, measured):
            topic = self._topics.of(*item.path)
            missing.discard(topic)
            if item.value is not None or item.reading.lasting or topic in self._payloads:
                wanted[topic] = self._message(topic, item)
        self._absent |= missing
        return self.changed([*wanted.values(), *map(_gone, sorted(missing))])

    def forget(self, level: tuple[str, ...]) -> list[Message]:
        """Return what clears a topic level and all under it, and forget that it was there."""
        under = self._topics.of(*level, "")
        gone = [t for t in (*self._payloads, *self._inherited) if f"{t}/".startswith(under)]
        for topic in gone:
            self._payloads.pop(topic, None)
        self._inherited.difference_update(gone)
        self._absent.difference_update(gone)
        for topics in self._topics_of.values():
            topics.difference_update(gone)
        self.revision += 1
        return [Message(topic, "", qos=1) for topic in dict.fromkeys(gone)]

    def settle(self, measured: Iterable[Measured]) -> list[Message]:
        """Return what to publish for inherited topics, once every endpoint was tried.

        A reading without a value says `None`, but a counter keeps what it had; what the table no
        longer has is cleared.
        """
        left = self._inherited - self._payloads.keys() - self._fixed
        left = {topic for topic in left if self._topics.path(topic)[-1] not in _COMMAND_LEVELS}
        standing = [
            (topic, item)
            for item in filter(has_topic, measured)
            if (topic := self._topics.of(*item.path)) in left
        ]
        self._inherited = {topic for topic, item in standing if _keeps(item)}
        messages = [self._message(t, item) for t, item in standing if not _keeps(item)]
        left -= {topic for topic, _ in standing}
        own = {topic: is_reading(self._topics.path(topic)) for topic in sorted(left)}
        self._absent |= {topic for topic, known in own.items() if known}
        gone = [_gone(topic) if known else Message(topic, "") for topic, known in own.items()]
        return self.changed([*messages, *gone])

    def _message(self, topic: str, item: Measured) -> Message:
        form = item.reading.quantity.form
        payload = encode(item.value, item.reading.quantity)
        before = self._payloads.get(topic)
        new = before is None or topic in self._absent
        if new:
            self._topics_of[id(item.group)].add(topic)
            self._absent.discard(topic)
        if new or (form is Form.TEXT and before != payload):
            self.revision += 1
        return Message(topic, payload, qos=1 if form is Form.PRESENCE else 0)


def _keeps(item: Measured) -> bool:
    """Return whether a reading that was not read keeps the value of an earlier run."""
    return item.value is None and item.reading.counts


def _gone(topic: str) -> Message:
    presence = topic.endswith("/availability")
    return Message(topic, OFFLINE, qos=1) if presence else Message(topic, NONE)


def _fixed(topics: Topics) -> tuple[str, ...]:
    controls = (topics.control_availability(name) for name in ("operation", "island"))
    plain = (topics.availability, topics.connection, topics.reason, topics.tier)
    return (*plain, topics.capabilities, topics.snapshot, *controls)


def is_reading(path: tuple[str, ...]) -> bool:
    """Return whether the table has a reading with a topic at this path."""
    return row_at(path) is not None


def device_of(path: tuple[str, ...]) -> tuple[Kind, str] | None:
    """Return the device whose availability stands at this path, None for another path."""
    kinds = {level: kind for kind, level in DEVICE_LEVELS.items()}
    if len(path) == 3 and path[0] in kinds and path[2] == "availability":
        return kinds[path[0]], path[1]
    return None
