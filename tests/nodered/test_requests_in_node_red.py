"""examples/node-red/flows-v5.json: every answer finds the question that it belongs to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from house import OWN, House, living
from node_red import shipped
from subscriber import eventually

from bridge.simulator import Fault

pytestmark = pytest.mark.timeout(400)  # the first one may have to install Node-RED

ANSWERED, FOREIGN = "pw5-answered", "pw5-foreign"
ANSWERS = "powerwall-response/node-red"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with living(tmp_path_factory.mktemp("house"), shipped("flows-v5.json")) as house:
        house.observer.see(f"{OWN}control/operation/availability", "online")
        yield house


def answers(house: House, since: int, count: int = 1) -> dict[str, Any]:
    """Return what was answered since then, by the topic that was asked."""
    eventually(lambda: len(house.red.shown(ANSWERED, since)) >= count, 20)
    shown = house.red.shown(ANSWERED, since)
    return {answer["asked"]: answer for answer in shown}


def test_a_request_is_answered_once_when_it_is_done(house: House) -> None:
    since = house.red.now

    house.red.inject("pw5-reserve")

    (answer,) = answers(house, since).values()
    assert (answer["asked"], answer["with"]) == (f"{OWN}operation/backup_reserve/set", 35)
    assert answer["answer"]["status"] == "done"
    assert house.sim.operation.reserve_raw_percent == pytest.approx(38.25)
    assert len(house.observer.heard(ANSWERS)) == 1


def test_answers_find_their_questions_however_they_overlap(house: House) -> None:
    """A slow gateway: the question that came first is answered last."""
    place = house.observer.now
    house.observer.publish(f"{OWN}operation/backup_reserve/set", "20")
    assert house.result(place)["status"] in ("done", "unchanged")
    house.sim.faults.add(Fault("operation", "POST", delay_s=1.0, count=1))
    since = house.red.now

    for button in ("pw5-reserve", "pw5-wrong", "pw5-solars"):
        house.red.inject(button)

    said = answers(house, since, count=3)
    assert said[f"{OWN}operation/backup_reserve/set"]["answer"]["status"] == "done"
    assert said[f"{OWN}operation/mode/set"]["answer"]["status"] == "refused"
    assert said[f"{OWN}api/solars/get"]["answer"] == json.loads(house.sim.document("solars"))
    assert house.red.context("pw5-tab", "waiting") == {}


def test_an_answer_to_somebody_else_is_not_taken_for_ours(house: House) -> None:
    since = house.red.now

    house.observer.ask(f"{OWN}operation/mode/set", "holiday", ANSWERS, b"somebody")

    eventually(lambda: house.red.shown(FOREIGN, since))
    assert house.red.shown(ANSWERED, since) == []


def test_each_request_carries_an_id_of_its_own(house: House) -> None:
    since = house.observer.now

    for _ in range(2):
        house.red.inject("pw5-wrong")

    topic = f"{OWN}operation/mode/set"
    house.observer.wait(lambda: len(house.observer.heard(topic, since)) == 2)
    first, second = (heard.correlation for heard in house.observer.heard(topic, since))
    assert None is not first != second is not None
