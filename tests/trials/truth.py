"""What the simulated house is really like, as topics.

The truth takes the answers that the gateway would give without its fault, and is asked at the very
instants at which the bridge asked. A fault that makes the gateway say other things that are true
(another order, a pack out of use) changes the truth; a lie does not.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import inf

from bridge.gateway.decode import decode
from bridge.model import Snapshot
from bridge.parts import Endpoint, Part
from bridge.readings import GROUPS, Measured, measure
from bridge.simulator import NAMED, Kind, Simulator
from bridge.topics import NONE, OFFLINE, Topics, encode, has_topic
from trials.happenings import Happenings, Time
from trials.raw import KEPT_S, Raw

SILENCE_S, SLACK_S = 60.0, 10.0
NOTHING = frozenset({NONE, OFFLINE, ""})
INTERVALS_S = {"poll": 5.0, "device": 30.0, "slow": 300.0}


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
        self.empty: frozenset[str] = frozenset()  # topics that have no value, without any fault
        self.answered_s, self.answered_at = -inf, ""
        self.happenings = Happenings(sim, time)
        self.raw = Raw(time)
        self._past: dict[str, deque[tuple[float, str, bool]]] = defaultdict(deque)

    def saw(self, endpoint: Endpoint) -> None:
        """Take in what an endpoint truly says at this instant."""
        self._silent.discard(endpoint)
        self.answered_s, self.answered_at = self._time.s, self._time().iso
        with suppress(KeyError, ValueError):
            body = self._body(endpoint)
            self.raw.saw(endpoint, body)
            self.happenings.saw(endpoint, body)
        part = self._part(endpoint)
        if part is not None:
            self._shadow = self._shadow.with_part(part, self._time().iso)
            self._current = self._with_and_without_the_silent()

    def missed(self, endpoint: Endpoint, *, stopped: bool = False) -> None:
        """Take in that an endpoint said nothing: others may speak in its place.

        stopped: that its site master is down the gateway did say.
        """
        if stopped:
            self.answered_s = self._time.s
        self._silent.add(endpoint)
        self.raw.missed(endpoint)
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
        self.empty = frozenset(self._without_value())
        for snapshot in (self._shadow, quiet) if self._silent else (quiet,):
            topics = {t: v for t, v in self._topics_of(snapshot) if v not in NOTHING}
            self._remember(topics)
            for topic, value in topics.items():
                found[topic].add(value)
        return found

    def _without_value(self) -> Iterator[str]:
        changed = {e for e in Endpoint if self._changes(e)}
        for topic, value in self._topics_of(self._shadow):
            if value in NOTHING and changed.isdisjoint(self.sources[topic]):
                yield topic

    @property
    def now_s(self) -> float:
        return self._time.s

    def raw_now(self) -> dict[str, object]:
        """Return the topics of the main values as they are read off the answers of this instant."""
        raw = Raw(self._time)
        for endpoint in Endpoint:
            with suppress(KeyError, ValueError):
                raw.saw(endpoint, self._body(endpoint))
        return {self._topics.of(name): value for name, value in raw.now.items()}

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
