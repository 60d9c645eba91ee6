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
class Orphan:
    """Discovery of a gateway that is configured no more; one of ours may be the same site."""

    topic: str
    payload: str


@dataclass(frozen=True, slots=True)
class Look:
    """A filter to subscribe to, for there is more to clear."""

    filter: str


Finding = Inherited | Orphan | Look


class Inventory:
    """Sorts stored messages by what they mean for this run.

    What begins as no topic of ours does is somebody else's: the prefix may be that of a house.
    """

    def __init__(self, prefix: str, ha_prefix: str | None, gateways: Iterable[str]) -> None:
        self._bridge = BridgeTopics(prefix)
        self._prefix = prefix
        self._ha_prefix = ha_prefix
        self._gateways = frozenset(gateways)
        self._former: set[str] = set()
        self._orphans: list[str] = []
        self._discovery: dict[str, str] = {}  # orphans too

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
        if not self._bridge.gateway(gateway).owns(topic):
            return []
        if gateway in self._gateways:
            return [Inherited(gateway, topic, text)]
        if gateway in self._former:
            self._orphans.append(topic)
        return []

    def take_orphans(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield, once, the retained topics of gateways that are configured no more.

        With each comes what has to go ahead of its end: discovery as it is, for who was away. One
        of ours may be the same site under a new name. It makes discovery its own as soon as it
        knows its site: Home Assistant forgets what it is told to remove, and complains of a time
        that is cleared while it still listens.
        """
        while self._discovery:  # another thread may put something in meanwhile
            topic, payload = self._discovery.popitem()
            yield topic, (payload,)
        while self._orphans:
            yield self._orphans.pop(), ()

    def _from_info(self, text: str) -> list[Finding]:
        return self._look_after(_texts(_object(text).get("gateways")))

    def _from_discovery(self, topic: str, text: str) -> list[Finding]:
        """Return what a discovery message means: its availability topics say whose it is.

        A run that ended before it had cleared what former gateways left has said its own names in
        `bridge/info`; theirs stand in their discovery.
        """
        said = _object(text)
        listed, origin = said.get("avty"), said.get("o")
        items = listed if isinstance(listed, list) else []
        topics = _texts([item.get("topic") for item in items if isinstance(item, dict)])
        for name in self._gateways:
            if self._bridge.gateway(name).availability in topics:
                return [Inherited(name, topic, text, discovery=True)]
        ours = isinstance(origin, dict) and origin.get("name") == ORIGIN
        if not ours or self._bridge.availability not in topics:
            return []
        self._discovery[topic] = text
        root = f"{self._prefix}/"
        below = [t.removeprefix(root) for t in topics if t.startswith(root)]
        looks = self._look_after(t.removesuffix("/availability") for t in below)
        return [Orphan(topic, text), *looks]

    def _look_after(self, names: Iterable[str]) -> list[Finding]:
        """Return where there is more of the former gateways that are among some names."""
        new = {n for n in names if n and not set(n) & set("+#/")} - {"bridge"}
        new -= self._gateways | self._former
        self._former |= new
        return [Look(self._bridge.gateway(name).everything) for name in sorted(new)]


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
