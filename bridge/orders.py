"""Commands from acceptance to the moment they are sent: limits, order, staleness, refusals.

Pure: the caller brings the moment, carries the orders out and publishes the results.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from bridge.commands import Access, Control, Parsed, Refresh
from bridge.errors import CommandError
from bridge.ledger import BACK, Ledger, Order, Outcome, Reply, Result
from bridge.moment import Moment

STALE_S = 30.0
REFRESH_S = 5.0
TOO_MANY = "too many commands at once; nothing was written"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on a command topic.

    arrived_s is when, in seconds of the steady clock, None where it is taken in at once.
    """

    control: Control
    payload: bytes
    reply: Reply | None = None
    arrived_s: float | None = None

    @property
    def urgent(self) -> bool:
        """Whether it means to go back on grid."""
        try:
            return self.control.read(self.payload).command == BACK
        except CommandError:
            return False


def left_alone(pause_s: float) -> str:
    """Return why nothing is asked in a 429 pause that goes on for so many seconds."""
    later = f"; try again in {ceil(pause_s)} s" if pause_s > 0 else ""
    return f"the gateway wants to be left alone (429){later}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about commands.

    variables is how the names of the gateway's settings begin.
    """

    access: frozenset[Access]
    per_minute: int
    variables: str = "POWERWALL_"


class Orders:
    """The commands of one gateway that wait to be sent."""

    def __init__(self, rules: Rules, ledger: Ledger, make_id: Callable[[], str]) -> None:
        self._rules = rules
        self._ledger = ledger
        self.make_id = make_id
        self._waiting: deque[Order] = deque()
        self._accepted_s: deque[float] = deque()
        self._refreshed_s = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting)

    def accept(self, incoming: Incoming, now: Moment, *, limited: float) -> list[Result]:
        """Return the results of a message; limited is for how many seconds a 429 pause goes on."""
        order, wrong = self._read(incoming, now)
        if repeated := self._ledger.repeated(order, now):
            return [repeated]
        if objection := wrong or self._objection(order, now, limited=limited):
            return [self._ledger.enter(order, Outcome.REFUSED, now, objection)]
        return self.enter(order, now)

    def turn_away(self, incoming: Incoming, now: Moment, reason: str) -> list[Result]:
        """Return the result of a message that is not let in; changes nothing here.

        There is none where its id has one already, or will have it.
        """
        order, wrong = self._read(incoming, now)
        if self._ledger.knows(order):
            return []
        return [order.result(Outcome.REFUSED, now, wrong or reason)]

    def _read(self, incoming: Incoming, now: Moment) -> tuple[Order, str | None]:
        """Return what a message orders, and what is wrong with it."""
        wrong = None
        try:
            parsed = incoming.control.read(incoming.payload)
        except CommandError as error:
            shown = incoming.payload[:100].decode("utf-8", "replace")
            parsed, wrong = Parsed(Refresh(), shown, error.id), str(error)
        identity = parsed.id or self.make_id()
        arrived_s = now.steady_s if incoming.arrived_s is None else incoming.arrived_s
        replies = (incoming.reply,) if incoming.reply else ()
        return Order(identity, incoming.control, parsed, arrived_s, replies), wrong

    def _objection(self, order: Order, now: Moment, *, limited: float) -> str | None:
        access = order.control.access
        if access not in self._rules.access:
            return f"not enabled; {self._rules.variables}CONTROL={access} allows it"
        if order.urgent:
            return None
        if limited:
            return left_alone(limited)
        if isinstance(order.command, Refresh):
            return self._too_fresh(now)
        return self._too_many(now)

    def _too_fresh(self, now: Moment) -> str | None:
        if now.steady_s - self._refreshed_s < REFRESH_S:
            return f"at most one refresh in {REFRESH_S:g} s"
        self._refreshed_s = now.steady_s
        return None

    def _too_many(self, now: Moment) -> str | None:
        while self._accepted_s and now.steady_s - self._accepted_s[0] >= 60:
            self._accepted_s.popleft()
        if len(self._accepted_s) >= self._rules.per_minute:
            left_s = ceil(60 - (now.steady_s - self._accepted_s[0]))
            return (
                f"more than {self._rules.per_minute} commands in a minute; try again in {left_s} s"
            )
        self._accepted_s.append(now.steady_s)
        return None

    def enter(self, order: Order, now: Moment, reason: str | None = None) -> list[Result]:
        """Let an order wait for its turn, in the place of those that it replaces."""
        replaced = [old for old in self._waiting if old.subjects <= order.subjects]
        for old in replaced:
            self._waiting.remove(old)
        by = f"replaced by {order.id}"
        results = [self._ledger.enter(old, Outcome.SUPERSEDED, now, by) for old in replaced]
        if order.urgent:
            self._waiting.appendleft(order)
        else:
            self._waiting.append(order)
        return [self._ledger.enter(order, Outcome.ACCEPTED, now, reason), *results]

    def take(self, now: Moment, *, limited: float) -> tuple[Order | None, list[Result]]:
        """Return the next order to carry out, and the results of those that cannot be any more.

        limited is for how many seconds a 429 pause goes on.
        """
        results: list[Result] = []
        while self._waiting:
            order = self._waiting.popleft()
            waited_s = now.steady_s - order.received_s
            if waited_s > STALE_S:
                reason = f"stale: it waited {waited_s:.0f} s for the gateway"
            elif limited and not order.urgent:
                reason = left_alone(limited)
            else:
                return order, results
            results.append(self._ledger.enter(order, Outcome.REFUSED, now, reason))
        return None, results
