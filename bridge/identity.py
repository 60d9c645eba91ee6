"""Which site a gateway is, and which devices an earlier run has seen there."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bridge.changes import device_of
from bridge.claims import Neighbours, holds
from bridge.joined import Joined
from bridge.model import Snapshot
from bridge.moment import Moment
from bridge.readings import Kind
from bridge.reporter import Reporter
from bridge.state import Store
from bridge.words import segment

log = logging.getLogger(__name__)

INVERTER, JOINED = "inverter_key", "joined"  # in the Store
_NAMELESS = (
    "%s: nothing that it answers says which site it is, so Home Assistant is not told of it: set %s"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loop of a gateway is given by the application.

    claim(key) returns the name of another gateway that has this site key already, else None.
    neighbours is None where there is no other gateway.
    """

    clock: Callable[[], Moment]
    claim: Callable[[str], str | None]
    store: Store
    site_id: str | None = None
    id_variable: str = "POWERWALL_ID"
    neighbours: Neighbours | None = None


@dataclass(slots=True)
class Identity:
    """Chooses the site's key once, and bears the devices of an earlier run in mind."""

    around: Surroundings
    reporter: Reporter
    _earlier: list[tuple[Kind, str]] = field(default_factory=list)
    _missed: bool = False
    _joined: Joined = field(init=False)

    def __post_init__(self) -> None:
        self._joined = Joined(self.around.store.get(JOINED))

    def resume(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with what an earlier run called the inverter of solar_powerwall."""
        key = self.around.store.get(INVERTER)
        return replace(snapshot, plain_inverter=key) if isinstance(key, str) else snapshot

    def keep(self, snapshot: Snapshot) -> None:
        """Let a later run know what belongs together, and what solar_powerwall's inverter is."""
        if self._joined.follow(snapshot):
            self.around.store.put(JOINED, self._joined.saved)
        if self.around.store.get(INVERTER) != snapshot.plain_inverter:
            self.around.store.put(INVERTER, snapshot.plain_inverter)

    def forget(self, snapshot: Snapshot, kind: Kind, key: str) -> Snapshot:
        """Return the snapshot without a device that is gone for good, and clear its topics."""
        self.reporter.forget(kind, key, self._joined.take(kind, key, snapshot))
        self.around.store.put(JOINED, self._joined.saved)
        return snapshot.forgetting(**{str(kind): key})

    def choose(self, snapshot: Snapshot, *, online: bool) -> None:
        """Take the site's key, once every source of it was asked, and keep it for ever.

        Where a gateway that is online tells none, the log says so once.
        """
        if self.reporter.site_key:
            return
        stored = self.around.store.get("site_key")
        known = stored if isinstance(stored, str) else None
        key = self.around.site_id or known or snapshot.site_key
        if key is None:
            if online and self.reporter.place.ha_prefix and not self._missed:
                self._missed = True
                log.warning(_NAMELESS, self.reporter.name, self.around.id_variable)
            return
        key = segment(key)
        if other := self.around.claim(key):
            remedy = f"remove one, or set {self.around.id_variable}"
            self.reporter.complaint = f"gateway {other} is the same site ({key}): {remedy}"
            return
        self.around.store.put("site_key", key)
        self.reporter.site_key = key

    def share(self, snapshot: Snapshot, *, online: bool) -> None:
        """Leave it to another gateway to tell of the devices that it knows better."""
        neighbours, topic_of = self.around.neighbours, self.reporter.discovery_topic
        if neighbours is None or self.reporter.site_key is None:
            return
        own = {
            topic: hold
            for (kind, key), hold in holds(snapshot, online=online).items()
            if (topic := topic_of(kind, key))
        }
        elsewhere = neighbours.share(own)
        for topic, payload in self.reporter.announcements.leave(elsewhere):
            neighbours.hand_over(topic, payload)

    def remember(self, topic: str, payload: str) -> None:
        """Take note of a topic that an earlier run left retained."""
        self.reporter.inherit(topic, payload)
        if device := device_of(self.reporter.place.topics.path(topic)):
            self._earlier.append(device)

    def recall(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the devices of an earlier run in mind."""
        for kind, key in self._earlier:
            match kind:
                case Kind.PACK:
                    snapshot = snapshot.remembering(pack=key)
                case Kind.INVERTER:
                    snapshot = snapshot.remembering(inverter=key)
                case Kind.METER:
                    snapshot = snapshot.remembering(meter=key)
        self._earlier.clear()
        return snapshot
