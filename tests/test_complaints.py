"""What the log says of topics that do not get through, and how little of that is remembered."""

import logging
import tracemalloc

import pytest

from bridge.mqtt.complaints import MOST, NAMED, Complaints


@pytest.fixture(autouse=True)
def journal(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.ERROR, "bridge")
    return caplog


def test_each_topic_is_told_of_once(journal: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for _ in range(5):
        complaints.about("a/b", "refused", "allow it")
        complaints.tick()

    assert journal.messages == ["a/b is refused; allow it"]


def test_ever_new_topics_leave_little_behind_and_are_given_up_with_a_word(
    journal: pytest.LogCaptureFixture,
) -> None:
    """Who asks with MQTT 5 may name another topic for each answer, and all may be refused."""
    complaints = Complaints()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(4 * MOST):
        complaints.about(f"answer/{number:05}/" + "x" * 5000, "refused", "allow it")
        if number % 100 == 0:
            complaints.tick()
    complaints.tick()
    complaints.tick()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert after - before < 5_000_000
    assert [m for m in journal.messages if "no more of them are named" in m] == [
        f"{MOST} topics do not get through; no more of them are named"
    ]
    assert len(journal.messages) < NAMED + MOST / 100 + 5


def test_what_is_known_already_stays_known_when_no_more_are_named(
    journal: pytest.LogCaptureFixture,
) -> None:
    complaints = Complaints()
    for number in range(MOST + 10):
        complaints.about(f"topic/{number}", "refused", "allow it")
    complaints.tick()
    journal.clear()

    complaints.about("topic/0", "refused", "allow it")
    complaints.about("another", "refused", "allow it")
    complaints.tick()

    assert journal.messages == []
