"""What a tree at the end of the trial of random faults is compared with."""

import json
import re
from typing import Any

import snapshots

from bridge.simulator import Simulator
from bridge.topics import NONE, Topics
from trials.stage import VirtualTime
from trials.truth import NOTHING, Truth, plain

_BOARD_COUNTER = re.compile(r"powerwall/\w+/meter_device/\w+_[xyz]/ct/\d/(im|ex)port_energy")


def untrue(sims: dict[str, Simulator], tree: dict[str, str]) -> list[str]:
    """Return the topics that are not as the gateways are, which stand still."""
    found = []
    for name, sim in sims.items():
        truth = Truth(sim, VirtualTime(), Topics("powerwall", name))
        values = truth.now()
        told = {topic: plain(tree.get(topic, "")) for topic in values}
        found += [
            f"{topic} is {told[topic]!r}, truly {value!r}"
            for topic, value in values.items()
            if value not in NOTHING and told[topic] != value
        ]
        found += [
            f"{topic} is {tree.get(topic)!r}, the gateway says {value!r}"
            for topic, value in truth.raw_now().items()
            if value is not None and value != tree.get(topic)
        ]
        own = Topics("powerwall", name).of("")
        below = {t.removeprefix(own): p for t, p in tree.items() if t.startswith(own)}
        found += [f"{name}: {words}" for words in snapshots.differences(below["snapshot"], below)]
    return found


def without_memories(old: dict[str, str], fresh: dict[str, str]) -> dict[str, str]:
    """Return the tree without readings that a fresh bridge has not seen.

    They had a value once and say `None`, or are counters, which keep theirs: those of the board's
    transformers, which can be read only while the site master stands.
    """
    alone = old.keys() - fresh.keys()
    gone = {topic for topic in alone if old[topic] == NONE or _BOARD_COUNTER.fullmatch(topic)}
    left = {topic: payload for topic, payload in old.items() if topic not in gone}
    for topic, payload in old.items():
        if topic.endswith("/snapshot"):
            left[topic] = json.dumps(_known(json.loads(payload), json.loads(fresh[topic])))
        if topic.endswith("/config"):
            site = json.loads(payload)
            kept = {k: c for k, c in site["cmps"].items() if c.get("state_topic") not in gone}
            left[topic] = json.dumps(site | {"cmps": kept})
    return left


def _known(old: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a snapshot that have a value or stand in the fresh one too."""
    known = {k: _known(v, fresh.get(k, {})) if isinstance(v, dict) else v for k, v in old.items()}
    return {key: value for key, value in known.items() if value not in (None, {}) or key in fresh}
