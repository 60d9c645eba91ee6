"""What the simulated house is really like, as topics; and whether what was published is that.

The truth takes the answers that the gateway would give without its fault, and is asked at the very
instants at which the bridge asked. A fault that makes the gateway say other things that are true
(another order, a pack out of use) changes the truth; a lie does not.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Protocol

from bridge.changes import is_reading
from bridge.gateway.decode import decode
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint, Part
from bridge.readings import GROUPS, Measured, measure
from bridge.schedule import LONGEST
from bridge.simulator import NAMED, Kind, Simulator
from bridge.topics import NONE, OFFLINE, Message, Topics, encode, has_topic

KEPT_S = 4000.0
SILENCE_S, SLACK_S = 60.0, 10.0
NOTHING = frozenset({NONE, OFFLINE, ""})
INTERVALS_S = {"poll": 5.0, "device": 30.0, "slow": 300.0}
_OUTAGE = {("outage", key) for key in ("active", "started", "count", "last")}
UNJUDGED = frozenset({("island", "requested"), *_OUTAGE})  # what the bridge itself remembers


class Time(Protocol):
    """The moment now; s is the same in seconds."""

    s: float

    def __call__(self) -> Moment: ...


def plain(payload: str) -> str:
    """Return a payload without the bridge's own times: when it saw an alert first."""
    if not payload.startswith('[{"name"'):
        return payload
    alerts = [
        {k: v for k, v in alert.items() if k != "first_seen"} for alert in json.loads(payload)
    ]
    return json.dumps(alerts)


def agrees(payload: str, true: str) -> bool:
    """Return whether a payload says nothing else than is true; JSON may leave members out."""
    if payload == true or not (payload.startswith("{") and true.startswith("{")):
        return payload == true
    return _within(json.loads(payload), json.loads(true))


def _within(said: object, true: object) -> bool:
    if isinstance(said, dict) and isinstance(true, dict):
        return all(_within(value, true.get(key)) for key, value in said.items())
    return said is None or said == true


class Truth:
    """The topics as they ought to be."""

    def __init__(self, sim: Simulator, time: Time, topics: Topics) -> None:
        self._sim, self._time, self._topics = sim, time, topics
        self._shadow = Snapshot()
        self._silent: set[Endpoint] = set()
        self._current: dict[str, set[str]] = {}
        self.began_s = 0.0  # the newest fault
        self.kept: set[str] = set()  # topics whose value outlives the silence of their endpoints
        self.sources: dict[str, tuple[Endpoint, ...]] = {}
        self._past: dict[str, deque[tuple[float, str, bool]]] = defaultdict(deque)

    def saw(self, endpoint: Endpoint) -> None:
        """Take in what an endpoint truly says at this instant."""
        self._silent.discard(endpoint)
        part = self._part(endpoint)
        if part is not None:
            self._shadow = self._shadow.with_part(part, self._time().iso)
            self._current = self._with_and_without_the_silent()

    def missed(self, endpoint: Endpoint) -> None:
        """Take in that an endpoint said nothing: others may speak in its place."""
        self._silent.add(endpoint)
        self._current = self._with_and_without_the_silent()

    def is_now(self, topic: str, payload: str) -> bool:
        """Return whether a payload is true at this instant, as far as the bridge has asked."""
        return any(agrees(payload, value) for value in self._current.get(topic, ()))

    def _with_and_without_the_silent(self) -> dict[str, set[str]]:
        quiet = self._shadow
        for endpoint in self._silent:
            quiet = quiet.silenced(endpoint).refusing(endpoint)
        if quiet.solar_powerwall and Endpoint.SOLAR_POWERWALL not in self._silent:
            quiet = quiet.with_part(quiet.solar_powerwall, self._time().iso)  # it has spoken since
        found: dict[str, set[str]] = defaultdict(set)
        for snapshot in (self._shadow, quiet) if self._silent else (quiet,):
            topics = {t: v for t, v in self._topics_of(snapshot) if v not in NOTHING}
            self._remember(topics)
            for topic, value in topics.items():
                found[topic].add(value)
        return found

    def now(self) -> dict[str, str]:
        """Return every topic as it truly is at this instant."""
        snapshot = self._shadow
        for endpoint in Endpoint:
            if part := self._part(endpoint):
                snapshot = snapshot.with_part(part, self._time().iso)
        quiet = snapshot
        for endpoint in Endpoint:
            quiet = quiet.silenced(endpoint)
        self.kept |= {topic for topic, value in self._topics_of(quiet) if value not in NOTHING}
        found = dict(self._topics_of(snapshot))
        self._remember(found)
        return found

    def lately(self, topic: str, seconds: float, *, odd: bool = True) -> set[str]:
        """Return every true value of a topic in the last seconds, with or without odd ones."""
        since_s = self._time.s - seconds
        past = self._past[topic]
        return {value for at_s, value, was_odd in past if at_s >= since_s and odd >= was_odd}

    def _remember(self, found: dict[str, str]) -> None:
        now_s = self._time.s
        changed = {e for e in Endpoint if self._changes(e)}
        for topic, value in found.items():
            past = self._past[topic]
            odd = not changed.isdisjoint(self.sources[topic])
            if past and past[-1] == (now_s, value, odd):
                continue
            past.append((now_s, value, odd))
            while past[0][0] < now_s - KEPT_S:
                past.popleft()

    def _part(self, endpoint: Endpoint) -> Part | None:
        try:
            return decode(endpoint, self._body(endpoint))[0]
        except (KeyError, ValueError):  # not in this firmware, or the site master is down
            return None

    def _body(self, endpoint: Endpoint) -> bytes:
        body = self._sim.document(endpoint)
        for change in self._changes(endpoint):
            body = change(body)
        return body

    def _changes(self, endpoint: Endpoint) -> list[Callable[[bytes], bytes]]:
        """Return what makes a true answer another one that is true, if only for a while.

        A fault that spoils bodies is not tried together with one that only changes them.
        """
        kinds = {NAMED[name].kind for name in self._sim.troubles.names}
        fresh = self._time.s - self.began_s <= SILENCE_S + INTERVALS_S["poll"] + SLACK_S
        if Kind.LIE in kinds or not kinds & ({Kind.ODD, Kind.OLD} if fresh else {Kind.ODD}):
            return []
        faults = self._sim.faults.armed.values()
        return [f.change for f in faults if f.change and f.matches("GET", endpoint)]

    def _topics_of(self, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
        for item in filter(has_topic, measure(GROUPS, snapshot)):
            topic = self._topics.of(*item.path)
            self.sources[topic] = item.group.endpoints
            yield topic, self._payload(item)

    @staticmethod
    def _payload(item: Measured) -> str:
        return plain(encode(item.value, item.reading.quantity))


class Judge:
    """Compares what was published with the truth; `wrong` is what was not true, in words."""

    def __init__(self, truth: Truth, topics: Topics) -> None:
        self._truth, self._topics = truth, topics
        self.wrong: dict[str, str] = {}
        self.stretch: Callable[[], float] = lambda: 1.0  # how much slower it polls than it is set

    def hear(self, message: Message) -> None:
        """Judge a message at the instant when it is published."""
        path = self._topics.path(message.topic)
        payload = plain(message.payload)
        if payload in NOTHING or path in UNJUDGED or not is_reading(path):
            return
        if self._truth.is_now(message.topic, payload):
            return
        held = message.topic in self._truth.kept
        if not (held and payload in self._truth.lately(message.topic, KEPT_S)):
            self.wrong.setdefault(message.topic, f"{message.topic} {payload} is not true")

    def look(self, retained: dict[str, str]) -> None:
        """Judge what stands there: a value whose source is silent has to be gone in time."""
        self._truth.now()
        if retained.get(self._topics.availability) != "online":
            return
        paces = self._paces()
        for topic, payload in self._standing(retained):
            if topic not in self._truth.kept:
                interval_s = self._interval_s(topic, paces)
                patience_s = max(3 * interval_s, SILENCE_S) + interval_s + SLACK_S
                true = self._truth.lately(topic, patience_s)
                if not any(agrees(payload, value) for value in true):
                    self.wrong.setdefault(topic, f"{topic} {payload} is old")

    def behind(self, retained: dict[str, str]) -> list[str]:
        """Return the topics that do not say what is true."""
        truth = {t: v for t, v in self._truth.now().items() if v not in NOTHING}
        paces = self._paces()
        return [
            topic
            for topic in truth
            if self._topics.path(topic) not in UNJUDGED
            and plain(retained.get(topic, ""))
            not in self._truth.lately(topic, self._interval_s(topic, paces) + SLACK_S, odd=False)
        ]

    def _standing(self, retained: dict[str, str]) -> Iterator[tuple[str, str]]:
        for topic, payload in retained.items():
            path = self._topics.path(topic)
            value = plain(payload)
            if value not in NOTHING and path not in UNJUDGED and is_reading(path):
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
