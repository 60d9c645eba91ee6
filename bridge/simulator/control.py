"""A second port, plain http on loopback, that moves the simulation: JSON in, JSON out.

GET / lists what can be asked, which is _SEEN and _ACTIONS.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bridge.simulator.exchange import Answer, Call
from bridge.simulator.faults import Fault
from bridge.simulator.members import OF_A_FAULT, Fields, flag, member, number, raw_fault
from bridge.simulator.moment import Json
from bridge.simulator.named import NAMED
from bridge.simulator.server import Reply, Server, answered

if TYPE_CHECKING:
    from bridge.simulator.simulator import Simulator


class ControlFailed(OSError):
    """The port of the remote control cannot be had."""


class Control:
    """The remote control of one simulator."""

    def __init__(self, simulator: "Simulator", port: int) -> None:
        self._simulator = simulator
        self._server = Server("127.0.0.1", port, self._reply)

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        """Listen; raises ControlFailed."""
        try:
            self._server.start()
        except OSError as error:
            raise ControlFailed(error.errno, error.strerror or str(error)) from error

    def stop(self) -> None:
        self._server.stop()

    def _reply(self, call: Call) -> Reply:
        return answered(self._answer(call), call, self._simulator.clock.now())

    def _answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("GET", "/"):
            return Answer.raw(json.dumps(_LIST, indent=2).encode() + b"\n")
        if (call.method, call.path) == ("GET", "/state"):
            return Answer.of(_state(self._simulator))
        if (call.method, call.path) == ("GET", "/faults"):
            return Answer.of({row.name: row.words for row in NAMED.values()})
        if call.method == "DELETE" and call.path.startswith("/fault"):
            return _remove_faults(self._simulator, call.path.removeprefix("/fault").strip("/"))
        action = _ACTIONS.get(call.path)
        if action is None or call.method != "POST":
            return Answer.of({"error": f"there are {', '.join(_LIST)}"}, 404)
        try:
            return Answer.of(action.does(self._simulator, action.read(call.body)))
        except (TypeError, ValueError, OverflowError) as error:
            return Answer.of({"error": str(error)}, 400)


@dataclass(frozen=True, slots=True)
class Action:
    """What a POST does; body is an example of what goes with it and has all of its members."""

    does: Callable[["Simulator", Fields], Json]
    body: Mapping[str, Json]
    words: str
    others: tuple[str, ...] = ()

    def read(self, body: bytes) -> Fields:
        """Return the members of a body, none where it is empty; raises what says the mistake."""
        try:
            document = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise TypeError(f"the body is no JSON object; expected {self._expected}")
        known = (*self.body, *self.others)
        if wrong := [name for name in document if name not in known]:
            raise ValueError(f"nobody knows {', '.join(wrong)}; expected {self._expected}")
        return document

    @property
    def _expected(self) -> str:
        others = f", or of {', '.join(self.others)}" if self.others else ""
        return (json.dumps(self.body) if self.body else "no body") + others


def _state(simulator: "Simulator") -> Json:
    moment = simulator.gateway.moment()
    state, orders = moment.state, moment.orders
    return {
        "profile": moment.site.profile.name,
        "version": moment.version,
        "din": moment.site.din,
        "time": state.time,
        "speed": simulator.clock.speed,
        "scenario": simulator.house.scenario,
        "solar_w": state.flows.solar_w,
        "load_w": state.flows.load_w,
        "battery_w": state.flows.battery_w,
        "site_w": state.flows.site_w,
        "soe_percent": moment.soe_percent,
        "island": state.island.value,
        "grid_up": orders.grid_up,
        "running": orders.running,
        "mode": orders.operation.mode.value,
        "reserve_raw_percent": orders.operation.reserve_raw_percent,
        "requests": len(simulator.requests),
        "faults": {str(number): _shown(fault) for number, fault in simulator.faults.armed.items()},
        "named_faults": simulator.troubles.names,
    }


def _shown(fault: Fault) -> Json:
    body = None if fault.body is None else fault.body.decode("utf-8", "replace")
    return asdict(fault) | {"body": body, "change": fault.change is not None}


def _remove_faults(simulator: "Simulator", which: str) -> Answer:
    if which.isdecimal():
        simulator.faults.remove(int(which))
    elif which:
        simulator.troubles.end(which)
    else:
        for name in simulator.troubles.names:
            simulator.troubles.end(name)
        simulator.faults.clear()
    return Answer(204)


def _scenario(simulator: "Simulator", fields: Fields) -> Json:
    simulator.house.set_scenario(str(member(fields, "name")))
    return {"scenario": simulator.house.scenario}


def _advance(simulator: "Simulator", fields: Fields) -> Json:
    simulator.clock.advance(number(fields, "seconds"))
    return {"time": simulator.clock.now()}


def _speed(simulator: "Simulator", fields: Fields) -> Json:
    simulator.clock.speed = number(fields, "factor")
    return {"speed": simulator.clock.speed}


def _grid(simulator: "Simulator", fields: Fields) -> Json:
    up = flag(fields, "up")
    if up:
        simulator.house.restore_grid()
    else:
        simulator.house.lose_grid()
    return {"island": simulator.house.state.island.value}


def _delays(simulator: "Simulator", fields: Fields) -> Json:
    to_island_s, to_grid_s = number(fields, "to_island_s"), number(fields, "to_grid_s")
    simulator.house.set_delays(to_island_s, to_grid_s)
    return {"to_island_s": to_island_s, "to_grid_s": to_grid_s}


def _charge(simulator: "Simulator", fields: Fields) -> Json:
    simulator.house.set_charge(number(fields, "percent"))
    return {"soe_percent": simulator.gateway.moment().soe_percent}


def _fault(simulator: "Simulator", fields: Fields) -> Json:
    if "name" not in fields:
        return {"id": simulator.faults.add(raw_fault(fields))}
    if len(fields) > 1:
        raise ValueError("name stands alone: a named fault takes nothing else")
    simulator.troubles.begin(str(fields["name"]))
    return {"name": str(fields["name"])}


def _expire(simulator: "Simulator", _: Fields) -> Json:
    simulator.expire_sessions()
    return {}


def _rotate(simulator: "Simulator", _: Fields) -> Json:
    simulator.rotate_certificate()
    return {"fingerprint": simulator.fingerprint}


def _restart(simulator: "Simulator", fields: Fields) -> Json:
    version = fields.get("version")
    simulator.restart(None if version is None else str(version))
    return {"version": simulator.gateway.version}


def _answering(simulator: "Simulator", fields: Fields) -> Json:
    on = flag(fields, "on")
    if on:
        simulator.start_answering()
    else:
        simulator.stop_answering()
    return {"on": on}


_FAULT = "begins a fault: one that has a name, or one of your own, answered with its id"

_ACTIONS = {
    "/scenario": Action(
        _scenario, {"name": "solar-charging"}, "holds a scenario; day follows the sun again"
    ),
    "/advance": Action(_advance, {"seconds": 60}, "jumps ahead"),
    "/speed": Action(_speed, {"factor": 60}, "simulated seconds per second, 0 stands still"),
    "/grid": Action(_grid, {"up": False}, "loses the grid, or brings it back"),
    "/delays": Action(
        _delays, {"to_island_s": 1, "to_grid_s": 5}, "sets how long the contactor takes"
    ),
    "/charge": Action(_charge, {"percent": 50}, "fills the battery, on the gateway's own scale"),
    "/fault": Action(_fault, {"name": "reboot"}, _FAULT, OF_A_FAULT),
    "/sessions/expire": Action(_expire, {}, "ends all sessions"),
    "/certificate/rotate": Action(_rotate, {}, "shows another certificate"),
    "/restart": Action(
        _restart, {"version": "23.44.0 0a1b2c3d"}, "reboots; the version may be left out"
    ),
    "/answering": Action(_answering, {"on": False}, "closes the gateway's port, or opens it again"),
}
_SEEN = {
    "GET /state": "the house, its orders, the clock, the faults that are on",
    "GET /faults": "the faults that have a name",
    "DELETE /fault": "ends all faults",
    "DELETE /fault/reboot": "ends one, by its name or id",
}


def _listed(action: Action) -> Json:
    body = {"body": action.body} if action.body else {}
    others = {"or of": ", ".join(action.others)} if action.others else {}
    return {**body, **others, "does": action.words}


_LIST = _SEEN | {f"POST {path}": _listed(action) for path, action in _ACTIONS.items()}
