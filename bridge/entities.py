"""Home Assistant entities that are no readings: the connection, the controls, and the events."""

from collections.abc import Iterator
from enum import StrEnum

from bridge.events import Happening
from bridge.ledger import Outcome
from bridge.topics import Topics
from bridge.words import Island, Mode

Component = dict[str, object]

MODE_LABELS = {
    Mode.SELF_CONSUMPTION: "Self-powered",
    Mode.AUTONOMOUS: "Time-based control",
    Mode.BACKUP: "Backup only",
}
ISLAND_LABELS = {Island.ON_GRID: "On grid", Island.OFF_GRID: "Off grid"}


class Offer(StrEnum):
    """The groups of controls that a gateway can have."""

    OPERATION = "operation"
    ISLAND = "island"
    RUNNING = "running"


CONNECTION: dict[str, Component] = {
    "connection": {"name": "Connection", "icon": "mdi:lan-connect"},
    "connection_reason": {
        "name": "Connection reason",
        "icon": "mdi:lan-pending",
        "value_template": "{{ value[:255] }}",
    },
    "tier": {"name": "Access tier", "icon": "mdi:stairs", "enabled_by_default": False},
}

ENDED = (
    "{{ dict(value_json, event_type=value_json.status) | tojson "
    "if value_json.status != 'accepted' else '' }}"
)
EVENTS: dict[str, tuple[str, str, tuple[Happening, ...]]] = {
    "alert_event": (
        "Last alert",
        "mdi:alert-circle-outline",
        (Happening.ALERT_RAISED, Happening.ALERT_CLEARED),
    ),
    "outage_event": (
        "Last grid event",
        "mdi:transmission-tower-off",
        (Happening.GRID_LOST, Happening.GRID_RESTORED),
    ),
}


def event_components(topics: Topics) -> Iterator[tuple[str, Component]]:
    """Return (key, keys) of each event entity.

    All but the last hear the one topic `event`. Home Assistant warns of a type that an entity does
    not have, so the template leaves nothing of the others: an empty payload is passed over in
    silence.
    """
    for key, (name, icon, happenings) in EVENTS.items():
        types = [str(happening) for happening in happenings]
        yield (
            key,
            {
                "name": name,
                "icon": icon,
                "state_topic": topics.event,
                "qos": 1,
                "event_types": types,
                "value_template": f"{{{{ value if value_json.event_type in {types} else '' }}}}",
            },
        )
    yield (
        "command_event",
        {
            "name": "Last command",
            "icon": "mdi:comment-check-outline",
            "state_topic": topics.result,
            "qos": 1,
            "event_types": [str(outcome) for outcome in Outcome if outcome is not Outcome.ACCEPTED],
            "value_template": ENDED,
        },
    )


def control_components(
    topics: Topics, offers: frozenset[Offer], site: list[dict[str, str]]
) -> Iterator[tuple[str, str, Component]]:
    """Return (key, platform, keys) of each control; site is the availability of the gateway."""
    refresh = ("refresh",)
    yield (
        "refresh",
        "button",
        _command(topics, refresh, "Refresh")
        | {
            "entity_category": "diagnostic",
            "icon": "mdi:refresh",
            "payload_press": "true",
        },
    )
    if Offer.OPERATION in offers:
        avty = {"availability": [*site, {"topic": topics.control_availability("operation")}]}
        yield (
            "operation_mode",
            "select",
            _select(topics, ("operation", "mode"), MODE_LABELS)
            | {
                "name": "Operation mode",
                "icon": "mdi:home-battery-outline",
                **avty,
            },
        )
        reserve = ("operation", "backup_reserve")
        yield "operation_backup_reserve", "number", _number(topics, reserve) | avty
    if Offer.ISLAND in offers:
        avty = {"availability": [*site, {"topic": topics.control_availability("island")}]}
        yield (
            "island_mode",
            "select",
            _select(topics, ("island", "mode"), ISLAND_LABELS)
            | {
                "name": "Grid contactor",
                "icon": "mdi:electric-switch",
                **avty,
            },
        )
    if Offer.RUNNING in offers:
        path = ("gateway", "running")
        yield (
            "gateway_running",
            "button",
            _command(topics, path, "Start site master")
            | {
                "entity_category": "config",
                "icon": "mdi:play-circle-outline",
                "payload_press": "true",
            },
        )


def _command(topics: Topics, path: tuple[str, ...], name: str) -> Component:
    return {"name": name, "command_topic": topics.command(path), "qos": 1}


def _number(topics: Topics, path: tuple[str, ...]) -> Component:
    return _command(topics, path, "Backup reserve") | {
        "state_topic": topics.of(*path),
        "min": 0,
        "max": 100,
        "step": 1,
        "mode": "slider",
        "unit_of_measurement": "%",
        "icon": "mdi:battery-lock",
    }


def _select(
    topics: Topics, path: tuple[str, ...], labels: dict[Mode, str] | dict[Island, str]
) -> Component:
    """Return a select with readable labels; a state outside of them shows as unknown."""
    words = {str(word): label for word, label in labels.items()}
    back = {label: word for word, label in words.items()}
    return _command(topics, path, "") | {
        "state_topic": topics.of(*path),
        "options": list(words.values()),
        "value_template": f"{{{{ {words}.get(value) }}}}",
        "command_template": f"{{{{ {back}[value] }}}}",
    }
