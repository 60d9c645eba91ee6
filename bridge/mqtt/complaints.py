"""What the log says of topics that do not get through: each once, and a flood in one line."""

import logging
import threading
from collections import Counter

log = logging.getLogger(__name__)

NAMED = 3  # topics of one fate that get a line each
MOST = 5000  # topics that are kept in mind: who asks for answers may make up new ones for ever
_SHOWN = 200  # characters of a topic


class Complaints:
    """Complaints may come from any thread; nothing else is waited for meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: set[tuple[str, str]] = set()
        self._named: Counter[str] = Counter()
        self._more: dict[str, list[str]] = {}

    def about(self, topic: str, fate: str, remedy: str) -> None:
        """Say what becomes of a topic's messages, unless that was said before."""
        topic = topic[:_SHOWN]
        with self._lock:
            if (topic, fate) in self._said or len(self._said) >= MOST:
                return
            self._said.add((topic, fate))
            full = len(self._said) == MOST
            self._named[fate] += 1
            flood = self._named[fate] > NAMED
            if flood:
                self._more.setdefault(fate, []).append(topic)
        if not flood:
            log.error("%s is %s; %s", topic, fate, remedy)
        if full:
            log.error("%d topics do not get through; no more of them are named", MOST)

    def tick(self) -> None:
        """Say in one line what has come together since the last time."""
        with self._lock:
            more, self._more = self._more, {}
        for fate, topics in more.items():
            log.error("%d more are %s: %s", len(topics), fate, _summary(topics))


def _summary(topics: list[str]) -> str:
    """Return topics by the branch that they are on, as an access list would name it."""
    if len(topics) <= NAMED:
        return ", ".join(topics)
    branches = Counter("/".join(topic.split("/")[:2]) for topic in topics)
    return ", ".join(f"{branch}/# ({count})" for branch, count in branches.most_common())
