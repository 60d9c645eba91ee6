"""The main values as they are read off a gateway's answers, without the bridge's own tables."""

import json
from collections import defaultdict, deque
from collections.abc import Iterator

from main_says import main_pairs, stand_in_pairs
from raw_answers import devices_of

from bridge.parts import Endpoint
from trials.happenings import Time

KEPT_S = 4000.0


class Raw:
    """What the topics of main values have to say, by their names below the gateway's."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._said: dict[Endpoint, dict[str, object]] = {}
        self._silent: set[Endpoint] = set()
        self._past: dict[str, deque[tuple[float, object]]] = defaultdict(deque)

    def saw(self, endpoint: Endpoint, body: bytes) -> None:
        """Take in what an endpoint truly says at this instant; raises ValueError."""
        self._silent.discard(endpoint)
        self._said[endpoint] = pairs = dict(_pairs(endpoint, body))
        for name, value in pairs.items():
            past = self._past[name]
            past.append((self._time.s, value))
            while past[0][0] < self._time.s - KEPT_S:
                past.popleft()

    def missed(self, endpoint: Endpoint) -> None:
        """Take in that an endpoint said nothing: the vitals may speak in its place."""
        self._silent.add(endpoint)

    @property
    def now(self) -> dict[str, object]:
        """What is said by the first that says something of it."""
        names = {name for said in self._said.values() for name in said}
        return {name: [*self._said_of(name)][-1] for name in names}

    def allows(self, name: str, payload: str, *, kept: bool) -> bool:
        """Return whether a payload is what was said last; kept: or earlier."""
        said = [*self._said_of(name)]
        past = [value for _, value in self._past[name]] if kept and payload not in said else []
        return not said or payload in said or payload in past

    def _said_of(self, name: str) -> Iterator[object]:
        """Yield what the sources say, up to one that does speak and has a value."""
        for endpoint in Endpoint:
            said = self._said.get(endpoint, {})
            if name in said:
                yield said[name]
                if said[name] is not None and endpoint not in self._silent:
                    return


def _pairs(endpoint: Endpoint, body: bytes) -> Iterator[tuple[str, object]]:
    if endpoint is Endpoint.VITALS:
        yield from stand_in_pairs(devices_of(body))
    elif isinstance(answer := json.loads(body), dict):
        yield from main_pairs(endpoint, answer)
