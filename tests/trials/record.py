"""What a fault did: one row of the table."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from bridge.changes import is_reading
from bridge.health import Connection
from trials.stage import Said, Stage

HEADS = (
    "Fault",
    "What it is",
    "What was published",
    "Noticed after",
    "Well again after",
    "Logins",
    "Requests",
    "Values lost",
    "Wrong values",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One fault; times in seconds, None for what never came."""

    name: str
    words: str
    published: str
    noticed_s: float | None
    recovered_s: float | None
    logins: int
    requests: int
    lost: Sequence[str] = ()
    wrong: Sequence[str] = ()

    @property
    def bad(self) -> list[str]:
        """What speaks against the bridge, in words."""
        found = [f"{self.name}: wrong: {words}" for words in self.wrong]
        found += [f"{self.name}: lost: {topic}" for topic in self.lost]
        if self.recovered_s is None:
            found.append(f"{self.name}: it did not come back")
        return found

    @property
    def cells(self) -> tuple[str, ...]:
        back = span(self.recovered_s) if self.recovered_s is not None else "never"
        numbers = (self.logins, self.requests, len(self.lost), len(self.wrong))
        told = f"`{self.name}`", self.words, self.published, span(self.noticed_s), back
        return (*told, *map(str, numbers))


def span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"


def table(records: Sequence[Record]) -> str:
    rows = [HEADS, tuple("---" for _ in HEADS), *(record.cells for record in records)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


@dataclass(frozen=True, slots=True)
class Signs:
    """What an observer could tell from the messages of a time that something was wrong."""

    connections: tuple[str, ...]
    offline: bool
    emptied: int
    events: tuple[str, ...]
    limited: tuple[str, ...]
    disbelieved: int
    first_s: float

    @classmethod
    def of(cls, stage: Stage, said: Sequence[Said], disbelieved: int) -> "Signs":
        """Read the messages that were said since a fault began."""
        topics = stage.topics
        doubted = stage.doubted_s
        telling = [one for one in said if _tells(stage, one)]
        payloads = {
            topic: [s.message.payload for s in telling if s.message.topic == topic]
            for topic in (topics.connection, topics.availability, topics.event)
        }
        emptied = {s.message.topic for s in telling if is_reading(topics.path(s.message.topic))}
        return cls(
            tuple(dict.fromkeys(payloads[topics.connection])),
            bool(payloads[topics.availability]),
            len(emptied),
            tuple(sorted({json.loads(text)["event_type"] for text in payloads[topics.event]})),
            tuple(_limits(stage)),
            disbelieved,
            min([inf if doubted is None else doubted, *(one.at_s for one in telling)]),
        )

    def after(self, began_s: float) -> float | None:
        """Return how long the first sign took, None when there was none."""
        return None if self.first_s == inf else self.first_s - began_s

    @property
    def words(self) -> str:
        parts = [f"`{name}`" for name in self.connections]
        parts += ["offline"] if self.offline else []
        parts += [f"{self.emptied} readings `None`"] if self.emptied else []
        parts += [f"{self.disbelieved} values held back"] if self.disbelieved else []
        parts += [f"event `{name}`" for name in self.events]
        parts += list(self.limited)
        return ", ".join(parts) or "nothing"


def _tells(stage: Stage, said: Said) -> bool:
    topics, topic, payload = stage.topics, said.message.topic, said.message.payload
    if topic == topics.connection:
        return payload != Connection.CONNECTED
    if topic == topics.event:
        return True
    if topic == topics.availability:
        return payload == "offline"
    return payload in {"None", "offline"} and is_reading(topics.path(topic))


def _limits(stage: Stage) -> Iterator[str]:
    permits = json.loads(stage.retained[stage.topics.capabilities])
    for state in ("denied", "missing"):
        paths = [path for path, permit in permits.items() if permit["state"] == state]
        if 0 < len(paths) <= 2:
            yield f"{state}: {', '.join(paths)}"
        elif paths:
            yield f"{state}: {len(paths)} paths"
