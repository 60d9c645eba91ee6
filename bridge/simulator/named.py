"""Every kind of trouble by name: what a house sees of its gateway in the course of the years."""

import math
import threading
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from bridge.simulator import shapes
from bridge.simulator.auth import Expiry
from bridge.simulator.beginnings import (
    METERS,
    Begin,
    changed,
    expiring,
    faulty,
    frozen,
    greeting,
    locked_out,
    rebooting,
    refused,
    refused_login,
    rotated,
    says,
    status,
    stopped,
    travels,
)
from bridge.simulator.faults import Fault
from bridge.simulator.layers import End
from bridge.simulator.lockout import Lockout
from bridge.simulator.manners import Manner
from bridge.simulator.server import Greeting

if TYPE_CHECKING:
    from bridge.simulator.simulator import Simulator

LONG_S = 30.0  # longer than anybody waits for an answer
SOE, SYSTEM = "system_status/soe", "system_status"
GRID, VITALS = "system_status/grid_status", "devices/vitals"
UPDATED = "23.44.0 0a1b2c3d"


class Kind(Enum):
    """Whether what a gateway still answers is true."""

    MUTE = "true, as far as it answers"
    ODD = "true, in a shape or with words of its own"
    OLD = "what was true when it began"
    LIE = "untrue"


MUTE, ODD, OLD, LIE = Kind


@dataclass(frozen=True, slots=True)
class Named:
    """One kind of trouble; begin returns what ends it."""

    name: str
    words: str
    begin: Begin
    kind: Kind = MUTE


NAMED: dict[str, Named] = {
    row.name: row
    for row in (
        Named("stopped", "the site master is down: 502 on the five live paths", stopped),
        Named("refused", "the port is closed", refused),
        Named("silent", "connections are taken, and nothing is said", greeting(Greeting.SILENT)),
        Named("handshake", "every handshake is broken off", greeting(Greeting.BROKEN)),
        Named("reboot", "refused 60 s, 502 60 s, sessions lost", rebooting(None)),
        Named("update", "a reboot, after it another firmware", rebooting(UPDATED), ODD),
        Named("reset", "connections are reset before an answer", travels(Manner.RESET)),
        Named("flaky", "every third request is reset", travels(Manner.RESET, share=1 / 3)),
        Named("reset-header", "reset after the header", travels(Manner.RESET_AFTER_HEADER)),
        Named("cut-body", "closed in the middle of the body", travels(Manner.CUT)),
        Named("slow-answer", "every answer takes 30 s", faulty(Fault(delay_s=LONG_S))),
        Named("slow-path", "one answer takes 30 s", faulty(Fault(SYSTEM, delay_s=LONG_S))),
        Named("slow-header", "the header comes byte by byte", travels(Manner.SLOW_HEADER)),
        Named("slow-body", "the body comes byte by byte", travels(Manner.SLOW_BODY)),
        Named("certificate", "another certificate", rotated()),
        Named("expired", "another certificate, out of date", rotated(timedelta(hours=12))),
        Named("expiry-requests", "20 requests a session", expiring(Expiry(requests=20))),
        Named("expiry-seconds", "30 s a session", expiring(Expiry(seconds=30))),
        Named("expiry-401", "30 s a session, then 401", expiring(Expiry(seconds=30, status=401))),
        Named("expiry-at-once", "a session is good for nothing", expiring(Expiry(requests=0))),
        Named("bad-password", "logins: bad credentials", refused_login("bad credentials")),
        Named(
            "default-password",
            "logins: default password not supported",
            refused_login("default password not supported"),
        ),
        Named(
            "physical-access",
            "logins: require physical access",
            refused_login("roles [Provider_Engineer] require physical access"),
        ),
        Named(
            "login-lockout",
            "sessions end, and logins are 429 for 10 min",
            locked_out(lambda now: Lockout(math.inf, 60, 600, logins_only=True, until=now + 600)),
        ),
        Named(
            "lockout",
            "429 for 5 min after 30 requests in a minute",
            locked_out(lambda _: Lockout(30, 60, 300)),
        ),
        Named("limited", "429", status(429)),
        Named("limited-until", "429, Retry-After 120", status(429, retry_after="120")),
        Named("busy", "503 everywhere", status(503)),
        Named("busy-path", "503 on one slow path", status(503, SYSTEM)),
        Named("denied", "403 for good on one path", status(403, SYSTEM)),
        Named("denied-poll", "403 for good on a path of every poll", status(403, SOE)),
        Named("denied-all", "403 whatever is asked", status(403)),
        Named("token-expired", "401 whatever is asked", status(401)),
        Named("no-vitals", "404 on the vitals", status(404, VITALS)),
        Named("missing-poll", "404 on a path of every poll", status(404, GRID)),
        Named("missing-all", "404 whatever is asked", status(404)),
        Named("broken", "500", status(500)),
        Named("redirected", "301 to plain http", status(301, location="http://teg/")),
        Named("cut-json", "half a JSON, well framed", changed(METERS, shapes.half)),
        Named("null", "JSON null", says(b"null")),
        Named("html", "a web page", says(b"<!doctype html><title>Powerwall</title>")),
        Named("empty", "200 without a body", says(b"")),
        Named("flood", "16 MiB in the place of an answer", says(b" " * 2**24, SOE)),
        Named("vitals-cut", "half a protobuf message", changed(VITALS, shapes.half)),
        Named("vitals-length", "a huge length in it", changed(VITALS, shapes.huge_length)),
        Named("vitals-fields", "unknown fields", changed(VITALS, shapes.unknown_fields), ODD),
        Named("vitals-type", "a wrong wire type", changed(VITALS, shapes.wrong_wire_type), ODD),
        Named("alerts-twice", "every alert twice", changed(VITALS, shapes.repeated_alerts), ODD),
        Named(
            "pack-missing", "a pack without vitals", changed(VITALS, shapes.missing_in_action), ODD
        ),
        Named("no-solar", "no solar meter", changed(METERS, shapes.without("solar"))),
        Named(
            "null-power",
            "packs say null",
            changed(SYSTEM, shapes.of_each_block(shapes.silent_block)),
        ),
        Named(
            "pack-off",
            "a disabled pack",
            changed(SYSTEM, shapes.edited(shapes.disabled_block)),
            ODD,
        ),
        Named(
            "packs-swapped",
            "packs in another order",
            changed(SYSTEM, shapes.edited(lambda d: d["battery_blocks"].reverse())),
            ODD,
        ),
        Named(
            "no-packs",
            "no packs at all",
            changed(SYSTEM, shapes.edited(lambda d: d["battery_blocks"].clear())),
        ),
        Named(
            "odd-grid",
            "a grid status that nobody knows",
            changed(GRID, shapes.edited(lambda _: {"grid_status": "SystemOnTheMoon"})),
            ODD,
        ),
        Named(
            "strangers",
            "keys that nobody knows",
            changed("*", shapes.edited(shapes.strangers)),
            ODD,
        ),
        Named(
            "integers", "whole numbers only", changed(METERS, shapes.edited(shapes.rounded)), ODD
        ),
        Named("minus-zero", "-0 W", changed(METERS, shapes.powers(lambda _: -0.0)), ODD),
        Named(
            "counters-back",
            "counters step back by 5 kWh",
            changed(METERS, shapes.counters(lambda wh: wh - 5000)),
            LIE,
        ),
        Named(
            "counters-leap",
            "counters leap by 50 MWh",
            changed(METERS, shapes.counters(lambda wh: wh + 5e7)),
            LIE,
        ),
        Named(
            "counters-negative",
            "counters below zero",
            changed(METERS, shapes.counters(lambda _: -100)),
            LIE,
        ),
        Named(
            "counters-zero", "counters at zero", changed(METERS, shapes.counters(lambda _: 0)), LIE
        ),
        Named("impossible-power", "a gigawatt", changed(METERS, shapes.powers(lambda _: 1e9)), LIE),
        Named("charge-leap", "the charge falls to 1 %", says(b'{"percentage":1}', SOE), LIE),
        Named("meters-frozen", "meters repeat old values", frozen, OLD),
        Named(
            "clock-2015", "the gateway's clock is wrong by years", changed("*", shapes.in_2015), ODD
        ),
    )
}


class Troubles:
    """The named faults that are on at one simulator."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self._lock = threading.Lock()
        self._ends: dict[str, End] = {}

    @property
    def names(self) -> list[str]:
        return list(self._ends)

    def begin(self, name: str) -> None:
        """Let something go wrong; raises ValueError for an unknown name."""
        if name not in NAMED:
            raise ValueError(f"no fault {name!r}; there are {', '.join(NAMED)}")
        with self._lock:
            if name not in self._ends:
                self._ends[name] = NAMED[name].begin(self._simulator)

    def end(self, name: str) -> None:
        """Let it be well again; nothing for what is not on."""
        with self._lock:
            if end := self._ends.pop(name, None):
                end()
