"""What happened at a site: its outages and alerts over restarts, and the events of this run.

Pure: get and put are those of the Store.
"""

from collections.abc import Callable
from dataclasses import replace

from bridge import alerts, outages
from bridge.documents import Json
from bridge.events import Event, Events
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.off_grid import parted
from bridge.parts import GridStatus
from bridge.words import Island, contactor

ALERTS, OUTAGES, OFF_GRID = "alerts", "outages", "off_grid"  # keys in the Store


class History:
    """Follows one site through its snapshots; recalled is what an earlier run knew of it."""

    def __init__(
        self, get: Callable[[str], Json], put: Callable[[str, Json], None], now: Moment
    ) -> None:
        self._put = put
        self._events = Events()
        self._grid: GridStatus | None = None
        known = outages.leaving(outages.resumed(get(OUTAGES)), parted(get(OFF_GRID)), now)
        self.recalled = Snapshot(known_alerts=alerts.resumed(get(ALERTS)), outages=known)

    def follow(self, snapshot: Snapshot, level: float | None, now: Moment) -> Snapshot:
        """Return the snapshot with what its outages are by now; level is on the app's scale.

        Only an answer shows where the contactor stands: what is merely still known says nothing.
        """
        side = contactor(snapshot.grid) if snapshot.grid_status is not self._grid else None
        self._grid = snapshot.grid_status
        before, wished = snapshot.outages, snapshot.island_requested is Island.OFF_GRID
        after = outages.follow(before, side, level, now, wished=wished)
        if replace(after, seen=before.seen, seen_s=before.seen_s) != before:
            self._put(OUTAGES, after.saved)
        return snapshot if after == before else replace(snapshot, outages=after)

    def events(self, snapshot: Snapshot, now: Moment) -> list[Event]:
        """Return what happened since the snapshot before."""
        happened = self._events.of(snapshot, now)
        if happened:
            self.keep(snapshot)
        return happened

    def keep(self, snapshot: Snapshot) -> None:
        """Put what has to outlive this run into the Store."""
        self._put(ALERTS, alerts.saved(snapshot.known_alerts))
        self._put(OUTAGES, snapshot.outages.saved)
