"""Which certificate is taken, which server name is sent, and that nothing leaves before."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from gateway_lab import OK, Raw, address, memory, visiting

from bridge.errors import SettingsError, Unreachable, Untrusted
from bridge.gateway.http import Address, Call, Http
from bridge.gateway.local import CERTIFICATE
from bridge.parts import Endpoint
from bridge.simulator import Fault, Simulator
from bridge.simulator.certificate import make_certificate, tls_context

STATUS = Call("GET", "status")


def never(_: str) -> bool:
    return False


def anyone(_: str) -> bool:
    return True


def test_the_first_certificate_is_pinned() -> None:
    store = memory()
    with Simulator() as sim, visiting(sim, store) as gateway:
        gateway.read(Endpoint.STATUS)

        assert store.get(CERTIFICATE) == sim.fingerprint == gateway.fingerprint


def test_a_changed_certificate_gets_no_byte() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.STATUS)
        seen = len(sim.requests)
        sim.rotate_certificate()

        with pytest.raises(Untrusted, match="check --trust") as caught:
            gateway.read(Endpoint.STATUS)
        assert len(sim.requests) == seen
        assert caught.value.fingerprint == gateway.fingerprint == sim.fingerprint


def test_an_accepted_certificate_is_pinned_in_place_of_the_old_one() -> None:
    store = memory()
    store.put(CERTIFICATE, "0" * 64)
    with Simulator() as sim, visiting(sim, store) as gateway:
        with pytest.raises(Untrusted):
            gateway.read(Endpoint.STATUS)
        store.put(CERTIFICATE, gateway.fingerprint)

        gateway.read(Endpoint.STATUS)


def test_trust_is_asked_before_the_password_is_sent() -> None:
    with Simulator() as sim:
        http = Http(address(sim), never)

        with pytest.raises(Untrusted):
            http.ask(Call("POST", "login/Basic", b"secret"))
        assert sim.requests == []


@pytest.mark.parametrize("tls", ["pin", "unverified"])
def test_no_authority_is_needed(tls: str, recwarn: pytest.WarningsRecorder) -> None:
    """Warnings are errors here; none is the point of it."""
    with Simulator() as sim:
        http = Http(replace(address(sim), tls=tls), anyone)

        assert http.ask(STATUS).status == 200
    assert not recwarn.list


def test_unverified_asks_nobody() -> None:
    with Simulator() as sim:
        http = Http(replace(address(sim), tls="unverified"), never)

        assert http.ask(STATUS).status == 200
        sim.rotate_certificate()
        assert http.ask(STATUS).status == 200


def test_a_saved_leaf_vouches_for_itself_only(tmp_path: Path) -> None:
    with Simulator() as sim:
        leaf = tmp_path / "leaf.pem"
        leaf.write_text(ssl.get_server_certificate((sim.host, sim.port)))
        http = Http(replace(address(sim), tls="ca", ca_file=leaf), never)

        assert http.ask(STATUS).status == 200
        seen = len(sim.requests)
        sim.rotate_certificate()
        with pytest.raises(Untrusted, match="POWERWALL_CA_FILE"):
            http.ask(STATUS)
        assert len(sim.requests) == seen


def test_a_saved_authority_vouches_for_its_leaf(tmp_path: Path) -> None:
    certificate = make_certificate()
    authority = tmp_path / "ca.pem"
    authority.write_bytes(b"-----BEGIN" + certificate.chain.split(b"-----BEGIN")[2])
    with Raw(OK, scheme="https", tls=tls_context(certificate)) as raw:
        where = Address("127.0.0.1", raw.port, tls="ca", ca_file=authority)

        assert Http(where, never).ask(STATUS).status == 200


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_ca_file_stops_the_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    where = Address("127.0.0.1", tls="ca", ca_file=path)

    with pytest.raises(SettingsError, match=r"CA_FILE .* cannot be used"):
        Http(where, never)


def test_a_word_that_is_no_way_to_judge_is_refused() -> None:
    with pytest.raises(ValueError, match="blind"):
        Http(Address("127.0.0.1", tls="blind"), never)


@pytest.mark.parametrize("name", [None, "powerwall", "teg"])
def test_a_name_in_dns_is_reached_under_the_server_name_given(name: str | None) -> None:
    with Simulator() as sim:
        where = Address("localhost", sim.port, server_name=name)

        assert Http(where, anyone).ask(STATUS).status == 200


def test_a_name_in_dns_is_pinned_like_an_address() -> None:
    with Simulator() as sim:
        where = Address("localhost", sim.port, server_name="powerwall")

        with pytest.raises(Untrusted):
            Http(where, never).ask(STATUS)
        assert sim.requests == []


def test_a_foreign_server_name_is_explained() -> None:
    with Simulator() as sim:
        where = replace(address(sim), server_name="powerwall.home.lan")

        with pytest.raises(Unreachable, match="POWERWALL_SERVER_NAME"):
            Http(where, anyone).ask(STATUS)


@pytest.mark.parametrize("name", [".lan", "a" * 300, "p\0w"])
def test_an_impossible_server_name_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match="SERVER_NAME"):
        Http(Address("127.0.0.1", server_name=name), never)


def test_https_where_http_is_spoken_is_a_broken_handshake() -> None:
    with Simulator("fw115") as sim, pytest.raises(Unreachable, match="http://"):
        Http(replace(address(sim), scheme="https"), anyone).ask(STATUS)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_1_is_not_spoken() -> None:
    old = tls_context(make_certificate())
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with Raw(OK, scheme="https", tls=old) as raw, pytest.raises(Unreachable):
        raw.http().ask(STATUS)
    assert not raw.requests


def test_junk_in_the_store_is_no_pin() -> None:
    store = memory()
    store.put(CERTIFICATE, [1, 2])
    with Simulator() as sim, visiting(sim, store) as gateway:
        gateway.read(Endpoint.STATUS)

        assert store.get(CERTIFICATE) == sim.fingerprint


def test_the_certificate_of_a_stranger_is_neither_kept_nor_held_against_the_gateway() -> None:
    """Another machine may have the address until the gateway is up."""
    store = memory()
    with Simulator() as sim, visiting(sim, store) as gateway:
        sim.faults.add(Fault("*", status=404, count=1))
        gateway.probe(Endpoint.STATUS)
        kept = store.get(CERTIFICATE)
        sim.rotate_certificate()
        gateway.read(Endpoint.STATUS)

        assert kept is None
        assert store.get(CERTIFICATE) == sim.fingerprint


def test_the_certificate_of_the_gateway_is_pinned_and_not_the_one_of_a_stranger_before() -> None:
    store = memory()
    with Simulator() as sim, visiting(sim, store) as gateway:
        sim.faults.add(Fault("*", status=404, count=1))
        gateway.probe(Endpoint.STATUS)
        sim.rotate_certificate()
        gateway.read(Endpoint.STATUS)
        sim.rotate_certificate()

        with pytest.raises(Untrusted):
            gateway.read(Endpoint.STATUS)


@pytest.mark.parametrize("status", [200, 401, 403, 429, 502, 503])
def test_a_host_that_answers_like_a_gateway_is_pinned(status: int) -> None:
    store = memory()
    with Simulator() as sim, visiting(sim, store) as gateway:
        sim.faults.add(Fault("status", status=status))
        gateway.probe(Endpoint.STATUS)

        assert store.get(CERTIFICATE) == sim.fingerprint
