"""Which faults are tried: each alone, and some in pairs."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.simulator import NAMED
from trials.broker_faults import BROKER_FAULTS

PAIRS = (
    ("stopped", "no-vitals"),
    ("reboot", "bad-password"),
    ("expiry-seconds", "busy-path"),
    ("lockout", "expiry-seconds"),
    ("flaky", "slow-path"),
    ("denied", "cut-json"),
    ("counters-back", "refused"),
    ("meters-frozen", "busy-path"),
    ("pack-off", "packs-swapped"),
)
BROKER_PAIRS = (
    ("refused", "broker-refused"),
    ("stopped", "broker-cut"),
    ("slow-answer", "broker-stalled-up"),
    ("expiry-seconds", "broker-killed"),
    ("reset", "broker-killed"),
    ("html", "broker-slow"),
    ("counters-back", "broker-killed"),
    ("certificate", "broker-refused"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One row to be: faults of the gateway by name, and one of the broker."""

    gateway: tuple[str, ...] = ()
    broker: str | None = None

    @property
    def name(self) -> str:
        return " + ".join((*self.gateway, *([self.broker] if self.broker else [])))

    @property
    def words(self) -> str:
        told = [NAMED[name].words for name in self.gateway]
        return "; ".join([*told, *([BROKER_FAULTS[self.broker].words] if self.broker else [])])


def cases() -> Iterator[Case]:
    yield from (Case((name,)) for name in NAMED)
    yield from (Case((), name) for name in BROKER_FAULTS)
    yield from (Case(pair) for pair in PAIRS)
    yield from (Case((one,), other) for one, other in BROKER_PAIRS)
