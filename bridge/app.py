"""Wires settings, gateways, pollers and broker; owns the threads and the shutdown."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from bridge import __version__, assembly
from bridge.claims import Claims, Neighbours
from bridge.commands import CONTROLS, stranger
from bridge.heartbeat import beat, heartbeat_file
from bridge.inventory import Inherited, Inventory, Look, Orphan
from bridge.ledger import Reply
from bridge.mqtt import Handler, Link, Received
from bridge.notify import ALIVE, READY, STOPPING, notify, status
from bridge.orders import Incoming
from bridge.poller import Entrance, Poller, Stop
from bridge.raw import PATHS, Request, Strangers
from bridge.rivals import Rivals
from bridge.settings import GatewaySettings, Settings
from bridge.topics import BridgeTopics, Message, Topics, birth_topic, compact
from bridge.vigil import Vigil

log = logging.getLogger(__name__)

BEAT_S = 5.0
TIDY_S = 300.0  # a gateway that is down so long does not tell its site
HEALTH_S = 60.0
FIRST_HEALTH_S = 20.0  # at the latest, though a gateway's first poll goes on
JOIN_S = 1.0
HEAR_OUT_S = 1.0  # how long the first poll waits for what an earlier run left on the broker
_SUMMED = (
    "polls",
    "failed_polls",
    "requests",
    "failed_requests",
    "logins",
    "commands",
    "queue",
    "requests_per_minute",
    "rejected_values",
)
MOST_WAITING = 500  # commands that one gateway's loop has not looked at
MOST_REQUESTS = 10  # for raw answers, likewise; they leave the room for commands alone


class Application:
    """The bridge: start it, wait for it, stop it. A restart needs a new one.

    link takes the place of the connection to the broker that the settings name.
    """

    def __init__(
        self,
        settings: Settings,
        clock: assembly.Clock = assembly.now,
        link: Link | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._topics = BridgeTopics(settings.mqtt.prefix)
        self._link = link or Link(assembly.broker(settings.mqtt), self._topics.availability)
        self._claims = Claims(threading.Lock())
        self._pollers = {one.name: self._poller(one) for one in settings.gateways}
        self._threads = [
            threading.Thread(target=self._run, args=(poller,), name=f"gateway-{name}", daemon=True)
            for name, poller in self._pollers.items()
        ]
        self._told = compact(self._info())
        self._rivals = Rivals(self._link, self._topics, self._told)
        self._vigil = Vigil(self._pollers, self._link.publish, self._topics)
        ha = settings.home_assistant
        self._inventory = Inventory(
            settings.mqtt.prefix, ha.prefix if ha.discovery else None, self._pollers
        )
        self._asked_on = frozenset(self._ways_to_ask())
        self._warned: set[str] = set()
        self._started_s = time.monotonic()
        self._file = heartbeat_file(settings.state_dir, settings.mqtt.client_id)

    def _poller(self, gateway: GatewaySettings) -> Poller:
        name, publish, alone = gateway.name, self._link.publish, len(self._settings.gateways) == 1
        claim = partial(self._claims.site, name=name)
        others = Neighbours(partial(self._claims.devices, name=name), self._hand_over)
        return assembly.poller(
            self._settings, gateway, publish, claim, self._clock, None if alone else others
        )

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._link.connected

    def start(self) -> None:
        self._link.publish(Message(self._topics.info, self._told, 1))
        for poller in self._pollers.values():
            poller.announce()
        self._link.start(self._handlers(), self._stored, self._inventory.filters)
        for thread in self._threads:
            thread.start()
        notify(READY)

    def wait(self, stop: threading.Event, first_health_s: float = FIRST_HEALTH_S) -> None:
        """Keep house until told to stop: sign of life, and figures every minute."""
        health_s, begun = time.monotonic() + first_health_s, False
        while True:
            self._beat()
            self._link.tick()
            self._rivals.tick()
            self._tidy()
            polled = all(poller.tally.polls for poller in self._pollers.values())
            if time.monotonic() >= health_s or (polled and not begun):
                health_s, begun = time.monotonic() + HEALTH_S, True
                self._link.publish(Message(self._topics.health, compact(self._health())))
            if stop.wait(BEAT_S):
                return

    def stop(self) -> None:
        """End all loops and commands, and say `offline`; takes a few seconds at most."""
        notify(STOPPING)
        for poller in self._pollers.values():
            poller.inbox.put(Stop())
        self._link.took_stock.set()  # nobody waits for it any more
        until_s = time.monotonic() + JOIN_S
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        for poller in self._pollers.values():
            poller.dismiss()
        self._link.stop()
        with suppress(OSError):
            self._file.unlink()
        log.info("stopped")

    def _run(self, poller: Poller) -> None:
        """Poll, once it is known what an earlier run left retained: counters go on from there."""
        self._link.took_stock.wait(HEAR_OUT_S)
        poller.run()

    def _handlers(self) -> dict[str, Handler]:
        handlers: dict[str, Handler] = {
            self._topics.discovery_command: self._republish,
            **self._rivals.handlers,
        }
        if self._settings.home_assistant.discovery:
            handlers[birth_topic(self._settings.home_assistant.prefix)] = self._born
        for name, poller in self._pollers.items():
            topics = self._topics.gateway(name)
            handlers |= dict.fromkeys(topics.commands(), self._command_handler(poller, topics))
            handlers |= dict.fromkeys(topics.raw_commands(), self._request_handler(poller, topics))
        return handlers

    def _ways_to_ask(self) -> Iterator[str]:
        """Yield every topic on which a command or a request can be meant."""
        for topics in map(self._topics.gateway, self._pollers):
            yield from (topics.command(control.path) for control in CONTROLS)
            yield from map(topics.raw_command, PATHS)

    def _command_handler(self, poller: Poller, topics: Topics) -> Handler:
        entrance, strangers = Entrance(poller, Incoming, MOST_WAITING), Strangers()
        controls = {topics.command(control.path): control for control in CONTROLS}

        def handle(received: Received) -> None:
            control, now_s = controls.get(received.topic), self._clock().steady_s
            if control is None and (received.stored or not strangers.admits(now_s)):
                return
            if received.stored:
                self._warn_stored(received.topic)
                return
            ours = control is not None or topics.owns(received.topic)
            reply = self._reply(received) if ours else None  # another bridge may be meant
            control = control or stranger(topics.command_path(received.topic))
            incoming = Incoming(control, received.payload, reply, now_s)
            if not entrance.admits(incoming):
                if not poller.dismissed:
                    self._warn(f"{received.topic}: too many commands at once, some are refused")
                poller.turn_away(incoming)

        return handle

    def _request_handler(self, poller: Poller, topics: Topics) -> Handler:
        entrance, strangers = Entrance(poller, Request, MOST_REQUESTS), Strangers()

        def handle(received: Received) -> None:
            path, now_s = topics.raw_path(received.topic), self._clock().steady_s
            if path not in PATHS and (received.stored or not strangers.admits(now_s)):
                return
            if received.stored:
                self._warn_stored(received.topic)
                return
            request = Request(path, received.payload, self._reply(received), now_s)
            if entrance.admits(request):
                return
            if poller.dismissed:
                poller.turn_away(request)
            else:
                at = topics.raw_command("<path>")
                self._warn(f"{at}: too many commands at once, some are dropped")

        return handle

    def _warn_stored(self, topic: str) -> None:
        clear = f"clear it with `mosquitto_pub -r -n -t {topic}`"
        self._warn(f"{topic}: a retained command is ignored; publish without retain, and {clear}")

    def _warn(self, words: str, about: str | None = None) -> None:
        """Log a warning once, or what is about the same but for what somebody else has written."""
        if (about or words) not in self._warned:
            self._warned.add(about or words)
            log.warning(words)

    def _reply(self, received: Received) -> Reply | None:
        """Return where an MQTT 5 requester wants its answer, if that can do no harm."""
        topic = received.response_topic
        trees = (self._settings.mqtt.prefix, self._settings.home_assistant.prefix)
        if not topic or topic.startswith(("$", *(f"{tree}/" for tree in trees))):
            return None  # who may not write a reading does not get it written by us
        if topic.endswith(("/set", "/get")) or set(topic) & set("+#\0"):
            return None
        return Reply(topic, received.correlation)

    def _republish(self, received: Received) -> None:
        if not received.stored:
            self._link.publish_all()

    def _born(self, received: Received) -> None:
        if received.payload == b"online" and not received.stored:
            self._link.publish_all(anew=True)

    def _stored(self, received: Received) -> None:
        if received.topic.endswith(("/set", "/get")):
            if received.topic in self._asked_on:
                self._warn_stored(received.topic)
            return
        for finding in self._inventory.found(received.topic, received.payload):
            match finding:
                case Inherited():
                    self._pollers[finding.gateway].inbox.put(finding)
                case Orphan(topic, payload):
                    self._hand_over(topic, payload)
                case Look(filter_):
                    self._link.look_into(filter_)

    def _tidy(self) -> None:
        """Clear what former gateways left, once it is known what has taken their place."""
        late = time.monotonic() - self._started_s > TIDY_S
        if late or all(poller.settled for poller in self._pollers.values()):
            orphans = list(self._inventory.take_orphans())
            for topic, ahead in orphans:
                self._link.clear(topic, ahead)
            if orphans:
                log.info("%d topics of gateways that are no more are cleared", len(orphans))

    def _hand_over(self, topic: str, payload: str) -> None:
        for poller in self._pollers.values():
            poller.inbox.put(Orphan(topic, payload))

    def _info(self) -> dict[str, object]:
        return {
            "version": __version__,
            "started_at": self._clock().iso,
            "gateways": list(self._pollers),
            "mqtt_protocol": self._settings.mqtt.protocol,
            "settings": self._settings.public(),
        }

    def _health(self) -> dict[str, object]:
        each = {n: p.figures | {"messages": self._link.sent[n]} for n, p in self._pollers.items()}
        totals = {name: sum(figures[name] for figures in each.values()) for name in _SUMMED}
        return {
            "uptime_s": round(time.monotonic() - self._started_s),
            **totals,
            **self._link.figures,
            "rss_kb": assembly.memory_kb(),
            "gateways": each,
        }

    def _beat(self) -> None:
        """Leave a sign of life, unless a loop is stuck or dead."""
        if missed := ", ".join(self._missed()):
            log.error("no sign of life from %s", missed)
            notify(status(f"no sign of life from {missed}"))
            return
        notify(ALIVE, status("the broker is there" if self.connected else "no broker"))
        try:
            beat(self._file)
        except OSError as error:
            self._warn(f"{self._file} cannot be written, healthcheck will fail: {error}")

    def _missed(self) -> list[str]:
        """Return what gives no sign of life."""
        missed = self._vigil.missed(self._clock().steady_s)
        if not missed and not all(thread.is_alive() for thread in self._threads):
            missed = ["a gateway's loop"]
        return missed if self._link.alive else [*missed, "the connection to the broker"]
