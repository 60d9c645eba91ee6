"""What is judged at the end: counters, writes, and whether two trees say the same of one house."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from subscriber import Heard

from bridge.simulator.door import Request

_COUNTER = re.compile(r"powerwall/main/(.+_energy|.+/energy)")
BRIDGE = "powerwall/bridge/"
ABSENT = "absent"
# what differs between two runs of the same bridge: when it was started or saw something
_TIMES = frozenset({"timestamp", "since", "first_seen", "last_communication_time", "uptime_s"})
# forgotten by a restart, or remembered over it by the one alone
_ACCIDENTAL = frozenset({"island/requested", "outage/started", "outage/count", "outage/last"})


@dataclass(slots=True)
class Counters:
    """The energies on MQTT as they come: none may fall, or lose the value that it had."""

    count: int = 0
    _highest: dict[str, float] = field(default_factory=dict)

    def faults(self, heard: Heard) -> list[str]:
        if not _COUNTER.fullmatch(heard.topic):
            return []
        self.count += 1
        before = self._highest.get(heard.topic, 0.0)
        value = float(heard.payload) if heard.payload not in ("", "None") else -1.0
        self._highest[heard.topic] = max(value, before)
        fallen = f"{heard.topic} fell from {before} to {heard.payload!r}"
        return [fallen] if value < before else []


@dataclass(frozen=True, slots=True)
class Wish:
    """A command: when it was published, by time.monotonic(), and what the gateway is to be told."""

    at: float
    value: str


def unasked(writes: Iterable[Request], wishes: Iterable[Wish]) -> list[str]:
    """Return in words the writes without a command before them; each is good for one write.

    One that was refused for want of a session is none.
    """
    left, found = list(wishes), []
    for request in (one for one in writes if one.status not in {401, 403}):
        body = json.loads(request.body)
        value = body.get("island_mode") or f"{body['backup_reserve_percent']:.1f}"
        wish = next((w for w in left if w.value == value and w.at < request.at), None)
        if wish:
            left.remove(wish)
        else:
            found.append(f"nobody asked for {request.path} {body}, or not again")
    return found


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return in words what stands in one tree and not, or not like this, in the other."""
    mine, theirs = _comparable(one), _comparable(other)
    found = [f"{topic} stands only in the old tree" for topic in sorted(mine.keys() - theirs)]
    found += [f"{topic} stands only in the fresh tree" for topic in sorted(theirs.keys() - mine)]
    return found + [
        f"{topic}{where} is {here!r}, fresh {there!r}"
        for topic in sorted(mine.keys() & theirs.keys())
        for where, here, there in _unlike(mine[topic], theirs[topic])
    ]


def _unlike(one: object, other: object, where: str = "") -> Iterator[tuple[str, object, object]]:
    """Yield the places at which two values are not the same, and what stands there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _unlike(one.get(key, ABSENT), other.get(key, ABSENT), f"{where}.{key}")
    elif one != other:
        yield where, one, other


def _comparable(tree: dict[str, str]) -> dict[str, object]:
    own = {t: p for t, p in tree.items() if not t.startswith(BRIDGE)}
    return {t: _timeless(p) for t, p in own.items() if t.split("/", 2)[-1] not in _ACCIDENTAL}


def _timeless(payload: str) -> object:
    try:
        return _without_times(json.loads(payload))
    except ValueError:
        return payload


def _without_times(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_times(v) for k, v in value.items() if k not in _TIMES}
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    return value
