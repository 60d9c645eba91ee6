"""How each kind of trouble begins at a simulator, and what ends it again."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from bridge.simulator import shapes
from bridge.simulator.auth import Expiry
from bridge.simulator.exchange import Answer
from bridge.simulator.faults import Change, Fault
from bridge.simulator.layers import End
from bridge.simulator.lockout import Lockout
from bridge.simulator.manners import Manner
from bridge.simulator.server import Greeting

if TYPE_CHECKING:
    from bridge.simulator.simulator import Simulator

Begin = Callable[["Simulator"], End]

METERS, LOGIN = "meters/aggregates", "login/Basic"


def faulty(*faults: Fault) -> Begin:
    """Return what adds faults, and takes them away again."""

    def begin(simulator: "Simulator") -> End:
        numbers = [simulator.faults.add(fault) for fault in faults]

        def end() -> None:
            for number in numbers:
                simulator.faults.remove(number)

        return end

    return begin


def refused_login(error: str) -> Begin:
    """Return what ends the sessions and refuses every login with these words."""
    body = Answer.failed(401, error, "Login Error").body
    refuse = faulty(Fault(LOGIN, "POST", status=401, body=body))

    def begin(simulator: "Simulator") -> End:
        simulator.expire_sessions()
        return refuse(simulator)

    return begin


def locked_out(lockout: Callable[[float], Lockout]) -> Begin:
    """Return what ends the sessions and begins a lockout, made from the time by the clock."""

    def begin(simulator: "Simulator") -> End:
        simulator.expire_sessions()
        return simulator.lock_out(lockout(simulator.clock.now()))

    return begin


def expiring(expiry: Expiry) -> Begin:
    return lambda simulator: simulator.let_expire(expiry)


def greeting(how: Greeting) -> Begin:
    return lambda simulator: simulator.greet(how)


def stopped(simulator: "Simulator") -> End:
    return simulator.gateway.halt()


def refused(simulator: "Simulator") -> End:
    return simulator.close_port()


def rebooting(version: str | None) -> Begin:
    def begin(simulator: "Simulator") -> End:
        return simulator.reboot(version, refused_s=60.0, starting_s=60.0)

    return begin


def rotated(lasts: timedelta | None = None) -> Begin:
    return lambda simulator: simulator.show_certificate(lasts)


def frozen(simulator: "Simulator") -> End:
    return faulty(Fault(METERS, change=shapes.frozen_meters()))(simulator)


def changed(path: str, change: Change) -> Begin:
    return faulty(Fault(path, change=change))


def travels(manner: Manner, path: str = "*", share: float = 1.0) -> Begin:
    return faulty(Fault(path, manner=manner, share=share))


def says(body: bytes, path: str = "*") -> Begin:
    return faulty(Fault(path, status=200, body=body))


def status(number: int, path: str = "*", **headers: str) -> Begin:
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return faulty(Fault(path, status=number, headers=told))
