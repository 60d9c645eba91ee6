"""Outages of the grid: whether one is on, how many there were, and what the last one was.

Pure. A house that is off the grid by a command of this bridge is in no outage: from the wish that
the gateway accepted until the house is seen on the grid again, also over a restart. Who else took
it off, as with Tesla's app, cannot be told from an outage.

Within a run time is counted by the steady clock, and a wall clock that jumps corrects the start:
a machine that begins without network learns late what time it is. Of what an earlier run left only
the wall clock tells the age, and one that cannot be is unknown.
"""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from bridge.documents import Json, finite
from bridge.moment import Moment, iso
from bridge.words import Island

SETTLED_S = 180.0  # by then the contactor has moved, or will not
GAP_S = 600.0  # an outage that was not seen for longer may have ended at any time meanwhile
LONGEST_S = 31 * 86_400.0  # no earlier run left anything that is older: a clock is wrong
JUMP_S = 60.0  # by less than this a wall clock is only adjusted


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that is over; start and end are ISO 8601, when it was seen first and no more.

    end and seconds are None when nobody looked as it ended, or when no clock tells. level_used is
    in percent of the app's scale, negative when the sun gave more than the home took; None when a
    level is not known.
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
    command, or about to be, and away whether it was seen off the grid since. What ends in _s is the
    same time in seconds of the steady clock, None when it was in an earlier run.
    """

    count: int | None = None
    last: Outage | None = None
    started: datetime | None = None
    level: float | None = None
    seen: datetime | None = None
    left: datetime | None = None
    away: bool = False
    started_s: float | None = None
    seen_s: float | None = None
    left_s: float | None = None

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
    before: Outages, side: Island | None, level: float | None, now: Moment, *, wished: bool
) -> Outages:
    """Return what is known after an answer that shows the contactor, None: not where it is.

    level is the charge now; wished: the gateway has accepted our command to leave the grid.
    """
    known = _timed(before, now)
    if wished and known.left is None:
        known = replace(known, left=now.wall, left_s=now.steady_s)
    if side is None:
        return known
    if known.count is None:
        known = replace(known, count=0)
    if side is Island.ON_GRID:
        return _ended(known if wished else _returned(known, now), level, now)
    return replace(known, away=True) if known.left else _lost(known, level, now)


def _timed(known: Outages, now: Moment) -> Outages:
    """Return what is known, with a leave that has a steady time, and a start by today's clock."""
    if known.left and known.left_s is None:
        age_s = _passed_s(known.left, None, now)
        known = replace(known, left_s=now.steady_s - (age_s or 0.0))
    if known.started and known.started_s is not None:
        started = now.wall - timedelta(seconds=now.steady_s - known.started_s)
        if abs((started - known.started).total_seconds()) > JUMP_S:
            return replace(known, started=started)
    return known


def _passed_s(since: datetime, since_s: float | None, now: Moment) -> float | None:
    """Return how long ago something was, None when only a clock that was wrong could tell."""
    if since_s is not None:
        return now.steady_s - since_s
    age_s = (now.wall - since).total_seconds()
    return age_s if 0 <= age_s <= LONGEST_S else None


def _returned(known: Outages, now: Moment) -> Outages:
    """Take note that a house which left is on the grid: it is back, or it will not leave."""
    settled = known.left_s is not None and now.steady_s - known.left_s > SETTLED_S
    gone = known.away or settled
    return replace(known, left=None, left_s=None, away=False) if gone else known


def _lost(known: Outages, level: float | None, now: Moment) -> Outages:
    known = replace(known, seen=now.wall, seen_s=now.steady_s)
    if known.started:
        return known
    count = (known.count or 0) + 1
    return replace(known, count=count, started=now.wall, started_s=now.steady_s, level=level)


def _ended(known: Outages, level: float | None, now: Moment) -> Outages:
    if known.started is None:
        return known
    last = Outage(iso(known.started))
    passed_s = _passed_s(known.started, known.started_s, now)
    gap_s = _passed_s(known.seen, known.seen_s, now) if known.seen else None
    if passed_s is not None and gap_s is not None and gap_s <= GAP_S:
        used = _used(known.level, level)
        last = Outage(last.start, iso(now.wall), round(passed_s), used)
    over = replace(known, last=last, started=None, started_s=None, level=None)
    return replace(over, seen=None, seen_s=None)


def _used(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(before - after, 1)


def leaving(known: Outages, parted: datetime | None, now: Moment) -> Outages:
    """Return what is known by a run that begins; parted is when the last one left the grid.

    A run that ended with the command could not note any more that the house is leaving by it.
    """
    if parted is None or known.left or known.started:
        return known
    age_s = (now.wall - parted).total_seconds()
    return replace(known, left=parted) if 0 <= age_s <= SETTLED_S else known


def resumed(saved: Json) -> Outages:
    """Return what an earlier run gave as `saved`; what cannot be used of it is forgotten."""
    if not isinstance(saved, dict):
        return Outages()
    count = finite(saved.get("count"))
    started, left = _time(saved.get("started")), _time(saved.get("left"))
    return Outages(
        count=None if count is None else round(count),
        last=_outage(saved.get("last")),
        started=started,
        level=finite(saved.get("level")) if started else None,
        seen=_time(saved.get("seen")) if started else None,
        left=left,
        away=left is not None and saved.get("away") is True,
    )


def _outage(saved: Json) -> Outage | None:
    if not isinstance(saved, dict) or (start := _time(saved.get("start"))) is None:
        return None
    seconds, used = finite(saved.get("seconds")), finite(saved.get("level_used"))
    whole = None if seconds is None else round(seconds)
    return Outage(iso(start), _iso(_time(saved.get("end"))), whole, used)


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _time(value: Json) -> datetime | None:
    """Return a time in UTC; in another zone one at the ends of the calendar has no place there."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
