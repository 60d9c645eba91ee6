"""Raw answers from a simulated gateway over TLS: untouched, and with the manners of every read."""

import json
from dataclasses import replace

import pytest
from gateway_lab import address, memory, visiting

from bridge.documents import Document
from bridge.errors import BadAnswer, Denied, Missing, RateLimited
from bridge.gateway.account import Credentials
from bridge.gateway.local import LocalGateway, Setup
from bridge.parts import Endpoint, Soe
from bridge.raw import PATHS
from bridge.simulator import Fault, Simulator

PROFILES = ("fw115", "fw2049", "fw2144", "fw2336", "fw2412")
KEPT = frozenset({Endpoint.SOE, Endpoint.VITALS, Endpoint.OPERATION})


def keeping(sim: Simulator, kept: frozenset[Endpoint] = KEPT) -> LocalGateway:
    setup = Setup("main", address(sim), Credentials(sim.password, sim.username))
    return LocalGateway(replace(setup, kept=kept), memory())


@pytest.mark.parametrize("profile", PROFILES[1:])
def test_every_path_that_a_firmware_has_is_given_untouched(profile: str) -> None:
    with Simulator(profile) as sim, visiting(sim) as gateway:
        sim.clock.freeze()
        missing = set()
        for path in PATHS:
            try:
                assert (gateway.fetch(path).text or "").encode() == sim.document(path).strip()
            except Missing:
                missing.add(path)

        assert gateway.logins == 1
    assert missing == {"site_info/grid_codes", "solars/brands", "system/networks"} | (
        set() if profile == "fw2336" else {"solar_powerwall"}
    )


def test_old_firmware_gives_what_is_open_without_a_login() -> None:
    with Simulator("fw115") as sim, visiting(sim) as gateway:
        assert json.loads(gateway.fetch("site_info").text or "")["site_name"]
        assert sim.count("POST", "login/Basic") == 0


def test_an_answer_that_is_kept_is_handed_over_once() -> None:
    with Simulator() as sim:
        sim.clock.freeze()
        gateway = keeping(sim)
        gateway.read(Endpoint.SOE)
        gateway.read(Endpoint.STATUS)
        first = gateway.take(Endpoint.SOE)

        assert first is not None
        assert (first.text or "").encode() == sim.document(Endpoint.SOE).strip()
        assert first.value == json.loads(sim.document(Endpoint.SOE))
        assert gateway.take(Endpoint.SOE) is None
        assert gateway.take(Endpoint.STATUS) is None
        gateway.close()


def test_vitals_are_kept_as_what_they_say() -> None:
    with Simulator("fw2144") as sim:
        gateway = keeping(sim)
        gateway.read(Endpoint.VITALS)
        vitals = gateway.take(Endpoint.VITALS)
        gateway.close()

        assert vitals is not None
        assert vitals.text is None
        assert isinstance(vitals.value, dict)
        assert any(din.startswith("TETHC--") for din in vitals.value)


def test_an_answer_without_sense_is_not_kept() -> None:
    with Simulator() as sim:
        gateway = keeping(sim)
        sim.faults.add(Fault("system_status/soe", status=200, body=b'{"percentage":'))
        with pytest.raises(BadAnswer):
            gateway.read(Endpoint.SOE)

        assert gateway.take(Endpoint.SOE) is None
        gateway.close()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_an_answer_with_a_bare_word_is_used_and_not_passed_on(word: str) -> None:
    with Simulator() as sim:
        gateway = keeping(sim)
        body = f'{{"percentage":55.5,"spare":[{word}]}}'.encode()
        sim.faults.add(Fault("system_status/soe", status=200, body=body))
        part = gateway.read(Endpoint.SOE)

        assert part == Soe(55.5)
        assert gateway.take(Endpoint.SOE) == Document({"percentage": 55.5, "spare": [None]})
        gateway.close()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>portal</html>", b'{"company":"Su', b"[" * 100_000),
        *(b"NaN", b'{"a":NaN}', b'{"a":[Infinity]}', b'{"a":-Infinity}'),
    ],
)
def test_a_path_that_gives_no_json_is_a_bad_answer(body: bytes) -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("installer", status=200, body=body))

        with pytest.raises(BadAnswer, match=r"^installer is not JSON, or cut short$"):
            gateway.fetch("installer")


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"\\ud800"', b'{"a":1e999}', b'\xef\xbb\xbf{"a":"\xff"}']
)
def test_odd_json_is_passed_on(body: bytes) -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("installer", status=200, body=body))
        given = gateway.fetch("installer")

        assert given.text == body.decode("utf-8-sig", "replace")
        json.dumps(given.value, allow_nan=False, ensure_ascii=False).encode()


def test_a_session_that_ended_is_opened_again() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.fetch("installer")
        sim.expire_sessions()
        gateway.fetch("installer")

        assert gateway.logins == 2


def test_a_path_that_is_not_for_us_costs_no_login() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.fetch("status")
        gateway.read(Endpoint.METERS)
        sim.faults.add(Fault("installer", status=403))
        for _ in range(3):
            with pytest.raises(Denied):
                gateway.fetch("installer")

        assert gateway.logins == 1


def test_a_gateway_that_wants_to_be_left_alone_says_for_how_long() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("installer", status=429, headers=(("Retry-After", "90"),)))

        with pytest.raises(RateLimited) as caught:
            gateway.fetch("installer")
        assert caught.value.retry_after_s == 90
