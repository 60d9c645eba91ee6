"""Few logins, however a gateway, a disk or a clock behaves, and however often we crash."""

import random
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from gateway_lab import OK, Raw, Step, Time, answer, visiting

from bridge.commands import Operate
from bridge.documents import Json
from bridge.errors import GatewayError, Unauthorized
from bridge.gateway.account import Clock, Credentials
from bridge.gateway.local import LocalGateway, Setup
from bridge.parts import Endpoint
from bridge.simulator import Simulator
from bridge.state import Store
from bridge.words import Mode

HOUR_S, TEN_YEARS_S = 3600.0, 10 * 365 * 86_400.0
POLL = (Endpoint.METERS, Endpoint.SOE, Endpoint.GRID_STATUS)
VERSION = answer(200, body=b'{"version":"23.36.4 4064fc6a"}')
TOKEN = answer(200, body=b'{"token":"abc"}')


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator("fw2336") as running:
        yield running


class Wall(Time):
    """A steady clock, and one on the wall that jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.off_s = 0.0
        self.boot = "first"

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.s + self.off_s, lambda: self.s, self.sleep, self.boot)


def most_in_an_hour(times: list[float]) -> int:
    return max((sum(0 <= at - first < HOUR_S for at in times) for first in times), default=0)


class Lives:
    """A bridge that is started again and again; made are the times of its logins."""

    def __init__(self, raw: Raw, directory: Path | None) -> None:
        self._raw = raw
        self._directory = directory
        self.time = Wall()
        self.made: list[float] = []

    def life(self, lasts_s: float, step_s: float = 60.0) -> None:
        store = Store(self._directory, "main")
        setup = Setup("main", self._raw.address(), Credentials("secret"))
        gateway = LocalGateway(setup, store, self.time.clock)
        end_s = self.time.s + lasts_s
        while self.time.s < end_s:
            before = gateway.logins
            with suppress(GatewayError):
                gateway.read(Endpoint.SOE)
            self.made += [self.time.s] * (gateway.logins - before)
            self.time.s += step_s
        gateway.close()


@contextmanager
def refusing(directory: Path | None, login: bytes | Step = TOKEN) -> Iterator[Lives]:
    """Yield lives with a gateway that takes every login, and refuses all that follows."""
    script = [answer(403), VERSION, *[login, *[answer(403)] * 3] * 500]
    with Raw(*script, scheme="https") as raw:
        yield Lives(raw, directory)


def full(tmp_path: Path) -> Path:
    """Return a directory in which nothing can be written, not even by root."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_gateway_answers_no_hour_has_more_logins_than_allowed(
    seed: int, tmp_path: Path
) -> None:
    dice = random.Random(seed)  # noqa: S311  # the same dice in every run
    usual = (answer(403), answer(401), VERSION, TOKEN, OK, answer(404), answer(429), answer(503))
    odd = (
        answer(502),
        answer(200, body=b"<html>"),
        answer(429, "Retry-After: 0"),
        Step(close=True),
    )
    script = dice.choices((*usual, *odd), weights=(*[6] * 5, *[1] * 7), k=4000)
    with Raw(*script, scheme="https") as raw:
        lives = Lives(raw, tmp_path)
        for _ in range(15):
            lives.life(dice.choice((60.0, 600.0, 1800.0)), step_s=60.0)

    assert most_in_an_hour(lives.made) <= 6


def test_a_bridge_that_crashes_at_every_login_does_not_log_in_more_often(tmp_path: Path) -> None:
    with refusing(tmp_path, Step(close=True)) as lives:
        for _ in range(20):
            lives.life(lasts_s=60.0)

    assert 0 < most_in_an_hour(lives.made) <= 6


@pytest.mark.parametrize("jump_s", [TEN_YEARS_S, -TEN_YEARS_S])
def test_a_clock_that_jumps_brings_no_logins(sim: Simulator, jump_s: float) -> None:
    time = Wall()
    with visiting(sim, clock=time.clock, logins_per_hour=2) as gateway:
        for _ in range(2):
            time.sleep(60)
            gateway.read(Endpoint.SOE)
            sim.expire_sessions()
        time.off_s = jump_s
        with pytest.raises(Unauthorized, match="2 logins in this hour"):
            gateway.read(Endpoint.SOE)
        time.sleep(HOUR_S)
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 3


def test_a_clock_that_jumps_with_every_crash_opens_the_gate_once_an_hour(tmp_path: Path) -> None:
    """A computer without a battery for its clock begins each time in the past."""
    with refusing(tmp_path) as lives:
        for _ in range(70):
            lives.life(lasts_s=60.0)
            lives.time.off_s -= 60.0

    assert most_in_an_hour(lives.made) <= 6


@pytest.mark.parametrize("boot", ["first", ""])
def test_a_clock_that_is_set_between_two_starts_brings_no_logins(
    tmp_path: Path, sim: Simulator, boot: str
) -> None:
    """A computer without a battery for its clock learns the time after the bridge has begun."""
    time = Wall()
    time.boot = boot
    with visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=1) as gateway:
        gateway.login()
    time.off_s = 2 * HOUR_S
    with (
        visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=1) as gateway,
        pytest.raises(Unauthorized, match="1 login in this hour"),
    ):
        gateway.login()


def test_a_clock_that_is_set_back_between_two_starts_delays_no_login(
    tmp_path: Path, sim: Simulator
) -> None:
    time = Wall()
    with visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=1) as gateway:
        gateway.login()
    time.s += HOUR_S
    time.off_s -= TEN_YEARS_S
    with visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=1) as gateway:
        gateway.login()


def test_after_a_restart_of_the_computer_the_clock_on_the_wall_counts(
    tmp_path: Path, sim: Simulator
) -> None:
    time = Wall()
    with visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=1) as gateway:
        gateway.login()
    time.boot = "second"
    time.s -= 86_400.0  # the steady clock begins anew
    time.off_s += 86_400.0 + HOUR_S
    with visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=1) as gateway:
        gateway.login()


REAL_S = 1_800_000_000.0
EARLIER: dict[str, dict[str, Json]] = {
    "all logins of the hour": {"attempts": [REAL_S - 60 * n for n in range(6, 0, -1)]},
    "a 429": {"attempts": [REAL_S - 60], "limited": [REAL_S - 60, 60.0, 1]},
    "a refusal": {"attempts": [REAL_S - 60], "refused": [REAL_S - 60, 600.0, 1]},
}


@pytest.mark.parametrize("earlier", EARLIER)
@pytest.mark.parametrize("writable", [True, False])
def test_a_clock_that_starts_behind_keeps_the_gate_closed_for_an_hour_only(
    tmp_path: Path, sim: Simulator, earlier: str, *, writable: bool
) -> None:
    """A computer without a battery for its clock logged in before it was switched off."""
    store = Store(tmp_path if writable else full(tmp_path), "main")
    store.put("logins", EARLIER[earlier])
    time = Wall()
    time.off_s = -30 * 86_400.0
    with visiting(sim, store, time.clock) as gateway:
        for _ in range(12):
            with suppress(Unauthorized):
                gateway.read(Endpoint.SOE)
            time.sleep(HOUR_S / 8)

        assert gateway.logins == 1


def test_where_nothing_can_be_written_the_hour_still_holds(tmp_path: Path) -> None:
    with refusing(full(tmp_path)) as lives:
        lives.life(lasts_s=5 * HOUR_S)

    assert 0 < most_in_an_hour(lives.made) <= 6


@pytest.mark.parametrize("lasts_s", [30.0, 500.0, 770.0, 1540.0])
def test_where_nothing_can_be_written_a_crash_loop_stays_within_the_hour(
    tmp_path: Path, lasts_s: float
) -> None:
    with refusing(full(tmp_path)) as lives:
        for _ in range(20):
            lives.life(lasts_s, step_s=min(lasts_s, 110.0))

    assert most_in_an_hour(lives.made) <= 6
    assert all(later - earlier >= 600.0 for earlier, later in pairwise(lives.made))
    assert bool(lives.made) is (lasts_s > 600.0)


def test_a_login_that_has_to_wait_for_the_disk_says_so(tmp_path: Path, sim: Simulator) -> None:
    time = Time()
    with visiting(sim, Store(full(tmp_path), "main"), time.clock) as gateway:
        with pytest.raises(Unauthorized) as caught:
            gateway.read(Endpoint.SOE)
        time.sleep(600)
        gateway.read(Endpoint.SOE)

    assert str(caught.value) == (
        "no login now: STATE_DIR cannot be written, so they have to be rare; "
        "next login attempt in 10 min"
    )


@pytest.mark.parametrize("waited_s", [0.0, 2 * HOUR_S])
def test_a_login_that_stops_the_battery_is_not_made_where_that_cannot_be_noted(
    tmp_path: Path, waited_s: float
) -> None:
    """If the bridge ended now, the next one would not start the site master."""
    time, store = Time(), Store(full(tmp_path), "main")
    with Simulator("fw115") as sim, visiting(sim, store, time.clock) as gateway:
        time.sleep(waited_s)
        with pytest.raises(Unauthorized, match=r"stops the battery, and STATE_DIR cannot"):
            gateway.send(Operate(mode=Mode.BACKUP))

        assert gateway.logins == sim.count("POST", "login/Basic") == 0
        assert not store.get("run_owed")
        assert sim.count("GET", "sitemaster/run") == 0


def test_a_disk_that_can_be_written_again_opens_the_way_to_the_battery(tmp_path: Path) -> None:
    store = Store(full(tmp_path), "main")
    with Simulator("fw115", speed=20) as sim, visiting(sim, store) as gateway:
        with pytest.raises(Unauthorized):
            gateway.send(Operate(mode=Mode.BACKUP))
        full(tmp_path).unlink()
        gateway.send(Operate(mode=Mode.BACKUP))

        assert gateway.logins == 1


def test_two_processes_share_the_hour(tmp_path: Path, sim: Simulator) -> None:
    """`check` may run beside the bridge."""
    time = Time()
    with (
        visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=2) as running,
        visiting(sim, Store(tmp_path, "main"), time.clock, logins_per_hour=2) as check,
    ):
        check.login()
        time.sleep(1)
        check.login()
        with pytest.raises(Unauthorized, match="2 logins in this hour"):
            running.read(Endpoint.SOE)


def test_a_session_on_disk_outlives_a_restart_and_is_for_us_only(
    tmp_path: Path, sim: Simulator
) -> None:
    for _ in range(3):
        with visiting(sim, Store(tmp_path, "main")) as gateway:
            for endpoint in POLL:
                gateway.read(endpoint)

    assert sim.count("POST", "login/Basic") == 1
    assert stat.S_IMODE((tmp_path / "main.json").stat().st_mode) == 0o600


def test_the_meters_are_asked_before_a_refused_path_costs_a_login() -> None:
    gone = (answer(403), answer(403), TOKEN, OK)
    denied = (answer(403), OK)
    with Raw(answer(403), VERSION, TOKEN, OK, *gone, *denied, scheme="https") as raw:
        gateway = raw.gateway()
        for _ in range(3):
            with suppress(GatewayError):
                gateway.read(Endpoint.SOE)

    soe, meters, login = "GET system_status/soe", "GET meters/aggregates", "POST login/Basic"
    first, lost, refused = [soe, "GET status", login, soe], [soe, meters, login, soe], [soe, meters]
    assert raw.lines == [*first, *lost, *refused]
