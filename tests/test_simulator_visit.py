"""Who gets in: logins, sessions and what stays closed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from requests.adapters import HTTPAdapter

from bridge.simulator import Simulator

NEW = ("fw2049", "fw2144", "fw2336", "fw2412")
FORBIDDEN = (
    b'{"code":403,"error":"Unable to GET to resource",'
    b'"message":"User does not have adequate access rights"}'
)


def pinned(fingerprint: str) -> HTTPAdapter:
    """Trust one certificate, as the bridge does."""
    adapter = HTTPAdapter()
    adapter.poolmanager.connection_pool_kw["assert_fingerprint"] = fingerprint or None
    return adapter


class Visitor:
    """One client with one session; paths are those below /api/."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = False
        self.session.mount("https://", pinned(sim.fingerprint))

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self._url(path), headers=headers, timeout=5)

    def post(self, path: str, document: object) -> requests.Response:
        return self.session.post(self._url(path), data=json.dumps(document), timeout=5)

    def read(self, path: str) -> dict[str, object]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        document: dict[str, object] = answer.json()
        return document

    def login(self, password: str | None = None, username: str = "customer") -> requests.Response:
        given = {"username": username, "password": password or self.sim.password, "email": ""}
        answer = self.post("login/Basic", given)
        if answer.ok and not answer.cookies:
            self.session.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return answer

    def _url(self, path: str) -> str:
        return f"{self.sim.scheme}://127.0.0.1:{self.sim.port}/api/{path}"


@contextmanager
def visited(profile: str = "fw2336", **options: str) -> Iterator[tuple[Simulator, Visitor]]:
    """Run a simulator and log in to it."""
    with Simulator(profile, writes=options.get("writes")) as sim:
        visitor = Visitor(sim)
        with visitor.session:
            assert visitor.login().status_code == 200
            yield sim, visitor


@pytest.fixture(params=NEW)
def stranger(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    with Simulator(request.param) as sim:
        visitor = Visitor(sim)
        with visitor.session:
            yield visitor


def test_without_a_session_only_the_status_is_open(stranger: Visitor) -> None:
    closed = stranger.get("meters/aggregates")

    assert (closed.status_code, closed.content) == (403, FORBIDDEN)
    assert stranger.get("status").status_code == 200


def test_a_login_sets_cookies_that_are_enough(stranger: Visitor) -> None:
    answer = stranger.login()

    assert answer.json()["roles"] == ["Home_Owner"]
    assert set(stranger.session.cookies.keys()) == {"AuthCookie", "UserRecord"}
    assert stranger.get("operation").status_code == 200


def test_a_login_gives_a_token_that_is_enough(stranger: Visitor) -> None:
    token = stranger.login().json()["token"]
    stranger.session.cookies.clear()

    assert len(token) == 88
    assert stranger.get("operation").status_code == 403
    assert stranger.get("operation", Authorization=f"Bearer {token}").status_code == 200


def test_a_powerwall_3_answers_four_paths_and_only_to_a_bearer() -> None:
    with Simulator("pw3") as sim, (visitor := Visitor(sim)).session:
        closed = visitor.get("../tedapi/din")
        visitor.login()
        din = visitor.get("../tedapi/din")
        others = {visitor.get(path).status_code for path in ("status", "operation", "..", "config")}

        assert (closed.status_code, closed.content) == (403, FORBIDDEN)
        assert dict(visitor.session.cookies) == {}
        assert (din.status_code, din.text) == (200, sim.site.din)
        assert visitor.get("meters/aggregates").status_code == 200
        assert others == {404}


def test_other_gateways_have_no_tedapi() -> None:
    with visited() as (_, visitor):
        assert visitor.get("../tedapi/din").status_code == 404


def test_a_second_login_leaves_the_first_session_alone(stranger: Visitor) -> None:
    first = stranger.login().json()["token"]
    stranger.login()
    stranger.session.cookies.clear()

    assert stranger.get("operation", Authorization=f"Bearer {first}").status_code == 200


def test_a_wrong_password_is_answered_to_the_byte(stranger: Visitor) -> None:
    answer = stranger.login("wrong")

    assert answer.status_code == 401
    assert answer.content == b'{"code":401,"error":"bad credentials","message":"Login Error"}'


def test_an_installer_must_stand_before_the_powerwall(stranger: Visitor) -> None:
    answer = stranger.login(username="installer")

    assert answer.status_code == 401
    assert answer.json()["error"] == "roles [Provider_Engineer] require physical access"


def test_expired_sessions_are_forbidden_until_the_next_login(stranger: Visitor) -> None:
    stranger.login()
    stranger.sim.expire_sessions()

    assert stranger.get("operation").status_code == 403
    stranger.login()
    assert stranger.get("operation").status_code == 200


def test_a_logout_ends_the_session(stranger: Visitor) -> None:
    stranger.login()
    answer = stranger.get("logout")

    assert (answer.status_code, answer.content) == (204, b"")
    assert stranger.get("operation").status_code == 403


def test_a_login_may_come_as_a_form(stranger: Visitor) -> None:
    form = {"username": "customer", "password": stranger.sim.password}
    url = f"https://127.0.0.1:{stranger.sim.port}/api/login/Basic"

    assert stranger.session.post(url, data=form, timeout=5).status_code == 200


def test_the_oldest_firmware_shows_its_readings_to_everybody() -> None:
    with Simulator("fw115") as sim:
        visitor = Visitor(sim)
        for path in ("meters/aggregates", "system_status/soe", "sitemaster", "powerwalls"):
            assert visitor.get(path).status_code == 200, path
        assert visitor.get("operation").status_code == 403
        assert visitor.get("system_status").status_code == 404
        visitor.session.close()


def test_the_oldest_firmware_takes_s_and_serial_and_gives_no_cookie() -> None:
    with Simulator("fw115") as sim:
        visitor = Visitor(sim)
        with visitor.session:
            answer = visitor.login(username="")

            assert sim.password == f"S{sim.site.serial}"
            assert answer.json()["roles"] == ["Provider_Engineer"]
            assert answer.json()["email"] is None
            assert not answer.cookies
            assert visitor.get("operation").status_code == 200


def test_the_oldest_firmware_words_a_wrong_password_differently() -> None:
    with Simulator("fw115") as sim:
        visitor = Visitor(sim)
        with visitor.session:
            body = visitor.login("wrong").content

    assert body == b'{"code":401,"error":"Invalid Credentials","message":"Login Error"}'


def test_firmware_1_50_is_as_open_and_has_customers_without_cookies() -> None:
    with Simulator("fw150") as sim, (visitor := Visitor(sim)).session:
        for path in ("meters/aggregates", "system_status/soe", "sitemaster", "powerwalls"):
            assert visitor.get(path).status_code == 200, path
        assert "din" not in visitor.read("status")
        assert visitor.get("operation").status_code == 403
        answer = visitor.login()

        assert answer.json()["roles"] == ["Home_Owner"]
        assert not answer.cookies
        assert visitor.read("operation")["real_mode"] == "self_consumption"
        assert visitor.read("sitemaster")["running"] is True


def test_firmware_1_50_wants_its_installer_to_be_there() -> None:
    with Simulator("fw150") as sim, (visitor := Visitor(sim)).session:
        answer = visitor.login(username="installer")

        assert answer.status_code == 401
        assert answer.json()["error"] == "roles [Provider_Engineer] require physical access"
        assert visitor.read("sitemaster")["running"] is True


def test_other_seeds_bring_other_serials_and_the_same_seed_the_same() -> None:
    one, same, two = Simulator(seed=1), Simulator(seed=1), Simulator(seed=2)

    assert one.site == same.site
    assert not {pack.serial for pack in one.site.packs} & {pack.serial for pack in two.site.packs}
    assert one.site.serial != two.site.serial


def test_a_profile_or_policy_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match="no profile 'pw9'; there are fw115"):
        Simulator("pw9")
    with pytest.raises(ValueError, match="nobody"):
        Simulator(writes="nobody")
