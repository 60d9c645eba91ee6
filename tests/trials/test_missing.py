"""A path that is not there: what it fed is absent or `None`, and everything else as it was."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bridge.parts import Endpoint
from bridge.readings import row_at
from bridge.simulator import Fault
from bridge.simulator.endpoints import ENDPOINTS
from bridge.simulator.profiles import profile_named
from bridge.topics import NONE
from trials.stage import Stage

PROFILES = ("fw115", "fw150", "fw2049", "fw2144", "fw2336", "fw2412", "pw3")
# what has neither this nor `status` is no gateway, and is told no password
KNOWN_BY = {("pw3", Endpoint.METERS)}
QUICK = {"POLL_INTERVAL": "1", "DEVICE_INTERVAL": "1", "SLOW_INTERVAL": "5"}
CASES = [
    (profile, endpoint)
    for profile in PROFILES
    for endpoint in Endpoint
    if endpoint in {row.path for row in ENDPOINTS if row.on(profile_named(profile))}
    if (profile, endpoint) not in KNOWN_BY
]
# what the bridge says of itself and of the paths, and what passes on what several paths said
ABOUT = {"capabilities", "snapshot", "tier", "connection", "connection/reason", "availability"}
ABOUT |= {"control/operation/availability", "control/island/availability"}

# what a thing is, and what was set up or counted: it stays true while nothing is heard of it
IDENTITY = {
    *(f"gateway/{key}" for key in ("version", "git_hash", "started", "device_type", "sync_type")),
    *(f"gateway/{key}" for key in ("teg_type", "site_name", "timezone", "meters")),
    *("gateway/ct_voltage_references", "battery/nominal_energy", "outage/count"),
    *("pack/*/type", "pack/*/in_config"),
}


@contextmanager
def standing(profile: str) -> Iterator[Stage]:
    """Run a gateway whose time stands still, so that only what is missing makes a difference."""
    with Stage(profile=profile, settings=QUICK, judged=False) as stage:
        stage.sim.clock.freeze()
        yield stage


def readings(stage: Stage) -> dict[str, str]:
    """Return the topics of the table by path; discovery and what is said of the bridge are none."""
    own = stage.topics.of("")
    told = {t.removeprefix(own): p for t, p in stage.retained.items() if t.startswith(own)}
    return {path: payload for path, payload in told.items() if path not in ABOUT and payload}


def sources(path: str) -> frozenset[Endpoint]:
    """Return the endpoints that feed the topic at a path."""
    if row := row_at(tuple(path.split("/"))):
        return frozenset(row[0].endpoints)
    raise LookupError(path)


def stays(path: str) -> bool:
    """Return whether a topic keeps its value when the path is gone that feeds it."""
    levels = path.split("/")
    row = row_at(tuple(levels))
    plain = "/".join((levels[0], "*", levels[-1])) if len(levels) > 2 else path
    return plain in IDENTITY or (row is not None and row[1].counts)


def baseline(profile: str) -> dict[str, str]:
    if profile not in _BASELINES:
        with standing(profile) as stage:
            stage.live(8)
            _BASELINES[profile] = readings(stage)
    return _BASELINES[profile]


_BASELINES: dict[str, dict[str, str]] = {}


@pytest.mark.parametrize(("profile", "endpoint"), CASES)
def test_what_a_missing_path_would_feed_is_absent(profile: str, endpoint: Endpoint) -> None:
    whole = baseline(profile)
    with standing(profile) as stage:
        stage.sim.faults.add(Fault(endpoint, "GET", status=404))
        stage.live(8)
        left = readings(stage)

    appeared = left.keys() - whole.keys()
    if endpoint is Endpoint.VITALS:  # they name the inverter; without them its pack does
        inverters = {path.split("/")[1] for path in appeared if path.startswith("inverter/")}
        packs = {path.split("/")[1] for path in whole if path.startswith("pack/")}
        assert inverters <= packs
        assert len(inverters) <= 1
        appeared = {path for path in appeared if not path.startswith("inverter/")}
    assert appeared == set()
    for path, payload in whole.items():
        fed = sources(path)
        if endpoint not in fed:
            assert left.get(path) == payload, path
        elif fed == {endpoint}:
            assert left.get(path, NONE) in (NONE, "offline"), path


@pytest.mark.parametrize("endpoint", [e for p, e in CASES if p == "fw2336"])
def test_what_a_path_fed_that_goes_away_is_none(endpoint: Endpoint) -> None:
    with standing("fw2336") as stage:
        stage.live(8)
        whole = readings(stage)
        stage.sim.faults.add(Fault(endpoint, "GET", status=404))
        stage.live(8)
        left = readings(stage)

    assert left.keys() == whole.keys()
    for path, payload in whole.items():
        fed = sources(path)
        if endpoint not in fed or (fed == {endpoint} and stays(path)):
            assert left[path] == payload, path
        elif path.startswith("device/"):
            said = json.loads(left[path])
            assert (said["alerts"], said["heard"], said["last_communication_time"]) == (None,) * 3
            assert all("Energy" in vital for vital in said["vitals"]), path
        elif fed == {endpoint}:
            assert left[path] in (NONE, "offline"), path
