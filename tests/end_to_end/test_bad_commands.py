"""A command that was not meant does nothing: not one write reaches the gateway."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from bridges import Journal, broker_env, gateway_env, running
from brokers import Broker
from leaping import Leaping
from subscriber import Subscriber, eventually

from bridge import assembly
from bridge.simulator import Fault, Simulator

OWN = "powerwall/main/"
RESULT = f"{OWN}command/result"
WRITES = {"operation", "v2/islanding/mode", "config/completed", "sitemaster/run"}


@dataclass(frozen=True)
class Bench:
    sim: Simulator
    client: Subscriber
    journal: Journal

    def writes(self) -> int:
        """Return how many requests have asked the gateway to change anything."""
        posted = [r for r in self.sim.requests if (r.method, r.path) == ("POST", "operation")]
        others = [r for r in self.sim.requests if r.path in WRITES - {"operation"}]
        return len(posted) + len(others)

    def send(self, path: str, payload: str | bytes) -> dict[str, object]:
        """Send a command; return the first result of its kind."""
        since = self.client.now
        self.client.publish(f"{OWN}{path}/set", payload)
        return self.client.wait(
            lambda: next((r for r in self.results(since) if r["command"] == path), None)
        )

    def results(self, since: int) -> list[dict[str, object]]:
        return [json.loads(payload) for payload in self.client.payloads(RESULT, since)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim, CONTROL="all", COMMANDS_PER_MINUTE="600") | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear(f"{OWN}snapshot")
            yield Bench(sim, client, journal)


NASTY = [
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\xfd",
    b"\xed\xa0\x80",
    b"nan",
    b"NaN",
    b"inf",
    b"-Infinity",
    b"1e999",
    b"0x20",
    b"4_0",
    b"4,5",
    b"40 %",
    b"1" * 400,
    "\u0663\u0665".encode(),
    "\u221e".encode(),
    b"null",
    b"None",
    b"true",
    b"[]",
    b"[40]",
    b"{}",
    b'{"backup_reserve":40',
    b'{"id":"x"}',
    b'"40"',
    b"[" * 5000,
    b"A" * 100_000,
    b"backup; reboot",
    b"../../operation",
    b"Self_Consumption",
    b"<b>backup</b>",
    b"\r\nContent-Length: 0\r\n\r\n",
    b"%d%s%n",
]
OUT_OF_RANGE = [
    ("operation/backup_reserve", "-0.001"),
    ("operation/backup_reserve", "100.001"),
    ("operation/backup_reserve", "1e3"),
    ("operation/backup_reserve_raw", "4.999"),
    ("operation/backup_reserve_raw", "101"),
    ("operation", '{"backup_reserve":-1}'),
    ("operation", '{"backup_reserve":101,"mode":"backup"}'),
    ("operation", '{"backup_reserve_raw":4}'),
    ("operation", '{"backup_reserve":"40"}'),
    ("operation", '{"backup_reserve":true}'),
    ("operation", '{"backup_reserve":null,"mode":"backup"}'),
    ("operation", '{"backup_reserve":NaN}'),
    ("operation", '{"backup_reserve":40,"backup_reserve_raw":40}'),
    ("operation", '{"mode":"scheduler"}'),
    ("operation", '{"mode":null}'),
    ("operation", '{"mode":"backup","reserve":40}'),
    ("operation", '{"mode":"backup","id":""}'),
    ("operation", '{"mode":"backup","id":{}}'),
    ("operation/mode", "site_control"),
    ("island/mode", "on"),
    ("island/mode", "backup"),
    ("island/mode", "intentional_reconnect_failsafe"),
    ("gateway/running", "false"),
    ("gateway/running", "1"),
]
COMMANDS = (
    "operation/mode",
    "operation/backup_reserve",
    "operation/backup_reserve_raw",
    "operation",
    "island/mode",
    "gateway/running",
)


@pytest.mark.parametrize("path", COMMANDS)
def test_nasty_bytes_are_refused_in_words_and_change_nothing(bench: Bench, path: str) -> None:
    before = bench.writes()
    unmeant = [p for p in NASTY if p != b"true"] if path == "gateway/running" else NASTY
    since = bench.client.now

    for payload in unmeant:
        bench.client.publish(f"{OWN}{path}/set", payload, qos=0)

    bench.client.wait(lambda: len(bench.client.payloads(RESULT, since)) >= len(unmeant))
    answers = [json.loads(payload) for payload in bench.client.payloads(RESULT, since)]
    assert {answer["status"] for answer in answers} == {"refused"}
    assert all("allowed: " in str(answer["reason"]) for answer in answers)
    assert bench.writes() == before


@pytest.mark.parametrize(("path", "payload"), OUT_OF_RANGE)
def test_what_is_out_of_range_is_refused_and_changes_nothing(
    bench: Bench, path: str, payload: str
) -> None:
    before = bench.writes()

    answer = bench.send(path, payload)

    assert answer["status"] == "refused"
    assert "allowed: " in str(answer["reason"])
    assert bench.writes() == before


def test_nasty_bytes_leave_no_traceback(bench: Bench) -> None:
    bench.send("operation", b"[" * 5000)

    assert bench.journal.matching("Traceback") == []


def test_a_retained_command_is_ignored_with_one_warning(bench: Bench) -> None:
    before = bench.writes()
    topic = f"{OWN}operation/backup_reserve/set"
    warned = len(bench.journal.matching(topic))

    for reserve in ("45", "46"):
        bench.client.publish(topic, reserve, retain=True)
    answer = bench.send("operation/mode", "not a mode")  # answered after those before it

    bench.client.publish(topic, retain=True)
    assert answer["command"] == "operation/mode"
    assert bench.writes() == before
    assert len(bench.journal.matching(topic)) == warned + 1


def test_the_same_id_again_gets_the_first_result_and_is_not_run(bench: Bench) -> None:
    wish = '{"backup_reserve":61,"id":"once"}'
    since = bench.client.now
    bench.client.publish(f"{OWN}operation/set", wish)
    done = bench.client.wait(
        lambda: next(
            (p for p in bench.client.payloads(RESULT, since) if json.loads(p)["status"] == "done"),
            None,
        )
    )
    bench.client.publish(f"{OWN}operation/backup_reserve/set", "30")
    bench.client.see(f"{OWN}operation/backup_reserve", "30")
    before = bench.writes()

    again = bench.send("operation", wish)

    assert again == json.loads(done)
    assert bench.writes() == before


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_command_that_was_retained_before_the_start_does_nothing(
    tmp_path_factory: pytest.TempPathFactory, protocol: str
) -> None:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim, CONTROL="all") | broker_env(broker) | {"MQTT_PROTOCOL": protocol}
        with Subscriber(broker.side_door) as client:
            client.publish(f"{OWN}operation/backup_reserve/set", "45", retain=True)
            client.publish(f"{OWN}island/mode/set", "off_grid", retain=True)
            with running(env) as journal:
                client.hear(f"{OWN}snapshot")
                answer = Bench(sim, client, journal).send("operation/mode", "not a mode")

                assert answer["command"] == "operation/mode"
                assert Bench(sim, client, journal).writes() == 0


def test_no_more_commands_than_allowed_in_a_minute_are_sent(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim, COMMANDS_PER_MINUTE="2") | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear(f"{OWN}snapshot")
            bench, since = Bench(sim, client, journal), client.now

            for reserve in ("30", "40", "50"):
                client.publish(f"{OWN}operation/backup_reserve/set", reserve)
            client.wait(lambda: [r for r in bench.results(since) if r["status"] == "refused"])

            wanted = {r["requested"]: r for r in bench.results(since) if r["status"] == "refused"}
            assert list(wanted) == [50]
            assert "more than 2 commands in a minute" in str(wanted[50]["reason"])


@pytest.mark.parametrize(("control", "path", "payload"), [
    ("none", "operation/mode", "backup"),
    ("operation", "island/mode", "off_grid"),
    ("operation", "gateway/running", "true"),
])  # fmt: skip
def test_a_control_that_is_not_enabled_is_refused(
    tmp_path_factory: pytest.TempPathFactory, control: str, path: str, payload: str
) -> None:
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim, CONTROL=control) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env) as journal:
            client.hear(f"{OWN}snapshot")
            bench = Bench(sim, client, journal)

            answer = bench.send(path, payload)

            assert answer["status"] == "refused"
            assert "POWERWALL_CONTROL" in str(answer["reason"])
            assert bench.writes() == 0


def test_a_topic_that_is_no_command_is_answered_with_those_there_are(bench: Bench) -> None:
    before, since = bench.writes(), bench.client.now
    for path in ("operation/mod", "modes"):
        bench.client.ask(f"{OWN}{path}/set", "backup", f"answers/{path}", b"1")
    answers = bench.client.wait(lambda: [r for r in [bench.results(since)] if len(r) == 2])[0]

    assert [answer["status"] for answer in answers] == ["refused", "refused"]
    assert str(answers[0]["reason"]).startswith("there is no command 'operation/mod'; allowed: op")
    assert "operation/mode" in str(answers[1]["reason"])
    since = bench.client.now
    for number in range(50):
        bench.client.publish(f"{OWN}mode/{number}/set", "backup")
    bench.send("operation/mode", "nonsense")
    assert len(bench.results(since)) == 2  # nobody is answered at will
    assert bench.writes() == before
    assert bench.client.heard("answers/operation/mod")
    assert not bench.client.heard("answers/modes")  # it may be meant for another bridge


def test_a_command_that_waited_half_a_minute_is_stale(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    clock = Leaping(assembly.now)
    with Broker(tmp_path_factory.mktemp("broker")) as broker, Simulator() as sim:
        env = gateway_env(sim, TIMEOUT="1.5") | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env, clock) as journal:
            client.hear(f"{OWN}snapshot")
            sim.faults.add(Fault(delay_s=30))
            since, before = client.now, len(sim.requests)
            eventually(lambda: len(sim.requests) > before)  # it is asked, and hangs
            client.publish(f"{OWN}operation/mode/set", "backup")
            client.catch_up()
            clock.leap(31)

            bench = Bench(sim, client, journal)
            ended = client.wait(
                lambda: [r for r in bench.results(since) if r["status"] != "accepted"]
            )

            assert ended[0]["status"] == "refused"
            assert "stale" in str(ended[0]["reason"])
            assert bench.writes() == 0
