"""The main values as they are read off a gateway's answers, without the bridge's own tables."""

import json
from collections import defaultdict, deque

from main_says import main_pairs

from bridge.parts import Endpoint
from trials.happenings import Time

KEPT_S = 4000.0


class Raw:
    """What the topics of main values have to say, by their names below the gateway's."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._said: dict[Endpoint, dict[str, object]] = {}
        self._past: dict[str, deque[tuple[float, object]]] = defaultdict(deque)

    def saw(self, endpoint: Endpoint, body: bytes) -> None:
        """Take in what an endpoint truly says at this instant; raises ValueError."""
        pairs = dict(main_pairs(endpoint, answer)) if (answer := _object(endpoint, body)) else {}
        self._said[endpoint] = pairs
        for name, value in pairs.items():
            past = self._past[name]
            past.append((self._time.s, value))
            while past[0][0] < self._time.s - KEPT_S:
                past.popleft()

    @property
    def now(self) -> dict[str, object]:
        return {name: value for said in self._said.values() for name, value in said.items()}

    def allows(self, name: str, payload: str, *, kept: bool) -> bool:
        """Return whether a payload is what was said last; kept: or earlier."""
        for said in self._said.values():
            if name in said:
                past = self._past[name] if kept else ()
                return said[name] == payload or any(value == payload for _, value in past)
        return True


def _object(endpoint: Endpoint, body: bytes) -> dict[str, object] | None:
    if endpoint is Endpoint.VITALS:
        return None
    found = json.loads(body)
    return found if isinstance(found, dict) else None
