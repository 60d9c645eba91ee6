"""Gateways side by side: their names, their pace, and what becomes of one that is taken away."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker, free_ports
from subscriber import Heard, Subscriber, eventually, retained

from bridge.app import Application
from bridge.settings import load_settings
from bridge.simulator import Fault, Simulator


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


def homes(stack: ExitStack, *seeds: int) -> list[Simulator]:
    return [stack.enter_context(Simulator("fw2144", seed=seed)) for seed in seeds]


def of(gateway: str, sim: Simulator, **changes: str) -> dict[str, str]:
    return gateway_env(sim, f"POWERWALLS__{gateway}__", **changes)


def before_one_leaves(
    stack: ExitStack, broker: Broker, client: Subscriber
) -> tuple[Simulator, Heard]:
    """Let a bridge tell of two gateways, `stays` and `leaves`; return that and this's discovery."""
    stays, leaves = homes(stack, 1, 2)
    with running(of("stays", stays) | of("leaves", leaves) | broker_env(broker)):
        return stays, client.hear(f"homeassistant/device/site_{leaves.site.din}/config")


def gateways(tree: dict[str, str]) -> set[str]:
    return {topic.split("/")[1] for topic in tree if topic.startswith("powerwall/")} - {"bridge"}


def test_each_gateway_has_its_name_in_its_topics(broker: Broker) -> None:
    with ExitStack() as stack:
        beach, town = homes(stack, 1, 2)
        env = of("beach_house", beach) | gateway_env(town, NAME="town") | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env):
            client.hear("powerwall/beach_house/snapshot")
            client.hear("powerwall/town/snapshot")
            client.hear("powerwall/town/snapshot", since=client.now)
            tree = retained(broker.side_door)

    assert gateways(tree) == {"beach_house", "town"}
    assert tree["powerwall/beach_house/gateway/din"] == beach.site.din
    assert tree["powerwall/town/gateway/din"] == town.site.din
    assert json.loads(tree["powerwall/bridge/info"])["gateways"] == ["town", "beach_house"]
    assert {f"homeassistant/device/site_{sim.site.din}/config" for sim in (beach, town)} < set(tree)


def test_messages_are_counted_by_gateway(broker: Broker) -> None:
    """One that is away says how it stands, and little more."""
    once = threading.Event()
    once.set()
    with ExitStack() as stack:
        (here,) = homes(stack, 1)
        away = gateway_env(here, "POWERWALLS__away__", HOST=f"127.0.0.1:{free_ports(1)[0]}")
        client = stack.enter_context(Subscriber(broker.side_door))
        env = of("here", here) | away | broker_env(broker)
        application = Application(load_settings(env, env_file=None))
        application.start()
        try:
            client.hear("powerwall/here/snapshot")
            client.see("powerwall/away/connection", "unreachable")
            application.wait(once)
            health = json.loads(client.hear("powerwall/bridge/health").payload)
        finally:
            application.stop()

    each = {name: figures["messages"] for name, figures in health["gateways"].items()}
    assert 0 < each["away"] < 50 < each["here"]
    assert each["away"] + each["here"] < health["messages"]


def test_a_command_reaches_its_own_gateway_only(broker: Broker) -> None:
    with ExitStack() as stack:
        a, b = homes(stack, 1, 2)
        env = of("a", a) | of("b", b) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env):
            client.hear("powerwall/a/snapshot")
            client.hear("powerwall/b/snapshot")
            client.publish("powerwall/b/operation/backup_reserve/set", "40")
            client.see("powerwall/b/operation/backup_reserve", "40")

        assert a.count("POST", "operation") == 0
        assert b.operation.reserve_raw_percent == 43


def test_a_gateway_that_hangs_does_not_slow_the_other(broker: Broker) -> None:
    with ExitStack() as stack:
        slow, quick = homes(stack, 1, 2)
        slow.faults.add(Fault(delay_s=60))
        env = of("slow", slow, TIMEOUT="3") | of("quick", quick) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env):
            client.hear("powerwall/quick/snapshot")
            eventually(lambda: quick.count("GET", "system_status/soe") >= 5)
            client.see("powerwall/slow/availability", "offline")
            asked = [r.at for r in quick.requests if r.path == "system_status/soe"]

    waits = [after - before for before, after in pairwise(asked)]
    assert max(waits) < 1.5


def test_a_gateway_taken_from_the_settings_is_cleared_at_the_next_start(broker: Broker) -> None:
    with ExitStack() as stack:
        stays, leaves = homes(stack, 1, 2)
        kept, both = of("stays", stays), of("stays", stays) | of("leaves", leaves)
        discovery = f"homeassistant/device/site_{leaves.site.din}/config"
        with Subscriber(broker.side_door) as client, running(both | broker_env(broker)):
            client.hear("powerwall/leaves/snapshot")
            client.hear("powerwall/stays/snapshot")
            client.hear(discovery)
            client.hear(f"homeassistant/device/site_{stays.site.din}/config")
        mine = {t for t in retained(broker.side_door) if "/leaves/" in t}
        assert mine

        with Subscriber(broker.side_door) as client, running(kept | broker_env(broker)):
            client.wait(lambda: gateways(client.tree) == {"stays"})
            client.wait(lambda: discovery not in client.tree)
            client.hear("powerwall/stays/snapshot", since=client.now)
            tree = retained(broker.side_door)

    packs = [t for t in tree if t.startswith("homeassistant/") and "leaves" in tree[t]]
    assert packs == []
    assert gateways(tree) == {"stays"}


def test_a_gateway_under_a_new_name_keeps_its_devices(broker: Broker) -> None:
    """Home Assistant forgets what its owner made of a device that is taken away."""
    with ExitStack() as stack:
        (home,) = homes(stack, 1)
        with Subscriber(broker.side_door) as client:
            with running(of("old", home) | broker_env(broker)):
                client.hear("powerwall/old/snapshot")
                client.hear("powerwall/old/snapshot", since=client.now)
            before = {t for t in client.tree if t.startswith("homeassistant/")}
            since = client.now
            with running(of("new", home) | broker_env(broker)):
                client.wait(lambda: not any(t.startswith("powerwall/old/") for t in client.tree))
                site = f"homeassistant/device/site_{home.site.din}/config"
                client.wait(lambda: "powerwall/new/grid/power" in client.tree.get(site, ""))
                client.hear("powerwall/new/snapshot", since=client.now)

            assert before == {t for t in client.tree if t.startswith("homeassistant/")}
            assert [t for t in before if "" in client.payloads(t, since)] == []


def test_a_gateway_under_a_new_name_is_rid_of_what_it_has_no_more(broker: Broker) -> None:
    """Home Assistant keeps an entity that is merely left out."""
    with ExitStack() as stack:
        (home,) = homes(stack, 1)
        site = f"homeassistant/device/site_{home.site.din}/config"
        client = stack.enter_context(Subscriber(broker.side_door))
        with running(of("old", home) | broker_env(broker)):
            before = json.loads(client.hear(site).payload)["cmps"]
        since = client.now

        with running(of("new", home, CONTROL="none") | broker_env(broker)):
            client.wait(lambda: "powerwall/new/availability" in client.tree[site])

    bare = {
        key
        for payload in client.payloads(site, since)
        for key, component in json.loads(payload)["cmps"].items()
        if component.keys() == {"p"}
    }
    assert bare == before.keys() - json.loads(client.tree[site])["cmps"].keys() != set()


def test_gateways_that_swapped_places_tell_of_the_devices_that_each_has_now(
    broker: Broker,
) -> None:
    """Each bears the other's in mind for a day."""
    with ExitStack() as stack:
        one, other = homes(stack, 1, 2)
        client = stack.enter_context(Subscriber(broker.side_door))
        packs = {
            f"homeassistant/device/pack_{pack.serial}/config": gateway
            for gateway, sim in (("b", one), ("a", other))
            for pack in sim.site.packs
        }
        with running(of("a", one) | of("b", other) | broker_env(broker)):
            client.wait(lambda: packs.keys() <= client.tree.keys())

        with running(of("a", other) | of("b", one) | broker_env(broker)):
            for name in "ab":
                client.hear(f"powerwall/{name}/snapshot", since=client.now)
            client.wait(
                lambda: all(f"powerwall/{name}/" in client.tree[t] for t, name in packs.items())
            )
            for name in "abab":
                client.hear(f"powerwall/{name}/snapshot", since=client.now)

            assert [
                t for t, name in packs.items() if f"powerwall/{name}/" not in client.tree[t]
            ] == []


def test_what_a_run_was_too_short_to_clear_the_next_one_does(broker: Broker) -> None:
    """Nothing is cleared before each gateway has said whose site it is, and one may be down."""
    with ExitStack() as stack:
        client = stack.enter_context(Subscriber(broker.side_door))
        stays, _ = before_one_leaves(stack, broker, client)
        wrong = of("stays", stays, HOST=f"127.0.0.1:{free_ports(1)[0]}")
        with running(wrong | broker_env(broker)):
            client.see("powerwall/stays/connection", "unreachable")

        with running(of("stays", stays) | broker_env(broker)):
            client.wait(lambda: not any("leaves" in f"{t} {p}" for t, p in client.tree.items()))


def test_who_was_away_hears_of_a_gateway_that_is_gone_and_of_its_end(broker: Broker) -> None:
    """Home Assistant passes over the end of what it knows from its own files only."""
    with ExitStack() as stack:
        client = stack.enter_context(Subscriber(broker.side_door))
        stays, last = before_one_leaves(stack, broker, client)

        with running(of("stays", stays) | broker_env(broker)):
            client.wait(lambda: last.topic not in client.tree)
            since = client.now
            client.publish("homeassistant/status", "online")
            client.hear(last.topic, "", since=since)

    assert client.payloads(last.topic, since) == [last.payload, ""]


def test_topics_of_others_are_never_cleared(broker: Broker) -> None:
    alien = {"powerwall/other/grid/power": "5", "homeassistant/device/thing/config": '{"o":{}}'}
    with Simulator() as sim, Subscriber(broker.side_door) as client:
        for topic, payload in alien.items():
            client.publish(topic, payload, retain=True)
        with running(gateway_env(sim) | broker_env(broker)):
            client.hear("powerwall/main/snapshot")
            client.hear("powerwall/main/snapshot", since=client.now)
            tree = retained(broker.side_door)

    assert {topic: tree.get(topic) for topic in alien} == alien


def test_a_reading_the_gateway_has_no_more_becomes_none(broker: Broker) -> None:
    with ExitStack() as stack:
        rich = stack.enter_context(Simulator("fw2336", seed=3))
        poor = stack.enter_context(Simulator("fw2412", seed=4))
        with (
            Subscriber(broker.side_door) as client,
            running(gateway_env(rich) | broker_env(broker)),
        ):
            client.hear("powerwall/main/snapshot")
            client.hear("powerwall/main/snapshot", since=client.now)
        before = retained(broker.side_door)
        assert before["powerwall/main/grid/l1_frequency"] != "None"
        packs = [block.serial for block in rich.site.packs]

        with (
            Subscriber(broker.side_door) as client,
            running(gateway_env(poor) | broker_env(broker)),
        ):
            client.see("powerwall/main/grid/l1_frequency", "None")
            client.see("powerwall/main/alerts", "None")
            client.see("powerwall/main/alerts/count", "None")
            for serial in packs:
                client.see(f"powerwall/main/pack/{serial}/availability", "offline")
                client.see(f"powerwall/main/pack/{serial}/power", "None")
            client.see("powerwall/main/gateway/version", "24.12.3 1feaff3a")


def test_two_names_of_the_same_gateway_are_an_error_of_the_second(broker: Broker) -> None:
    with Simulator("fw2144") as sim:
        env = of("a", sim) | of("b", sim) | broker_env(broker)
        with Subscriber(broker.side_door) as client, running(env):
            client.wait(
                lambda: (
                    {"error", "connected"}
                    == {client.tree.get(f"powerwall/{name}/connection") for name in "ab"}
                )
            )
            wrong = next(n for n in "ab" if client.tree[f"powerwall/{n}/connection"] == "error")
            client.hear(f"powerwall/{wrong}/snapshot", since=client.now)
            reason = client.tree[f"powerwall/{wrong}/connection/reason"]
            discovered = [p for t, p in client.tree.items() if t.startswith("homeassistant/")]

    assert "the same site" in reason
    assert f"POWERWALLS__{wrong}__ID" in reason
    assert [p for p in discovered if f"powerwall/{wrong}/" in p] == []
