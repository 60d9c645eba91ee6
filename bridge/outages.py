"""Outages of the grid: whether one is on, how many there were, and what the last one was.

Pure. A house that is off the grid by a command of this bridge is in no outage: from the wish that
the gateway accepted until the house is seen on the grid again, also over a restart. Who else took
it off, as with Tesla's app, cannot be told from an outage.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from math import isfinite

from bridge.documents import Json
from bridge.moment import iso
from bridge.words import Island

SETTLED_S = 180.0  # by then the contactor has moved, or will not
GAP_S = 600.0  # an outage that was not seen for longer may have ended at any time meanwhile


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that is over; start and end are ISO 8601, when it was seen first and no more.

    end and seconds are None when nobody looked as it ended. level_used is in percent of the app's
    scale, negative when the sun gave more than the home took; None when a level is not known.
    """

    start: str
    end: str | None = None
    seconds: int | None = None
    level_used: float | None = None

    def json(self) -> dict[str, Json]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outages:
    """What is known of outages; times are by the bridge's clock, level is percent as in the app.

    count is None before the grid was read for the first time ever. started, level and seen are
    those of the outage that is on, None without; left is since when the house is off the grid by
    command, or about to be, and away whether it was seen off the grid since.
    """

    count: int | None = None
    last: Outage | None = None
    started: datetime | None = None
    level: float | None = None
    seen: datetime | None = None
    left: datetime | None = None
    away: bool = False

    @property
    def saved(self) -> dict[str, Json]:
        """What has to outlive a restart, as a value for the Store."""
        return {
            "count": self.count,
            "last": self.last.json() if self.last else None,
            "level": self.level,
            "away": self.away,
            **{name: _iso(getattr(self, name)) for name in ("started", "seen", "left")},
        }


def follow(
    before: Outages, side: Island | None, level: float | None, now: datetime, *, wished: bool
) -> Outages:
    """Return what is known after an answer that shows the contactor, None: not where it is.

    level is the charge now; wished: the gateway has accepted our command to leave the grid.
    """
    known = replace(before, left=now) if wished and before.left is None else before
    if side is None:
        return known
    if known.count is None:
        known = replace(known, count=0)
    if side is Island.ON_GRID:
        return _ended(known if wished else _returned(known, now), level, now)
    return replace(known, away=True) if known.left else _lost(known, level, now)


def _returned(known: Outages, now: datetime) -> Outages:
    """Take note that a house which left is on the grid: it is back, or it will not leave."""
    settled = known.left and now - known.left > timedelta(seconds=SETTLED_S)
    return replace(known, left=None, away=False) if known.away or settled else known


def _lost(known: Outages, level: float | None, now: datetime) -> Outages:
    if known.started:
        return replace(known, seen=now)
    return replace(known, count=(known.count or 0) + 1, started=now, level=level, seen=now)


def _ended(known: Outages, level: float | None, now: datetime) -> Outages:
    if known.started is None:
        return known
    last = Outage(iso(known.started))
    if known.seen and now - known.seen <= timedelta(seconds=GAP_S):
        seconds = max(0, round((now - known.started).total_seconds()))
        last = Outage(last.start, iso(now), seconds, _used(known.level, level))
    return replace(known, last=last, started=None, level=None, seen=None)


def _used(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(before - after, 1)


def resumed(saved: Json) -> Outages:
    """Return what an earlier run gave as `saved`; what cannot be used of it is forgotten."""
    if not isinstance(saved, dict):
        return Outages()
    count = _number(saved.get("count"))
    started, left = _time(saved.get("started")), _time(saved.get("left"))
    return Outages(
        count=None if count is None else round(count),
        last=_outage(saved.get("last")),
        started=started,
        level=_number(saved.get("level")) if started else None,
        seen=_time(saved.get("seen")) if started else None,
        left=left,
        away=left is not None and saved.get("away") is True,
    )


def _outage(saved: Json) -> Outage | None:
    if not isinstance(saved, dict) or (start := _time(saved.get("start"))) is None:
        return None
    seconds, used = _number(saved.get("seconds")), _number(saved.get("level_used"))
    whole = None if seconds is None else round(seconds)
    return Outage(iso(start), _iso(_time(saved.get("end"))), whole, used)


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def _time(value: Json) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
