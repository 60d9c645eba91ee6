"""What a row of the table is.

A reading is declared once; its topic, payload, discovery, documentation and tests follow from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

from bridge.model import Snapshot
from bridge.parts import Endpoint
from bridge.quantities import RELEASE, Form, Quantity
from bridge.words import snake

T = TypeVar("T")

# Which firmware has it, for people. Some of what 1.x has needs a login, which there stops the site
# master: it is read after a command that needed one anyway.
ANY, LATER, VITALS = "all", "20.49 and later", "20.49 to 23.36"
BEFORE_1_50, SINCE_1_40, SINCE_1_50 = "1.15 to 1.49", "1.40 and later", "1.50 and later"
SINCE_21, SINCE_23 = "21.x and later", "23.28 and later"
AFTER_LOGIN = ", 1.x after a login"
LOGGED_IN, SINCE_1_40_LOGGED_IN = LATER + AFTER_LOGIN, SINCE_1_40 + AFTER_LOGIN

Data = Mapping[str, object] | tuple[object, ...]
Value = float | bool | str | Data | None


class Kind(StrEnum):
    """What a reading belongs to; also the first word of its unique id."""

    SITE = "site"
    PACK = "pack"
    INVERTER = "inverter"
    METER = "meter"


class Show(Enum):
    """Where a reading is seen: as an entity of Home Assistant, as a topic alone, or less."""

    NORMAL = "enabled"
    HIDDEN = "disabled by default"
    DIAGNOSTIC = "diagnostic"
    QUIET = "diagnostic, disabled by default"
    TOPIC = "no entity"
    LISTED = "in `snapshot` only"

    @property
    def enabled(self) -> bool:
        return self in {Show.NORMAL, Show.DIAGNOSTIC}

    @property
    def diagnostic(self) -> bool:
        return self in {Show.DIAGNOSTIC, Show.QUIET}

    @property
    def entity(self) -> bool:
        return self not in {Show.TOPIC, Show.LISTED}


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """One row: the last topic level, its name, what it is, and where it stands in the model.

    An empty key means the topic of the thing itself. device_class replaces the quantity's. A
    lasting reading is published as `None` even before it first had a value. lag is by how much a
    counter may step back, in units of the model, because the gateway derives it from others. basis
    names the readings from which this one is made: it has no value when they are not believed.
    firmware is who has it where that is not who has its group. counts_list says that the topic of
    the thing itself is the list of what this one counts.
    """

    key: str
    name: str
    quantity: Quantity
    measure: Callable[[T], Value]
    show: Show = Show.NORMAL
    device_class: str | None = None
    icon: str | None = None
    lasting: bool = False
    lag: float = 0.0
    basis: tuple[tuple[str, ...], ...] = ()
    firmware: str | None = None
    counts_list: bool = False

    @property
    def platform(self) -> str:
        """What kind of entity Home Assistant makes of it."""
        if self.quantity is RELEASE:
            return "update"
        return "binary_sensor" if self.quantity.form is Form.FLAG else "sensor"

    @property
    def counts(self) -> bool:
        """Whether it is a lifetime counter."""
        limits = self.quantity.limits
        return limits is not None and limits.counter


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """One thing a group repeats over: its topic levels, its title, and the thing itself.

    device is the key of the pack, inverter or meter it belongs to, empty for the site.
    """

    path: tuple[str, ...]
    subject: T
    title: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """Readings that repeat over the same things.

    topic is the pattern for people, endpoints the sources in order of preference, firmware who has
    it, items how the things are found in a snapshot. summary is whether what it says of the site
    stands in the `snapshot` topic too, which is a short one. listed_by are those whose answers
    decide beside the sources which things there are, and what each is called. read_with are those
    of the endpoints that say how the others are to be read, and count nothing themselves.
    """

    topic: str
    kind: Kind
    endpoints: tuple[Endpoint, ...]
    firmware: str
    items: Callable[[Snapshot], Iterable[Item[T]]]
    readings: tuple[Reading[T], ...]
    summary: bool = True
    listed_by: tuple[Endpoint, ...] = ()
    read_with: tuple[Endpoint, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it has lifetime counters of several sources."""
        return len(self.endpoints) > 1 and any(reading.counts for reading in self.readings)


@dataclass(frozen=True, slots=True)
class Measured:
    """A reading of one thing with its value now, None when it is not reported."""

    path: tuple[str, ...]
    value: Value
    reading: Reading[Any]
    item: Item[Any]
    group: Group[Any]

    @property
    def kind(self) -> Kind:
        return self.group.kind


def measure(
    groups: Iterable[Group[Any]], snapshot: Snapshot, *, counters: bool = False
) -> list[Measured]:
    """Return every reading of every thing that the snapshot knows, in the order of the table.

    counters leaves out all that does not count.
    """
    return [
        Measured(
            (*item.path, reading.key) if reading.key else item.path,
            reading.measure(item.subject),
            reading,
            item,
            group,
        )
        for group in groups
        for item in group.items(snapshot)
        for reading in group.readings
        if reading.counts or not counters
    ]


def spoken(
    groups: Iterable[Group[Any]], snapshot: Snapshot, heard: frozenset[Endpoint]
) -> Callable[[Measured], bool]:
    """Return what tells whether a value was said by the endpoints heard, and is not only kept.

    Counters outlive the silence of their source, and another source of their group may speak.
    """
    shared = [group for group in groups if group.counts and not heard.issuperset(group.endpoints)]
    only = snapshot.only(heard.union(*(group.read_with for group in shared)))
    said = {item.path: item.value for item in measure(shared, only, counters=True)}

    def tells(item: Measured) -> bool:
        sources = item.group.endpoints
        if heard.isdisjoint(sources) or heard.issuperset(sources) or not item.reading.counts:
            return not heard.isdisjoint(sources)
        return said.get(item.path) == item.value

    return tells


def word(text: str | None) -> str | None:
    """Return a word of the gateway as ours, None where it says nothing."""
    return snake(text) if text else None
