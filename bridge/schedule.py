"""Which endpoints are due; the caller brings the time, in seconds of any steady clock."""

from collections.abc import Iterable, Mapping
from math import floor, inf

from bridge.parts import Cadence, Endpoint

# How long a strained gateway may be left without being asked, in seconds.
LONGEST = {Cadence.POLL: 60.0, Cadence.DEVICE: 300.0, Cadence.SLOW: 3600.0}


class Schedule:
    """Due times on one fixed grid, so that polls stay whole, and pauses that push them back.

    What nothing depends on is spread over the polls: the gateway is a small computer.
    """

    def __init__(self, intervals: Mapping[Cadence, float]) -> None:
        self._set = {endpoint: intervals[endpoint.cadence] for endpoint in Endpoint}
        self._intervals = dict(self._set)
        leisurely = [endpoint for endpoint in Endpoint if endpoint.leisurely]
        step_s = intervals[Cadence.POLL]
        self._phases = {e: n * step_s % self._set[e] for n, e in enumerate(leisurely, start=1)}
        self._due = dict.fromkeys(Endpoint, -inf)
        self._asked = dict.fromkeys(Endpoint, -inf)
        self._paused: dict[Endpoint, float] = {}
        self._origin: float | None = None

    def interval(self, endpoint: Endpoint) -> float:
        return self._intervals[endpoint]

    def stretch(self, factor: float) -> None:
        """Ask less often by this factor than set, but not less than once in LONGEST."""
        self._intervals = {
            endpoint: max(interval, min(interval * factor, LONGEST[endpoint.cadence]))
            for endpoint, interval in self._set.items()
        }

    def due(self, now: float) -> list[Endpoint]:
        """Return the endpoints to ask now, the one that is due longest first, leisurely ones last.

        So an endpoint whose failure ended a poll does not keep the others from being asked; nor do
        they keep those that can wait: the one that has waited too long comes first of all.
        """
        ready = [e for e in Endpoint if max(self._due[e], self._paused.get(e, -inf)) <= now]
        ready.sort(key=lambda e: (e.leisurely, self._due[e]))
        late = next((e for e in ready if e.leisurely and self._waits_long(e, now)), None)
        return [late, *(e for e in ready if e is not late)] if late else ready

    def allows(self, endpoint: Endpoint, now: float) -> bool:
        """Return whether an endpoint may be asked without delaying the next poll."""
        return not endpoint.leisurely or now < self._due[Endpoint.METERS]

    def _waits_long(self, endpoint: Endpoint, now: float) -> bool:
        since = max(self._due[endpoint], now if self._origin is None else self._origin)
        return now - since >= self._intervals[endpoint]

    def next(self) -> float:
        """Return when the next endpoint is due."""
        return min(max(self._due[e], self._paused.get(e, -inf)) for e in Endpoint)

    def asked(self, endpoint: Endpoint, now: float) -> None:
        """Take note that the endpoint was asked; the next time is the next point of its grid."""
        if self._origin is None:
            self._origin = now
        self._asked[endpoint] = now
        self._due[endpoint] = self._point_after(now, endpoint, self._intervals[endpoint])

    def hurry(self, endpoints: Iterable[Endpoint], now: float) -> None:
        """Make endpoints due now; their pauses still hold."""
        for endpoint in endpoints:
            self._due[endpoint] = min(self._due[endpoint], now)

    def follow(self, endpoints: Iterable[Endpoint]) -> None:
        """Make endpoints due as often as the fastest, for as long as this is said every cycle."""
        fastest_s = self._intervals[Endpoint.METERS]
        for endpoint in endpoints:
            soon = self._point_after(self._asked[endpoint], Endpoint.METERS, fastest_s)
            self._due[endpoint] = min(self._due[endpoint], soon)

    def pause(self, endpoint: Endpoint, until: float) -> None:
        self._paused[endpoint] = until

    def hasten(self, endpoints: Iterable[Endpoint], until: float) -> None:
        """Let no pause of these endpoints last longer than until."""
        for endpoint in self._paused.keys() & set(endpoints):
            self._paused[endpoint] = min(self._paused[endpoint], until)

    def resume(self, endpoint: Endpoint) -> None:
        self._paused.pop(endpoint, None)

    def resume_all(self) -> None:
        self._paused.clear()

    def _point_after(self, moment: float, endpoint: Endpoint, interval: float) -> float:
        """Return the first point after a moment on the grid of an endpoint."""
        if self._origin is None or moment == -inf:
            return -inf
        first = self._origin + self._phases.get(endpoint, 0.0)
        points = floor((moment - first) / interval + 1e-6) + 1
        return first + max(points, 1) * interval
