"""What happened at a site, told once: the `event` topic.

Pure. What is compared is always what was known last: silence neither raises nor clears anything,
and the first that is read after a start is no news.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.alerts import Alert
from bridge.documents import Json
from bridge.guard import CounterReset
from bridge.model import Snapshot, outage
from bridge.moment import Moment
from bridge.parts import Status
from bridge.words import contactor

_LATE_S = 60.0  # an answer may come late; no gateway starts again as soon as that


class Happening(StrEnum):
    """Every `event_type` there is."""

    ALERT_RAISED = "alert_raised"
    ALERT_CLEARED = "alert_cleared"
    COUNTER_RESET = "counter_reset"
    FIRMWARE_CHANGED = "firmware_changed"
    GATEWAY_RESTARTED = "gateway_restarted"
    GRID_LOST = "grid_lost"
    GRID_RESTORED = "grid_restored"
    CERTIFICATE_CHANGED = "certificate_changed"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; at is ISO 8601 by the bridge's clock."""

    type: Happening
    at: str
    details: Mapping[str, object] = field(default_factory=dict)

    def json(self) -> dict[str, object]:
        """Return the payload of the `event` topic."""
        return {"event_type": self.type, "at": self.at, **self.details}

    @property
    def words(self) -> str:
        """What the log says of it; of an alert that is over not what it meant."""
        happening = self.type.replace("_", " ")
        more = "".join(_words(self.type, self.details))
        return f"{happening}: {more}" if more else happening


def _words(type_: Happening, details: Mapping[str, object]) -> Iterator[str]:
    told = {name: "unknown" if value is None else value for name, value in details.items()}
    match type_:
        case Happening.ALERT_RAISED | Happening.ALERT_CLEARED:
            device, din = str(details["device"]), str(details["din"] or "")
            whose = din if din.startswith(device) else f"{device} {din}".rstrip()
            yield f"{details['name']} ({whose})"
            if type_ is Happening.ALERT_RAISED:
                yield f", {details['severity']}"
                yield f": {details['meaning']}" if details["meaning"] else ""
        case Happening.COUNTER_RESET:
            yield "{reading} goes on from {accepted}, after {held}".format_map(told)
        case Happening.FIRMWARE_CHANGED:
            yield "{from} to {to}".format_map(told)
        case Happening.GATEWAY_RESTARTED if details["started"]:
            yield "it started at {started}".format_map(told)
        case Happening.CERTIFICATE_CHANGED if details["fingerprint"]:
            yield "the gateway shows one with SHA-256 {fingerprint}".format_map(told)


def counter_reset(reset: CounterReset, at: str) -> Event:
    """Return the event of a counter that begins anew; both values in the unit of its topic."""
    values = {"held": round(reset.held, 3), "accepted": round(reset.accepted, 3)}
    return Event(Happening.COUNTER_RESET, at, {"reading": "/".join(reset.path), **values})


class Certificates:
    """Tells once of a certificate that is not trusted, until another one is.

    told is what an earlier run gave as `told`: a restart is no news. The first refusal after a
    start is not told yet, as the broker may not be there: an event that nobody hears is lost.
    """

    def __init__(self, told: Json = None) -> None:
        self.told = told if isinstance(told, str) else None
        self._trusted = False
        self._first = True

    def trusted(self) -> bool:
        """Take note of an answer: its certificate is the trusted one. Say if that is a change."""
        changed, self.told, self._trusted = self.told is not None, None, True
        self._first = False
        return changed

    def refused(self, fingerprint: str | None, at: str) -> list[Event]:
        """Return what is to be told; None: its authority did not vouch for it.

        Whether that one is another than before is only known once this run has trusted one.
        """
        shown = fingerprint or "unknown"
        first, self._first = self._first, False
        if first or self.told == shown or not (fingerprint or self._trusted):
            return []
        self.told = shown
        return [Event(Happening.CERTIFICATE_CHANGED, at, {"fingerprint": fingerprint})]


class Runs:
    """Tells a gateway that has started again from one whose clock was set.

    Its uptime shows that, as it runs on while a clock jumps; where it tells none, its start does.
    """

    def __init__(self) -> None:
        self._told: Status | None = None
        self._started: str | None = None
        self._uptime_s: float | None = None
        self._at_s = 0.0

    def began(self, status: Status, now_s: float) -> bool:
        """Take note of an answer, now_s by the steady clock; return whether a new run has begun."""
        if status is self._told:
            return False
        self._told = status
        moved = status.started is not None and self._started not in (None, status.started)
        self._started = status.started or self._started
        if status.uptime_s is None:
            return moved
        before_s, self._uptime_s = self._uptime_s, status.uptime_s
        passed_s, self._at_s = now_s - self._at_s, now_s
        if before_s is None:
            return moved
        lost_s = before_s + passed_s - status.uptime_s
        return status.uptime_s < before_s or (moved and lost_s > _LATE_S)


class Events:
    """Compares what is known now with what was known last."""

    def __init__(self) -> None:
        self._alerts: dict[type, dict[tuple[str | None, str], Alert]] = {}  # of each source
        self._lost: bool | None = None
        self._firmware: str | None = None
        self._runs = Runs()

    def of(self, snapshot: Snapshot, now: Moment) -> list[Event]:
        """Return what happened since the snapshot before."""
        return [
            *self._of_status(snapshot, now),
            *self._of_grid(snapshot, now.iso),
            *self._of_alerts(snapshot, now.iso),
        ]

    def _of_status(self, snapshot: Snapshot, now: Moment) -> Iterator[Event]:
        status = snapshot.status
        if status is None:
            return
        version = status.version or self._firmware
        if self._firmware not in (None, version):
            changed = {"from": self._firmware, "to": version}
            yield Event(Happening.FIRMWARE_CHANGED, now.iso, changed)
        if self._runs.began(status, now.steady_s):
            yield Event(Happening.GATEWAY_RESTARTED, now.iso, {"started": status.started})
        self._firmware = version

    def _of_grid(self, snapshot: Snapshot, at: str) -> Iterator[Event]:
        """Tell when the grid goes and comes, once it was seen where the contactor stands."""
        if contactor(snapshot.grid) is None or (lost := outage(snapshot)) is None:
            return
        if self._lost not in (None, lost):
            yield Event(Happening.GRID_LOST if lost else Happening.GRID_RESTORED, at)
        self._lost = lost

    def _of_alerts(self, snapshot: Snapshot, at: str) -> Iterator[Event]:
        """Tell what a source lists no more or anew; that another one lists others is no news."""
        if snapshot.alerts is None:
            return
        alerts = {(alert.din, alert.name): alert for alert in snapshot.alerts}
        source = type(snapshot.alerting)
        before, self._alerts[source] = self._alerts.get(source, alerts), alerts
        for happening, some, others in (
            (Happening.ALERT_RAISED, alerts, before),
            (Happening.ALERT_CLEARED, before, alerts),
        ):
            for key in [key for key in some if key not in others]:
                yield Event(happening, at, _told(some[key]))


def _told(alert: Alert) -> dict[str, object]:
    """Return an alert as its event tells of it; when it was raised the event says itself."""
    return {name: value for name, value in alert.json().items() if name != "first_seen"}
