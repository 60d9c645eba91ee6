"""The bridge as a whole, on a link that is no broker's."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from bridges import gateway_env
from subscriber import eventually

from bridge import assembly
from bridge.app import HEAR_OUT_S, MOST_REQUESTS, MOST_WAITING, Application
from bridge.mqtt import Handler, Link, Received
from bridge.raw import Strangers
from bridge.settings import load_settings
from bridge.simulator import Fault, Simulator
from bridge.topics import Message

AVAILABLE, ENERGY = "powerwall/bridge/availability", "powerwall/main/home/energy"
MODE, RESULT = "powerwall/main/operation/mode/set", "powerwall/main/command/result"
BOTH, ISLAND = "powerwall/main/operation/set", "powerwall/main/island/mode/set"
HEALTH = "powerwall/bridge/health"
API = "powerwall/main/api/"
LEFT = "99999.5"  # more than the gateway will count


class SlowBroker(Link):
    """Gives what is stored when it is told to; dead says that its thread has ended."""

    dead = False
    connected = True

    def __init__(self, env: dict[str, str]) -> None:
        settings = load_settings(env, env_file=None)
        super().__init__(assembly.broker(settings.mqtt), AVAILABLE)
        self.published: list[Message] = []
        self.farewell: list[str] = []
        self.application = Application(settings, link=self)

    @property
    def alive(self) -> bool:
        return not self.dead

    def start(self, handlers: dict[str, Handler], stock: Handler, _: list[str]) -> None:
        self._takers = handlers
        self._stored = stock

    def publish(self, message: Message) -> None:
        self.published.append(message)

    def stop(self) -> None:
        """Keep what was said of commands until then: there is no connection."""
        self.farewell = self.farewell or self.said(RESULT)

    def give_stored(self, topic: str, payload: str) -> None:
        self._stored(Received(topic, payload.encode(), stored=True))

    def command(self, topic: str, payload: str) -> None:
        self.give(Received(topic, payload.encode(), stored=False))

    def give(self, received: Received) -> None:
        for filter_, handler in self._takers.items():
            if paho.topic_matches_sub(filter_, received.topic):
                handler(received)

    def ask(self, path: str, *, stored: bool = False) -> None:
        """Let somebody ask for the gateway's own JSON of a path."""
        self.give(Received(f"{API}{path}/get", b"", stored=stored))

    def said(self, topic: str) -> list[str]:
        return [message.payload for message in self.published if message.topic == topic]


@contextmanager
def started(sim: Simulator, state_dir: Path, **changes: str) -> Iterator[SlowBroker]:
    env = gateway_env(sim, **changes) | {"MQTT_HOST": "127.0.0.1", "STATE_DIR": str(state_dir)}
    broker = SlowBroker(env)
    broker.application.start()
    try:
        yield broker
    finally:
        broker.application.stop()


def test_a_counter_goes_on_from_what_was_retained_though_the_broker_is_slow(
    tmp_path: Path,
) -> None:
    """The home's counter may step back a little; who polls too early would publish the step."""
    with Simulator() as sim, started(sim, tmp_path) as broker:
        with pytest.raises(TimeoutError):
            eventually(lambda: sim.requests, 0.3)
        broker.give_stored(ENERGY, LEFT)
        broker.took_stock.set()
        eventually(lambda: broker.said("powerwall/main/snapshot"))

        assert set(broker.said(ENERGY)) == {LEFT}


def test_a_broker_that_is_away_does_not_keep_the_gateway_from_being_asked(
    tmp_path: Path,
) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        eventually(lambda: broker.said("powerwall/main/snapshot"), HEAR_OUT_S + 8)

        assert sim.count("GET", "meters/aggregates")


def test_a_bridge_that_still_waits_for_the_broker_stops_at_once(tmp_path: Path) -> None:
    with Simulator() as sim:
        with started(sim, tmp_path):
            pass

        assert sim.requests == []


def test_a_bridge_that_stops_answers_for_its_commands_before_it_takes_its_leave(
    tmp_path: Path,
) -> None:
    with Simulator() as sim, started(sim, tmp_path, TIMEOUT="30") as broker:
        broker.took_stock.set()
        eventually(lambda: broker.said("powerwall/main/snapshot"))
        sim.faults.add(Fault("operation", method="POST", delay_s=60))
        broker.command(MODE, "backup")
        eventually(lambda: sim.count("POST", "operation"))

        broker.application.stop()

        last = [json.loads(payload)["status"] for payload in broker.farewell]
    assert last == ["accepted", "unverified"]


def test_without_the_thread_of_the_broker_there_is_no_sign_of_life(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    once = threading.Event()
    once.set()
    with Simulator() as sim, started(sim, tmp_path) as broker:
        broker.application.wait(once)
        (sign,) = tmp_path.glob("*.alive")
        sign.unlink()
        broker.dead = True

        broker.application.wait(once)

        assert not sign.exists()
    assert "no sign of life from the connection to the broker" in caplog.messages


def test_the_figures_come_first_when_every_gateway_was_polled(tmp_path: Path) -> None:
    """All zeros, retained, would stand there for the first minute."""
    once = threading.Event()
    once.set()
    with Simulator() as sim, started(sim, tmp_path) as broker:
        broker.application.wait(once)
        early = broker.said(HEALTH)
        eventually(lambda: broker.said("powerwall/main/snapshot"), HEAR_OUT_S + 8)

        broker.application.wait(once)

        (figures,) = map(json.loads, broker.said(HEALTH))
    assert early == []
    assert figures["polls"] >= 1
    assert figures["requests"] > 1


def test_the_figures_do_not_wait_for_a_gateway_for_ever(tmp_path: Path) -> None:
    once = threading.Event()
    once.set()
    with Simulator() as sim, started(sim, tmp_path) as broker:
        broker.application.wait(once, first_health_s=0.0)

        assert [json.loads(said)["polls"] for said in broker.said(HEALTH)] == [0]


def test_what_was_left_retained_does_not_crowd_commands_out(tmp_path: Path) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for number in range(MOST_WAITING + 1):
            broker.give_stored(f"powerwall/main/pack/{number}/level", "50")
        broker.command(MODE, "backup")
        broker.took_stock.set()

        eventually(lambda: broker.said(RESULT))


def test_more_commands_than_can_wait_are_refused_and_that_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for _ in range(MOST_WAITING + 50):
            broker.command(MODE, "no mode")
        crowd = [json.loads(payload) for payload in broker.said(RESULT)]
        broker.took_stock.set()
        eventually(lambda: len(broker.said(RESULT)) == MOST_WAITING + 50)

        broker.command(MODE, "no mode")
        eventually(lambda: len(broker.said(RESULT)) == MOST_WAITING + 51)
    assert [one["status"] for one in crowd] == ["refused"] * 50
    assert [m for m in caplog.messages if "too many" in m] == [
        f"{MODE}: too many commands at once, some are refused"
    ]


def test_who_waits_for_an_answer_hears_that_there_are_too_many(tmp_path: Path) -> None:
    wish = b'{"mode": "backup", "id": "x"}'
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for _ in range(MOST_WAITING):
            broker.command(MODE, "no mode")
        broker.give(Received(BOTH, wish, stored=False, response_topic="me", correlation=b"1"))

        (answer,) = [message for message in broker.published if message.topic == "me"]
    told = json.loads(answer.payload)
    assert (told["id"], told["status"], answer.correlation) == ("x", "refused", b"1")
    assert told["reason"] == "too many commands at once; nothing was written"


def test_going_back_on_grid_finds_room_in_any_crowd(tmp_path: Path) -> None:
    with Simulator() as sim, started(sim, tmp_path, CONTROL="all") as broker:
        for _ in range(MOST_WAITING):
            broker.command(ISLAND, "off the grid")
        broker.command(ISLAND, "on_grid")
        broker.took_stock.set()

        eventually(lambda: sim.count("POST", "v2/islanding/mode"))


def test_even_of_on_grid_only_so_many_wait(tmp_path: Path) -> None:
    with Simulator() as sim, started(sim, tmp_path, CONTROL="all") as broker:
        for _ in range(2 * MOST_WAITING + 1):
            broker.command(ISLAND, "on_grid")

        assert refused(broker) == ["island/mode"]


def refused(broker: SlowBroker) -> list[str]:
    results = [json.loads(payload) for payload in broker.said(RESULT)]
    return [one["command"] for one in results if one["status"] == "refused"]


def test_requests_that_wait_leave_room_for_commands(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for _ in range(MOST_WAITING + 50):
            broker.ask("status")
        broker.command(MODE, "no mode")
        broker.took_stock.set()
        eventually(lambda: "operation/mode" in refused(broker))

        assert refused(broker) == ["api/status"] * (MOST_REQUESTS - 1) + ["operation/mode"]
    assert [m for m in caplog.messages if "too many" in m] == [
        "powerwall/main/api/<path>/get: too many commands at once, some are dropped"
    ]


def test_made_up_paths_are_refused_a_few_times_and_then_thrown_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for number in range(MOST_WAITING + 50):
            broker.ask(f"made/up/{number}")
        broker.command(MODE, "no mode")
        broker.took_stock.set()
        eventually(lambda: "operation/mode" in refused(broker))

        made_up = ["api/made/up/0", "api/made/up/1", "api/made/up/2"]
        assert refused(broker) == [*made_up, "operation/mode"]
    assert [m for m in caplog.messages if "too many" in m] == []


def test_what_is_retained_on_made_up_topics_is_passed_over_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for number in range(50):
            broker.ask(f"made/up/{number}", stored=True)
            broker.give_stored(f"{API}made/up/{number}/get", "x")
            broker.give_stored(f"powerwall/main/made/{number}/set", "x")
        broker.give_stored(MODE, "backup")
        broker.give_stored(f"{API}status/get", "")

    ignored = [m for m in caplog.messages if "retained command is ignored" in m]
    assert [m.partition(":")[0] for m in ignored] == [MODE, f"{API}status/get"]


def test_a_second_bridge_is_told_of_once_whatever_it_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Simulator() as sim, started(sim, tmp_path) as broker:
        for number in range(20):
            broker.command(AVAILABLE, f"offline {number}")

    assert len([m for m in caplog.messages if "somebody else says" in m]) == 1


def test_a_minute_later_one_more_made_up_path_is_answered() -> None:
    strangers = Strangers()
    times = (0.0, 30.0, 40.0, 50.0, 59.9, 60.0, 60.1, 90.0)

    assert [at for at in times if strangers.admits(at)] == [0.0, 30.0, 40.0, 60.0, 90.0]
