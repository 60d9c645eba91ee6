"""What is retained out there, and what differs from it."""

from collections.abc import Iterable, Iterator

from bridge.quantities import Form
from bridge.readings import GROUPS, Kind, Measured, Show
from bridge.topics import DEVICE_LEVELS, NONE, OFFLINE, Message, Topics, encode, has_topic

_COMMAND_LEVELS = frozenset({"set", "get"})


class Changes:
    """The retained topics of one gateway.

    inherited are topics that an earlier run left retained. Until this run has tried every endpoint
    it cannot know whether they still hold, so their values are left alone until then.
    """

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._inherited: set[str] = set()
        self._payloads: dict[str, str] = {}

    def inherit(self, topic: str) -> None:
        """Take note of a topic that was retained before this run."""
        self._inherited.add(topic)

    def __contains__(self, topic: str) -> bool:
        """Return whether a reading with this topic exists: it had a value once."""
        return topic in self._payloads or topic in self._inherited

    def changed(self, messages: Iterable[Message]) -> list[Message]:
        """Return the messages that differ from what is retained, and take them as published."""
        differing = [m for m in messages if self._payloads.get(m.topic) != m.payload]
        for message in differing:
            self._payloads[message.topic] = message.payload
        return differing

    def readings(self, measured: Iterable[Measured], *, complete: bool) -> list[Message]:
        """Return what to publish for all readings as measured now.

        A reading that never had a value has no topic; one that lost its value, or whose thing is
        gone, says `None`. complete is whether every endpoint was tried in this run.
        """
        wanted: dict[str, Message] = {}
        for item in filter(has_topic, measured):
            message = self._message(item)
            if item.value is not None or item.reading.lasting or self._lost(message, complete):
                wanted[message.topic] = message
        gone = self._gone(wanted, complete=complete)
        return self.changed([*wanted.values(), *gone])

    def _message(self, item: Measured) -> Message:
        presence = item.reading.quantity.form is Form.PRESENCE
        payload = encode(item.value, item.reading.quantity)
        return Message(self._topics.of(*item.path), payload, qos=1 if presence else 0)

    def _lost(self, message: Message, complete: bool) -> bool:  # noqa: FBT001  # one private call
        return message.topic in self._payloads or (complete and message.topic in self._inherited)

    def _gone(self, wanted: dict[str, Message], *, complete: bool) -> Iterator[Message]:
        known = {*self._payloads, *(self._inherited if complete else ())}
        for topic in sorted(known - wanted.keys() - self._fixed()):
            path = self._topics.path(topic)
            if not topic.startswith(self._topics.of("")) or path[-1] in _COMMAND_LEVELS:
                continue
            if not is_reading(path):
                yield Message(topic, "")
            elif path[-1] == "availability":
                yield Message(topic, OFFLINE, qos=1)
            else:
                yield Message(topic, NONE)

    def _fixed(self) -> frozenset[str]:
        own = self._topics
        controls = (own.control_availability(name) for name in ("operation", "island"))
        plain = (own.availability, own.connection, own.reason, own.tier, own.capabilities)
        return frozenset((*plain, own.snapshot, *controls))


def is_reading(path: tuple[str, ...]) -> bool:
    """Return whether the table has a reading with a topic at this path."""
    return any(_matches(pattern, path) for pattern in _PATTERNS)


def _matches(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    pairs = zip(pattern, path, strict=False)
    return len(pattern) == len(path) and all(p in (level, "*") for p, level in pairs)


def device_of(path: tuple[str, ...]) -> tuple[Kind, str] | None:
    """Return the device whose availability stands at this path, None for another path."""
    kinds = {level: kind for kind, level in DEVICE_LEVELS.items()}
    if len(path) == 3 and path[0] in kinds and path[2] == "availability":
        return kinds[path[0]], path[1]
    return None


_PATTERNS = {
    (*("*" if level.startswith("<") else level for level in group.topic.split("/")), *key)
    for group in GROUPS
    for reading in group.readings
    if reading.show is not Show.LISTED
    for key in [(reading.key,) if reading.key else ()]
}
