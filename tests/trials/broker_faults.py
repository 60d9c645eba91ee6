"""What goes wrong with a broker and on the way to it, in real time, with a gateway beside it."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from broker_proxy import BrokerProxy
from brokers import LOOPBACK, Broker, Options
from subscriber import Heard, Subscriber, retained

from bridge.changes import is_reading
from bridge.mqtt import Broker as Place
from bridge.mqtt import Link
from bridge.topics import BridgeTopics
from trials.record import Record, Signs
from trials.stage import PacedTime, Stage

WELL_S, HOLD_S, RETURN_S = 8.0, 10.0, 90.0
AVAILABLE = BridgeTopics("powerwall").availability
SCENARIOS = ("solar-exporting", "grid-charging", "battery-powered")


@dataclass(frozen=True, slots=True)
class Scene:
    """A broker, the way to it, and the link of the bridge."""

    broker: Broker
    proxy: BrokerProxy
    link: Link


@dataclass(frozen=True, slots=True)
class BrokerFault:
    """One kind of trouble; it lasts hold_s."""

    words: str
    begin: Callable[[Scene], None]
    end: Callable[[Scene], None]
    hold_s: float = HOLD_S
    persistent: bool = False


def on_the_way(
    words: str, begin: Callable[[BrokerProxy], None], hold_s: float = HOLD_S
) -> BrokerFault:
    return BrokerFault(
        words, lambda scene: begin(scene.proxy), lambda scene: scene.proxy.heal(), hold_s
    )


def at_the_broker(
    words: str,
    begin: Callable[[Broker], None],
    end: Callable[[Broker], None],
    *,
    persistent: bool = False,
) -> BrokerFault:
    return BrokerFault(
        words,
        lambda scene: begin(scene.broker),
        lambda scene: end(scene.broker),
        persistent=persistent,
    )


def _slow(proxy: BrokerProxy) -> None:
    proxy.slow(2000)


def _unwilling(proxy: BrokerProxy) -> None:
    proxy.refuse_connect()
    proxy.cut()


def _delayed(proxy: BrokerProxy) -> None:
    proxy.delay(1.5)


BROKER_FAULTS = {
    "broker-refused": on_the_way("the broker's port is closed", BrokerProxy.refuse),
    "broker-unwilling": on_the_way("the broker refuses the login", _unwilling),
    "broker-cut": on_the_way("the connection is reset", BrokerProxy.cut),
    "broker-stalled": on_the_way("nothing flows, nothing is closed", BrokerProxy.stall, 60.0),
    "broker-stalled-up": on_the_way("the broker hears nothing", BrokerProxy.stall_up, 60.0),
    "broker-delayed": on_the_way("every packet is late by 1.5 s", _delayed),
    "broker-slow": on_the_way("2 kB/s to the broker", _slow),
    "broker-twice": on_the_way("messages to the bridge come twice", BrokerProxy.duplicate),
    "broker-no-acks": on_the_way("acknowledgements are lost", BrokerProxy.drop_acks),
    "broker-killed": at_the_broker(
        "the broker is killed, all it retained is lost", Broker.kill, Broker.start
    ),
    "broker-restarted": at_the_broker(
        "the broker restarts with what it retained", Broker.stop, Broker.start, persistent=True
    ),
    "broker-hangs": at_the_broker("the broker's process hangs", Broker.hang, Broker.go_on),
}


class Watcher(threading.Thread):
    """Takes note of when the link is lost first, in the time of the stage."""

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


def with_broker(name: str, words: str, gateway: Sequence[str], fault: BrokerFault) -> Record:
    """Let something go wrong at the broker, and perhaps at the gateway too."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        broker = stack.enter_context(Broker(directory, Options(persistence=fault.persistent)))
        proxy = stack.enter_context(BrokerProxy(broker.port))
        link = Link(Place(LOOPBACK, proxy.port, "powerwall-mqtt"), AVAILABLE)
        stage = Stage(poll_s=1.0, publish=link.publish, time=PacedTime())
        stack.enter_context(stage)
        stack.callback(link.stop)
        link.start({"powerwall/bridge/discovery/set": lambda _: None}, lambda _: None, [])
        return _trial(name, words, gateway, fault, Scene(broker, proxy, link), stage)


def _trial(
    name: str, words: str, gateway: Sequence[str], fault: BrokerFault, scene: Scene, stage: Stage
) -> Record:
    stage.live(WELL_S)
    before, since, began_s = stage.figures, len(stage.said), stage.time.s
    watcher = Watcher(stage, scene.link)
    watcher.start()
    for one in gateway:
        stage.begin(one)
    fault.begin(scene)
    _move_the_house(stage, fault.hold_s)
    after = stage.figures
    signs = Signs.of(
        stage, stage.said[since:], after["rejected_values"] - before["rejected_values"]
    )
    for one in gateway:
        stage.end(one)
    fault.end(scene)
    ended_s, place = stage.time.s, len(stage.said)
    with Subscriber(scene.broker.side_door) as observer:
        back = stage.live(RETURN_S, lambda: stage.is_well() and _arrived(observer, stage, scene))
        recovered_s = stage.time.s - ended_s
        stage.live(2.0)
        stale = _stale(stage, place, observer.log)
    watcher.end()
    noticed_s = min((s for s in (watcher.lost_s, signs.first_s) if s is not None), default=None)
    stored = retained(scene.broker.side_door)
    lost = [t for t, p in stage.retained.items() if p and stored.get(t) != p]
    published = [] if watcher.lost_s is None else ["no connection, the newest values wait"]
    published += [signs.words] if signs.words != "nothing" else []
    return Record(
        name,
        words,
        ", ".join(published) or "nothing",
        None if noticed_s is None or noticed_s == float("inf") else noticed_s - began_s,
        recovered_s if back else None,
        after["logins"] - before["logins"],
        after["requests"] - before["requests"],
        [*lost, *stage.judge.behind(stage.retained)],
        [*stage.judge.wrong.values(), *stale],
    )


def _move_the_house(stage: Stage, seconds: float) -> None:
    """Let the values change while the broker does not hear of it."""
    for scenario in SCENARIOS:
        stage.sim.house.set_scenario(scenario)
        stage.live(seconds / len(SCENARIOS))


def _arrived(observer: Subscriber, stage: Stage, scene: Scene) -> bool:
    """Return whether the broker holds what the bridge has said, and says that it is online."""
    tree = observer.tree
    current = {t: p for t, p in stage.retained.items() if p and t != stage.topics.snapshot}
    online = scene.link.connected and tree.get(AVAILABLE) == "online"
    return online and all(tree.get(topic) == payload for topic, payload in current.items())


def _stale(stage: Stage, place: int, heard: Sequence[Heard]) -> list[str]:
    """Return what an observer was told after `online` that was older than the fault's end."""
    newest: dict[str, set[str]] = {}
    for index, one in enumerate(stage.said):
        topic, payload = one.message.topic, one.message.payload
        if index < place:
            newest[topic] = {payload}
        else:
            newest.setdefault(topic, set()).add(payload)
    starts = [
        i for i, one in enumerate(heard) if one.topic == AVAILABLE and one.payload == "online"
    ]
    return [
        f"{one.topic} {one.payload} is older than the fault's end"
        for one in (heard[starts[-1] :] if starts else heard)
        if is_reading(stage.topics.path(one.topic))
        and one.payload not in newest.get(one.topic, set())
    ]
