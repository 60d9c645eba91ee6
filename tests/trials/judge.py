"""Whether what was published is as the simulated house really is."""

import json
from collections.abc import Callable, Iterator

from snapshots import differences

from bridge.changes import is_reading
from bridge.parts import Cadence
from bridge.schedule import LONGEST
from bridge.topics import ONLINE, Message, Topics
from trials.fuzz_rules import Rules
from trials.raw import KEPT_S
from trials.truth import INTERVALS_S, NOTHING, SILENCE_S, SLACK_S, Truth, agrees, plain

REMEMBERED = ("island", "requested")  # what the bridge itself remembers
CONNECTED, PAUSED, GOOD = "connected", "rate_limited", "ok"
PERMITS = {"allowed", "denied", "missing", "unknown"}


class Judge:
    """Compares what was published with the truth; `wrong` is what was not true, in words."""

    def __init__(self, truth: Truth, topics: Topics, retained: dict[str, str]) -> None:
        self._truth, self._topics, self._retained = truth, topics, retained
        self._rules = Rules(topics.of(""))
        self._apart_s: dict[str, float] = {}  # when a topic last said that it is not well
        self.wrong: dict[str, str] = {}
        self.stretch: Callable[[], float] = lambda: 1.0  # how much slower it polls than it is set

    def hear(self, message: Message) -> None:
        """Judge a message at the instant when it is published; what is retained has it already."""
        for words in [*self._rules.faults(message), *self._lies(message)]:
            self.wrong.setdefault(message.topic, words)

    def _lies(self, message: Message) -> Iterator[str]:
        topics, topic, payload = self._topics, message.topic, message.payload
        match topics.path(topic):
            case ("availability" | "connection",):
                yield from self._standing_lies(topic, payload)
            case ("snapshot",):
                yield from self._snapshot_lies(payload)
            case ("event",):
                if not self._truth.happenings.agrees(json.loads(payload)):
                    yield f"event {payload} did not happen"
            case ("capabilities",):
                if strange := {one["state"] for one in json.loads(payload).values()} - PERMITS:
                    yield f"capabilities know no {strange}"
            case path if is_reading(path):
                yield from self._reading_lies(path, topic, plain(payload))

    def _standing_lies(self, topic: str, payload: str) -> Iterator[str]:
        """Nothing is well, and again so, without an answer."""
        if payload not in (ONLINE, CONNECTED):
            self._apart_s[topic] = self._truth.now_s
        elif self._truth.answered_s < self._apart_s.get(topic, 0.0):
            yield f"{topic} {payload}, though nothing has answered"

    def _snapshot_lies(self, payload: str) -> Iterator[str]:
        own = self._topics.of("")
        standing = {t.removeprefix(own): p for t, p in self._retained.items() if t.startswith(own)}
        yield from (f"snapshot: {words}" for words in differences(payload, standing))
        if json.loads(payload)["timestamp"] != self._truth.answered_at:
            yield f"snapshot of {self._truth.answered_at}: {payload[:50]}"

    def _reading_lies(self, path: tuple[str, ...], topic: str, payload: str) -> Iterator[str]:
        if payload in NOTHING or path == REMEMBERED:
            return
        if path[0] == "outage":
            if not self._truth.happenings.outage_agrees(path[1], payload):
                yield f"{topic} {payload} is not true"
            return
        held = topic in self._truth.kept
        if not self._truth.raw.allows("/".join(path), payload, kept=held):
            yield f"{topic} {payload} is not what the gateway says"
        if self._truth.is_now(topic, payload):
            return
        if not (held and payload in self._truth.lately(topic, KEPT_S)):
            yield f"{topic} {payload} is not true"

    def look(self, retained: dict[str, str]) -> None:
        """Judge what stands there: a value whose source is silent has to be gone in time."""
        self._truth.now()
        for words in [*self._truth.happenings.untold, *self._old_standing(retained)]:
            self.wrong.setdefault(words, words)
        if retained.get(self._topics.availability) != ONLINE:
            return
        paces = self._paces()
        for topic, payload in self._standing(retained):
            if topic not in self._truth.kept:
                interval_s = self._interval_s(topic, paces)
                patience_s = max(3 * interval_s, SILENCE_S) + interval_s + SLACK_S
                true = self._truth.lately(topic, patience_s)
                if not any(agrees(payload, value) for value in true):
                    self.wrong.setdefault(topic, f"{topic} {payload} is old")

    def _old_standing(self, retained: dict[str, str]) -> Iterator[str]:
        """Yield what the bridge says of its own standing that cannot be so any more."""
        connection = retained.get(self._topics.connection)
        reason = retained.get(self._topics.reason)
        if (connection == CONNECTED) is not (reason == GOOD):
            yield f"{connection} because of {reason}"
        patience_s = SILENCE_S + 3 * self._paces()["poll"] + SLACK_S
        online = retained.get(self._topics.availability) == ONLINE and connection != PAUSED
        if online and self._truth.now_s - self._truth.answered_s > patience_s:
            yield "online, though nothing answers any more"
        for topic, payload in retained.items():
            path = self._topics.path(topic)
            said = path[0] == "outage" and payload not in NOTHING
            if said and not self._truth.happenings.outage_agrees(path[1], payload):
                yield f"{topic} {payload} is true no more"

    def behind(self, retained: dict[str, str]) -> list[str]:
        """Return the topics that do not say what is true."""
        truth = {t: v for t, v in self._truth.now().items() if v not in NOTHING}
        paces = self._paces()
        return [
            topic
            for topic in truth
            if not self._unlisted(topic)
            and plain(retained.get(topic, ""))
            not in self._truth.lately(topic, self._interval_s(topic, paces) + SLACK_S, odd=False)
        ]

    def _unlisted(self, topic: str) -> bool:
        """Return whether the shadow of the house does not know what a topic has to say."""
        path = self._topics.path(topic)
        return path == REMEMBERED or path[0] == "outage"

    def _standing(self, retained: dict[str, str]) -> Iterator[tuple[str, str]]:
        for topic, payload in retained.items():
            value = plain(payload)
            known = is_reading(self._topics.path(topic)) and not self._unlisted(topic)
            if known and value not in NOTHING:
                yield topic, value

    def _paces(self) -> dict[str, float]:
        """Return how often the paths of each cadence are asked at present."""
        stretch = self.stretch()
        return {
            cadence: max(set_s, min(set_s * stretch, LONGEST[Cadence(cadence)]))
            for cadence, set_s in INTERVALS_S.items()
        }

    def _interval_s(self, topic: str, paces: dict[str, float]) -> float:
        """Return how often a topic's slowest source is asked at present."""
        cadences = {endpoint.cadence for endpoint in self._truth.sources.get(topic, ())}
        return max((paces[cadence] for cadence in cadences), default=SILENCE_S)
