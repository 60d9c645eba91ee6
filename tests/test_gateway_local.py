"""A gateway read, probed and commanded."""

from contextlib import nullcontext

import pytest
from gateway_lab import visiting

from bridge.commands import Operate, Run, SetIsland
from bridge.errors import (
    BadAnswer,
    Denied,
    Missing,
    Untrusted,
)
from bridge.gateway import Gateway, Receipt
from bridge.parts import Endpoint, Soe
from bridge.simulator import Fault, Simulator
from bridge.simulator.endpoints import ENDPOINTS
from bridge.simulator.profiles import profile_named
from bridge.words import Island, Mode

COMMIT = ("GET", "config/completed")
RUN = ("GET", "sitemaster/run")


def test_it_is_a_gateway() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        seam: Gateway = gateway

        assert seam.logins == 0


@pytest.mark.parametrize("profile", ["fw2049", "fw2144", "fw2336", "pw3"])
def test_every_endpoint_is_read(profile: str) -> None:
    with Simulator(profile) as sim, visiting(sim) as gateway:
        had = {row.path for row in ENDPOINTS if row.on(profile_named(profile))}
        for endpoint in Endpoint:
            with nullcontext() if endpoint in had else pytest.raises(Missing):
                assert gateway.read(endpoint).ENDPOINT is endpoint

        assert gateway.logins == 1


@pytest.mark.parametrize("body", [b"", b"null", b"<html>", b'{"percentage":5', b"[1]"])
def test_an_answer_without_sense_is_a_bad_one(body: bytes) -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("system_status/soe", status=200, body=body))

        with pytest.raises(BadAnswer, match=r"^system_status/soe "):
            gateway.read(Endpoint.SOE)


def test_cut_protobuf_is_a_bad_answer() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("devices/vitals", body=sim.document("devices/vitals")[:99]))

        with pytest.raises(BadAnswer, match=r"^devices/vitals"):
            gateway.read(Endpoint.VITALS)


def test_an_oddity_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        sim.faults.add(Fault("system_status/soe", status=200, body=b'{"percentage":"much"}'))
        for _ in range(3):
            assert gateway.read(Endpoint.SOE) == Soe(raw_percent=None)

    warnings = [line for line in caplog.messages if "percentage" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("main: system_status/soe: ")


def test_oddities_without_end_are_not_all_kept(caplog: pytest.LogCaptureFixture) -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        for number in range(300):
            body = b'{"x%d":{"last_communication_time":"2026","instant_power":"a"}}' % number
            sim.faults.add(Fault("meters/aggregates", status=200, body=body, count=1))
            gateway.read(Endpoint.METERS)

    assert len(caplog.messages) <= 200


@pytest.mark.parametrize("wish", [Operate(mode=Mode.BACKUP), SetIsland(Island.OFF_GRID)])
def test_an_owner_of_a_new_firmware_is_denied_without_a_login(wish: Operate | SetIsland) -> None:
    with Simulator("fw2412") as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.METERS)
        for _ in range(3):
            with pytest.raises(Denied, match="403"):
                gateway.send(wish)

        assert gateway.logins == 1


@pytest.mark.parametrize(
    ("island", "status"), [(Island.OFF_GRID, "Island"), (Island.ON_GRID, "GridConnected")]
)
def test_the_contactor_is_told(island: Island, status: str) -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.login()
        receipt = gateway.send(SetIsland(island))

        assert receipt == Receipt(written=True, status=200)
        assert sim.count("POST", "v2/islanding/mode") == 1
        assert status in str(gateway.read(Endpoint.GRID_STATUS))


def test_the_site_master_is_started() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.login()

        assert gateway.send(Run()) == Receipt(written=True, status=202)
        assert sim.count(*RUN) == 1


def test_an_endpoint_is_probed_without_a_login() -> None:
    with Simulator("fw2412") as sim, visiting(sim) as gateway:
        assert gateway.probe(Endpoint.SOE).status == 403
        gateway.login()
        assert (gateway.probe(Endpoint.SOE).status, gateway.probe(Endpoint.SOE).words) == (
            200,
            "ok",
        )
        assert gateway.probe(Endpoint.VITALS).status == 404
        sim.faults.add(Fault("config", body=b"{"))
        odd = gateway.probe(Endpoint.CONFIG)
        sim.stop_answering()
        gone = gateway.probe(Endpoint.SOE)

        assert gateway.logins == 1
    assert odd.status == 200
    assert "cut short" in odd.words
    assert gone.status is None
    assert "connection refused" in gone.words


def test_a_reboot_is_got_over() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.SOE)
        sim.restart("24.4.0 0fe780c9")
        gateway.read(Endpoint.SOE)

        assert gateway.logins == 2


def test_a_changed_certificate_stops_a_command() -> None:
    with Simulator() as sim, visiting(sim) as gateway:
        gateway.read(Endpoint.SOE)
        sim.rotate_certificate()

        with pytest.raises(Untrusted):
            gateway.send(SetIsland(Island.OFF_GRID))
        assert sim.count("POST", "v2/islanding/mode") == 0
