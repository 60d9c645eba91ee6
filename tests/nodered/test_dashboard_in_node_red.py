"""examples/node-red/dashboard.json: its page shows values, and its widgets send commands."""

import json
import re
from collections.abc import Iterator

import pytest
from chromium import Page, needs_chromium
from house import OWN, House, living
from node_red import PROTOCOLS, shipped
from subscriber import eventually

pytestmark = pytest.mark.timeout(400)  # the first one may have to install Node-RED

PAGE = "/dashboard/powerwall"
OPEN_MODES = """document.querySelector('.v-select .v-field')
    .dispatchEvent(new MouseEvent('mousedown', {bubbles: true}))"""
CHOOSE_BACKUP = """[...document.querySelectorAll('.v-list-item')]
    .filter((item) => item.innerText.trim() === 'Backup only')
    .map((item) => item.click()).length"""


@pytest.fixture(scope="module", params=PROTOCOLS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with living(directory, shipped("dashboard.json"), request.param) as house:
        house.observer.see(f"{OWN}control/operation/availability", "online")
        yield house


@pytest.fixture(scope="module")
def page(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    needs_chromium()
    with Page(tmp_path_factory.mktemp("profile")) as page:
        page.open(house.red.url + PAGE)
        page.see("Self-powered")
        yield page


def test_it_loads_and_its_page_answers(house: House) -> None:
    assert "<!doctype html>" in house.red.get(PAGE)
    assert re.findall(r"\[error\].*|unknown.*", house.red.log) == []


def test_the_page_shows_what_the_gateway_says(house: House, page: Page) -> None:
    page.see("connected")
    for line in ("Charge", "Mode", "Reserve, %", "Gateway"):
        page.see(line)
    house.sim.house.set_charge(65.3)  # 63.5 % in the app; the gauge shows whole ones
    house.observer.wait(lambda: house.observer.tree[f"{OWN}battery/level"].startswith("63."))
    eventually(lambda: re.search(r"\b6[34]\b", page.text))


def test_looking_at_the_page_sends_no_command(house: House, page: Page) -> None:
    page.see("Self-powered")
    sent = [heard.topic for heard in house.observer.log if heard.topic.endswith("/set")]

    assert sent == []


def test_choosing_a_mode_changes_the_gateway_and_the_page_says_so(house: House, page: Page) -> None:
    since = house.observer.now
    page.evaluate(OPEN_MODES)
    eventually(lambda: page.evaluate(CHOOSE_BACKUP))

    result = house.result(since)

    assert (result["command"], result["status"]) == ("operation/mode", "done")
    assert house.sim.operation.mode == "backup"
    page.see("done")


def test_what_others_change_is_shown_and_not_sent_back(house: House, page: Page) -> None:
    since = house.observer.now
    wish = json.dumps({"mode": "autonomous", "backup_reserve": 40})
    house.observer.publish(f"{OWN}operation/set", wish)
    assert house.result(since)["status"] == "done"

    page.see("Time-based control")
    sent = [h.topic for h in house.observer.log[since:] if h.topic.endswith("/set")]
    assert sent == [f"{OWN}operation/set"]
