"""What each answer, or its absence, means: the states of a connection as one table.

A row says what a kind of trouble does: the state that is shown, how long what is left alone, and
what the owner can do. The code follows the rows, and docs/connection.md is made from them.
"""

from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    Unauthorized,
    Unreachable,
    Untrusted,
)

GOOD = "ok"
OUTAGE_S = 120.0  # as long as this an unreachable gateway is tried every poll interval
SLOWEST_S = 60.0


class Connection(StrEnum):
    """How the bridge stands with a gateway."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    STOPPED = "stopped"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    UNTRUSTED = "untrusted"
    ERROR = "error"


class Capability(StrEnum):
    """What a gateway lets us do with an endpoint."""

    ALLOWED = "allowed"
    DENIED = "denied"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Tier(StrEnum):
    """How much a gateway gives; restricted is a Powerwall 3 with its three paths."""

    FULL = "full"
    NO_VITALS = "no_vitals"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Permit:
    """What is known of an endpoint's availability.

    status is the last one that came; since is when the state began, ISO 8601 by the bridge's clock.
    """

    state: Capability = Capability.UNKNOWN
    status: int | None = None
    since: str | None = None

    def after(self, error: GatewayError | None, at: str) -> "Permit":
        """Return the permit after an answer; other errors than denials leave its state."""
        status = 200 if error is None else error.status or self.status
        match error:
            case None:
                state = Capability.ALLOWED
            case Denied():
                state = Capability.DENIED
            case Missing():
                state = Capability.MISSING
            case _:
                state = self.state
        return Permit(state, status, self.since if state is self.state else at)


class Scope(StrEnum):
    """What is left alone after a failed request."""

    GATEWAY = "the gateway"
    PATH = "this path"


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause that grows from the first to the longest, in seconds; none of its own is None."""

    first_s: float
    longest_s: float
    growth: float = 2.0

    @property
    def words(self) -> str:
        if not self.first_s:
            return "none"
        return f"{self.first_s:g} s, then {self.growth:g} times as long, up to {self.longest_s:g} s"


NO_WAIT = Wait(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of trouble.

    state None leaves the connection as it was. usable: the gateway counts as online in spite of
    it. fast: it counts only on the paths of every poll. wait None is the rule of an outage.
    """

    error: type[GatewayError]
    event: str
    state: Connection | None
    scope: Scope
    wait: Wait | None = NO_WAIT
    usable: bool = False
    fast: bool = False
    remedy: str = ""


ROWS = (
    Row(
        Untrusted,
        "another certificate than the trusted one",
        Connection.UNTRUSTED,
        Scope.GATEWAY,
        None,
        remedy="nothing is sent to it until it is trusted",
    ),
    Row(
        RateLimited,
        "429",
        Connection.RATE_LIMITED,
        Scope.GATEWAY,
        Wait(60.0, 900.0),
        remedy="nothing is asked until the pause is over; poll less often",
    ),
    Row(
        Unreachable,
        "no answer: refused, reset, timed out, no route",
        Connection.UNREACHABLE,
        Scope.GATEWAY,
        None,
        remedy="check its power, the network and {variables}HOST",
    ),
    Row(
        Unauthorized,
        "401 or 403, and no login helps or may be tried",
        Connection.UNAUTHORIZED,
        Scope.GATEWAY,
        None,
        remedy="what needs no login is still read",
    ),
    Row(
        Stopped,
        "502 without a body",
        Connection.STOPPED,
        Scope.PATH,
        usable=True,
        fast=True,
        remedy="the site master is down; it comes back by itself after an update, "
        "else start it in the Tesla app or with gateway/running/set",
    ),
    Row(
        Busy,
        "503",
        Connection.BUSY,
        Scope.PATH,
        Wait(60.0, 300.0),
        fast=True,
        remedy="the gateway is busy, mostly with an update; wait",
    ),
    Row(Denied, "401 or 403 on one path, others answer", None, Scope.PATH, Wait(600.0, 3600.0, 6)),
    Row(Missing, "404", None, Scope.PATH, Wait(600.0, 3600.0, 6)),
    Row(BadAnswer, "an answer that cannot be used", None, Scope.PATH),
)

# What is said without a trouble of a row's own.
REMEDIES = {
    Connection.CONNECTING: "the first answer is awaited",
    Connection.ERROR: "the gateway answers, but with nothing usable",
} | {row.state: row.remedy for row in ROWS if row.state}

SILENT = tuple(r.error for r in ROWS if r.scope is Scope.GATEWAY and r.error is not Unauthorized)


def row_of(error: GatewayError) -> Row | None:
    """Return the row of an error, None for one that no row speaks of."""
    return next((row for row in ROWS if isinstance(error, row.error)), None)


def state_of(error: GatewayError) -> Connection:
    row = row_of(error)
    return row.state if row and row.state else Connection.ERROR
