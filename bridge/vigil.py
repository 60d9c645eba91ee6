"""Watches over the loops of the gateways: one that stands still must not look current."""

from collections.abc import Callable, Mapping

from bridge.health.table import STUCK_S
from bridge.poller import Lapse, Poller
from bridge.topics import OFFLINE, BridgeTopics, Message


class Vigil:
    """Knows when each loop gave its last sign of life, in seconds of a steady clock."""

    def __init__(
        self,
        pollers: Mapping[str, Poller],
        publish: Callable[[Message], None],
        topics: BridgeTopics,
    ) -> None:
        self._pollers, self._publish, self._topics = pollers, publish, topics
        self._signs: dict[str, tuple[object, float]] = {}
        self._stuck: set[str] = set()

    def missed(self, now_s: float) -> list[str]:
        """Return which loops give no sign of life; to be called every few seconds."""
        for name, poller in self._pollers.items():
            sign = poller.sign
            before, since_s = self._signs.get(name, (None, now_s))
            if sign != before:
                self._signs[name] = sign, now_s
                self._stuck.discard(name)
            elif now_s - since_s > STUCK_S and name not in self._stuck:
                self._stuck.add(name)
                self._end(name, poller)
        return [name for name in self._pollers if name in self._stuck]

    def _end(self, name: str, poller: Poller) -> None:
        """Say in a loop's place that its gateway is offline; should it live on, it goes on so."""
        self._publish(Message(self._topics.gateway(name).availability, OFFLINE, 1))
        poller.inbox.put(Lapse())
