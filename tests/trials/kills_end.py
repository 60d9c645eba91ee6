"""Whether two trees of retained topics say the same of the same house."""

import json

BRIDGE = "powerwall/bridge/"
# what differs between two runs of the same bridge: when it was started or saw something
_TIMES = frozenset({"timestamp", "since", "first_seen", "last_communication_time", "uptime_s"})
_ACCIDENTAL = frozenset({"island/requested"})  # forgotten by a restart


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return in words what stands in one tree and not, or not like this, in the other."""
    mine, theirs = _comparable(one), _comparable(other)
    found = [f"{topic} stands only in the old tree" for topic in sorted(mine.keys() - theirs)]
    found += [f"{topic} stands only in the fresh tree" for topic in sorted(theirs.keys() - mine)]
    return found + [
        f"{topic} is {mine[topic]!r}, fresh {theirs[topic]!r}"
        for topic in sorted(mine.keys() & theirs.keys())
        if mine[topic] != theirs[topic]
    ]


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
