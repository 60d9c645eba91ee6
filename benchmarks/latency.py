"""How long a reading takes from the gateway's answer to a subscriber, and a command back."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.house import Asked, House
from benchmarks.listener import Heard, Listener
from benchmarks.stage import PREFIX
from bridge.parts import Endpoint
from bridge.quantities import POWER

POWER_TOPIC = f"{PREFIX}/main/grid/power"
RESERVE_TOPIC = f"{PREFIX}/main/operation/backup_reserve"
_RESERVES = (31, 42, 53, 64, 35, 46, 57)  # %, all different, app scale
_PAUSE_S = 1.3  # not a multiple of the poll interval, so that commands meet all its phases


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds; missed counts what never arrived."""

    p50: float
    p95: float
    most: float
    count: int
    missed: int = 0

    def __str__(self) -> str:
        missed = f", {self.missed} missed" if self.missed else ""
        return (
            f"p50 {self.p50:.1f}  p95 {self.p95:.1f}  max {self.most:.1f} ms"
            f"  ({self.count} times{missed})"
        )


def spread(times_s: Iterable[float], missed: int = 0) -> Spread:
    ordered = sorted(1000 * t for t in times_s)
    if not ordered:
        return Spread(float("nan"), float("nan"), float("nan"), 0, missed)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return Spread(statistics.median(ordered), p95, ordered[-1], len(ordered), missed)


def of_readings(asked: list[Asked], heard: list[Heard]) -> Spread:
    """Return the time from each changed answer of the meters to the same value on MQTT."""
    polled = [a for a in asked if a.path == Endpoint.METERS and a.status == 200]
    said = [h for h in heard if h.topic == POWER_TOPIC]
    times_s: list[float] = []
    missed = 0
    for before, answer, after in zip(polled, polled[1:], polled[2:], strict=False):
        value = _power(answer)
        if value == _power(before):
            continue
        found = [h.at for h in said if answer.left <= h.at < after.left and h.payload == value]
        times_s += [at - answer.left for at in found[:1]]
        missed += not found
    return spread(times_s, missed)


def _power(answer: Asked) -> str:
    return POWER.encode_number(json.loads(answer.body)["site"]["instant_power"])


@dataclass(frozen=True, slots=True)
class Commands:
    """From the publish of a command to the gateway's POST, and to the topic that confirms it."""

    to_write: Spread
    to_topic: Spread


def of_commands(house: House, listener: Listener) -> Commands:
    """Set the reserve a few times."""
    to_write: list[float] = []
    to_topic: list[float] = []
    for reserve in _RESERVES:
        time.sleep(_PAUSE_S)
        house.taken()
        listener.taken()
        said_s = listener.say(f"{RESERVE_TOPIC}/set", str(reserve))
        confirmed = listener.wait(_confirms(str(reserve)), RESERVE_TOPIC)
        writes = [a.arrived for a in house.taken() if a.method == "POST"]
        to_write += [at - said_s for at in writes[:1]]
        to_topic.append(confirmed.at - said_s)
    missed = len(_RESERVES) - len(to_write)
    return Commands(spread(to_write, missed), spread(to_topic))


def _confirms(value: str) -> Callable[[Heard], bool]:
    return lambda heard: (heard.topic, heard.payload) == (RESERVE_TOPIC, value)
