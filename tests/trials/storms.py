"""Login storms: under every fault the logins stay within the budget, whatever the gateway says.

`python -m trials.storms` polls every second for ten simulated minutes under each fault of the
simulator, and for a day under each login that is refused, where every attempt has its time.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from bridge.simulator import NAMED
from trials.stage import Stage

STORM_S, BUDGET, HOUR_S = 600.0, 6, 3600.0
DAY_S = 86_400.0
REFUSED = ("bad-password", "default-password", "physical-access")
# Minutes after the first: ten, doubling, up to six hours.
ATTEMPTS_MIN = (0, 10, 30, 70, 150, 310, 630, 990, 1350)
LATE_S = 61.0  # a gateway that answers nothing useful is asked once a minute


@dataclass(frozen=True, slots=True)
class Storm:
    """When logins were tried under a fault, in seconds since it began."""

    name: str
    seconds: float
    logins_s: tuple[float, ...]
    requests: int

    @property
    def most_in_an_hour(self) -> int:
        return max(
            (sum(1 for at in self.logins_s if 0 <= at - begin < HOUR_S) for begin in self.logins_s),
            default=0,
        )

    @property
    def bad(self) -> list[str]:
        """What speaks against the bridge, in words."""
        found = []
        if self.most_in_an_hour > BUDGET:
            found.append(f"{self.name}: {self.most_in_an_hour} logins in an hour")
        if self.seconds == DAY_S and not self._in_time:
            minutes = ", ".join(f"{at / 60:.1f}" for at in self.logins_s)
            found.append(f"{self.name}: logins at {minutes} min")
        return found

    @property
    def _in_time(self) -> bool:
        """Return whether each attempt came when its wait was over, and no other."""
        due_s = [minute * 60.0 for minute in ATTEMPTS_MIN]
        lags = [at - due for at, due in zip(self.logins_s, due_s, strict=False)]
        drift = all(0 <= lag <= LATE_S * (place + 1) for place, lag in enumerate(lags))
        return len(self.logins_s) == len(due_s) and drift


def storm(name: str, seconds: float = STORM_S) -> Storm:
    """Poll a gateway with this fault every second, on virtual time."""
    logging.disable(logging.CRITICAL)
    with Stage(poll_s=1.0, judged=False) as stage:
        stage.live(60)
        requests, began_s = stage.figures["requests"], stage.time.s
        logins_s: list[float] = []
        stage.begin(name)
        known = stage.figures["logins"]

        def count() -> bool:
            nonlocal known
            logins_s.extend([stage.time.s - began_s] * (stage.figures["logins"] - known))
            known = stage.figures["logins"]
            return False

        stage.live(seconds, count)
        count()
        return Storm(name, seconds, tuple(logins_s), stage.figures["requests"] - requests)


def day(name: str) -> Storm:
    return storm(name, DAY_S)


def lines(storms: Sequence[Storm]) -> Iterator[str]:
    yield f"{'fault':20} {'minutes':>7} {'logins':>6} {'in an hour':>10} {'requests':>8}"
    for one in storms:
        row = (one.name, one.seconds / 60, len(one.logins_s), one.most_in_an_hour, one.requests)
        yield "{:20} {:7.0f} {:6} {:10} {:8}".format(*row)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.storms", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="all if none is named")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="faults at once")
    options = parser.parse_args()
    names = options.names or list(NAMED)
    refused = [name for name in REFUSED if name in names]
    with ProcessPoolExecutor(options.jobs) as pool:
        storms = [*pool.map(storm, names), *pool.map(day, refused)]
    print(*lines(storms), sep="\n")
    bad = [words for one in storms for words in one.bad]
    print(f"\n{len(storms)} storms, {len(bad)} bad", *bad, sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
