"""How the simulator is reached: TLS, connections, faults and the control port."""

import json
import socket
import ssl

import pytest
import requests
from test_simulator_visit import visited

from bridge.simulator import Fault, Manner, Simulator


def handshake(sim: Simulator, name: str | None) -> bytes:
    """Return the certificate that the gateway shows to one who asks for this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", sim.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize("name", [None, "powerwall", "teg", "powerpack"])
def test_the_names_of_a_gateway_are_served(name: str | None) -> None:
    with Simulator() as sim:
        assert handshake(sim, name)


@pytest.mark.parametrize("name", ["localhost", "powerwall.home.lan"])
def test_a_foreign_name_ends_the_handshake(name: str) -> None:
    with Simulator() as sim, pytest.raises(ssl.SSLError):
        handshake(sim, name)


def test_one_session_keeps_one_connection() -> None:
    with visited() as (sim, visitor):
        for _ in range(20):
            visitor.read("meters/aggregates")

        assert sim.connections == 1
        assert sim.count("GET", "meters/aggregates") == 20
        assert [request.path for request in sim.requests[:2]] == [
            "login/Basic",
            "meters/aggregates",
        ]


def test_a_client_that_wants_to_close_is_let_go() -> None:
    with visited() as (sim, visitor):
        answer = visitor.get("status", Connection="close")

        assert answer.headers["connection"] == "close"
        visitor.read("status")
        assert sim.connections == 2


@pytest.mark.parametrize("path", ["meters/aggregates", "system_status", "devices/vitals", "status"])
def test_a_frozen_clock_gives_identical_bodies(path: str) -> None:
    with visited() as (sim, visitor):
        sim.clock.freeze()
        first = visitor.get(path).content

        assert visitor.get(path).content == first == sim.document(path)
        sim.clock.advance(60)
        assert visitor.get(path).content != first


def test_answers_carry_the_headers_of_a_gateway() -> None:
    with visited() as (_, visitor):
        headers = visitor.get("status").headers

    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-cache, no-store"
    assert "access-control-allow-origin" not in headers


def test_the_oldest_firmware_speaks_plain_http_with_its_old_headers() -> None:
    with visited("fw115") as (sim, visitor):
        assert sim.address == f"http://127.0.0.1:{sim.port}"
        assert visitor.get("status").headers["Access-Control-Allow-Origin"] == "*"


def test_a_rotated_certificate_is_not_the_pinned_one() -> None:
    with visited() as (sim, visitor):
        before = sim.fingerprint
        sim.rotate_certificate()

        assert sim.fingerprint != before
        with pytest.raises(requests.exceptions.SSLError):
            visitor.get("status")


def test_a_gateway_that_is_away_comes_back_with_its_sessions() -> None:
    with visited() as (sim, visitor):
        port, certificate = sim.port, sim.fingerprint
        sim.stop_answering()
        with pytest.raises(requests.ConnectionError):
            visitor.get("operation")
        sim.start_answering()

        assert (sim.port, sim.fingerprint) == (port, certificate)
        assert visitor.get("operation").status_code == 200


def test_a_restart_ends_sessions_and_begins_the_uptime_again() -> None:
    with visited() as (sim, visitor):
        sim.clock.freeze()
        sim.restart("23.44.0 0a1b2c3d")
        sim.clock.advance(90)

        assert visitor.get("operation").status_code == 403
        status = visitor.read("status")
        assert (status["version"], status["up_time_seconds"]) == ("23.44.0 0a1b2c3d", "1m30s")


def test_a_fault_replaces_the_answer_as_often_as_it_counts() -> None:
    with visited() as (sim, visitor):
        sim.faults.add(Fault(path="meters/*", status=503, count=2))
        answers = [visitor.get("meters/aggregates") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert answers[0].json()["message"] == "current config mode is busy"
        assert visitor.get("system_status/soe").status_code == 200


def test_a_fault_stays_until_it_is_cleared() -> None:
    with visited() as (sim, visitor):
        number = sim.faults.add(Fault(path="operation", status=403))
        other = sim.faults.add(Fault(path="status", body=b'{"din":'))

        assert visitor.get("operation").status_code == 403
        assert (visitor.get("status").status_code, visitor.get("status").text) == (200, '{"din":')
        sim.faults.remove(number)
        assert visitor.get("operation").status_code == 200
        sim.faults.clear()
        assert visitor.read("status")
        assert number != other


def test_a_dropped_connection_is_no_answer_and_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    with visited() as (sim, visitor):
        sim.faults.add(Fault(path="status", manner=Manner.RESET, count=1))
        with pytest.raises(requests.ConnectionError):
            visitor.get("status")

        assert sim.count("GET", "status") == 0
        assert sim.requests[-1].status == 0
        assert visitor.read("status")
    assert capfd.readouterr().err == ""


def test_a_slow_answer_runs_into_a_short_patience() -> None:
    with visited() as (sim, visitor):
        sim.faults.add(Fault(path="status", delay_s=30))
        url = f"https://127.0.0.1:{sim.port}/api/status"
        with pytest.raises(requests.Timeout):
            visitor.session.get(url, timeout=0.1)


def test_a_client_that_resets_makes_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    with Simulator() as sim:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", sim.port), timeout=5) as plain:
                plain.sendall(b"no tls at all\r\n\r\n")
        assert handshake(sim, None)

    assert capfd.readouterr().err == ""


def test_a_path_nobody_knows_is_404_and_a_wrong_method_405() -> None:
    with visited() as (_, visitor):
        assert visitor.get("no/such/path").status_code == 404
        assert visitor.post("status", {}).status_code == 405
        assert visitor.get("login/Basic").status_code == 405


class Remote:
    """Speaks with the control port."""

    def __init__(self, sim: Simulator) -> None:
        self._url = f"http://127.0.0.1:{sim.control_port}"

    def post(self, path: str, /, **document: object) -> requests.Response:
        return requests.post(self._url + path, data=json.dumps(document), timeout=5)

    def delete(self, path: str) -> requests.Response:
        return requests.delete(self._url + path, timeout=5)

    def state(self) -> bytes:
        return requests.get(f"{self._url}/state", timeout=5).content

    def get(self, path: str) -> dict[str, object]:
        document: dict[str, object] = requests.get(self._url + path, timeout=5).json()
        return document


def test_the_control_port_moves_house_and_clock() -> None:
    with Simulator() as sim:
        remote = Remote(sim)
        assert remote.post("/speed", factor=0).json() == {"speed": 0}
        before = json.loads(remote.state())
        remote.post("/advance", seconds=3600)
        remote.post("/scenario", name="grid-charging")
        remote.post("/charge", percent=40)
        after = json.loads(remote.state())

        assert after["time"] == before["time"] + 3600
        assert (after["scenario"], after["battery_w"], after["site_w"]) == (
            "grid-charging",
            -300,
            1200,
        )
        assert after["soe_percent"] == pytest.approx(40, abs=0.02)


def test_the_control_port_takes_the_grid_away() -> None:
    with Simulator() as sim:
        remote = Remote(sim)
        remote.post("/delays", to_island_s=0, to_grid_s=0)

        assert remote.post("/grid", up=False).json() == {"island": "SystemIslandedActive"}
        assert json.loads(remote.state())["grid_up"] is False
        assert remote.post("/grid", up=True).json() == {"island": "SystemGridConnected"}


def test_the_control_port_switches_faults_on_and_off() -> None:
    with visited() as (sim, visitor):
        remote = Remote(sim)
        first = remote.post("/fault", path="status", status=429, headers={"Retry-After": "7"})
        assert visitor.get("status").headers["retry-after"] == "7"
        assert json.loads(remote.state())["faults"].keys() == {str(first.json()["id"])}

        remote.delete(f"/fault/{first.json()['id']}")
        assert visitor.get("status").status_code == 200
        remote.post("/fault", status=502)
        assert remote.delete("/fault").status_code == 204
        assert visitor.get("status").status_code == 200


def test_the_control_port_restarts_expires_rotates_and_closes() -> None:
    with visited() as (sim, visitor):
        remote = Remote(sim)
        remote.post("/sessions/expire")
        assert visitor.get("operation").status_code == 403
        assert remote.post("/restart", version="1.2.3").json() == {"version": "1.2.3"}
        assert remote.post("/certificate/rotate").json() == {"fingerprint": sim.fingerprint}
        assert remote.post("/answering", on=False).json() == {"on": False}
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", sim.port), timeout=5)
        remote.post("/answering", on=True)
        assert handshake(sim, None)


@pytest.mark.parametrize(
    ("path", "document"),
    [("/scenario", {"name": "party"}), ("/advance", {}), ("/advance", {"seconds": -1}),
     ("/speed", {"factor": "fast"}), ("/grid", {"up": 1}), ("/fault", {"count": 0}),
     ("/charge", {"percent": 101})],
)  # fmt: skip
def test_the_control_port_says_what_was_wrong(path: str, document: dict[str, object]) -> None:
    with Simulator() as sim:
        answer = Remote(sim).post(path, **document)

        assert answer.status_code == 400
        assert answer.json()["error"]


def test_the_control_port_knows_its_paths() -> None:
    with Simulator() as sim:
        remote = Remote(sim)

        assert "POST /scenario" in remote.post("/party").json()["error"]
        assert remote.get("/")["POST /speed"] == {
            "body": {"factor": 60},
            "does": "simulated seconds per second, 0 stands still",
        }
