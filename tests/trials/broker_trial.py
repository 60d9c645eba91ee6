"""One fault of a broker, in real time, with a gateway beside it that may have one too."""

import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from broker_proxy import BrokerProxy
from brokers import LOOPBACK, Broker, Options
from subscriber import Heard, Subscriber, retained

from bridge.changes import is_reading
from bridge.mqtt import Broker as Place
from bridge.mqtt import Link
from bridge.topics import BridgeTopics
from trials.broker_faults import BROKER_FAULTS, BrokerFault, Scene
from trials.cases import Case
from trials.record import Mark, Record
from trials.stage import PacedTime, Stage

WELL_S, RETURN_S, AFTER_S = 8.0, 90.0, 2.0
AVAILABLE = BridgeTopics("powerwall").availability
SCENARIOS = ("solar-exporting", "grid-charging", "battery-powered")
WAITING = "no connection, the newest values wait"


class Watcher(threading.Thread):
    """Keeps house for the link, and notes when it is lost first, in the time of the stage."""

    def __init__(self, stage: Stage, link: Link) -> None:
        super().__init__(daemon=True)
        self._stage, self._link = stage, link
        self._ended = threading.Event()
        self.lost_s: float | None = None

    def run(self) -> None:
        while not self._ended.wait(0.02):
            if self.lost_s is None and not self._link.connected:
                self.lost_s = self._stage.time.s
            self._link.tick()

    def end(self) -> None:
        self._ended.set()
        self.join()


@dataclass(frozen=True, slots=True)
class Trial:
    """A bridge between a gateway and a broker, both about to fail."""

    case: Case
    fault: BrokerFault
    scene: Scene
    stage: Stage
    link: Link

    def record(self) -> Record:
        stage, watcher = self.stage, Watcher(self.stage, self.link)
        stage.live(WELL_S)
        watcher.start()
        begun = Mark.of(stage)
        self._begin()
        held = Mark.of(stage)
        self._end()
        with Subscriber(self.scene.broker.side_door) as observer:
            back = stage.live(RETURN_S, lambda: stage.is_well() and self._arrived(observer.tree))
            recovered_s = stage.time.s - held.at_s if back else None
            stage.live(AFTER_S)
            stale = self._stale(held.place, observer.log)
        watcher.end()
        found = Record.of(stage, self.case, (begun, held), recovered_s)
        found = replace(found, lost=[*found.lost, *self._lost()], wrong=[*found.wrong, *stale])
        return found if watcher.lost_s is None else _without_connection(found, watcher, begun)

    def _begin(self) -> None:
        """Let it go wrong, and the house change meanwhile."""
        for name in self.case.gateway:
            self.stage.begin(name)
        self.fault.begin(self.scene)
        for scenario in SCENARIOS:
            self.stage.sim.house.set_scenario(scenario)
            self.stage.live(self.fault.hold_s / len(SCENARIOS))

    def _end(self) -> None:
        for name in self.case.gateway:
            self.stage.end(name)
        self.fault.end(self.scene)

    def _arrived(self, tree: dict[str, str]) -> bool:
        """Return whether the broker holds what the bridge has said, and says it is online."""
        now = {t: p for t, p in self.stage.retained.items() if t != self.stage.topics.snapshot}
        online = self.link.connected and tree.get(AVAILABLE) == "online"
        return online and all(
            tree.get(topic) == payload for topic, payload in now.items() if payload
        )

    def _lost(self) -> list[str]:
        stored = retained(self.scene.broker.side_door)
        return [t for t, p in self.stage.retained.items() if p and stored.get(t) != p]

    def _stale(self, place: int, heard: Sequence[Heard]) -> list[str]:
        """Return what an observer was told after `online` that was older than the fault's end."""
        newest: dict[str, set[str]] = {}
        for index, said in enumerate(self.stage.said):
            payloads = newest.setdefault(said.message.topic, set())
            if index < place:
                payloads.clear()
            payloads.add(said.message.payload)
        online = [n for n, h in enumerate(heard) if (h.topic, h.payload) == (AVAILABLE, "online")]
        return [
            f"{one.topic} {one.payload} is older than the fault's end"
            for one in (heard[online[-1] :] if online else heard)
            if is_reading(self.stage.topics.path(one.topic))
            and one.payload not in newest.get(one.topic, set())
        ]


def _without_connection(found: Record, watcher: Watcher, begun: Mark) -> Record:
    lost_s = (watcher.lost_s or 0.0) - begun.at_s
    seen_s = lost_s if found.noticed_s is None else min(lost_s, found.noticed_s)
    told = WAITING if found.published == "nothing" else f"{WAITING}; {found.published}"
    return replace(found, published=told, noticed_s=seen_s)


def with_broker(case: Case) -> Record:
    """Let something go wrong at the broker, and perhaps at the gateway too."""
    fault = BROKER_FAULTS[case.broker or ""]
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        broker = stack.enter_context(Broker(directory, Options(persistence=fault.persistent)))
        proxy = stack.enter_context(BrokerProxy(broker.port))
        link = Link(Place(LOOPBACK, proxy.port, "powerwall-mqtt"), AVAILABLE)
        stage = stack.enter_context(Stage(1.0, publish=link.publish, time=PacedTime()))
        stack.callback(link.stop)
        link.start({"powerwall/bridge/discovery/set": lambda _: None}, lambda _: None, [])
        return Trial(case, fault, Scene(broker, proxy), stage, link).record()
