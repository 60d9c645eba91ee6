"""Faults that are on at once: what is listed is in effect, whichever ends first."""

import socket
import ssl
import threading
from collections.abc import Callable
from itertools import permutations

import pytest
from gateway_lab import Time
from test_simulator_transport import handshake
from test_simulator_visit import Visitor, visited

from bridge.simulator import Simulator

REFUSED_S, STARTING_S = 60.0, 60.0  # of a reboot


def is_open(sim: Simulator) -> bool:
    try:
        socket.create_connection(("127.0.0.1", sim.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def meets(sim: Simulator) -> str:
    """Say what one meets who connects."""
    with socket.create_connection(("127.0.0.1", sim.port), timeout=0.2) as plain:
        try:
            plain.sendall(b"no tls at all\r\n\r\n")
            return "an answer" if plain.recv(1) else "an end"
        except TimeoutError:
            return "silence"
        except ConnectionError:
            return "an end"


def live_status(sim: Simulator) -> int:
    visitor = Visitor(sim)
    with visitor.session:
        visitor.login()
        return visitor.get("meters/aggregates").status_code


def pair(first: str, second: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return every order in which two faults can begin and end."""
    both = list(permutations((first, second)))
    return [(begins, ends) for begins in both for ends in both]


@pytest.mark.parametrize(("begins", "ends"), pair("certificate", "expired"))
def test_a_certificate_is_shown_as_long_as_its_fault(
    begins: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    with Simulator() as sim:
        shown = {"": sim.fingerprint}
        for name in begins:
            sim.troubles.begin(name)
            shown[name] = sim.fingerprint
        sim.troubles.end(ends[0])

        assert sim.fingerprint == shown[ends[1]]
        sim.troubles.end(ends[1])
        assert sim.fingerprint == shown[""]


def test_a_certificate_that_was_renewed_meanwhile_stays() -> None:
    with Simulator() as sim:
        first = sim.fingerprint
        sim.troubles.begin("certificate")
        borrowed = sim.fingerprint
        sim.rotate_certificate()

        assert sim.fingerprint == borrowed
        sim.troubles.end("certificate")
        assert sim.fingerprint not in (first, borrowed)


@pytest.mark.parametrize(("begins", "ends"), pair("silent", "handshake"))
def test_a_greeting_lasts_as_long_as_its_fault(
    begins: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    with Simulator() as sim:
        for name in begins:
            sim.troubles.begin(name)
        sim.troubles.end(ends[0])

        assert meets(sim) == {"silent": "silence", "handshake": "an end"}[ends[1]]
        sim.troubles.end(ends[1])
        assert handshake(sim, None)


@pytest.mark.parametrize(("begins", "ends"), pair("lockout", "login-lockout"))
def test_each_lockout_has_its_own_end(begins: tuple[str, ...], ends: tuple[str, ...]) -> None:
    with visited() as (sim, visitor):
        for name in begins:
            sim.troubles.begin(name)
        sim.troubles.end(ends[0])
        reads = [visitor.get("status").status_code for _ in range(31)]

        assert visitor.login().status_code == 429
        assert reads[-1] == {"lockout": 429, "login-lockout": 200}[ends[1]]
        sim.troubles.end(ends[1])
        assert visitor.login().status_code == 200


@pytest.mark.parametrize(("begins", "ends"), pair("expiry-at-once", "expiry-seconds"))
def test_sessions_expire_by_what_is_left(begins: tuple[str, ...], ends: tuple[str, ...]) -> None:
    time = Time()

    def reads(sim: Simulator) -> list[int]:
        visitor = Visitor(sim)
        with visitor.session:
            visitor.login()
            fresh = visitor.get("operation").status_code
            time.s += 31
            return [fresh, visitor.get("operation").status_code]

    with Simulator(real=lambda: time.s) as sim:
        for name in begins:
            sim.troubles.begin(name)
        assert reads(sim) == [403, 403]

        sim.troubles.end(ends[0])
        assert reads(sim) == {"expiry-seconds": [200, 403]}.get(ends[1], [403, 403])
        sim.troubles.end(ends[1])
        assert reads(sim) == [200, 200]


@pytest.mark.parametrize(("begins", "ends"), pair("refused", "reboot"))
def test_a_port_is_closed_as_long_as_one_fault_closes_it(
    begins: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    with Simulator(speed=0) as sim:
        for name in begins:
            sim.troubles.begin(name)
        sim.troubles.end(ends[0])

        assert not is_open(sim)
        sim.troubles.end(ends[1])
        assert is_open(sim)


def test_a_reboot_does_not_open_a_port_that_is_refused() -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        sim.troubles.begin("refused")
        sim.troubles.begin("reboot")
        time.s += REFUSED_S + 1
        sim.wake()

        assert not is_open(sim)
        sim.troubles.end("refused")
        assert is_open(sim)


def test_a_second_reboot_takes_its_own_time() -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        sim.troubles.begin("reboot")
        time.s += REFUSED_S / 2
        sim.troubles.begin("update")
        time.s += REFUSED_S / 2 + 1
        sim.wake()

        assert not is_open(sim)
        time.s += REFUSED_S / 2
        sim.wake()
        assert is_open(sim)


@pytest.mark.parametrize(("begins", "ends"), pair("stopped", "reboot"))
def test_a_site_master_is_down_as_long_as_one_fault_stops_it(
    begins: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        for name in begins:
            sim.troubles.begin(name)
        time.s += REFUSED_S + 1
        sim.wake()
        sim.troubles.end(ends[0])

        assert live_status(sim) == 502
        sim.troubles.end(ends[1])
        assert live_status(sim) == 200


def test_a_reboot_does_not_start_a_site_master_that_is_stopped() -> None:
    time = Time()
    with Simulator(real=lambda: time.s) as sim:
        sim.troubles.begin("stopped")
        sim.troubles.begin("reboot")
        time.s += REFUSED_S + STARTING_S + 1
        sim.wake()

        assert live_status(sim) == 502
        sim.troubles.end("stopped")
        assert live_status(sim) == 200


@pytest.mark.parametrize("name", ["refused", "reboot"])
def test_a_fault_that_ends_opens_no_port_of_a_gateway_that_was_stopped(name: str) -> None:
    sim = Simulator()
    sim.start()
    sim.troubles.begin(name)
    sim.stop()
    sim.troubles.end(name)

    assert not is_open(sim)
    sim.start()
    assert is_open(sim)
    sim.stop()


def test_a_reboot_goes_on_where_a_gateway_is_started_again() -> None:
    with Simulator(speed=0) as sim:
        sim.troubles.begin("reboot")
        sim.stop()
        sim.start()

        assert not is_open(sim)


def at_once(*actions: Callable[[], None]) -> list[Exception]:
    """Do things in threads that begin together; return what went wrong."""
    errors: list[Exception] = []
    barrier = threading.Barrier(len(actions))

    def act(action: Callable[[], None]) -> None:
        barrier.wait()
        try:
            action()
        except (OSError, RuntimeError, ssl.SSLError) as error:
            errors.append(error)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_a_port_is_opened_once_however_many_open_it() -> None:
    with Simulator() as sim:
        for _ in range(20):
            sim.stop_answering()
            assert at_once(*[sim.start_answering] * 8) == []
        assert is_open(sim)
    assert not is_open(sim)


def test_no_port_is_left_open_where_a_stop_meets_an_awakening() -> None:
    time = Time()
    for _ in range(10):
        sim = Simulator("fw115", real=lambda: time.s)
        sim.start()
        sim.troubles.begin("reboot")
        time.s += REFUSED_S + 1

        assert at_once(sim.stop, *[sim.wake] * 7) == []
        assert not is_open(sim)
