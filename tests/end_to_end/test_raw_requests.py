"""Views and raw answers over a real broker: kept there when wanted, and given on request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Journal, broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber, retained

from bridge.simulator import Simulator

OWN = "powerwall/main/"
REPLY = "powerwall-response/me"
WANTED = {"VIEWS": "soe,version,vitals", "RAW": "operation,installer"}


both = pytest.mark.parametrize("house", ["5", "3.1.1"], indirect=True)


@dataclass(frozen=True)
class House:
    """A simulated gateway whose clock stands still, a bridge, and who talks to it."""

    broker: Broker
    sim: Simulator
    watcher: Subscriber
    journal: Journal

    def says(self, path: str) -> str:
        return self.sim.document(path).decode().strip()

    def poll(self) -> None:
        """Wait for a whole poll from now on."""
        for _ in range(2):
            self.watcher.hear(f"{OWN}snapshot", since=self.watcher.now)


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    protocol = getattr(request, "param", "5")
    with Broker(tmp_path) as broker, Simulator() as sim, Subscriber(broker.side_door) as watcher:
        sim.clock.freeze()
        env = gateway_env(sim, **WANTED) | broker_env(broker) | {"MQTT_PROTOCOL": protocol}
        with running(env) as journal:
            watcher.hear(f"{OWN}api/installer")
            yield House(broker, sim, watcher, journal)


@both
def test_what_is_wanted_is_retained_and_true(house: House) -> None:
    house.poll()
    kept = retained(house.broker.side_door, f"{OWN}view/#", f"{OWN}api/#")

    assert kept[f"{OWN}api/installer"] == house.says("installer")
    assert kept[f"{OWN}api/operation"] == house.says("operation")
    assert json.loads(kept[f"{OWN}view/soe"]) == json.loads(house.says("system_status/soe"))
    assert json.loads(kept[f"{OWN}view/version"])["vint"] == 233604
    assert f"STSTSM--{house.sim.site.din}" in json.loads(kept[f"{OWN}view/vitals"])
    assert len(kept) == 5


@both
def test_a_path_is_given_on_request_and_not_retained(house: House) -> None:
    house.watcher.publish(f"{OWN}api/site_info/site_name/get", "please")

    house.watcher.hear(f"{OWN}api/site_info/site_name", house.says("site_info/site_name"))
    kept = retained(house.broker.side_door, f"{OWN}api/#")
    assert f"{OWN}api/site_info/site_name" not in kept
    assert house.sim.count("GET", "site_info/site_name") == 1


def test_who_asks_with_mqtt_5_is_answered_where_he_wants(house: House) -> None:
    house.watcher.ask(f"{OWN}api/networks/get", "", REPLY, b"17")

    heard = house.watcher.hear(REPLY)
    assert (heard.payload, heard.correlation) == (house.says("networks"), b"17")


def test_a_failure_is_told_to_all_and_to_who_asked(house: House) -> None:
    house.watcher.ask(f"{OWN}api/solars/brands/get", "", REPLY, b"17")

    heard = house.watcher.hear(REPLY)
    result = json.loads(heard.payload)
    assert (result["status"], result["http_status"], heard.correlation) == ("refused", 404, b"17")
    assert house.watcher.hear(f"{OWN}command/result").payload == heard.payload


def test_what_is_not_on_the_list_is_refused_unasked(house: House) -> None:
    house.watcher.ask(f"{OWN}api/config/completed/get", "", REPLY, b"17")

    result = json.loads(house.watcher.hear(REPLY).payload)
    assert (result["status"], result["command"]) == ("refused", "api/config/completed")
    assert house.sim.count("GET", "config/completed") == 0


def test_a_retained_request_does_nothing(house: House) -> None:
    house.watcher.publish(f"{OWN}api/site_info/site_name/get", "please", retain=True)
    house.poll()

    assert house.journal.matching("api/site_info/site_name/get: a retained command is ignored")
    assert house.sim.count("GET", "site_info/site_name") == 0
