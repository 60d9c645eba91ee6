"""What a fault did: one row of the table."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from bridge.changes import is_reading
from bridge.health import Connection
from trials.cases import Case
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
class Mark:
    """A point of a trial: what was counted and said until then."""

    figures: dict[str, int]
    place: int
    at_s: float
    doubted_s: float | None
    limits: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, stage: Stage) -> "Mark":
        limits = _limits(stage)
        return cls(stage.figures, len(stage.said), stage.time.s, stage.doubted_s, limits)


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

    @classmethod
    def of(
        cls, stage: Stage, case: Case, marks: tuple[Mark, Mark], recovered_s: float | None
    ) -> "Record":
        """Return the row of a fault that began and ended at these marks."""
        begun, held = marks
        signs = Signs.of(stage, begun, held)
        return cls(
            case.name,
            case.words,
            signs.words,
            None if signs.first_s == inf else signs.first_s - begun.at_s,
            recovered_s,
            held.figures["logins"] - begun.figures["logins"],
            held.figures["requests"] - begun.figures["requests"],
            stage.judge.behind(stage.retained),
            list(stage.judge.wrong.values()),
        )

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
    def of(cls, stage: Stage, begun: Mark, held: Mark) -> "Signs":
        """Read the messages that were said from one mark to the other."""
        topics = stage.topics
        telling = [one for one in stage.said[begun.place : held.place] if _tells(stage, one)]
        payloads = {
            topic: [s.message.payload for s in telling if s.message.topic == topic]
            for topic in (topics.connection, topics.availability, topics.event)
        }
        emptied = {s.message.topic for s in telling if is_reading(topics.path(s.message.topic))}
        doubted_s = inf if held.doubted_s is None else held.doubted_s
        return cls(
            tuple(dict.fromkeys(payloads[topics.connection])),
            bool(payloads[topics.availability]),
            len(emptied),
            tuple(sorted({json.loads(text)["event_type"] for text in payloads[topics.event]})),
            tuple(_limited(held.limits - begun.limits)),
            held.figures["rejected_values"] - begun.figures["rejected_values"],
            min([doubted_s, *(one.at_s for one in telling)]),
        )

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
    return payload in {"None", "offline"} and is_reading(topics.path(topic)) and not said.empty


def _limits(stage: Stage) -> frozenset[tuple[str, str]]:
    """Return each path that cannot be read, after the word that says why."""
    permits = json.loads(stage.retained[stage.topics.capabilities])
    states = {(permit["state"], path) for path, permit in permits.items()}
    return frozenset(pair for pair in states if pair[0] in {"denied", "missing"})


def _limited(limits: frozenset[tuple[str, str]]) -> Iterator[str]:
    for state in ("denied", "missing"):
        paths = sorted(path for word, path in limits if word == state)
        if 0 < len(paths) <= 2:
            yield f"{state}: {', '.join(paths)}"
        elif paths:
            yield f"{state}: {len(paths)} paths"
