"""What an earlier run left retained on the broker, and what is to be done about it.

Pure: fed with the stored messages that arrive after the first connect.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bridge.topics import BridgeTopics, discovery_topic


@dataclass(frozen=True, slots=True)
class Inherited:
    """A retained topic of a gateway that is still configured; discovery for its own payload."""

    gateway: str
    topic: str
    payload: str
    discovery: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """A filter to subscribe to, for there is more to clear."""

    filter: str


Finding = Inherited | Look


class Inventory:
    """Sorts stored messages by what they mean for this run."""

    def __init__(self, prefix: str, ha_prefix: str | None, gateways: Iterable[str]) -> None:
        self._bridge = BridgeTopics(prefix)
        self._prefix = prefix
        self._ha_prefix = ha_prefix
        self._gateways = frozenset(gateways)
        self._former: set[str] = set()
        self._orphans: list[str] = []

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
        if gateway in self._former:
            self._orphans.append(topic)
        return []

    def take_orphans(self) -> list[str]:
        """Return, once, the retained topics of gateways that are configured no more.

        One of ours may be the same site under a new name. It makes discovery its own as soon as it
        knows its site: Home Assistant forgets what it is told to remove, and complains of a time
        that is cleared while it still listens.
        """
        orphans, self._orphans = self._orphans, []
        return orphans

    def _from_info(self, text: str) -> list[Finding]:
        info = _object(text)
        names = info.get("gateways")
        named = {n for n in names if isinstance(n, str)} if isinstance(names, list) else set()
        self._former |= {n for n in named - self._gateways if n and not set(n) & set("+#/")}
        looks = [Look(self._bridge.gateway(name).everything) for name in sorted(self._former)]
        # a broker may have delivered discovery first, when their names were not known yet
        again = discovery_topic(self._ha_prefix, "+") if self._ha_prefix and looks else None
        return [*looks, *([Look(again)] if again else [])]

    def _from_discovery(self, topic: str, text: str) -> list[Finding]:
        """Return what a discovery message means: its availability topics say whose it is."""
        listed = _object(text).get("avty")
        topics = [a.get("topic") for a in listed if isinstance(a, dict)] if listed else []
        for name in self._gateways | self._former:
            if self._bridge.gateway(name).availability in topics:
                if name in self._gateways:
                    return [Inherited(name, topic, text, discovery=True)]
                self._orphans.append(topic)
        return []


def _object(text: str) -> dict[str, list[object]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return (
        {k: v for k, v in value.items() if isinstance(v, list)} if isinstance(value, dict) else {}
    )
