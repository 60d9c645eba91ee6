"""What an earlier run left retained on the broker, and what is to be done about it.

Pure: fed with the stored messages that arrive after the first connect.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bridge.topics import ORIGIN, BridgeTopics, discovery_topic


@dataclass(frozen=True, slots=True)
class Inherited:
    """A retained topic of a gateway that is still configured; discovery for its own payload."""

    gateway: str
    topic: str
    payload: str
    discovery: bool = False


@dataclass(frozen=True, slots=True)
class Clear:
    """A retained topic of a gateway that is configured no more."""

    topic: str


@dataclass(frozen=True, slots=True)
class Look:
    """A filter to subscribe to, for there is more to clear."""

    filter: str


Finding = Inherited | Clear | Look


class Inventory:
    """Sorts stored messages by what they mean for this run."""

    def __init__(self, prefix: str, ha_prefix: str | None, gateways: Iterable[str]) -> None:
        self._bridge = BridgeTopics(prefix)
        self._prefix = prefix
        self._ha_prefix = ha_prefix
        self._gateways = frozenset(gateways)
        self._former: set[str] = set()
        self._orphans: dict[str, str] = {}

    @property
    def filters(self) -> list[str]:
        own = [self._bridge.gateway(name).everything for name in sorted(self._gateways)]
        discovery = [discovery_topic(self._ha_prefix, "+")] if self._ha_prefix else []
        return [self._bridge.info, *own, *discovery]

    def found(self, topic: str, payload: bytes) -> list[Finding]:
        """Return what a stored message means."""
        if not payload:
            return []
        text = payload.decode("utf-8", "replace")
        if topic == self._bridge.info:
            return self._from_info(text)
        if self._ha_prefix and topic.startswith(f"{self._ha_prefix}/device/"):
            return self._from_discovery(topic, text)
        gateway = topic.removeprefix(f"{self._prefix}/").partition("/")[0]
        if gateway in self._gateways:
            return [Inherited(gateway, topic, text)]
        return [Clear(topic)] if gateway in self._former else []

    def take_orphans(self) -> Iterator[tuple[str, str]]:
        """Yield topic and payload, once, of discovery of gateways that are configured no more.

        One of ours may be the same site under a new name, and makes these topics its own as soon as
        it knows its site: Home Assistant forgets what it is told to remove.
        """
        while self._orphans:  # another thread may put one in meanwhile
            yield self._orphans.popitem()

    def _from_info(self, text: str) -> list[Finding]:
        named = {n for n in _list(_object(text).get("gateways")) if isinstance(n, str)}
        self._former |= {n for n in named - self._gateways if n and not set(n) & set("+#/")}
        return [Look(self._bridge.gateway(name).everything) for name in sorted(self._former)]

    def _from_discovery(self, topic: str, text: str) -> list[Finding]:
        """Return what a discovery message means: its availability topics say whose it is.

        What a run under our prefix said of none of our gateways is an orphan. The names that
        `bridge/info` had do not tell: a run may end before it has cleared what they left.
        """
        said = _object(text)
        topics = [a.get("topic") for a in _list(said.get("avty")) if isinstance(a, dict)]
        for name in self._gateways:
            if self._bridge.gateway(name).availability in topics:
                return [Inherited(name, topic, text, discovery=True)]
        origin = said.get("o")
        ours = isinstance(origin, dict) and origin.get("name") == ORIGIN
        if ours and self._bridge.availability in topics:
            self._orphans[topic] = text
        return []


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
