"""The states of a connection as one table: what each answer, or its absence, leads to.

The code follows the rows, docs/connection.md is made from them, and a test goes through them one by
one, from every state that a row names.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from bridge.errors import (
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    TimedOut,
    Unauthorized,
    Unreachable,
    Untrusted,
)

GOOD = "ok"
PATIENCE = 2  # lost polls in a row before a gateway is offline
SILENCE_S = 60.0  # at least so long, and 3 of its intervals, an endpoint may say nothing
OUTAGE_S = 120.0  # as long as this an unreachable gateway is tried every poll interval
SLOWEST_S = 60.0
STUCK_S = 180.0  # as long as this a loop of ours may give no sign of life
CLOSED_S = 60.0  # at most so long, paths are left alone that show whether anything is open again


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


ANY = frozenset(Connection)
# What one path says counts for itself only where the others are still asked.
OTHERS_ASKED = frozenset({Connection.CONNECTED, Connection.STOPPED, Connection.BUSY})
OTHERS_ASKED |= {Connection.ERROR}


class Scope(StrEnum):
    """What is left alone after a failed request."""

    GATEWAY = "the gateway"
    PATH = "this path"


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause that grows from the first to the longest, in seconds."""

    first_s: float
    longest_s: float
    growth: float = 2.0


NO_WAIT = Wait(0.0, 0.0)
OUTAGE = None  # every poll interval for OUTAGE_S, then doubling up to SLOWEST_S


class Counts(Enum):
    """What a poll counts for that brought this: it decides on `availability`."""

    AS_REST = "for what its other paths bring"
    USABLE = "as usable"
    LOST = "as lost"
    SPOILED = "as lost, though open paths answer"

    @property
    def online(self) -> tuple[bool | None, bool | None]:
        """The availability after one such poll, and after PATIENCE in a row; None: as it was."""
        match self:
            case Counts.AS_REST:
                return None, None
            case Counts.USABLE:
                return True, True
            case Counts.LOST | Counts.SPOILED:
                return None, False


class Readings(Enum):
    """What becomes of the readings of a path that says this."""

    NONE = "none yet"
    CURRENT = "as answered"
    FADE = "stay for a while"
    GONE = "`None` at once"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of event, what it leads to, and what is published of it.

    error is how it shows in the code, None for what is no error of one request. states are those
    from which it counts; state is the next one, None leaves it as it was. fast: it counts only on
    the paths of every poll. strains: the gateway is asked less often from then on. plain: what is
    said of it is the same whatever path it was, so that the reason does not change with each.
    """

    event: str
    state: Connection | None
    error: type[GatewayError] | None = None
    states: frozenset[Connection] = ANY
    scope: Scope = Scope.PATH
    wait: Wait | None = NO_WAIT
    counts: Counts = Counts.LOST
    readings: Readings = Readings.FADE
    fast: bool = False
    strains: bool = False
    plain: bool = False
    remedy: str = ""


START = Row(
    "the bridge starts",
    Connection.CONNECTING,
    states=frozenset(),
    readings=Readings.NONE,
    remedy="the first answer is awaited",
)
ANSWER = Row(
    "the paths of every poll answer",
    Connection.CONNECTED,
    counts=Counts.USABLE,
    readings=Readings.CURRENT,
    remedy=GOOD,
)
NOTHING = Row(
    "the paths of every poll answer, each with something that cannot be used",
    Connection.ERROR,
    fast=True,
    remedy="the gateway answers, but with nothing usable",
)
ALONE = Row(
    "no answer on one slower path, the first of a poll, while others answer",
    None,
    states=OTHERS_ASKED,
    wait=Wait(60.0, 300.0),
    counts=Counts.AS_REST,
)
_UNREACHABLE = "check its power, the network and {variables}HOST"

# Of several troubles the one that stands first is said.
ROWS = (
    START,
    ANSWER,
    Row(
        "another certificate than the trusted one",
        Connection.UNTRUSTED,
        Untrusted,
        scope=Scope.GATEWAY,
        wait=OUTAGE,
        remedy="until it is trusted, nothing is sent to the gateway",
    ),
    Row(
        "429",
        Connection.RATE_LIMITED,
        RateLimited,
        scope=Scope.GATEWAY,
        wait=Wait(60.0, 900.0),
        strains=True,
        remedy="nothing is asked for {pause}; poll less often",
    ),
    Row(
        "no answer in time",
        Connection.UNREACHABLE,
        TimedOut,
        scope=Scope.GATEWAY,
        wait=OUTAGE,
        strains=True,
        remedy=_UNREACHABLE,
    ),
    Row(
        "no answer: refused, reset, no route",
        Connection.UNREACHABLE,
        Unreachable,
        scope=Scope.GATEWAY,
        wait=OUTAGE,
        remedy=_UNREACHABLE,
    ),
    Row(
        "401 or 403, and no login helps or may be tried",
        Connection.UNAUTHORIZED,
        Unauthorized,
        scope=Scope.GATEWAY,
        wait=OUTAGE,
        counts=Counts.SPOILED,
        remedy="until a login succeeds, only what needs none is read",
    ),
    Row(
        "502 without a body",
        Connection.STOPPED,
        Stopped,
        counts=Counts.USABLE,
        readings=Readings.GONE,
        fast=True,
        plain=True,
        remedy="the site master is down (502); it comes back by itself after an update, "
        "else start it in the Tesla app or with gateway/running/set",
    ),
    Row(
        "503",
        Connection.BUSY,
        Busy,
        wait=Wait(60.0, 300.0),
        fast=True,
        strains=True,
        plain=True,
        remedy="the gateway is busy (503), mostly with an update; wait",
    ),
    NOTHING,
    ALONE,
    Row(
        "401 or 403 on one path, while others answer",
        None,
        Denied,
        OTHERS_ASKED,
        wait=Wait(600.0, 3600.0, 6.0),
        counts=Counts.AS_REST,
    ),
    Row(
        "404 on one path",
        None,
        Missing,
        OTHERS_ASKED,
        wait=Wait(600.0, 3600.0, 6.0),
        counts=Counts.AS_REST,
        readings=Readings.GONE,
    ),
    Row(
        "an answer on one path that cannot be used",
        None,
        GatewayError,
        OTHERS_ASKED,
        counts=Counts.AS_REST,
    ),
)


def row_of(error: GatewayError) -> Row:
    """Return the row of an error; the last one takes all that no other speaks of."""
    return next((row for row in ROWS if row.error and isinstance(error, row.error)), ROWS[-1])


def silences(error: GatewayError | None) -> bool:
    """Return whether the gateway as a whole gave no answer, or is not to be asked for one."""
    row = row_of(error) if error else ANSWER
    return row.scope is Scope.GATEWAY and row.counts is not Counts.SPOILED
