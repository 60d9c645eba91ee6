"""Whether the `snapshot` topic says what the other topics of its gateway say, and all of it."""

import json
from collections.abc import Iterator, Mapping

from raw_answers import Json

from bridge.quantities import Form
from bridge.readings import SUMMARY, row_at
from bridge.topics import NONE, SNAPSHOT_BYTES, SPARED

OWN = "timestamp"  # what is the snapshot's alone
# what changes with every poll, so that it has no topic
PASSING = {"last_communication_time", "clock", "uptime", "sitemaster_uptime"}


def differences(snapshot: str, topics: Mapping[str, str]) -> list[str]:
    """Return in words how a snapshot differs from topics, whose names are below the gateway's."""
    tree = json.loads(snapshot)
    said = dict(_leaves(tree))
    wanted = {topic: payload for topic, payload in topics.items() if payload and _summed(topic)}
    spared = _spared(snapshot, tree, wanted)
    missing = wanted.keys() - said.keys()
    missing = {topic for topic in missing if topic.partition("/")[0] not in spared}
    strange = {
        topic
        for topic, value in said.items()
        if value is not None and topic not in wanted and topic.rpartition("/")[2] not in PASSING
    }
    return [
        *(f"{topic} is not in the snapshot" for topic in sorted(missing)),
        *(f"{topic} is in the snapshot alone" for topic in sorted(strange - {OWN})),
        *(
            f"{topic} is {payload}, in the snapshot {said[topic]}"
            for topic, payload in wanted.items()
            if topic in said and not _same(payload, said[topic])
        ),
    ]


def _summed(topic: str) -> bool:
    """Return whether the table has a reading of the summary there."""
    row = row_at(tuple(topic.split("/")))
    return row is not None and row[0] in SUMMARY and row[1].quantity.form is not Form.DATA


def _spared(snapshot: str, tree: Json, wanted: Mapping[str, str]) -> set[str]:
    """Return the branches that are left out because the snapshot would be too long with one."""
    gone = [branch for branch in SPARED if branch not in tree]
    last = gone[-1:] and [t for t in wanted if t.startswith(f"{gone[-1]}/")]
    length = len(snapshot) + sum(len(topic) + len(wanted[topic]) for topic in last or ())
    return set(gone) if length > SNAPSHOT_BYTES else set()


def _same(payload: str, value: object) -> bool:
    match value:
        case None:
            return payload == NONE
        case bool():
            return payload == ("true" if value else "false")
        case int() | float():
            return payload not in (NONE, "") and float(payload) == value
    return payload == value


def _leaves(tree: Json, path: str = "") -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{key}/")
        else:
            yield f"{path}{key}", value
