"""The connection to the broker.

Everything retained is kept here by topic, newest value only. While the broker is away nothing is
queued; after every connect all of it is published again, `online` last.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bridge.mqtt.client import LONGEST_RETRY_S, Broker, Make, make_client, tune
from bridge.mqtt.farewell import Farewell
from bridge.mqtt.outbox import Outbox, Terms
from bridge.mqtt.received import Handler, Received
from bridge.mqtt.standing import Standing
from bridge.mqtt.subscriptions import Subscriptions
from bridge.topics import ONLINE, Message

MOST_BYTES = 1 << 20  # of one message to us; discovery that was left retained fits well


class Link:
    """The connection to the broker, kept up for ever; publish may be called from any thread.

    Before it listens to anything it takes stock, once: the handler of stored messages is given all
    that is retained under some filters. The answer to a later SUBSCRIBE says that all have come;
    took_stock is set then, and stays so.
    """

    def __init__(self, broker: Broker, availability: str, make: Make = make_client) -> None:
        self._broker = broker
        self._availability = availability
        self._retained: dict[str, Message] = {}
        self._lock = threading.RLock()
        self._handlers: dict[str, Handler] = {}
        self._stock: Handler | None = None
        self._unlooked: list[str] = []
        self._looked: list[str] = []
        self._marker: int | None = None
        self.took_stock = threading.Event()
        self._connected = self._greeting = False
        self._standing = Standing(broker)
        self._client = make(broker, availability)
        self._farewell = Farewell(self._client, availability)
        self._outbox = Outbox(self._client, five=broker.five, patience_s=broker.keep_alive_s / 2)
        self.sent = self._outbox.sent
        self._subscriptions = Subscriptions(self._client, five=broker.five)
        self._client.on_fault = self._on_fault
        self._client.on_publish = self._on_publish
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.on_socket_open = self._on_socket_open

    @property
    def figures(self) -> dict[str, int]:
        """What `bridge/health` says of the messages to the broker."""
        return self._outbox.figures

    @property
    def connected(self) -> bool:
        return self._connected

    @property
    def alive(self) -> bool:
        """Whether the thread of the connection has not come to its end."""
        return not self._client.ended

    def start(self, handlers: dict[str, Handler], stock: Handler, look_into: list[str]) -> None:
        """Connect in the background, now and whenever the connection is lost.

        handlers are by topic filter; stock takes what is retained under the filters of look_into.
        """
        self._handlers, self._stock, self._unlooked = handlers, stock, look_into
        five = self._broker.five
        properties = None
        if five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho
            properties.MaximumPacketSize = MOST_BYTES
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            self._broker.keep_alive_s,
            clean_start=True if five else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        self._client.loop_start()

    def publish(self, message: Message) -> None:
        """Send a message now, or keep it for the next connect when it is retained."""
        with self._lock:
            if message.retain:
                self._retained[message.topic] = message
            if self._connected:
                self._outbox.offer(message)
        self._flush()

    def clear(self, topic: str, ahead: tuple[str, ...] = ()) -> None:
        """Remove what somebody left retained; a topic that is ours by now is left alone."""
        with self._turn():
            if topic not in self._retained:
                self.publish(Message(topic, "", 1, ahead=ahead))

    def look_into(self, filter_: str) -> None:
        """Take stock of one more filter, from within the handler of stored messages."""
        with self._turn():
            self._unlooked.append(filter_)

    def publish_all(self, *, anew: bool = False) -> None:
        """Publish all that is retained, `online` last; anew for one who knows nothing yet."""
        with self._turn():
            if anew:
                self._outbox.begin_again()
            if self._connected:
                for message in list(self._retained.values()):
                    self._outbox.offer_again(message)
                self._outbox.offer_last(Message(self._availability, ONLINE, 1))

    def stop(self) -> None:
        """Say `offline` as the last word and disconnect."""
        with self._turn():
            connected, self._connected, self._farewell.begun = self._connected, False, True
            if connected:
                self._outbox.empty()
                self._farewell.say()
        if connected or self._client.socket():  # one that comes about can say it too
            self._farewell.finish()
        self._farewell.hang_up()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock, and see after it to what became due while others could not have it."""
        with self._lock:
            yield
        self._flush()

    def _flush(self) -> None:
        """Send what waits, unless somebody is at it; in no case wait for the lock.

        After a CONNACK paho writes while it walks through its messages: one more would end its
        thread. The answer to a SUBSCRIBE says that it is through.
        """
        while self._due and self._lock.acquire(blocking=False):
            try:
                if self._due:  # the end may have come before the lock
                    self._outbox.drain()
            finally:
                self._lock.release()

    @property
    def _due(self) -> bool:
        return self._connected and not self._greeting and self._outbox.ready

    def _on_publish(
        self, _client: object, _userdata: object, mid: int, verdict: ReasonCode, _more: object
    ) -> None:
        self._outbox.confirmed(mid, verdict)
        self._flush()

    def _on_connect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: object,
    ) -> None:
        if reason.is_failure:
            self._standing.refused(reason)
            return
        self._standing.connected()
        self._greeting = True
        with self._turn():
            self._outbox.begin(Terms.of(properties))
            if self._farewell.begun:
                self._farewell.say()
                return
            self._subscriptions.begin()
            self._unlooked, self._looked = [*self._looked, *self._unlooked], []
            looking = bool(self._unlooked)
            if looking:
                self._look()  # before anything of ours covers what is stored
            self._connected = True
            for message in list(self._retained.values()):
                self._outbox.offer(message)
            if not looking:
                self._listen()

    def _look(self) -> None:
        """Ask for what is stored, and for one more thing, whose answer comes after it."""
        for filter_ in self._unlooked:
            self._subscriptions.ask(filter_, stored=True)
        self._looked += self._unlooked
        self._unlooked = []
        self._marker = self._subscriptions.ask(next(iter(self._handlers)), stored=False)

    def _listen(self, start: int = 0) -> None:
        """Subscribe to everything; who reads `online` after that finds us listening."""
        self.took_stock.set()
        for filter_ in list(self._handlers)[start:]:
            self._subscriptions.ask(filter_, stored=False)
        if self._connected:
            self._outbox.offer_last(Message(self._availability, ONLINE, 1))

    def _on_subscribe(
        self,
        client: paho.Client,
        _userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        self._greeting = False
        self._subscriptions.confirmed(mid, reasons)
        with self._turn():
            if mid != self._marker:
                return
            self._marker = None
            if self._unlooked:
                self._look()
                return
            if self._looked:
                client.unsubscribe(self._looked)
            self._looked = []
            self._listen(start=1)  # the first was the marker

    def _on_message(
        self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        if self._subscriptions.repeated(message):
            return
        properties = message.properties
        received = Received(
            message.topic,
            bytes(message.payload),
            stored=message.retain,
            response_topic=getattr(properties, "ResponseTopic", None),
            correlation=getattr(properties, "CorrelationData", None),
        )
        if self._looked and received.stored and self._stock:
            self._stock(received)
            return
        for filter_, handler in self._handlers.items():
            if paho.topic_matches_sub(filter_, message.topic):
                handler(received)

    def _on_connect_fail(self, client: paho.Client, _userdata: object) -> None:
        was_s = self._standing.wait_s
        self._standing.unreached(sys.exception())
        if was_s > 1:
            client.reconnect_delay_set(1, LONGEST_RETRY_S)

    def _on_socket_open(
        self, _client: paho.Client, _userdata: object, link: "paho.SocketLike"
    ) -> None:
        self._standing.opened()
        tune(link)

    def tick(self) -> None:
        """Do what is due though nothing came; to be called every few seconds."""
        with self._turn():
            self._outbox.tick(connected=self._connected)
        self._standing.tick()

    def _on_fault(self) -> None:
        self._connected = False

    def _on_disconnect(
        self,
        client: paho.Client,
        _userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        # not under our lock: paho may hold its own here, for which a publisher with ours waits
        lost, self._connected = self._connected, False
        if lost:
            told = flags.is_disconnect_packet_from_server
            self._standing.lost(reason, self._outbox.largest, told=told)
            wait_s = self._standing.wait_s
            client.reconnect_delay_set(wait_s, max(wait_s, LONGEST_RETRY_S))
        elif reason.is_failure:
            self._standing.closed()
