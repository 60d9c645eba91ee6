"""docs/connection.md: the table of the connection in words for people."""

from bridge.health.table import (
    ANY,
    CLOSED_S,
    GOOD,
    OUTAGE_S,
    PATIENCE,
    ROWS,
    SILENCE_S,
    SLOWEST_S,
    START,
    STUCK_S,
    Connection,
    Row,
    Wait,
)
from bridge.health.waits import Pace

COLUMNS = (
    "State",
    "Event",
    "Next state",
    "Left alone",
    "`availability` after one such poll",
    f"after {PATIENCE} in a row",
    "Readings",
    "`connection/reason`",
)


def connection_page() -> str:
    """Return docs/connection.md."""
    table = [COLUMNS, ("---",) * len(COLUMNS), *map(_cells, ROWS)]
    lines = (f"| {' | '.join(cells)} |" for cells in table)
    return "\n".join((_INTRODUCTION, *lines, _MORE))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        _states(row),
        _event(row),
        f"`{row.state}`" if row.state else "as it was",
        _left_alone(row),
        *_availability(row),
        row.readings.value,
        _reason(row),
    )


def _event(row: Row) -> str:
    """Return the event; where the state follows some paths only, that too."""
    return f"{row.event}; on a slower path the state stays" if row.fast and row.error else row.event


def _states(row: Row) -> str:
    if row is START:
        return "none"
    if row.states == ANY:
        return "any"
    return " ".join(f"`{state}`" for state in Connection if state in row.states)


def _availability(row: Row) -> tuple[str, str]:
    if row is START:
        return "`offline`", "`offline`"
    words = {None: "as it was", True: "`online`", False: "`offline`"}
    one, several = row.counts.online
    return words[one], words[several]


def _left_alone(row: Row) -> str:
    pace = ", and asked less often" if row.strains else ""
    if row.wait is None:
        return f"{row.scope.value}, as in an outage{pace}"
    if not row.wait.first_s:
        return f"nothing{pace}"
    return f"{row.scope.value} for {_growing(row.wait)}{pace}"


def _growing(wait: Wait) -> str:
    steps = []
    wait_s = wait.first_s
    while wait_s < wait.longest_s:
        steps.append(wait_s)
        wait_s *= wait.growth
    return ", ".join(f"{step:g}" for step in (*steps, wait.longest_s)) + " s"


def _reason(row: Row) -> str:
    if not row.remedy:
        return "as it was"
    words = row.remedy.format(variables="POWERWALL_", pause="… s")
    own = row.plain or row.state in (Connection.CONNECTING, Connection.CONNECTED)
    return words if own else f"…; {words}"


_INTRODUCTION = f"""\
# The connection with a gateway

`<prefix>/<gateway>/connection` is a word of this table, `connection/reason` says what is wrong and
what can be done about it, and is `{GOOD}` when nothing is. `…` stands for what the gateway said.

This page is generated from the code: change the table there and run `make docs`.
"""

_MORE = f"""
* **Availability.** What one path of several says counts only where no other has answered; but while
  all paths of every poll are useless, or a login is lacking, the slower ones do not make up for
  them. A poll that asks only slower paths, and is refused by them, says nothing either way.
  {PATIENCE} in a row can take minutes: polls that wait out a pause (429, 503) come later, and one
  in which a path of every poll has answered before the 429 does not count as such a poll.
  Should the bridge itself be stuck with a gateway (a disk that hangs), it says `offline` after
  {STUCK_S:g} s, and `online` when the gateway has answered again.
* **Readings.** "Stay for a while": while `availability` is `online` they become `None` when their
  path has said nothing for 3 of its intervals, {SILENCE_S:g} s at least. While it is `offline`
  nothing is rewritten: `availability` is the mark. Lifetime counters and what a device is always
  keep their value. Before the first answer nothing is published; what an earlier run left stays
  until every path was tried.
* **Outage.** The gateway is asked once every poll interval for {OUTAGE_S:g} s, then after twice the
  interval, doubling to {SLOWEST_S:g} s, each up to a fifth more or less; for ever. Where a gateway
  that answers 429 says how long to wait, it is waited so long.
* **All closed.** While no path of every poll answers with anything usable, those of them that are
  denied or missing, and `status`, are left alone for {CLOSED_S:g} s at most; as soon as one
  answers, all that was denied or missing is asked again.
* **Pace.** An event after which it is asked less often doubles all intervals, once until the
  gateway answers again, up to {Pace.SLOWEST:g} times what is set. {Pace.CALM_POLLS} calm polls in
  a row halve them. `bridge/health` has the interval and the requests in the last minute.
* **Commands** do not wait for the end of an outage: they are tried at once, or refused.
  While the gateway wants to be left alone (429) only the return to the grid is sent.
* **Certificate.** The first one of a host that answers like a gateway is trusted, from then on no
  other: nothing is sent, no password either. The event `certificate_changed` tells of it once, with
  its SHA-256. If the gateway was replaced or reset, `powerwall-mqtt check --trust` accepts it.
* Of several troubles the one that stands first in the table is said.

## Logins

A login is made only when a read or a command was refused (401, 403) and `meters/aggregates` is
refused too: a path that is closed to the role costs none. The session is kept in STATE_DIR and goes
on after a restart.

* At most POWERWALL_LOGINS_PER_HOUR in any hour. Each is written down before it is made, so that a
  bridge that crashes and starts again does not log in more often. The hour is told by a clock that
  does not jump while the computer runs, though the time is set meanwhile; after a restart of the
  computer by the time, and logins in the future count as made now.
* `check` logs in only while half of them is left, and says how many are; with no login to try the
  password it says so, and looks on with the session that is stored.
* If it cannot be written down (the disk is full), a login has to wait, from the start of the bridge
  as from the login before, until its share of the hour is over: 10 min with 6 logins an hour.
* After a session that opens nothing at all, the next login is 9 min later, doubling to an hour.
* A refused password is tried again after 10 min, doubling to 6 h; a changed one at once. Where the
  login itself is answered with 429 or with nothing usable, the next is tried after what it says, or
  60 s doubling to 15 min. Reads go on with the session as long as it is good.
* A login that stops the battery, as on firmware 1.x, is made for a command only, and the site
  master started again: at once, then after 10 s, doubling to 5 min, until it runs. None is made
  while STATE_DIR cannot be written: a restart of the bridge would forget what is to be started.
  Firmware that is not known yet, because `status` cannot be read, may be one of these, unless it
  wants a session for `meters/aggregates`. Where firmware known as 1.x begins to want one, `status`
  is read again, for it may have been updated.
"""
