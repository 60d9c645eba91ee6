"""A command on MQTT, and what gateway, state topic and requester see of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from subscriber import Subscriber, eventually, retained

from bridge.simulator import Simulator

OWN = "powerwall/main/"
RESULT = f"{OWN}command/result"
AVAILABLE = f"{OWN}control/operation/availability"
CONTROLLED = {"CONTROL": "all", "COMMANDS_PER_MINUTE": "600"}


@dataclass(frozen=True)
class Bench:
    """A gateway, the bridge between, and a client that sends commands."""

    sim: Simulator
    broker: Broker
    client: Subscriber

    def command(self, path: str, payload: str) -> list[dict[str, object]]:
        """Send a command; return its results, the final one last."""
        since = self.client.now
        self.client.publish(f"{OWN}{path}/set", payload)
        return self.results(since)

    def results(self, since: int) -> list[dict[str, object]]:
        def ended() -> list[dict[str, object]] | None:
            steps = [json.loads(p) for p in self.client.payloads(RESULT, since)]
            return steps if steps and steps[-1]["status"] != "accepted" else None

        return self.client.wait(ended, 15)

    def state(self, path: str) -> str | None:
        return self.client.tree.get(f"{OWN}{path}")

    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.sim.requests)


def statuses(steps: list[dict[str, object]]) -> list[object]:
    return [step["status"] for step in steps]


Directories = pytest.TempPathFactory


def benches(
    directories: Directories, profile: str, protocol: str = "5", **changes: str
) -> Iterator[Bench]:
    """Run the bridge for a gateway of this profile, whose contactor is quick."""
    with Broker(directories.mktemp(profile)) as broker, Simulator(profile) as sim:
        sim.house.set_delays(0.3, 0.3)
        env = gateway_env(sim, **(CONTROLLED | changes)) | broker_env(broker)
        env["MQTT_PROTOCOL"] = protocol
        with Subscriber(broker.side_door, protocol=protocol) as client, running(env):
            client.hear(f"{OWN}snapshot")
            yield Bench(sim, broker, client)


@pytest.fixture(scope="module", params=["fw2049", "fw2144", "fw2336"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: Directories) -> Iterator[Bench]:
    yield from benches(tmp_path_factory, request.param)


@pytest.fixture(scope="module")
def old(tmp_path_factory: Directories) -> Iterator[Bench]:
    """The oldest firmware, whose login stops the site master."""
    for bench in benches(tmp_path_factory, "fw115"):
        bench.sim.gateway.writes.start_s = 0.2
        yield bench


@pytest.fixture(scope="module")
def locked(tmp_path_factory: Directories) -> Iterator[Bench]:
    """A firmware that does not let owners write."""
    yield from benches(tmp_path_factory, "fw2412")


WRITES = [
    pytest.param("operation/backup_reserve", "40", None, 43.0, "40", id="reserve"),
    pytest.param("operation/backup_reserve_raw", "62", None, 62.0, "60", id="raw reserve"),
    pytest.param("operation/mode", "autonomous", "autonomous", None, None, id="mode"),
    pytest.param(
        "operation", '{"mode":"backup","id":"a1"}', "backup", None, None, id="JSON of a mode"
    ),
    pytest.param(
        "operation",
        '{"mode":"self_consumption","backup_reserve":10,"id":"a2"}',
        "self_consumption",
        14.5,
        "10",
        id="JSON of both",
    ),
    pytest.param(
        "operation",
        '{"mode":"backup","backup_reserve_raw":33.3,"id":"a3"}',
        "backup",
        33.3,
        "29.8",
        id="JSON of both, raw",
    ),
]


@pytest.mark.parametrize(("path", "payload", "mode", "raw", "app"), WRITES)
def test_an_operation_command_is_done_and_seen(
    bench: Bench, path: str, payload: str, mode: str | None, raw: float | None, app: str | None
) -> None:
    before = bench.sim.operation

    steps = bench.command(path, payload)

    held = bench.sim.operation
    assert statuses(steps) == ["accepted", "done"]
    assert held.mode == (mode or before.mode)
    assert held.reserve_raw_percent == pytest.approx(raw or before.reserve_raw_percent, abs=1e-9)
    bench.client.see(f"{OWN}operation/mode", str(held.mode))
    bench.client.see(f"{OWN}operation/backup_reserve_raw", f"{held.reserve_raw_percent:g}")
    if app:
        bench.client.see(f"{OWN}operation/backup_reserve", app)


def test_a_result_says_what_was_asked_and_what_holds(bench: Bench) -> None:
    wish = {"mode": "self_consumption", "backup_reserve": 55}

    accepted, done = bench.command("operation", json.dumps(wish | {"id": "told"}))

    assert [accepted["id"], done["id"]] == ["told", "told"]
    assert accepted["command"] == done["command"] == "operation"
    assert accepted["requested"] == done["requested"] == wish
    assert done["applied"] == {
        "mode": "self_consumption",
        "backup_reserve": 55,
        "backup_reserve_raw": 57.25,
    }
    assert (done["reason"], done["http_status"]) == (None, 200)


def test_a_command_that_changes_nothing_is_not_sent(bench: Bench) -> None:
    bench.command("operation/backup_reserve", "35")
    posts = bench.posts()

    steps = bench.command("operation/backup_reserve", "35")

    assert statuses(steps) == ["accepted", "unchanged"]
    assert bench.posts() == posts


def test_the_house_leaves_the_grid_and_comes_back(bench: Bench) -> None:
    left = bench.command("island/mode", "off_grid")
    assert statuses(left) == ["accepted", "done"]
    assert bench.sim.house.state.island == "SystemIslandedActive"
    bench.client.see(f"{OWN}island/mode", "off_grid")
    bench.client.see(f"{OWN}island/requested", "off_grid")
    bench.client.see(f"{OWN}grid/connected", "false")

    joined = bench.command("island/mode", "on_grid")
    assert statuses(joined) == ["accepted", "done"]
    assert bench.sim.house.state.island == "SystemGridConnected"
    bench.client.see(f"{OWN}island/mode", "on_grid")
    bench.client.see(f"{OWN}grid/connected", "true")


def test_a_requester_hears_the_final_result_only(bench: Bench) -> None:
    since = bench.client.now
    target = 70 if bench.sim.operation.reserve_raw_percent < 60 else 20

    bench.client.ask(f"{OWN}operation/backup_reserve/set", str(target), "answers/me", b"\x00\xff7")

    answer = bench.client.hear("answers/me", since=since)
    bench.client.catch_up()
    assert (json.loads(answer.payload)["status"], answer.correlation) == ("done", b"\x00\xff7")
    assert len(bench.client.payloads("answers/me", since)) == 1


@pytest.mark.parametrize("topic", ["homeassistant/device/x/config", f"{OWN}refresh/set"])
def test_a_response_topic_that_could_do_harm_gets_no_answer(bench: Bench, topic: str) -> None:
    since = bench.client.now

    bench.client.ask(f"{OWN}operation/backup_reserve/set", "unusable", topic, b"1")

    assert statuses(bench.results(since)) == ["refused"]
    bench.client.catch_up()
    assert bench.client.payloads(topic, since) == []


def test_results_are_not_retained(bench: Bench) -> None:
    bench.command("operation/backup_reserve", "20")

    assert RESULT not in retained(bench.broker.side_door)


def test_off_grid_is_refused_while_the_battery_is_low(bench: Bench) -> None:
    for raw_percent in (48, 39, 30, 21, 14):  # a leap all the way down is not believed
        bench.sim.house.set_charge(raw_percent)
        bench.client.see(f"{OWN}battery/level_raw", str(raw_percent))
    posts = bench.posts()

    (step,) = [s for s in bench.command("island/mode", "off_grid") if s["status"] != "accepted"]

    bench.sim.house.set_charge(57)
    assert step["status"] == "refused"
    assert "POWERWALL_OFF_GRID_MIN_LEVEL" in str(step["reason"])
    assert bench.posts() == posts


def test_with_mqtt_3_a_command_is_done_and_seen(tmp_path_factory: Directories) -> None:
    for bench in benches(tmp_path_factory, "fw2144", protocol="3.1.1"):
        steps = bench.command("operation/backup_reserve", "40")

        assert statuses(steps) == ["accepted", "done"]
        bench.client.see(f"{OWN}operation/backup_reserve", "40")


@pytest.mark.parametrize(
    ("path", "payload", "mode", "raw"),
    [
        ("operation/backup_reserve", "40", "self_consumption", 43.0),
        ("operation/mode", "backup", "backup", 43.0),
    ],
)
def test_the_oldest_firmware_takes_reserve_and_mode(
    old: Bench, path: str, payload: str, mode: str, raw: float
) -> None:
    steps = old.command(path, payload)

    assert statuses(steps) == ["accepted", "done"]
    assert (old.sim.operation.mode, old.sim.operation.reserve_raw_percent) == (mode, raw)
    eventually(lambda: old.sim.house.orders.running)
    old.client.see(f"{OWN}{path}", payload)


def test_the_oldest_firmware_fails_at_autonomous_and_runs_on(old: Bench) -> None:
    before = old.sim.operation

    steps = old.command("operation/mode", "autonomous")

    assert statuses(steps) == ["accepted", "failed"]
    assert "tariff not configured" in str(steps[-1]["reason"])
    assert old.sim.operation == before
    eventually(lambda: old.sim.house.orders.running)


def test_the_oldest_firmware_is_not_logged_into_for_reading(
    tmp_path_factory: Directories,
) -> None:
    for bench in benches(tmp_path_factory, "fw115", CONTROL="none"):
        bench.client.hear(f"{OWN}snapshot", since=bench.client.now)

        assert bench.sim.count("POST", "login/Basic") == 0
        assert bench.sim.house.orders.running


def test_a_locked_firmware_refuses_in_plain_words_and_the_control_goes_off(locked: Bench) -> None:
    before = locked.sim.operation
    assert locked.state("control/operation/availability") == "online"

    steps = locked.command("operation/backup_reserve", "40")

    assert statuses(steps) == ["accepted", "refused"]
    assert "lets nobody but Tesla's app do this: use the app (403 " in str(steps[-1]["reason"])
    assert steps[-1]["http_status"] == 403
    assert locked.sim.operation == before
    locked.client.see(AVAILABLE, "offline")


def test_a_locked_firmware_is_not_logged_into_over_and_over(locked: Bench) -> None:
    for reserve in ("41", "42", "43"):
        locked.command("operation/backup_reserve", reserve)

    assert locked.sim.count("POST", "login/Basic") <= 2
