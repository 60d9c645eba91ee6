"""What is published of a gateway beside its readings: views, and its own JSON.

Pure. It has the last good answers that still hold, and makes of them what was asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.documents import Document
from bridge.errors import Denied, GatewayError, Missing, TimedOut
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.parts import Endpoint
from bridge.raw import without_endpoint
from bridge.topics import NONE, Message, Topics, compact
from bridge.views import VIEWS, Sources, View

DEGRADED = 5  # failures in a row


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the owner wants beside the readings: views by name, paths below `/api/`.

    table is where the views are found.
    """

    views: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    table: Mapping[str, View] = field(default_factory=lambda: VIEWS)

    @property
    def endpoints(self) -> frozenset[Endpoint]:
        """The endpoints whose answers are needed as they came."""
        fed = {endpoint for name in self.views for endpoint in self.table[name].endpoints}
        return frozenset(fed | {endpoint for endpoint in Endpoint if endpoint in self.raw})


@dataclass(slots=True)
class Record:
    """How a gateway answered since the start; what it has not got, or denies, is no failure.

    memory_kb tells the most memory that the bridge ever had.
    """

    started: Moment | None = None
    memory_kb: Callable[[], int] = lambda: 0
    answers: int = 0
    failures: int = 0
    timeouts: int = 0
    in_a_row: int = 0
    answered_s: int | None = None

    def heard(self, now: Moment) -> None:
        self.answers, self.in_a_row = self.answers + 1, 0
        self.answered_s = int(now.wall.timestamp())

    def failed(self, error: GatewayError) -> None:
        if not isinstance(error, Denied | Missing):
            self.failures, self.in_a_row = self.failures + 1, self.in_a_row + 1
            self.timeouts += isinstance(error, TimedOut)

    def figures(self, now: Moment) -> dict[str, object]:
        """Return what view stats shows; times in whole seconds since 1970, mem in kB."""
        started = self.started or now
        return {
            "errors": self.failures,
            "timeout": self.timeouts,
            "ts": int(now.wall.timestamp()),
            "start": int(started.wall.timestamp()),
            "uptime": str(timedelta(seconds=int(now.steady_s - started.steady_s))),
            "mem": self.memory_kb(),
            "connection_health": {
                "consecutive_failures": self.in_a_row,
                "total_failures": self.failures,
                "total_successes": self.answers,
                "is_degraded": self.in_a_row >= DEGRADED,
                "last_success_time": self.answered_s,
            },
        }


@dataclass(slots=True)
class Annex:
    """The documents of one gateway and what is shown of them.

    shown are the topics that had a value once, in an earlier run too.
    """

    wanted: Wanted = field(default_factory=Wanted)
    record: Record = field(default_factory=Record)
    shown: set[str] = field(default_factory=set)
    _bugs: dict[str, Exception] = field(default_factory=dict)
    _stumbled: set[str] = field(default_factory=set)
    _documents: dict[Endpoint, Document] = field(default_factory=dict)
    _news: set[Endpoint] = field(default_factory=set)

    def heard(self, endpoint: Endpoint, document: Document | None, now: Moment) -> None:
        """Take in an answer, with its document if that is kept."""
        self.record.heard(now)
        self._news.add(endpoint)
        if document is not None:
            self._documents[endpoint] = document

    def forget(self, endpoint: Endpoint) -> None:
        """Take note that what an endpoint said holds no more."""
        self._documents.pop(endpoint, None)
        self._news.add(endpoint)

    def holds(self, path: str) -> bool:
        """Return whether a path is that of an endpoint whose answer still holds."""
        return path in self._documents

    def take_bugs(self) -> dict[str, Exception]:
        """Return why views could not be made, of each the first time."""
        bugs, self._bugs = self._bugs, {}
        return bugs

    def messages(self, topics: Topics, snapshot: Snapshot, now: Moment) -> list[Message]:
        """Return what follows from all that was heard or forgotten since this was asked last.

        What was shown once and cannot be made any more is `None`.
        """
        news, self._news = self._news, set()
        made = [*self._views(topics, snapshot, now, news), *self._raw(topics, news)]
        self.shown.update(topic for topic, payload in made if payload is not None)
        return [
            Message(topic, NONE if payload is None else payload)
            for topic, payload in made
            if topic in self.shown
        ]

    def apart(self, topics: Topics) -> list[str]:
        """Return the topics of paths that no endpoint is."""
        return [topics.raw(path) for path in without_endpoint(self.wanted.raw)]

    def _views(
        self, topics: Topics, snapshot: Snapshot, now: Moment, news: set[Endpoint]
    ) -> Iterator[tuple[str, str | None]]:
        if not self.wanted.views:
            return
        sources = Sources(self._documents, snapshot, self.record.figures(now))
        for name in self.wanted.views:
            view = self.wanted.table[name]
            if not view.endpoints or not news.isdisjoint(view.endpoints):
                yield topics.view(name), self._made(name, sources)

    def _made(self, name: str, sources: Sources) -> str | None:
        """Return a view as text; None too where a bug keeps it from being made."""
        try:
            made = self.wanted.table[name].make(sources)
            return made if isinstance(made, str | None) else compact(made)
        except Exception as error:
            if name not in self._stumbled:
                self._stumbled.add(name)
                self._bugs[name] = error
            return None

    def _raw(self, topics: Topics, news: set[Endpoint]) -> Iterator[tuple[str, str | None]]:
        for endpoint in sorted(news):
            if endpoint in self.wanted.raw:
                document = self._documents.get(endpoint)
                yield topics.raw(endpoint), document.text if document else None
