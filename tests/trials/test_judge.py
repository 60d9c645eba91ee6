"""What the judge of the trials hears: nothing of a bridge that is right, everything of a lie."""

import json
from collections.abc import Iterator

import pytest

from bridge.topics import Message
from trials.stage import Said, Stage

OUTAGE_S = 120.0


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        stage.live(60)
        yield stage


@pytest.fixture(scope="module")
def outage() -> Iterator[Stage]:
    """A house whose grid was away, and whose gateway restarted later."""
    with Stage() as stage:
        stage.live(60)
        stage.sim.house.lose_grid()
        stage.live(OUTAGE_S)
        stage.sim.house.restore_grid()
        stage.live(60)
        stage.sim.restart()
        stage.live(400)
        yield stage


def events(said: list[Said], topic: str) -> list[str]:
    payloads = [one.message.payload for one in said if one.message.topic == topic]
    return [json.loads(payload)["event_type"] for payload in payloads]


def test_what_truly_happens_is_right(outage: Stage) -> None:
    told = events(outage.said, outage.topics.event)

    assert outage.judge.wrong == {}
    assert [one for one in told if "alert" not in one] == [
        *("grid_lost", "grid_restored", "gateway_restarted")
    ]
    assert {"alert_raised", "alert_cleared"} <= {*told}
    assert outage.of("outage", "count") == "1"


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("grid/power", "12345"),
        ("solar/energy", "1"),
        ("battery/level", "1"),
        ("grid/status", "islanded"),
        ("operation/mode", "backup"),
        ("outage/active", "true"),
        ("outage/count", "1"),
        ("outage/started", "2026-06-01T09:00:00Z"),
        ("connection", "splendid"),
        ("availability", "perhaps"),
        ("tier", "first"),
        ("capabilities", '{"status":{"state":"splendid"}}'),
        ("snapshot", '{"timestamp":"2026-06-01T09:01:00Z","grid":{"power":1}}'),
    ],
)
def test_a_lie_is_heard(stage: Stage, path: str, payload: str) -> None:
    topic = stage.topics.of(*path.split("/"))
    stage.judge.wrong.clear()

    stage.judge.hear(Message(topic, payload))

    assert list(stage.judge.wrong) == [topic]


@pytest.mark.parametrize(
    "event",
    [
        {"event_type": "grid_lost"},
        {"event_type": "grid_restored"},
        {"event_type": "gateway_restarted", "started": "2015-01-01T00:00:00Z"},
        {"event_type": "firmware_changed", "from": "1", "to": "2"},
        {"event_type": "counter_reset", "reading": "grid/import_energy"},
        {"event_type": "alert_raised", "name": "GridLost", "din": None},
        {"event_type": "alert_cleared", "name": "GridLost", "din": None},
        {"event_type": "certificate_changed", "fingerprint": "00"},
    ],
    ids=lambda event: event["event_type"],
)
def test_an_event_that_did_not_happen_is_heard(stage: Stage, event: dict[str, object]) -> None:
    stage.judge.wrong.clear()
    payload = json.dumps(event | {"at": stage.time().iso})

    stage.judge.hear(Message(stage.topics.event, payload, 1, retain=False))

    assert list(stage.judge.wrong) == [stage.topics.event]


@pytest.mark.parametrize(
    ("path", "word"), [("availability", "online"), ("connection", "connected")]
)
def test_nothing_is_well_again_without_an_answer(stage: Stage, path: str, word: str) -> None:
    topic = stage.topics.of(path)
    stage.judge.wrong.clear()
    stage.time.sleep(10)

    stage.judge.hear(Message(topic, "offline" if path == "availability" else "error", 1))
    stage.judge.hear(Message(topic, word, 1))

    assert list(stage.judge.wrong) == [topic]
