"""A second port, plain http on loopback, that moves the simulation: JSON in, JSON out.

| Request | Body | Does |
|---|---|---|
| GET /state | | the house, its orders, the clock, the faults |
| POST /scenario | {"name": "solar-charging"} | holds a scenario; `day` follows the sun again |
| POST /advance | {"seconds": 60} | jumps ahead |
| POST /speed | {"factor": 60} | virtual seconds per second, 0 freezes |
| POST /grid | {"up": false} | loses or restores the grid |
| POST /delays | {"to_island_s": 1, "to_grid_s": 5} | sets how long the contactor takes |
| POST /charge | {"percent": 50} | fills the battery, raw scale |
| GET /faults | | the faults that have a name |
| POST /fault | {"name": "reboot"} | begins one of them |
| POST /fault | the fields of Fault; body as text | switches a fault on: {"id": 1} |
| DELETE /fault, DELETE /fault/reboot | | ends all faults, or one by its name or id |
| POST /sessions/expire, /certificate/rotate | | as they say |
| POST /restart | {"version": "23.44.0 0a1b2c3d"} | reboots; the version may be left out |
| POST /answering | {"on": false} | closes the gateway's port, or opens it again |
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from bridge.simulator.exchange import Answer, Call
from bridge.simulator.faults import Fault
from bridge.simulator.manners import Manner
from bridge.simulator.moment import Json
from bridge.simulator.named import NAMED
from bridge.simulator.server import Reply, Server, answered

if TYPE_CHECKING:
    from bridge.simulator.simulator import Simulator

Fields = Mapping[str, object]


class Control:
    """The remote control of one simulator."""

    def __init__(self, simulator: "Simulator", port: int) -> None:
        self._simulator = simulator
        self._server = Server("127.0.0.1", port, self._reply)

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def _reply(self, call: Call) -> Reply:
        return answered(self._answer(call), call, self._simulator.clock.now())

    def _answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("GET", "/state"):
            return Answer.of(_state(self._simulator))
        if (call.method, call.path) == ("GET", "/faults"):
            return Answer.of({row.name: row.words for row in NAMED.values()})
        if call.method == "DELETE" and call.path.startswith("/fault"):
            return _remove_faults(self._simulator, call.path.removeprefix("/fault").strip("/"))
        action = _ACTIONS.get(call.path)
        if action is None or call.method != "POST":
            known = ", ".join(
                [
                    "GET /state",
                    "GET /faults",
                    "DELETE /fault",
                    *(f"POST {path}" for path in _ACTIONS),
                ]
            )
            return Answer.of({"error": f"there are {known}"}, 404)
        try:
            return Answer.of(action(self._simulator, call.fields()))
        except (KeyError, TypeError, ValueError) as error:
            return Answer.of({"error": f"{type(error).__name__}: {error}"}, 400)


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


def _number(fields: Fields, key: str) -> float:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{key} is a number")
    return float(value)


def _flag(fields: Fields, key: str) -> bool:
    value = fields[key]
    if not isinstance(value, bool):
        raise TypeError(f"{key} is true or false")
    return value


def _scenario(simulator: "Simulator", fields: Fields) -> Json:
    simulator.house.set_scenario(str(fields["name"]))
    return {"scenario": simulator.house.scenario}


def _advance(simulator: "Simulator", fields: Fields) -> Json:
    simulator.clock.advance(_number(fields, "seconds"))
    return {"time": simulator.clock.now()}


def _speed(simulator: "Simulator", fields: Fields) -> Json:
    simulator.clock.speed = _number(fields, "factor")
    return {"speed": simulator.clock.speed}


def _grid(simulator: "Simulator", fields: Fields) -> Json:
    up = _flag(fields, "up")
    if up:
        simulator.house.restore_grid()
    else:
        simulator.house.lose_grid()
    return {"island": simulator.house.state.island.value}


def _delays(simulator: "Simulator", fields: Fields) -> Json:
    to_island_s, to_grid_s = _number(fields, "to_island_s"), _number(fields, "to_grid_s")
    simulator.house.set_delays(to_island_s, to_grid_s)
    return {"to_island_s": to_island_s, "to_grid_s": to_grid_s}


def _charge(simulator: "Simulator", fields: Fields) -> Json:
    simulator.house.set_charge(_number(fields, "percent"))
    return {"soe_percent": simulator.gateway.moment().soe_percent}


def _fault(simulator: "Simulator", fields: Fields) -> Json:
    if "name" in fields:
        simulator.troubles.begin(str(fields["name"]))
        return {"name": str(fields["name"])}
    return {"id": simulator.faults.add(_raw_fault(fields))}


def _raw_fault(fields: Fields) -> Fault:
    status, body, count = fields.get("status"), fields.get("body"), fields.get("count")
    headers = fields.get("headers") or {}
    if not isinstance(headers, dict):
        raise TypeError("headers is an object")
    return Fault(
        path=str(fields.get("path", "*")),
        method=str(fields.get("method", "*")),
        status=None if status is None else int(str(status)),
        body=None if body is None else str(body).encode(),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        delay_s=_number({"delay_s": 0, **fields}, "delay_s"),
        manner=Manner(str(fields.get("manner", Manner.WHOLE))),
        share=_number({"share": 1, **fields}, "share"),
        count=None if count is None else int(str(count)),
    )


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
    on = _flag(fields, "on")
    if on:
        simulator.start_answering()
    else:
        simulator.stop_answering()
    return {"on": on}


_ACTIONS: dict[str, Callable[["Simulator", Fields], Json]] = {
    "/scenario": _scenario,
    "/advance": _advance,
    "/speed": _speed,
    "/grid": _grid,
    "/delays": _delays,
    "/charge": _charge,
    "/fault": _fault,
    "/sessions/expire": _expire,
    "/certificate/rotate": _rotate,
    "/restart": _restart,
    "/answering": _answering,
}
