"""examples/node-red/flows.json in a real Node-RED does what its comments say."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from bridges import gateway_env
from house import OWN, House, living
from node_red import EXAMPLES, PROTOCOLS, Node, shipped
from subscriber import eventually, retained

from bridge.simulator import Simulator

pytestmark = pytest.mark.timeout(400)  # the first one may have to install Node-RED

TAB = "pw-tab"
POWERS = ("grid", "home", "solar", "battery")


@pytest.fixture(scope="module", params=PROTOCOLS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with living(directory, shipped("flows.json"), request.param) as house:
        eventually(lambda: house.powerwall()["online"], 15)
        yield house


def test_every_value_arrives_as_a_number(house: House) -> None:
    topics = {f"pw-live-{name}": f"{OWN}{name}/power" for name in POWERS}
    topics["pw-live-charge"] = f"{OWN}battery/level"
    for node, topic in topics.items():
        eventually(partial(house.red.shown, node))
        shown = house.red.shown(node)
        said = [float(payload) for payload in house.observer.payloads(topic)]

        assert all(isinstance(value, int | float) for value in shown)
        assert set(shown) <= set(said)


def test_what_is_not_known_does_not_reach_a_gauge(house: House) -> None:
    since = house.red.now

    house.observer.publish(f"{OWN}battery/level", "None")
    house.observer.publish(f"{OWN}battery/level", "12.5")

    house.red.show("pw-live-charge", 12.5, since)
    assert "None" not in house.red.shown("pw-live-charge", since)


def test_the_snapshot_is_in_the_context_of_the_flow(house: House) -> None:
    heard = house.observer.hear(f"{OWN}snapshot", since=house.observer.now)

    house.red.show("pw-snapshot-time", json.loads(heard.payload)["timestamp"])
    kept = house.red.context(TAB, "powerwall")
    said = [json.loads(payload) for payload in house.observer.payloads(f"{OWN}snapshot")]
    assert kept in said


def test_the_endpoint_answers_with_the_snapshot(house: House) -> None:
    answer = house.powerwall()

    assert answer["online"] is True
    assert answer["snapshot"].keys() == house.red.context(TAB, "powerwall").keys()
    assert {*POWERS, "operation", "timestamp"} <= answer["snapshot"].keys()


@pytest.mark.parametrize(
    ("button", "mode", "reserve"),
    [
        ("reserve-35", None, 35),
        ("reserve-20", None, 20),
        ("autonomous", "autonomous", None),
        ("backup", "backup", None),
        ("self-consumption", "self_consumption", None),
    ],
)
def test_a_button_changes_the_gateway_and_the_result_arrives(
    house: House, button: str, mode: str | None, reserve: int | None
) -> None:
    before, since, place = house.sim.operation, house.red.now, house.observer.now

    house.red.inject(f"pw-command-{button}")

    house.red.show("pw-command-said", "done", since)
    assert house.red.shown("pw-command-said", since) == ["accepted", "done"]
    assert house.sim.operation.mode == (mode or before.mode)
    raw = before.reserve_raw_percent if reserve is None else 0.95 * reserve + 5
    assert house.sim.operation.reserve_raw_percent == pytest.approx(raw)
    topic = "operation/mode" if mode else "operation/backup_reserve"
    assert len(house.observer.heard(f"{OWN}{topic}/set", place)) == 1
    assert f"{OWN}{topic}/set" not in retained(house.broker.side_door)


def test_a_reason_is_shown_with_its_status(house: House) -> None:
    since = house.red.now

    house.observer.publish(f"{OWN}operation/mode/set", "holiday")

    eventually(lambda: house.red.shown("pw-command-said", since))
    assert house.red.shown("pw-command-said", since)[0].startswith("refused: 'holiday' is not")


def test_a_full_battery_switches_once_and_a_low_one_once(house: House) -> None:
    eventually(lambda: house.red.shown("pw-surplus-heater"))
    since = house.red.now
    for raw_percent in (65, 73, 80, 82, 83, 80, 82, 73, 65, 63, 60, 61.5, 63, 60, 65):
        house.charge(raw_percent)

    assert house.red.shown("pw-surplus-heater")[0] is False
    assert house.red.shown("pw-surplus-heater", since) == [True, False]


def test_a_gateway_that_goes_away_is_offline_until_it_is_back(house: House) -> None:
    since = house.red.now
    house.sim.stop_answering()
    house.red.show("pw-available-online", value=False, since=since)
    assert house.powerwall()["online"] is False
    house.observer.see(f"{OWN}connection", "unreachable")
    since = house.red.now

    house.sim.start_answering()

    house.red.show("pw-available-online", value=True, since=since)
    house.red.show("pw-available-words", "ok", since)
    assert house.powerwall()["online"] is True


def test_nothing_is_switched_while_the_site_is_offline(house: House) -> None:
    since = house.red.now
    house.observer.publish(f"{OWN}availability", "offline")
    house.red.show("pw-available-online", value=False, since=since)

    house.observer.publish(f"{OWN}snapshot", '{"timestamp":"x","battery":{"level":99}}')
    house.red.show("pw-snapshot-time", "x", since)
    house.observer.publish(f"{OWN}availability", "online")
    house.red.show("pw-available-online", value=True, since=since)

    assert house.red.shown("pw-surplus-heater", since) == []


def test_without_the_broker_nothing_is_online(house: House) -> None:
    since = house.red.now
    house.broker.kill()
    house.red.show("pw-available-online", value=False, since=since)
    assert house.powerwall()["online"] is False
    since = house.red.now

    house.broker.start()

    house.red.show("pw-available-online", value=True, since=since, within_s=40)
    assert house.powerwall()["online"] is True


def test_nothing_went_wrong_on_the_way(house: House) -> None:
    assert house.red.shown("pw-available-error") == []
    assert re.findall(r"\[error\].*", house.red.log) == []


def online(house: House, path: str) -> bool:
    return bool(house.red.get(path).get("online"))


def readme_makes(name: str) -> list[Node]:
    """Return the flows that a line of the page writes to this file."""
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^    (sed .*) > {name}$", readme, re.MULTILINE)
    sed = subprocess.run(["sh", "-c", line], cwd=EXAMPLES, check=True, capture_output=True)
    nodes: list[Node] = json.loads(sed.stdout)
    return nodes


def test_the_readme_makes_flows_of_another_prefix_and_gateway(tmp_path: Path) -> None:
    gateway = {"POWERWALL_NAME": "garage", "MQTT_PREFIX": "house"}

    with living(tmp_path, readme_makes("mine.json"), **gateway) as house:
        eventually(lambda: house.powerwall()["online"], 15)
        house.red.inject("pw-command-reserve-35")
        house.red.show("pw-command-said", "done")

        assert house.sim.operation.reserve_raw_percent == pytest.approx(38.25)
        assert not any(topic.startswith("powerwall/") for topic in house.observer.tree)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_readme_makes_flows_of_a_second_gateway(tmp_path: Path, protocol: str) -> None:
    both = shipped("flows.json") + readme_makes("second.json")

    with Simulator(seed=2) as second:
        env = gateway_env(second, "POWERWALLS__garage__")
        with living(tmp_path, both, protocol, **env) as house:
            for path in ("/powerwall", "/garage"):
                eventually(partial(online, house, path), 15)
            house.red.inject("garage-pw-command-reserve-35")
            house.red.show("garage-pw-command-said", "done")

            assert second.operation.reserve_raw_percent == pytest.approx(38.25)
            assert house.sim.operation.reserve_raw_percent != pytest.approx(38.25)
            assert house.red.shown("pw-command-said") == []
