"""What a gateway's nonsense does: the readings of that answer go, everything else goes on.

One gateway for each endpoint, all behind one bridge, so that every endpoint fails at once and none
of them beside another.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from bridges import Journal, broker_env, gateway_env, running
from brokers import Broker
from leaping import Leaping
from subscriber import Subscriber, eventually

from bridge import assembly
from bridge.simulator import Fault, Simulator

SILENCE_S = 61.0
SLOW_S = 4.0  # ten gateways with all their paths every second are too much for a small machine
RECOVERY_S = 60.0  # a slow machine strains the gateways, which are then asked less often
NONE = "None"
DIN = "/tedapi/din"  # a Powerwall 3 has it, and no other


@dataclass(frozen=True)
class Loss:
    """What becomes `None` without an endpoint, and what stays: counters and identity.

    What another endpoint tells as well is looked at in test_two_sources.
    """

    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


LOSSES = {
    "status": Loss(kept=("gateway/version", "gateway/din", "gateway/started")),
    "meters/aggregates": Loss(
        ("grid/power", "home/power", "grid/average_voltage", "battery/charge_power"),
        ("grid/import_energy", "battery/discharge_energy", "solar/energy", "home/energy"),
    ),
    "system_status/soe": Loss(("battery/level", "battery/level_raw")),
    "system_status/grid_status": Loss(
        ("grid/status", "grid/connected", "grid/services_active", "island/mode")
    ),
    "system_status": Loss(
        (
            "battery/energy_remaining",
            "battery/time_remaining",
            "battery/target_power",
            "pack/+/backup_ready",
        ),
        ("pack/+/charge_energy", "pack/+/firmware"),
    ),
    "operation": Loss(
        ("operation/mode", "operation/backup_reserve", "operation/effective_backup_reserve")
    ),
    "sitemaster": Loss(
        ("gateway/running", "gateway/connected_to_tesla", "gateway/sitemaster_status")
    ),
    "devices/vitals": Loss(
        (
            "grid/l1_frequency",
            "alerts",
            "alerts/count",
            "inverter/+/l1_voltage",
            "pack/+/temperature",
        ),
        ("inverter/+/energy",),
    ),
    "site_info": Loss(kept=("gateway/site_name", "gateway/timezone")),
    "config": Loss(kept=("gateway/din",)),
    "powerwalls": Loss(kept=("battery/packs_expected", "gateway/din", "pack/+/type")),
    DIN: Loss(kept=("gateway/din",)),
}
STEADY = ("battery/capacity", "operation/mode", "gateway/running")
MOVING = ("grid/power", "battery/level")


@dataclass(frozen=True)
class Row:
    """A gateway for each endpoint, named after it."""

    sims: dict[str, Simulator]
    client: Subscriber
    journal: Journal
    clock: Leaping

    def say(self, body: Callable[[bytes], bytes | None]) -> None:
        """Let each gateway answer its own endpoint with what body makes of the true answer."""
        for path, sim in self.sims.items():
            sim.faults.clear()
            sim.clock.advance(3)
            said = body(sim.document(path))
            if said is not None:
                sim.faults.add(Fault(path, body=said))

    def leap(self) -> None:
        """Let the time pass in which a silent endpoint is believed; every meter is heard in it."""
        for sim in self.sims.values():
            sim.clock.advance(3)
        self.clock.leap(SILENCE_S)

    def polled(self, times: int = 1) -> None:
        """Wait until every gateway has ended so many more polls."""
        since = self.client.now
        topics = [f"{topic_of(path)}/snapshot" for path in self.sims]
        self.client.wait(
            lambda: min(len(self.client.payloads(t, since)) for t in topics) >= times, 30
        )

    def is_whole(self) -> bool:
        """Tell whether every gateway has all of its readings."""
        tree = self.client.tree
        patterns = ((path, p) for path, loss in LOSSES.items() for p in (*loss.gone, *loss.kept))
        found = [values(tree, path, pattern) for path, pattern in patterns]
        return all(payloads and NONE not in payloads for payloads in found)


def values(tree: dict[str, str], path: str, pattern: str) -> list[str]:
    """Return the payloads of the topics that a pattern with `+` names."""
    start, _, end = f"{topic_of(path)}/{pattern}".partition("+")
    if not end:
        return [tree[start]] if start in tree else []
    return [p for t, p in tree.items() if t.startswith(start) and t.endswith(end)]


def name_of(path: str) -> str:
    return path.strip("/").replace("/", "_")


def topic_of(path: str) -> str:
    return f"powerwall/{name_of(path)}"


@pytest.fixture(scope="module")
def row(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Row]:
    clock = Leaping(assembly.now)
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(tmp_path_factory.mktemp("broker")))
        env = broker_env(broker) | {"HA_DISCOVERY": "false"}
        sims = {}
        for seed, path in enumerate(LOSSES, start=1):
            profile = "pw3" if path == DIN else "fw2336"
            sims[path] = sim = stack.enter_context(Simulator(profile, seed=seed))
            sim.clock.freeze()
            env |= gateway_env(sim, f"POWERWALLS__{name_of(path)}__", SLOW_INTERVAL=f"{SLOW_S:g}")
        client = stack.enter_context(Subscriber(broker.side_door))
        row = Row(sims, client, stack.enter_context(running(env, clock)), clock)
        row.polled()
        yield row


@pytest.fixture
def well(row: Row) -> Row:
    """Return the row when every gateway is well again."""
    row.say(lambda _: None)
    row.polled(2)
    row.client.wait(row.is_whole, RECOVERY_S)
    return row


def half(body: bytes) -> bytes:
    return body[: len(body) // 2]


UNUSABLE: dict[str, Callable[[bytes], bytes]] = {
    "not JSON": lambda _: b"try again later",
    "half a body": half,
    "null": lambda _: b"null",
    "HTML": lambda _: b"<!doctype html><html><body>Powerwall</body></html>",
    "nested too deeply": lambda _: b"[" * 100_000,
}


@pytest.mark.parametrize("body", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_bodies_cost_their_own_readings_and_no_others(
    well: Row, body: Callable[[bytes], bytes]
) -> None:
    before = well.client.tree
    lines = len(well.journal.lines)

    well.say(body)
    well.polled()
    well.leap()
    well.polled(2)

    tree = well.client.tree
    for path, loss in LOSSES.items():
        for pattern in loss.gone:
            assert set(values(tree, path, pattern)) == {NONE}, (path, pattern)
        for pattern in loss.kept:
            assert values(tree, path, pattern), (path, pattern)
            assert NONE not in values(tree, path, pattern), (path, pattern)
        steady = [f"{topic_of(path)}/{t}" for t in STEADY if t not in loss.gone]
        if path not in {"system_status", DIN}:
            assert {t: tree[t] for t in steady} == {t: before[t] for t in steady}
        moving = [f"{topic_of(path)}/{t}" for t in MOVING if t not in loss.gone]
        assert NONE not in [tree[topic] for topic in moving]
        assert tree[f"{topic_of(path)}/availability"] == "online"
    assert [line for line in well.journal.lines[lines:] if "Traceback" in line] == []


def test_readings_come_back_with_the_answers(row: Row) -> None:
    row.say(UNUSABLE["HTML"])
    row.polled()
    row.leap()
    row.polled(2)

    row.say(lambda _: None)

    row.client.wait(row.is_whole, RECOVERY_S)


def test_an_unusable_answer_is_logged_once(well: Row) -> None:
    lines = len(well.journal.lines)
    well.say(UNUSABLE["not JSON"])

    def said(path: str) -> int:
        return len([n for n in well.journal.lines[lines:] if f"{name_of(path)}: {path}" in n])

    eventually(lambda: all(map(said, LOSSES)), RECOVERY_S)
    well.polled(2)

    assert {path: said(path) for path in LOSSES} == dict.fromkeys(LOSSES, 1)


def test_an_unusable_answer_costs_no_login(row: Row) -> None:
    assert {path: sim.count("POST", "login/Basic") for path, sim in row.sims.items()} == (
        dict.fromkeys(LOSSES, 1)
    )


def test_numbers_as_text_are_no_numbers_and_said_once(well: Row) -> None:
    lines = len(well.journal.lines)
    path = "system_status/soe"

    well.sims[path].faults.add(Fault(path, body=b'{"percentage":"57"}'))
    well.client.see(f"{topic_of(path)}/battery/level", NONE)
    well.polled(2)

    said = [line for line in well.journal.lines[lines:] if "percentage" in line]
    assert said == [
        "WARNING system_status_soe: system_status/soe: percentage is text, expected a number"
    ]


def test_an_unknown_grid_status_is_passed_on_and_taken_for_nothing(well: Row) -> None:
    path = "system_status/grid_status"
    topic = topic_of(path)

    well.sims[path].faults.add(Fault(path, body=b'{"grid_status":"SystemOnTheMoon"}'))

    well.client.see(f"{topic}/grid/status", "system_on_the_moon")
    well.client.see(f"{topic}/grid/connected", NONE)
    well.client.see(f"{topic}/island/mode", NONE)
    assert well.client.tree[f"{topic}/connection"] == "connected"


def test_an_unknown_mode_is_passed_on_and_written_back_as_it_is(well: Row) -> None:
    path = "operation"
    sim, topic = well.sims[path], topic_of(path)
    sim.faults.add(Fault(path, "GET", body=b'{"real_mode":"holiday","backup_reserve_percent":24}'))
    well.client.see(f"{topic}/operation/mode", "holiday")
    since = well.client.now

    well.client.publish(f"{topic}/operation/backup_reserve/set", "40")

    result = well.client.wait(
        lambda: well.client.payloads(f"{topic}/command/result", since)[1:], within_s=10
    )
    assert json.loads(result[0])["status"] in {"failed", "refused"}
    assert sim.operation.mode == "self_consumption"


def test_members_of_other_kinds_and_unknown_ones_are_left_out(well: Row) -> None:
    path = "meters/aggregates"
    topic = topic_of(path)
    strange = {
        "site": {"instant_power": None, "instant_average_voltage": [], "frequency": True},
        "load": {"instant_power": 1200, "flux_capacitor": 1.21},
        "battery": None,
        "solar": "bright",
        "wind turbine": {"instant_power": 7},
    }
    well.sims[path].faults.add(Fault(path, body=json.dumps(strange).encode()))

    well.client.see(f"{topic}/grid/power", NONE)
    well.client.see(f"{topic}/home/power", "1200")
    well.client.see(f"{topic}/battery/power", NONE)
    well.client.see(f"{topic}/meter/wind_turbine/power", "7")
