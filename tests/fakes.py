"""A gateway, a clock and a bridge without threads, for tests of the core."""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from sites import site

from bridge import parts
from bridge.annex import Annex, Record, Wanted
from bridge.claims import Neighbours
from bridge.commands import CONTROLS, Access, Control, Write
from bridge.controls import Controls
from bridge.desk import Desk
from bridge.documents import Document
from bridge.errors import GatewayError, Missing
from bridge.gateway import Receipt
from bridge.guard import Guard
from bridge.health import Health
from bridge.history import OFF_GRID
from bridge.identity import Identity, Surroundings
from bridge.ledger import Ledger, Reply
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.off_grid import OffGrid, OffGridRules
from bridge.orders import Incoming, Orders, Rules
from bridge.parts import (
    Cadence,
    Endpoint,
    GridStatus,
    LineMeter,
    Meters,
    MetersSite,
    MetersSolar,
    Operation,
    Part,
    Soe,
)
from bridge.poller import Poller
from bridge.reporter import Place, Reporter
from bridge.rounds import COUNTERS, Rounds
from bridge.schedule import Schedule
from bridge.state import Store
from bridge.topics import Message, Topics
from bridge.verification import Watch

OWN = "powerwall/main/"
START = datetime(2026, 1, 2, 3, 0, 0, tzinfo=UTC)
INTERVALS = {Cadence.POLL: 5.0, Cadence.DEVICE: 30.0, Cadence.SLOW: 300.0}
FAST = (Endpoint.METERS, Endpoint.SOE, Endpoint.GRID_STATUS)
ASKED = tuple(e for e in Endpoint if e is not Endpoint.TEDAPI_DIN)  # the DIN stands elsewhere
ALL = frozenset(Access)


class FakeClock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> Moment:
        return Moment(self.s, START + timedelta(seconds=self.s))


class FakeGateway:
    """Answers from a script: a part is returned, an error is raised.

    answers holds what each endpoint says from now on; receipts what becomes of the next writes.
    documents are the same answers as they came, paths what any path says that is fetched.
    """

    def __init__(self, clock: FakeClock, house: Snapshot) -> None:
        self._clock = clock
        self.answers: dict[Endpoint, Part | Exception] = {}
        self.recovers(house)
        self.documents: dict[Endpoint, Document] = {}
        self.paths: dict[str, Document | Exception] = {}
        self.fetched: list[tuple[float, str]] = []
        self.receipts: deque[Receipt | Exception] = deque()
        self.asked: list[tuple[float, Endpoint]] = []
        self.sent: list[tuple[float, Write]] = []
        self.takes_s = 0.0
        self.when_asked: Callable[[Endpoint], None] = lambda _: None
        self.when_sent: Callable[[], None] = lambda: None
        self.when_fetched: Callable[[], None] = lambda: None
        self.silent_meters: set[str] = set()
        self.logins = 0
        self.settled = 0
        self.closed = False

    @property
    def requests(self) -> int:
        return len(self.asked) + len(self.sent) + len(self.fetched)

    def read(self, endpoint: Endpoint) -> Part:
        self.asked.append((self._clock.s, endpoint))
        self._clock.s += self.takes_s
        self.when_asked(endpoint)
        answer = self.answers[endpoint]
        if isinstance(answer, Exception):
            raise answer
        match answer:
            case Meters():
                return self._heard(answer)
            case MetersSite(meters=lines) | MetersSolar(meters=lines):
                return replace(answer, meters=tuple(map(self._heard_line, lines or ())))
        return replace(answer)

    def take(self, endpoint: Endpoint) -> Document | None:
        return self.documents.get(endpoint)

    def fetch(self, path: str) -> Document:
        self.fetched.append((self._clock.s, path))
        self.when_fetched()
        self._clock.s += self.takes_s
        answer = self.paths.get(path, Missing(f"{path}: 404", 404))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _heard(self, meters: Meters) -> Meters:
        """Return the meters as heard just now, but for the silent ones."""
        now = self._clock().iso
        return Meters(
            {
                name: meter
                if name in self.silent_meters
                else replace(meter, last_communication_time=now)
                for name, meter in meters.meters.items()
            }
        )

    def _heard_line(self, meter: LineMeter) -> LineMeter:
        if meter.serial_number in self.silent_meters:
            return meter
        return replace(meter, last_communication_time=self._clock().iso)

    def send(self, command: Write) -> Receipt:
        self.sent.append((self._clock.s, command))
        self.when_sent()
        self._clock.s += self.takes_s
        receipt = self.receipts.popleft() if self.receipts else Receipt(written=True, status=200)
        if isinstance(receipt, Exception):
            raise receipt
        return receipt

    def settle(self) -> None:
        self.settled += 1

    def close(self) -> None:
        self.closed = True

    def fails(self, error: GatewayError, endpoints: Iterable[Endpoint] = Endpoint) -> None:
        self.answers |= dict.fromkeys(endpoints, error)

    def recovers(self, house: Snapshot) -> None:
        """Answer as this house does; what it says nothing of has nothing to say."""
        self.answers |= {e: house.part(e) or _blank(e) for e in Endpoint}

    def asked_since(self, since_s: float, *endpoints: Endpoint) -> list[float]:
        """Return when any of the endpoints, or anything, was asked."""
        return [at for at, e in self.asked if at >= since_s and (not endpoints or e in endpoints)]


def _blank(endpoint: Endpoint) -> Part | Exception:
    kinds = [kind for kind in vars(parts).values() if isinstance(kind, type)]
    (kind,) = (k for k in kinds if issubclass(k, Part) and k.ENDPOINT is endpoint)
    extra = endpoint.leisurely or endpoint is Endpoint.SOLAR_POWERWALL
    return kind() if extra else Missing(f"{endpoint}: 404", 404)


class Bench:
    """One gateway's loop with everything around it faked; `live` makes time pass."""

    def __init__(
        self,
        access: frozenset[Access] = ALL,
        store: Store | None = None,
        site_id: str | None = None,
        house: Snapshot | None = None,
        claim: Callable[[str], str | None] = lambda _: None,
        intervals: dict[Cadence, float] = INTERVALS,
        rules: OffGridRules | None = None,
        wanted: Wanted | None = None,
        begins_s: float = 0.0,
        neighbours: Neighbours | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.clock.s = begins_s
        self.house = house or HOUSE
        self.gateway = FakeGateway(self.clock, self.house)
        self.published: list[Message] = []
        self.store = store or Store(None, "main")
        self.health = Health(intervals[Cadence.POLL], lambda: 0.5)
        saved = self.store.get("denials")
        denials = {k: str(v) for k, v in saved.items()} if isinstance(saved, dict) else {}
        self.controls = Controls(access, denials)
        ledger = Ledger()
        numbers = count(1)
        self.off_grid = OffGrid(rules or OffGridRules(), self.store.get(OFF_GRID), self.clock())
        orders = Orders(Rules(access, 12), ledger, lambda: f"made-{next(numbers)}")
        keep = partial(self.store.keep, OFF_GRID)
        watch = Watch(ledger)
        desk = Desk(
            self.gateway,
            orders,
            watch,
            ledger,
            self.controls,
            self.health,
            self.off_grid,
            keep,
        )
        place = Place(Topics("powerwall", "main"), "homeassistant", "https://gateway")
        guard = Guard(self.store.get(COUNTERS), self.clock())
        annex = Annex(wanted or Wanted(), Record(self.clock(), lambda: 4096))
        self.reporter = Reporter(place, self.published.append, self.controls, guard, annex)
        around = Surroundings(self.clock, claim, self.store, site_id, neighbours=neighbours)
        identity = Identity(around, self.reporter)
        rounds = Rounds(self.gateway, self.health, self.reporter, Schedule(intervals), identity)
        self.poller = Poller(rounds, desk, self.reporter)

    def live(self, seconds: float) -> None:
        """Do what is due for so long, as the loop would."""
        end = self.clock.s + seconds
        while True:
            wait_s = max(0.0, min(self.poller.step(), 30.0))
            if self.clock.s + wait_s > end:
                self.clock.s = max(self.clock.s, end)
                return
            self.clock.s += wait_s

    def order(self, path: str, payload: str | dict[str, object], reply: str | None = None) -> None:
        """Let a command arrive."""
        self.poller.inbox.put(incoming(path, payload, reply, self.clock.s))

    def said(self, topic: str) -> list[str]:
        return [m.payload for m in self.published if m.topic == OWN + topic]

    def last(self, topic: str) -> str | None:
        return next(reversed(self.said(topic)), None)

    @property
    def results(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.said("command/result")]

    @property
    def outcomes(self) -> list[str]:
        return [result["status"] for result in self.results]


def incoming(
    path: str,
    payload: str | dict[str, object],
    reply: str | None = None,
    arrived_s: float | None = None,
) -> Incoming:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return Incoming(control(path), text.encode(), Reply(reply, b"c") if reply else None, arrived_s)


def control(path: str) -> Control:
    return next(c for c in CONTROLS if "/".join(c.path) == path)


def house(
    name: str = "pwplus-23.36",
    *,
    grid: str = "SystemGridConnected",
    raw_percent: float = 52.5,
    mode: str = "self_consumption",
    reserve_raw_percent: float = 24.0,
) -> Snapshot:
    """Return a site in a known state: 50 % charged, on grid, unless told otherwise."""
    snapshot = site(name)
    for part in (
        GridStatus(grid, services_active=False),
        Soe(raw_percent),
        Operation(mode, reserve_raw_percent),
    ):
        snapshot = snapshot.placed(part)
    return snapshot


HOUSE = house()
