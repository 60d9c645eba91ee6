"""Puts the demo together and takes it apart: house, broker, bridge, and what was retained."""

import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from bridge import assembly
from bridge.app import Application
from bridge.demo.brokers import (
    BrokerFailed,
    Lacking,
    Maker,
    OwnBroker,
    far,
    find_mosquitto,
    near,
    own_broker,
)
from bridge.errors import SettingsError
from bridge.inventory import Inventory
from bridge.listener import Listener, visitor
from bridge.mqtt import Received
from bridge.settings import (
    Control,
    GatewaySettings,
    HomeAssistantSettings,
    MqttSettings,
    Settings,
    load_settings,
)
from bridge.settings.source import read_env_file
from bridge.simulator import Simulator
from bridge.topics import BridgeTopics, discovery_check, discovery_topic
from bridge.trial import Forbidden, try_broker
from bridge.watch.view import Wall

GATEWAY = "main"
GUEST_PREFIX = "powerwall-demo"  # on a broker that is not the demo's own
SEED = 19  # serials of its own: a house of `simulate` may be on the same broker
POLL_S, DEVICE_S, SLOW_S = 1.0, 2.0, 10.0
_OURS = ("MQTT_", "HA_")
_LOOPBACK = "127.0.0.1"
_NO_EXTRA = 'demo needs the extra "demo": pip install ".[demo]" where it was cloned'
_NOT_OURS = "--listen and --port are for the demo's own broker, but MQTT_HOST names another"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for; listen and port are None where it does not."""

    profile: str = "fw2336"
    speed: float = 1.0
    listen: str | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Venue:
    """The broker: how the bridge reaches it, and where others do."""

    mqtt: MqttSettings
    home_assistant: HomeAssistantSettings
    name: str
    host: str
    guest: bool


@dataclass
class Stage:
    """Everything that runs, within `with`."""

    wish: Wish
    env: Mapping[str, str]
    env_file: Path | None = Path(".env")
    wall: Wall = field(default_factory=Wall)
    make_broker: Maker | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _heard: set[str] = field(default_factory=set)
    _discovery: dict[str, bytes] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start all of it; raises Lacking, BrokerFailed and SettingsError."""
        with ExitStack() as stack:
            self.venue = self._open_broker(stack)
            self.simulator = self._build(stack)
            self.listener = self._listen(stack)
            self._run_bridge(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def prefix(self) -> str:
        return self.venue.mqtt.prefix

    def _build(self, stack: ExitStack) -> Simulator:
        simulator = Simulator(self.wish.profile, speed=self.wish.speed, seed=SEED)
        try:
            return stack.enter_context(simulator)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("cryptography"):
                raise
            raise Lacking(_NO_EXTRA) from error

    def _open_broker(self, stack: ExitStack) -> Venue:
        guest = guest_settings(self.env, self.env_file)
        if guest is not None:
            if self.wish.listen is not None or self.wish.port is not None:
                raise SettingsError([_NOT_OURS])
            mqtt = guest.mqtt.model_copy(
                update={"prefix": GUEST_PREFIX, "client_id": f"{guest.mqtt.client_id}-demo"}
            )
            _ask_leave(mqtt, guest.home_assistant)
            name = f"the broker {mqtt.host}:{mqtt.port}"
            return Venue(mqtt, guest.home_assistant, name, mqtt.host, guest=True)
        address = self.wish.listen or _LOOPBACK
        make = self.make_broker or self._find_broker
        broker = make(address, self.wish.port or 0)
        stack.callback(broker.stop)
        broker.start()
        mqtt = MqttSettings(
            host=near(address),
            port=broker.port,
            protocol=broker.protocol,
            client_id="powerwall-mqtt-demo",
        )
        host = far(address)
        return Venue(mqtt, HomeAssistantSettings(), broker.name, host, guest=False)

    def _find_broker(self, address: str, port: int) -> OwnBroker:
        return own_broker(address, port, find_mosquitto(self.env))

    def _run_bridge(self, stack: ExitStack) -> None:
        """Run the bridge; on the way out it says `offline`, and on a foreign broker it tidies."""
        stop = threading.Event()
        application = Application(bridge_settings(self.venue, self.simulator))
        keeper = threading.Thread(target=application.wait, args=(stop,), daemon=True)
        stack.callback(application.stop)
        application.start()
        keeper.start()
        stack.callback(keeper.join)
        stack.callback(stop.set)

    def _listen(self, stack: ExitStack) -> Listener:
        """Hear all that is under the prefix, and on a foreign broker what has to be removed."""
        mqtt, ha = self.venue.mqtt, self.venue.home_assistant
        filters = [f"{mqtt.prefix}/#"]
        if self.venue.guest and ha.discovery:
            filters.append(discovery_topic(ha.prefix, "+"))
        listener = Listener(visitor(assembly.broker(mqtt), "view"), filters, self._hear)
        stack.callback(listener.stop)
        listener.start()
        if self.venue.guest:
            stack.callback(lambda: listener.clear(self._own_topics()))
        return listener

    def _hear(self, received: Received) -> None:
        if received.topic.startswith(f"{self.prefix}/"):
            self._heard.add(received.topic)
            self.wall.hear(received)
        else:
            self._discovery[received.topic] = received.payload

    def _own_topics(self) -> Iterable[str]:
        """Return every topic that may have been retained by this demo, or by one that crashed."""
        inventory = Inventory(self.prefix, self.venue.home_assistant.prefix, [GATEWAY])
        own = (topic for topic, text in self._discovery.items() if inventory.found(topic, text))
        return sorted({*self._heard, *own})


def _ask_leave(mqtt: MqttSettings, ha: HomeAssistantSettings) -> None:
    """Raise BrokerFailed where the broker can be reached and does not let the demo write."""
    topics = [BridgeTopics(mqtt.prefix).check]
    if ha.discovery:
        topics.append(discovery_check(ha.prefix))
    verdict = try_broker(assembly.broker(mqtt), *topics)
    if isinstance(verdict, Forbidden):
        raise BrokerFailed(verdict.words)


def guest_settings(env: Mapping[str, str], env_file: Path | None) -> Settings | None:
    """Return the settings of a broker that the user names, None when they name none.

    Nothing but MQTT_* and HA_* is looked at. Raises SettingsError.
    """
    mistakes: list[str] = []
    filed = () if env_file is None else tuple(read_env_file(env_file, mistakes))
    both = {one.name.upper(): one.value for one in filed} | {
        name.upper(): value for name, value in env.items()
    }
    ours = {name: value for name, value in both.items() if name.startswith(_OURS)}
    if not ours.get("MQTT_HOST", "").strip():
        return None
    return load_settings(ours, None, gateway_needed=False)


def bridge_settings(venue: Venue, simulator: Simulator) -> Settings:
    """Return the settings of the demo's bridge: quick polls, all commands, memory only."""
    gateway = GatewaySettings(
        host=simulator.address,
        name=GATEWAY,
        password=SecretStr(simulator.password),
        username=simulator.username,
        poll_interval_s=POLL_S,
        device_interval_s=DEVICE_S,
        slow_interval_s=SLOW_S,
        control=Control.ALL,
    )
    return Settings(gateways=(gateway,), mqtt=venue.mqtt, home_assistant=venue.home_assistant)
