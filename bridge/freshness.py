"""Whether a meter is still heard, told from its own time: an answer can repeat old values for ever.

Pure. The gateway's clock may be wrong by years, so only that its time moves is looked at.
"""

from dataclasses import replace

from bridge.parts import Meter, Meters

PATIENCE_S = 60.0
LONGEST_S = 1800.0  # whatever a gateway says of its meter


class Freshness:
    """Leaves out what a silent meter measured; its counters stay."""

    def __init__(self, poll_interval_s: float) -> None:
        self._least_s = max(PATIENCE_S, 3 * poll_interval_s)
        self._moved: dict[str, tuple[str, float]] = {}  # meter -> its time, and when that came
        self._silent: set[str] = set()
        self._news: list[str] = []

    def judge(self, meters: Meters, now_s: float) -> Meters:
        """Return the meters as they may be believed at now_s, seconds of a steady clock."""
        silent = {
            name for name, meter in meters.meters.items() if self._is_silent(name, meter, now_s)
        }
        self._news += [
            f"meter {name} is not heard any more" for name in sorted(silent - self._silent)
        ]
        spoke = (self._silent - silent) & meters.meters.keys()
        self._news += [f"meter {name} is heard again" for name in sorted(spoke)]
        self._silent = silent | (self._silent - meters.meters.keys())
        if not silent:
            return meters
        kept = {
            name: _quiet(meter) if name in silent else meter
            for name, meter in meters.meters.items()
        }
        return Meters(kept)

    def take_news(self) -> list[str]:
        """Return in words which meters fell silent, or came back, since this was asked last."""
        news, self._news = self._news, []
        return news

    def _is_silent(self, name: str, meter: Meter, now_s: float) -> bool:
        moment = meter.last_communication_time
        if moment is None:
            return False
        known, since_s = self._moved.get(name, (None, now_s))
        if moment != known:
            self._moved[name] = (moment, now_s)
            return False
        return now_s - since_s >= max(self._least_s, min(3 * (meter.timeout_s or 0.0), LONGEST_S))


def _quiet(meter: Meter) -> Meter:
    return replace(meter.stale(), last_communication_time=meter.last_communication_time)
