"""How a gateway is logged in to, how often, and what is said when it is not."""

import json
import logging
from collections.abc import Iterator

import pytest
from gateway_lab import OK, Raw, Time, address, answer, memory, visiting

from bridge.errors import (
    Denied,
    Unauthorized,
    Unreachable,
)
from bridge.gateway.account import Credentials
from bridge.gateway.local import LocalGateway, Setup
from bridge.parts import Endpoint
from bridge.simulator import Fault, Manner, Simulator

POLL = (Endpoint.METERS, Endpoint.SOE, Endpoint.GRID_STATUS)
LOGIN = ("POST", "login/Basic")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator("fw2336") as running:
        yield running


def refused(gateway: LocalGateway, endpoint: Endpoint = Endpoint.SOE) -> str:
    with pytest.raises(Unauthorized) as caught:
        gateway.read(endpoint)
    return str(caught.value)


def test_without_a_password_the_setting_is_named(sim: Simulator) -> None:
    with visiting(sim, password=None) as gateway:
        gateway.read(Endpoint.STATUS)

        assert "POWERWALL_PASSWORD" in refused(gateway)
        assert sim.count(*LOGIN) == gateway.logins == 0


def test_a_wrong_password_is_tried_again_after_ten_minutes(sim: Simulator) -> None:
    time = Time()
    with visiting(sim, clock=time.clock, password="typo") as gateway:
        first = refused(gateway)
        time.sleep(60)
        second = refused(gateway)
        assert gateway.logins == 1
        time.sleep(541)
        third = refused(gateway)

    assert "bad credentials" in first
    assert "POWERWALL_PASSWORD" in first
    assert first.endswith("next login attempt in 10 min")
    assert second.endswith("next login attempt in 9 min")
    assert third.endswith("next login attempt in 20 min")
    assert sim.count(*LOGIN) == 2


def test_a_wrong_password_does_not_double_the_requests(sim: Simulator) -> None:
    with visiting(sim, password="typo") as gateway:
        refused(gateway)
        seen = len(sim.requests)
        for endpoint in POLL:
            refused(gateway, endpoint)

        assert len(sim.requests) == seen + len(POLL)


def test_a_restart_neither_forgets_a_wrong_password_nor_punishes_a_fixed_one(
    sim: Simulator,
) -> None:
    store = memory()
    with visiting(sim, store, password="typo") as gateway:
        refused(gateway)
    with visiting(sim, store, password="typo") as gateway:
        words = refused(gateway)
        assert words.startswith("the login was refused, see POWERWALL_PASSWORD; ")
        assert words.endswith("next login attempt in 10 min")
        assert gateway.logins == 0
    with visiting(sim, store) as gateway:
        gateway.read(Endpoint.SOE)


def test_a_session_outlives_a_restart(sim: Simulator) -> None:
    store = memory()
    for _ in range(3):
        with visiting(sim, store) as gateway:
            gateway.read(Endpoint.SOE)

    assert sim.count(*LOGIN) == 1


def test_a_session_that_a_check_has_opened_is_taken_up(sim: Simulator) -> None:
    store = memory()
    with visiting(sim, store, password="typo") as gateway:
        refused(gateway)
        with visiting(sim, store) as check:
            check.login()
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 1


def test_a_session_that_was_taken_up_is_asked_before_a_login(sim: Simulator) -> None:
    store = memory()
    with visiting(sim, store, password="typo") as gateway:
        refused(gateway)
        with visiting(sim, store) as check:
            check.login()
        before = gateway.logins
        sim.faults.add(Fault("system_status/soe", status=403))
        for _ in range(2):
            with pytest.raises(Denied):
                gateway.read(Endpoint.SOE)
        gateway.read(Endpoint.METERS)

        assert gateway.logins == before


def test_a_session_of_a_check_that_has_ended_too_costs_one_login(sim: Simulator) -> None:
    store = memory()
    with visiting(sim, store) as gateway:
        gateway.read(Endpoint.SOE)
        with visiting(sim, store) as check:
            check.login()
        sim.expire_sessions()
        for endpoint in POLL:
            gateway.read(endpoint)

        assert gateway.logins == 2
        assert sim.count(*LOGIN) == 3


def test_the_session_of_another_user_is_not_taken_up(sim: Simulator) -> None:
    store = memory()
    with visiting(sim, store) as gateway:
        gateway.read(Endpoint.SOE)
    with visiting(sim, store, username="kiosk") as gateway:
        assert "bad credentials" in refused(gateway)


@pytest.mark.parametrize(
    "session",
    [
        7,
        {"username": "customer"},
        {"username": "customer", "token": "a\r\nHost: b", "cookies": ["x\r\ny=z", 5]},
        {"username": "customer", "token": "ü", "cookies": "AuthCookie=1"},
        {"username": "customer", "token": "gone", "cookies": [["x"]]},
    ],
)
def test_junk_for_a_session_costs_one_login(sim: Simulator, session: object) -> None:
    store = memory()
    store.put("session", session)  # type: ignore[arg-type]  # junk is the point
    with visiting(sim, store) as gateway:
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 1


def test_logins_are_limited_by_the_hour(sim: Simulator) -> None:
    time = Time()
    with visiting(sim, clock=time.clock, logins_per_hour=3) as gateway:
        for _ in range(3):
            time.sleep(60)
            gateway.read(Endpoint.SOE)
            sim.expire_sessions()
        words = refused(gateway)
        assert sim.count(*LOGIN) == 3
        time.sleep(3600)
        gateway.read(Endpoint.SOE)

    limit = "3 logins in this hour, the limit POWERWALL_LOGINS_PER_HOUR"
    assert words == f"{limit}; next login attempt in 58 min"


def test_a_login_that_is_lost_counts(sim: Simulator) -> None:
    """A crash loop around the login shall not become a login storm."""
    sim.faults.add(Fault("login/Basic", manner=Manner.RESET))
    store = memory()
    for _ in range(6):
        with visiting(sim, store) as gateway, pytest.raises(Unreachable):
            gateway.read(Endpoint.SOE)
    with visiting(sim, store) as gateway:
        refused(gateway)

        assert gateway.logins == 0


def test_429_on_login_stops_logins_only(sim: Simulator) -> None:
    time = Time()
    sim.faults.add(Fault("login/Basic", status=429, headers=(("retry-after", "300"),), count=1))
    with visiting(sim, clock=time.clock) as gateway:
        assert "next login attempt in 5 min" in refused(gateway)
        gateway.read(Endpoint.STATUS)
        time.sleep(301)
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 2


@pytest.mark.parametrize(
    "useless",
    [answer(502), answer(503), answer(404), answer(200), answer(200, body=b"<html>"), OK]
    + [answer(200, body=body) for body in (b"[]", b'{"token":""}', b'{"token":"a b"}')],
)
def test_a_login_without_a_usable_answer_is_tried_again_after_a_minute(useless: bytes) -> None:
    version = answer(200, body=b'{"version":"23.36.4 4064fc6a"}')
    with Raw(answer(403), version, useless, answer(403), scheme="https") as raw:
        gateway = raw.gateway()
        for _ in range(2):
            assert refused(gateway).endswith("next login attempt in 60 s")

    assert raw.lines.count("POST login/Basic") == 1


def test_cookies_alone_are_a_session() -> None:
    version = answer(200, body=b'{"version":"23.36.4 4064fc6a"}')
    login = answer(200, "Set-Cookie: AuthCookie=abc; Path=/", body=b"{}")
    with Raw(answer(403), version, login, OK, scheme="https") as raw:
        raw.gateway().read(Endpoint.SOE)

    assert b"\r\nCookie: AuthCookie=abc\r\n" in raw.requests[3]
    assert b"Authorization" not in raw.requests[3]


@pytest.mark.parametrize("token", [b"[" * 500 + b"]" * 500, b'{"a":"b"}', b"7", b"null"])
def test_a_token_that_is_no_text_is_not_kept(token: bytes) -> None:
    """What is nested deeply can be read, and not always be written again."""
    version = answer(200, body=b'{"version":"23.36.4 4064fc6a"}')
    login = answer(200, "Set-Cookie: AuthCookie=abc; Path=/", body=b'{"token":%s}' % token)
    store = memory()
    with Raw(answer(403), version, login, OK, scheme="https") as raw:
        raw.gateway(store).read(Endpoint.SOE)

    assert store.get("session") == {
        "username": "customer",
        "token": None,
        "cookies": ["AuthCookie=abc"],
    }


def test_what_a_login_says_and_gives() -> None:
    token = b'{"token":"abc=="}'
    cookies = ("Set-Cookie: AuthCookie=abc==; Path=/", "Set-Cookie: UserRecord=e/+f=; Path=/")
    version = answer(200, body=b'{"version":"23.36.4 4064fc6a"}')
    script = (answer(403), version, answer(200, *cookies, body=token), answer(200, body=b"{}"))
    with Raw(*script, scheme="https") as raw:
        raw.gateway().read(Endpoint.SOE)

    soe = "GET system_status/soe"
    assert raw.lines == [soe, "GET status", "POST login/Basic", soe]
    assert json.loads(raw.requests[2].split(b"\r\n\r\n")[1]) == {
        "username": "customer",
        "password": "secret",
        "email": "",
        "force_sm_off": False,
    }
    assert b"\r\nAuthorization: Bearer abc==\r\n" in raw.requests[3]
    assert b"\r\nCookie: AuthCookie=abc==; UserRecord=e/+f=\r\n" in raw.requests[3]


def test_secrets_are_neither_logged_nor_carried(
    sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the gateway repeats them."""
    caplog.set_level(logging.DEBUG)
    echo = b'{"message":"no %s"}' % sim.password.encode()
    sim.faults.add(Fault("login/Basic", status=401, body=echo, count=1))
    store, said = memory(), []
    with visiting(sim, store, Time().clock) as gateway, pytest.raises(Unauthorized) as caught:
        gateway.read(Endpoint.SOE)
    error: BaseException | None = caught.value
    while error is not None:
        said.append(repr(error))
        error = error.__cause__ or error.__context__
    with visiting(sim, memory()) as gateway:
        gateway.read(Endpoint.SOE)

    assert "***" in said[0]
    assert sim.password not in "".join(said) + caplog.text
    assert "Bearer" not in caplog.text
    assert "AuthCookie" not in caplog.text


@pytest.mark.parametrize("password", ["bad", "credentials", "Login", "e"])
def test_a_password_that_is_a_word_of_the_gateway_leaves_its_words_whole(
    sim: Simulator, password: str
) -> None:
    with visiting(sim, password=password) as gateway:
        assert "Login Error: bad credentials" in refused(gateway)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("bad", "not bad, bad credentials"),
        ("secret", "nosecrets"),
        ('a"b', 'no a"b'),
        ("ünsafe", "no ünsafe"),
    ],
)
def test_a_password_that_is_repeated_is_hidden(sim: Simulator, password: str, said: str) -> None:
    echo = json.dumps({"message": said}).encode()
    sim.faults.add(Fault("login/Basic", status=401, body=echo, count=1))
    with visiting(sim, password=password) as gateway:
        words = refused(gateway)

    assert said.replace(password, "***", 1) in words


def test_each_gateway_has_its_own_settings(sim: Simulator) -> None:
    where = Setup("cabin", address(sim), Credentials(), variables="POWERWALLS__cabin__")
    gateway = LocalGateway(where, memory())

    assert "set POWERWALLS__cabin__PASSWORD" in refused(gateway)
