"""Messages per poll: what changed against everything, in a quiet and in a busy house.

Run as `python -m benchmarks.messages`; takes about three minutes. Full is what it would be if each
answer published all that it feeds; the bridge publishes what is not yet there.
"""

import argparse
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.house import House
from benchmarks.listener import Heard, listening
from benchmarks.stage import PREFIX, Stage, broker, wait_for
from bridge.changes import is_reading
from bridge.parts import Cadence, Endpoint
from bridge.readings import row_at
from bridge.topics import Topics

POLL_S = 1.0
SPEED = 5.0  # a poll each 5 s of the house's time, the default interval
SETTLE_POLLS = 15
HOUSES = {"quiet": "solar-powered", "busy": None}  # the busy one lives through its morning
_TOPICS = Topics(PREFIX, "main")
_SHARE = {Cadence.POLL: 1.0, Cadence.DEVICE: 1 / 6, Cadence.SLOW: 1 / 60}


def measure(scenario: str | None, polls: int) -> tuple[Counter[str], dict[str, int]]:
    """Return how often each topic was published, and the topics that an endpoint feeds first."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="benchmark-")))
        house = stack.enter_context(House(SPEED, scenario))
        port = stack.enter_context(broker(directory))
        listener = stack.enter_context(listening(port))
        stack.enter_context(Stage(directory, house.place, port).bridge(POLL_S))
        wait_for(lambda: house.count(Endpoint.METERS) >= SETTLE_POLLS, "the bridge's polls", 60)
        first = listener.taken()
        time.sleep(polls * POLL_S)
        return Counter(h.topic for h in listener.taken()), _full([*first])


def _full(heard: list[Heard]) -> dict[str, int]:
    """Return how many readings each endpoint feeds, of those that were seen."""
    paths = {_TOPICS.path(h.topic) for h in heard if h.topic.startswith(_TOPICS.of(""))}
    fed: Counter[str] = Counter()
    for row in filter(None, map(row_at, paths)):
        fed.update(row[0].endpoints)
    return fed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.messages", description=__doc__)
    parser.add_argument("--polls", type=int, default=60, metavar="N", help="in a house")
    options = parser.parse_args()
    print(f"{'house':8}{'on change':>12}{'full':>8}{'ratio':>8}   messages per poll")
    for name, scenario in HOUSES.items():
        told, fed = measure(scenario, options.polls)
        mine = {topic: n for topic, n in told.items() if topic.startswith(_TOPICS.of(""))}
        changed = sum(n for t, n in mine.items() if is_reading(_TOPICS.path(t))) / options.polls
        full = sum(_SHARE[Endpoint(endpoint).cadence] * n for endpoint, n in fed.items())
        print(f"{name:8}{changed:12.1f}{full:8.1f}{changed / full:8.2f}")


if __name__ == "__main__":
    main()
