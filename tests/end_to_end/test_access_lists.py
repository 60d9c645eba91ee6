"""The access list and the broker that are shipped as examples hold what they promise."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Env, broker_env, gateway_env, running
from brokers import LOOPBACK, Broker, Options
from subscriber import Subscriber, retained

from bridge.app import Application
from bridge.mqtt import Broker as Door
from bridge.settings import load_settings
from bridge.simulator import Simulator
from bridge.trial import try_broker

EXAMPLES = Path(__file__).parents[2] / "examples" / "mosquitto"
ACL = (EXAMPLES / "acl").read_text(encoding="utf-8")
GOLDEN = Path(__file__).with_name("topics-fw2336.txt").read_text(encoding="utf-8").splitlines()
USERS = ("bridge", "reader", "controller", "homeassistant", "stranger")
MODE = "powerwall/main/operation/mode"
RESULT = "powerwall/main/command/result"
FORBIDDEN = (
    (f"{MODE}/set", "autonomous"),
    ("powerwall/main/operation/set", '{"backup_reserve":77}'),
    ("powerwall/main/refresh/set", "now"),
    ("powerwall/main/api/system/update/status/get", "now"),
    ("powerwall/bridge/discovery/set", "now"),
    ("homeassistant/status", "online"),
)
ORDERS = ("/set", "/get", "homeassistant/status")
both = pytest.mark.parametrize("house", ["5", "3.1.1"], indirect=True)


class Member(Subscriber):
    """A user of the broker, who comes in by its door."""

    def __init__(self, broker: Broker, user: str, *filters: str, protocol: str = "5") -> None:
        super().__init__(broker.port, *filters, protocol=protocol)
        self._client.username_pw_set(user, password_of(user))


def password_of(user: str) -> str:
    return f"{user} of this house"


LOCKED = Options(accounts={user: password_of(user) for user in USERS}, acl=ACL)


@dataclass
class House:
    """A bridge that works under the shipped access list, its gateway, and who looks on unseen."""

    broker: Broker
    sim: Simulator
    application: Application
    observer: Subscriber

    def health(self) -> dict[str, object]:
        """Return `bridge/health` as of now: a round of housekeeping publishes it first."""
        since, once = self.observer.now, threading.Event()
        once.set()
        self.application.wait(once)
        heard = self.observer.hear("powerwall/bridge/health", since=since)
        figures: dict[str, object] = json.loads(heard.payload)
        return figures

    @property
    def writes(self) -> int:
        return self.sim.count("POST", "operation")


def bridge_env(broker: Broker, sim: Simulator) -> Env:
    login = {"MQTT_USERNAME": "bridge", "MQTT_PASSWORD": password_of("bridge")}
    return gateway_env(sim) | broker_env(broker) | login


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Run all of it, the bridge with the MQTT version that a test may ask for."""
    protocol = getattr(request, "param", "5")
    with (
        Broker(tmp_path, LOCKED) as broker,
        Simulator() as sim,
        Subscriber(broker.side_door) as observer,
    ):
        env = bridge_env(broker, sim) | {"MQTT_PROTOCOL": protocol}
        application = Application(load_settings(env, env_file=None))
        application.start()
        try:
            for _ in range(2):  # the first may have begun before all was known
                observer.hear("powerwall/main/snapshot", since=observer.now)
            house = House(broker, sim, application, observer)
            house.health()
            yield house
        finally:
            application.stop()


def command(house: House, by: Subscriber, mode: str) -> str:
    """Let a member command and return what the bridge says of it in the end."""
    since = house.observer.now
    by.publish(f"{MODE}/set", mode)
    first = house.observer.wait(lambda: results(house.observer, since))
    return first[0]


def results(client: Subscriber, since: int) -> list[str]:
    told = [json.loads(payload) for payload in client.payloads(RESULT, since)]
    return [one["status"] for one in told if one["status"] != "accepted"]


@both
def test_the_bridge_is_refused_nothing_and_says_everything(house: House) -> None:
    seen = retained(house.broker.side_door)

    assert [topic for topic in GOLDEN if topic not in seen] == []
    assert [t for t in seen if not t.startswith(("powerwall/", "homeassistant/device/"))] == []
    assert house.health()["refused"] == 0


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_bridge_clears_what_a_former_gateway_left(tmp_path: Path, protocol: str) -> None:
    former = "powerwall/former/grid/power"
    with (
        Broker(tmp_path, LOCKED) as broker,
        Simulator() as sim,
        Subscriber(broker.side_door) as observer,
    ):
        observer.publish("powerwall/bridge/info", '{"gateways":["former"]}', retain=True)
        observer.publish(former, "1", retain=True)
        observer.hear(former, "1")
        with running(bridge_env(broker, sim) | {"MQTT_PROTOCOL": protocol}):
            observer.hear(former, "")


def test_home_assistant_is_heard_when_it_starts(house: House) -> None:
    since = house.observer.now
    with Member(house.broker, "homeassistant") as home_assistant:
        home_assistant.publish("homeassistant/status", "online")

        house.observer.hear(
            next(t for t in house.observer.tree if t.startswith("homeassistant/device/site")),
            since=since,
        )


@pytest.mark.parametrize("user", ["reader", "controller", "homeassistant"])
def test_who_may_read_sees_the_whole_tree(house: House, user: str) -> None:
    with Member(house.broker, user, "#", "powerwall/bridge/availability") as member:
        member.wait(lambda: set(GOLDEN) <= member.tree.keys())


def test_a_reader_hears_what_became_of_a_command(house: House) -> None:
    with Member(house.broker, "reader") as reader:
        command(house, house.observer, "backup")

        reader.hear(RESULT)


@pytest.mark.parametrize("user", ["reader", "stranger"])
def test_who_may_not_command_reaches_no_gateway(house: House, user: str) -> None:
    for topic, payload in FORBIDDEN:
        with Member(house.broker, user, "end") as member:  # mosquitto 2.0.11 throws offenders out
            member.publish(topic, payload)

    assert command(house, house.observer, "backup") == "done"
    assert house.writes == 1
    orders = [h for h in house.observer.log if h.topic.endswith(ORDERS)]
    assert [(h.topic, h.payload) for h in orders] == [(f"{MODE}/set", "backup")]


@pytest.mark.parametrize("user", ["controller", "homeassistant"])
def test_who_may_command_does(house: House, user: str) -> None:
    with Member(house.broker, user) as member:
        assert command(house, member, "backup") == "done"

    assert house.writes == 1
    assert house.sim.operation.mode == "backup"


def test_a_controller_is_answered_on_a_response_topic(house: House) -> None:
    with Member(house.broker, "controller") as member:
        member.ask(f"{MODE}/set", "backup", "powerwall-response/me", b"17")

        assert member.hear("powerwall-response/me").correlation == b"17"


@pytest.mark.parametrize("path", ["networks", "site_info/site_name", "system/update/status"])
def test_a_controller_may_ask_for_what_the_gateway_says(house: House, path: str) -> None:
    with Member(house.broker, "controller") as member:
        member.ask(f"powerwall/main/api/{path}/get", "", "powerwall-response/me", b"17")

        assert member.hear("powerwall-response/me").correlation == b"17"


@pytest.mark.parametrize("topic", ["powerwall/main/grid/power", "homeassistant/status"])
def test_a_controller_gets_nothing_written_for_it(house: House, topic: str) -> None:
    """A response topic is no way around the access list."""
    since = house.observer.now
    with Member(house.broker, "controller") as member:
        member.ask(f"{MODE}/set", "backup", topic, b"17")
        house.observer.wait(lambda: results(house.observer, since))
    house.observer.catch_up()

    answered = [h.topic for h in house.observer.log[since:] if h.correlation == b"17"]
    assert answered == [f"{MODE}/set"]  # the request itself


@pytest.mark.parametrize("user", ["reader", "controller", "stranger"])
@pytest.mark.parametrize(
    "topic",
    [
        "powerwall/main/grid/power",
        "powerwall/main/availability",
        "powerwall/bridge/availability",
        "powerwall/bridge/info",
        "powerwall/main/command/result",
        "homeassistant/device/site_x/config",
        "homeassistant/status",
        "elsewhere",
    ],
)
def test_who_only_reads_or_commands_writes_no_state_and_no_discovery(
    tmp_path: Path, user: str, topic: str
) -> None:
    with Broker(tmp_path, LOCKED) as broker, Subscriber(broker.side_door) as observer:
        with Member(broker, user, "end") as member:
            member.publish(topic, "a lie", retain=True)
        observer.catch_up()

        assert observer.tree == {}


def test_a_stranger_gets_nothing(house: House) -> None:
    filters = ("#", "powerwall/#", RESULT, "homeassistant/#", "powerwall-response/#", "end")
    with Member(house.broker, "stranger", *filters) as stranger:
        command(house, house.observer, "backup")
        house.observer.hear("powerwall/main/snapshot", since=house.observer.now)

        assert stranger.log == []


@pytest.mark.parametrize("login", [(None, None), ("bridge", "guessed"), ("nobody", "")])
def test_without_a_password_there_is_no_way_in(
    tmp_path: Path, login: tuple[str | None, str | None]
) -> None:
    user, password = login
    with Broker(tmp_path, LOCKED) as broker:
        door = Door(LOOPBACK, broker.port, "guest", username=user, password=password)

        assert try_broker(door, "powerwall/bridge/check").words.startswith(
            "the broker refused: Not authorized"
        )
