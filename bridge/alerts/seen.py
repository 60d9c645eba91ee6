"""The alerts that devices report now, with the time each was seen first.

Pure. Gateways repeat some, and give neither a time nor a severity.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bridge.alerts.known import Severity, known
from bridge.documents import Json
from bridge.parts import SolarPowerwall, Vitals


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that a device reports; first_seen is ISO 8601 by the bridge's clock.

    device is the device's type; din is None where the gateway does not say which one it is.
    """

    name: str
    device: str
    din: str | None
    first_seen: str

    @property
    def severity(self) -> Severity:
        return known(self.name).severity

    def json(self) -> dict[str, object]:
        """Return the alert with what it means, in plain words, None for one nobody knows."""
        return {
            "name": self.name,
            "device": self.device,
            "din": self.din,
            "first_seen": self.first_seen,
            "severity": self.severity,
            "meaning": known(self.name).meaning,
        }


Alerts = tuple[Alert, ...]


def listed(source: Vitals | SolarPowerwall | None, before: Alerts, at: str) -> Alerts | None:
    """Return what a source reports at a time, None while it says nothing.

    before are the alerts that were read last: what is among them keeps its first time.
    """
    match source:
        case Vitals() if not source.silent:
            found = _of_vitals(source)
        case SolarPowerwall(alerts=tuple() as names):
            found = ((name, name.partition("_")[0], None) for name in dict.fromkeys(names))
        case _:
            return None
    first = {(alert.din, alert.name): alert.first_seen for alert in before}
    return tuple(
        Alert(name, device, din, first.get((din, name), at)) for name, device, din in found
    )


def remembered(
    source: Vitals | SolarPowerwall | None, alerts: Alerts | None, before: Alerts
) -> Alerts:
    """Return the alerts to bear in mind: those a source lists now, else those known before.

    An inverter's list says nothing of other devices: theirs are kept beside it.
    """
    if alerts is None:
        return before
    others = before if isinstance(source, SolarPowerwall) else ()
    return (*alerts, *(alert for alert in others if alert.din is not None))


def _of_vitals(vitals: Vitals) -> Iterator[tuple[str, str, str | None]]:
    for device in vitals.devices:
        for name in dict.fromkeys(device.alerts or ()):
            yield name, device.type, device.din


def problem(alerts: Iterable[Alert]) -> bool:
    """Return whether any alert is known to tell of something that is not well."""
    return any(alert.severity in {Severity.WARNING, Severity.FAULT} for alert in alerts)


def saved(alerts: Iterable[Alert]) -> Json:
    """Return alerts as a value for the Store."""
    return [[alert.name, alert.device, alert.din, alert.first_seen] for alert in alerts]


def resumed(value: Json) -> Alerts:
    """Return the alerts of an earlier run; what cannot be used of them is forgotten."""
    found = []
    for row in value if isinstance(value, list) else ():
        match row:
            case [str(name), str(device), str() | None as din, str(first_seen)]:
                found.append(Alert(name, device, din, first_seen))
    return tuple(found)
