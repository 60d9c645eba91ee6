"""What is told of a site, and what is no news."""

from dataclasses import replace
from datetime import datetime

import pytest
from fakes import HOUSE, FakeClock, house

from bridge.alerts import Alert
from bridge.documents import Json
from bridge.events import Certificates, Event, Events, Happening, Runs, counter_reset
from bridge.guard import CounterReset
from bridge.history import History
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.parts import Endpoint, Status
from bridge.words import Island

AT = "2026-01-02T03:00:00Z"
NOW = Moment(0.0, datetime.fromisoformat(AT))
CONNECTED, ISLANDED = house(), house(grid="SystemIslandedActive")
TRANSITION = house(grid="SystemTransitionToIsland")
ALERT = Alert("PodCommissionTime", "TEPOD", "TEPOD--1", AT)


def told(*snapshots: Snapshot) -> list[str]:
    """Return the types of all events of these snapshots, one after the other."""
    history = History(lambda _key: None, lambda _key, _value: None, FakeClock()())
    known, events = history.recalled, []
    for snapshot in snapshots:
        known = history.follow(replace(snapshot, outages=known.outages), 50.0, NOW)
        events += history.events(known, NOW)
    return [event.type.value for event in events]


def alerting(*alerts: Alert) -> Snapshot:
    return replace(HOUSE, alerts=alerts)


def running(version: str | None, started: str | None, uptime_s: float | None = None) -> Snapshot:
    return HOUSE.placed(Status(version=version, started=started, uptime_s=uptime_s))


@pytest.mark.parametrize("snapshot", [Snapshot(), ISLANDED, alerting(ALERT)])
def test_the_first_that_is_read_is_no_news(snapshot: Snapshot) -> None:
    assert told(Snapshot(), snapshot, snapshot) == []


@pytest.mark.parametrize(
    ("snapshots", "types"),
    [
        ([CONNECTED, ISLANDED], ["grid_lost"]),
        ([CONNECTED, TRANSITION, ISLANDED], ["grid_lost"]),
        ([CONNECTED, ISLANDED, ISLANDED, CONNECTED], ["grid_lost", "grid_restored"]),
        ([CONNECTED, TRANSITION, CONNECTED], []),
        ([CONNECTED, Snapshot(), CONNECTED], []),
        ([CONNECTED, Snapshot(), ISLANDED], ["grid_lost"]),
        ([CONNECTED, house(grid="SystemOnTheMoon"), CONNECTED], []),
    ],
)
def test_the_grid_goes_and_comes(snapshots: list[Snapshot], types: list[str]) -> None:
    assert told(*snapshots) == types


def test_a_contactor_that_was_opened_by_command_is_no_loss() -> None:
    wished = replace(ISLANDED, island_requested=Island.OFF_GRID)

    assert told(CONNECTED, wished, CONNECTED) == []


def test_the_way_back_by_command_is_no_loss_either() -> None:
    """The wish changes when the gateway takes it, the contactor moves later."""
    left = replace(ISLANDED, island_requested=Island.OFF_GRID)
    returning = replace(ISLANDED, island_requested=Island.ON_GRID)

    assert told(CONNECTED, left, returning, returning, CONNECTED, ISLANDED) == ["grid_lost"]


def test_a_grid_that_does_not_come_back_as_wished_is_lost() -> None:
    wished = replace(ISLANDED, island_requested=Island.ON_GRID)

    assert told(CONNECTED, wished) == ["grid_lost"]


@pytest.mark.parametrize(
    ("snapshots", "types"),
    [
        ([alerting(), alerting(ALERT)], ["alert_raised"]),
        ([alerting(ALERT), alerting()], ["alert_cleared"]),
        ([alerting(ALERT), HOUSE, alerting(ALERT)], []),
        ([alerting(ALERT), HOUSE, alerting()], ["alert_cleared"]),
        ([alerting(), alerting(ALERT, ALERT)], ["alert_raised"]),
    ],
)
def test_alerts_come_and_go_but_not_by_silence(snapshots: list[Snapshot], types: list[str]) -> None:
    snapshots = [s if s is not HOUSE else replace(HOUSE, alerts=None) for s in snapshots]

    assert told(*snapshots) == types


def test_an_alert_says_whose_it_is() -> None:
    events = Events()
    events.of(alerting(), NOW)

    (event,) = events.of(alerting(ALERT), NOW)

    assert event.json() == {
        "event_type": "alert_raised",
        "at": AT,
        "name": "PodCommissionTime",
        "device": "TEPOD",
        "din": "TEPOD--1",
        "severity": "harmless",
        "meaning": "The time at which a pack was commissioned was noted",
    }


@pytest.mark.parametrize(
    ("type_", "details", "words"),
    [
        (
            Happening.ALERT_RAISED,
            {"name": "BatteryFault", "device": "STSTSM", "din": "1--2", "severity": "fault"}
            | {"meaning": "A Powerwall has failed"},
            "alert raised: BatteryFault (STSTSM 1--2), fault: A Powerwall has failed",
        ),
        (
            Happening.ALERT_RAISED,
            {"name": "New", "device": "PVAC", "din": None, "severity": "unknown", "meaning": None},
            "alert raised: New (PVAC), unknown",
        ),
        (
            Happening.ALERT_CLEARED,
            {"name": "SystemConnectedToGrid", "device": "TESYNC", "din": "TESYNC--1"}
            | {"severity": "harmless", "meaning": "The house is connected to the grid"},
            "alert cleared: SystemConnectedToGrid (TESYNC--1)",
        ),
        (Happening.GRID_LOST, {}, "grid lost"),
        (Happening.GRID_RESTORED, {}, "grid restored"),
        (
            Happening.FIRMWARE_CHANGED,
            {"from": "21.44", "to": "22.1"},
            "firmware changed: 21.44 to 22.1",
        ),
        (
            Happening.FIRMWARE_CHANGED,
            {"from": "21.44", "to": None},
            "firmware changed: 21.44 to unknown",
        ),
        (Happening.GATEWAY_RESTARTED, {"started": AT}, f"gateway restarted: it started at {AT}"),
        (Happening.GATEWAY_RESTARTED, {"started": None}, "gateway restarted"),
        (
            Happening.COUNTER_RESET,
            {"reading": "grid/import_energy", "held": 1000.5, "accepted": 3},
            "counter reset: grid/import_energy goes on from 3, after 1000.5",
        ),
        (
            Happening.CERTIFICATE_CHANGED,
            {"fingerprint": "5ab1e"},
            "certificate changed: the gateway shows one with SHA-256 5ab1e",
        ),
        (Happening.CERTIFICATE_CHANGED, {"fingerprint": None}, "certificate changed"),
    ],
)
def test_an_event_has_words_for_the_log(
    type_: Happening, details: dict[str, object], words: str
) -> None:
    """What an alert means is true while it stands; of one that is over it would be the reverse."""
    assert Event(type_, AT, details).words == words


@pytest.mark.parametrize(
    ("later", "types"),
    [
        (running("21.44", "2026-01-01T00:00:00Z"), []),
        (running("22.1", "2026-01-02T00:00:00Z"), ["firmware_changed", "gateway_restarted"]),
        (running("21.44", "2026-01-02T00:00:00Z"), ["gateway_restarted"]),
        (running(None, None), []),
    ],
)
def test_an_update_and_a_restart_are_told(later: Snapshot, types: list[str]) -> None:
    assert told(running("21.44", "2026-01-01T00:00:00Z"), Snapshot(), later) == types


@pytest.mark.parametrize(
    ("started", "uptime_s", "passed_s", "restarted"),
    [
        ("2015-01-01T00:00:00Z", 1300.0, 300.0, False),  # its clock was set
        ("2015-01-01T00:00:00Z", 1295.0, 300.0, False),  # and the answer came late
        ("2026-01-01T00:16:40Z", 280.0, 300.0, True),
        ("2026-01-01T00:20:00Z", 1100.0, 7200.0, True),  # it runs longer than it did then
        ("2026-01-01T00:00:00Z", 280.0, 300.0, True),  # each time it boots at the same hour
        ("2026-01-01T00:00:00Z", 1000.0, 300.0, False),  # an old answer
        ("2026-01-01T00:00:00Z", None, 300.0, False),
        ("2026-01-02T00:00:00Z", None, 300.0, True),
    ],
)
def test_a_clock_that_is_set_is_no_restart(
    started: str,
    uptime_s: float | None,
    passed_s: float,
    restarted: bool,  # noqa: FBT001  # a column of the table
) -> None:
    runs = Runs()
    runs.began(Status(started="2026-01-01T00:00:00Z", uptime_s=1000.0), 50.0)

    assert runs.began(Status(started=started, uptime_s=uptime_s), 50.0 + passed_s) is restarted


def test_an_answer_is_judged_once() -> None:
    runs, status = Runs(), Status(started="2026-01-01T00:00:00Z", uptime_s=1000.0)

    assert [runs.began(status, at_s) for at_s in (0.0, 5.0, 3600.0)] == [False] * 3


def test_what_was_not_said_meanwhile_is_compared_with_what_was_known() -> None:
    first, later = running("21.44", AT), running("22.1", AT)

    assert told(first, first.silenced(Endpoint.STATUS), later) == ["firmware_changed"]


def test_a_counter_reset_names_its_topic_and_both_values() -> None:
    reset = CounterReset(("grid", "import_energy"), 7492.788, 0.02)

    assert counter_reset(reset, AT).json() == {
        "event_type": "counter_reset",
        "at": AT,
        "reading": "grid/import_energy",
        "held": 7492.788,
        "accepted": 0.02,
    }


def certificates(*steps: str | None, told: Json = None) -> list[object]:
    """Return the certificates that are told of; `good` is an answer with the trusted one."""
    judge = Certificates(told)
    events: list[Event] = []
    for step in steps:
        if step == "good":
            judge.trusted()
        else:
            events += judge.refused(step, AT)
    assert {event.type for event in events} <= {Happening.CERTIFICATE_CHANGED}
    return [event.details["fingerprint"] for event in events]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["good"], []),
        (["good", "a", "a", "a"], ["a"]),
        (["a"], []),
        (["a", "a", "a"], ["a"]),
        (["good", "a", "b"], ["a", "b"]),
        (["good", "a", "good", "a"], ["a", "a"]),
        ([None, None], []),
        (["good", None, None], [None]),
    ],
)
def test_a_certificate_that_is_not_trusted_is_told_once(
    steps: list[str | None], told: list[str | None]
) -> None:
    assert certificates(*steps) == told


def test_a_restart_is_no_news_of_a_certificate() -> None:
    assert certificates("a", "b", told="a") == ["b"]


@pytest.mark.parametrize("told", [None, 5, ["a"]])
def test_what_cannot_be_read_of_an_earlier_run_is_not_told_of(told: Json) -> None:
    assert certificates("a", "a", told=told) == ["a"]
