"""What a client sees that comes after the bridge, for every firmware: all of it, and all true."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import Journal, broker_env, gateway_env, running
from brokers import Broker
from gateway_says import expected
from main_says import MAIN_PATHS, main_pairs
from raw_answers import Answers
from snapshots import differences
from subscriber import Subscriber, retained

from bridge.simulator import Simulator

PROFILES = ("fw115", "fw150", "fw2049", "fw2144", "fw2336", "fw2412", "pw3")
OWN = "powerwall/main/"
# said by the bridge of itself and the gateway: no reading of an answer
ABOUT = {
    "availability": "online",
    "connection": "connected",
    "connection/reason": "ok",
    "control/island/availability": "offline",
    "control/operation/availability": "online",
}
SHUT = {"control/operation/availability": "offline"}  # a Powerwall 3 takes no commands
ZERO_CURRENT = "solar/average_current"
JSON = ("snapshot", "capabilities", "alerts", "tier")


@dataclass(frozen=True)
class Seen:
    """A simulated gateway whose clock stands still, and what is retained about it."""

    profile: str
    sim: Simulator
    tree: dict[str, str]
    journal: Journal

    @property
    def own(self) -> dict[str, str]:
        return {t.removeprefix(OWN): p for t, p in self.tree.items() if t.startswith(OWN)}


@pytest.fixture(scope="module", params=PROFILES)
def seen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    profile: str = request.param
    with Broker(tmp_path_factory.mktemp(profile)) as broker, Simulator(profile) as sim:
        sim.clock.freeze()
        with (
            Subscriber(broker.side_door) as watcher,
            running(gateway_env(sim) | broker_env(broker)) as journal,
        ):
            watcher.hear(f"{OWN}snapshot")
            watcher.hear("powerwall/bridge/health")
            watcher.hear(f"{OWN}snapshot", since=watcher.now)
            yield Seen(profile, sim, retained(broker.side_door), journal)


def test_the_topics_are_those_of_the_golden_list(seen: Seen) -> None:
    file = Path(__file__).parent / f"topics-{seen.profile}.txt"
    golden = file.read_text(encoding="utf-8").splitlines()
    doubtful = {OWN + ZERO_CURRENT} - set(golden)

    assert sorted(seen.tree.keys() - doubtful) == golden


def test_every_reading_agrees_with_the_gateway(seen: Seen) -> None:
    readings = {
        topic: json.loads(payload) if payload[0] in "[{" else payload
        for topic, payload in seen.own.items()
        if topic not in {*ABOUT, *JSON, ZERO_CURRENT} and not topic.startswith("device/")
    }
    wanted = expected(seen.sim)
    wanted.pop(ZERO_CURRENT, None)

    assert {t: p for t, p in readings.items() if wanted.get(t) != p} == {}
    assert wanted.keys() - readings.keys() == set()


def test_a_current_of_zero_beside_a_power_is_no_value(seen: Seen) -> None:
    assert seen.own.get(ZERO_CURRENT) == expected(seen.sim).get(ZERO_CURRENT)


def test_bridge_and_gateway_are_well(seen: Seen) -> None:
    about = ABOUT | (SHUT if seen.profile == "pw3" else {})

    assert {topic: seen.own.get(topic) for topic in about} == about
    assert seen.tree["powerwall/bridge/availability"] == "online"
    vitals = "full" if Answers(seen.sim).devices() else "no_vitals"
    assert seen.own["tier"] == ("restricted" if seen.profile == "pw3" else vitals)


def test_every_device_says_all_its_vitals_unrounded(seen: Seen) -> None:
    said = {t.partition("/")[2]: json.loads(p) for t, p in seen.own.items() if t[:7] == "device/"}
    devices = Answers(seen.sim).devices()

    assert {din: (one["vitals"], one["alerts"]) for din, one in said.items()} == {
        din: (_without_unknown(device.values), device.alerts) for din, device in devices.items()
    }


def _without_unknown(values: dict[str, object]) -> dict[str, object]:
    """Return the vitals without the angles that stand for "no value"."""
    return {n: v for n, v in values.items() if "Phase" not in n or v not in (-256.0, -180.5)}


def test_every_alert_is_listed_with_its_device(seen: Seen) -> None:
    listed = json.loads(seen.own.get("alerts", "[]"))
    devices = Answers(seen.sim).devices()

    assert [(one["name"], one["din"]) for one in listed if one["din"]] == [
        (name, device.din) for device in devices.values() for name in device.alerts
    ]


def test_the_snapshot_says_what_the_topics_say(seen: Seen) -> None:
    assert differences(seen.own["snapshot"], seen.own) == []
    assert len(seen.own["snapshot"].encode()) < 4096


def test_the_snapshot_has_all_main_values_of_the_site(seen: Seen) -> None:
    answers = Answers(seen.sim)
    paths = [path for path in MAIN_PATHS if answers.has(path)]
    wanted = {topic for path in paths for topic, _ in main_pairs(path, answers.object(path))}
    snapshot = json.loads(seen.own["snapshot"])
    levels = [topic.split("/") for topic in wanted if topic[:5] != "pack/"]

    assert [(branch, key) for branch, key in levels if key not in snapshot[branch]] == []


def test_no_more_than_one_login_was_made(seen: Seen) -> None:
    logins = 0 if seen.profile in ("fw115", "fw150") else 1

    assert seen.sim.count("POST", "login/Basic") == logins


def test_no_word_of_trouble_was_logged(seen: Seen) -> None:
    assert [line for line in seen.journal.lines if not line.startswith("INFO")] == []


def test_no_secret_is_published(seen: Seen) -> None:
    leaks = {t for t, p in seen.tree.items() if seen.sim.password in p or "AuthCookie" in p}

    assert leaks == set()
