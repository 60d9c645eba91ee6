"""What happens at a simulated house, as whoever asks it at certain instants gets to see it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from main_says import app_percent, main_pairs
from payloads import Number, flag
from raw_answers import Json, devices_of

from bridge.moment import Moment
from bridge.parts import Endpoint
from bridge.simulator import Simulator

Key = tuple[object, ...]  # the type of an event, and what tells it from others of its type
GAP_S = 600.0  # after which nobody knows any more when an outage ended
NEAR = 0.11  # percent by which a level that was used may differ
# Of these each change is told; the inverter's alerts are, only where it stands in for others.
TELLING = (Endpoint.STATUS, Endpoint.GRID_STATUS, Endpoint.VITALS)


class Time(Protocol):
    """The moment now; s is the same in seconds."""

    s: float

    def __call__(self) -> Moment: ...


@dataclass(slots=True)
class Outage:
    """The outage that is on, or was last; level is that of the app, in percent."""

    start: Moment
    level: float | None
    seen: Moment
    end: Moment | None = None
    level_after: float | None = None

    def agrees(self, told: Json) -> bool:
        """Return whether `outage/last` tells of this one, which is over."""
        if self.end is None or told["start"] != self.start.iso:
            return False
        unseen = self.end.steady_s - self.seen.steady_s > GAP_S
        seconds = round(self.end.steady_s - self.start.steady_s)
        ended = (None, None) if unseen else (self.end.iso, seconds)
        return (told["end"], told["seconds"]) == ended and self._used(told["level_used"])

    def _used(self, used: object) -> bool:
        if used is None or self.level is None or self.level_after is None:
            return used is None
        return abs(float(str(used)) - (self.level - self.level_after)) < NEAR


class Happenings:
    """Follows the house; each event is told once, before its path is read again."""

    def __init__(self, sim: Simulator, time: Time) -> None:
        self._sim, self._time = sim, time
        self._due: dict[Endpoint, list[Key]] = {}
        self._status: tuple[str, float] | None = None
        self._alerts: dict[Endpoint, set[Key]] = {}
        self._counters: dict[str, float] = {}
        self._contactor: object = None
        self._level: float | None = None
        self._trusted, self._told_of = "", ""
        self._count = 0
        self._outage: Outage | None = None
        self._ended: Outage | None = None
        self.untold: list[str] = []

    def saw(self, endpoint: Endpoint, body: bytes) -> None:
        """Take in what an endpoint truly says at this instant; raises ValueError."""
        self._trusted, self._told_of = self._trusted or self._sim.fingerprint, ""
        if endpoint in TELLING:
            self.untold += [f"event {key} was not told" for key in self._due.pop(endpoint, ())]
        self._due.setdefault(endpoint, []).extend(self._news(endpoint, body))

    def agrees(self, event: Mapping[str, object]) -> bool:
        """Return whether an event did happen and was not told yet, and take it as told."""
        if event["at"] != self._time().iso:
            return False
        if event["event_type"] == "certificate_changed":
            return self._shows_another(event["fingerprint"])
        details = _DETAILS.get(str(event["event_type"]), ())
        key = (event["event_type"], *(event[name] for name in details))
        for due in self._due.values():
            if key in due:
                due.remove(key)
                return True
        return False

    def outage_agrees(self, name: str, payload: str) -> bool:
        """Return whether the topic of this name below `outage` may say this."""
        match name:
            case "active":
                return payload == flag(self._outage)
            case "started":
                return self._outage is not None and payload == self._outage.start.iso
            case "count":
                return payload == str(self._count)
        return self._ended is not None and self._ended.agrees(json.loads(payload))

    def _shows_another(self, fingerprint: object) -> bool:
        shown, told = self._sim.fingerprint, self._told_of
        self._told_of = shown
        return fingerprint == shown and shown not in (self._trusted, told)

    def _news(self, endpoint: Endpoint, body: bytes) -> Iterator[Key]:
        match endpoint:
            case Endpoint.STATUS:
                yield from self._of_status()
            case Endpoint.GRID_STATUS:
                yield from self._of_grid(body)
            case Endpoint.VITALS | Endpoint.SOLAR_POWERWALL:
                yield from self._of_alerts(endpoint, set(_alerts(endpoint, body)))
            case Endpoint.METERS:
                yield from self._of_meters(body)
            case Endpoint.SOE:
                self._level = app_percent(json.loads(body)["percentage"])

    def _of_status(self) -> Iterator[Key]:
        """Read the gateway itself: its clock may be wrong."""
        moment, before = self._sim.gateway.moment(), self._status
        self._status = (moment.version.strip(), moment.booted_at)
        if before and before[0] != self._status[0]:
            yield "firmware_changed", before[0], self._status[0]
        if before and before[1] != self._status[1]:
            yield ("gateway_restarted",)

    def _of_grid(self, body: bytes) -> Iterator[Key]:
        contactor = dict(main_pairs(Endpoint.GRID_STATUS, json.loads(body)))["island/mode"]
        if contactor is None:
            return
        now, before = self._time(), self._contactor
        self._contactor = contactor
        if self._outage:
            if contactor == "off_grid":
                self._outage.seen = now
                return
            self._outage.end, self._outage.level_after = now, self._level
            self._ended, self._outage = self._outage, None
            yield ("grid_restored",)
        elif contactor == "off_grid" != before and not self._sim.house.orders.grid_up:
            self._outage = Outage(now, self._level, now)
            self._count += 1
            if before:
                yield ("grid_lost",)

    def _of_alerts(self, source: Endpoint, alerts: set[Key]) -> Iterator[Key]:
        before = self._alerts.get(source, alerts)
        self._alerts[source] = alerts
        yield from (("alert_raised", *alert) for alert in alerts - before)
        yield from (("alert_cleared", *alert) for alert in before - alerts)

    def _of_meters(self, body: bytes) -> Iterator[Key]:
        """Only a counter that truly fell, by more than any rounding, begins anew."""
        for name, value in main_pairs(Endpoint.METERS, json.loads(body)):
            if name.endswith("energy") and isinstance(value, Number):
                if value.value < self._counters.get(name, 0.0) - 1.0:
                    yield "counter_reset", name
                self._counters[name] = value.value


def _alerts(endpoint: Endpoint, body: bytes) -> Iterator[Key]:
    """Yield name and DIN of each alert that is listed."""
    if endpoint is Endpoint.VITALS:
        devices = devices_of(body).items()
        yield from ((name, din) for din, device in devices for name in device.alerts)
        return
    for side in ("pvac", "pvs"):
        listed = json.loads(body).get(f"{side}_alerts") or {}
        yield from ((name, None) for name, on in listed.items() if on is True)


_DETAILS = {
    "firmware_changed": ("from", "to"),
    "alert_raised": ("name", "din"),
    "alert_cleared": ("name", "din"),
    "counter_reset": ("reading",),
}
