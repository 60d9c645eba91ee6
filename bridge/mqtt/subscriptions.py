"""Asking a broker for messages, and what it says to that."""

import logging
import time
from collections import OrderedDict
from hashlib import sha256

import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

log = logging.getLogger(__name__)

REPEAT_S = 1.0
REMEMBERED = 100  # topics: everybody may make up new ones where a filter has wildcards

_Packet = tuple[int, bytes, bytes]  # its id, and digests of payload and correlation data


class Subscriptions:
    """What one client has asked for; used on paho's thread alone."""

    def __init__(self, client: paho.Client, *, five: bool) -> None:
        self._client = client
        self._five = five
        self._asked: dict[int, str] = {}  # filters that are not confirmed, by packet id
        self._heard: OrderedDict[bytes, tuple[_Packet, float]] = OrderedDict()  # when, by topic

    def begin(self) -> None:
        """Forget all: the connection is a new one."""
        self._asked.clear()
        self._heard.clear()

    def ask(self, filter_: str, *, stored: bool) -> int | None:
        """Subscribe, with what is stored or without; return the packet id."""
        mid = self._subscribe(filter_, stored=stored)
        if mid is not None:
            self._asked[mid] = filter_
        return mid

    def confirmed(self, mid: int, reasons: list[ReasonCode]) -> None:
        filter_ = self._asked.pop(mid, "a filter")
        for reason in reasons:
            if reason.is_failure:
                remedy = "let MQTT_USERNAME read it in the access list of the broker"
                log.error("the broker refused to send %s: %s; %s", filter_, reason, remedy)

    def repeated(self, message: paho.MQTTMessage) -> bool:
        """Return whether this packet was heard a moment ago.

        It was the last of all, or the broker says that it sends it again, and it was the last on
        its topic. Packet ids come again soon at some brokers, so all of the packet counts, and the
        time. Digests stand for it: what somebody sends may be long.
        """
        correlation = getattr(message.properties, "CorrelationData", None) or b""
        packet = (message.mid, _digest(message.payload), _digest(correlation))
        topic, now_s = _digest(message.topic.encode()), time.monotonic()
        before, at_s = self._heard.get(topic, (None, 0.0))
        again = message.dup or topic == next(reversed(self._heard), None)
        if message.qos > 0:
            self._heard[topic] = (packet, now_s)
            self._heard.move_to_end(topic)
            if len(self._heard) > REMEMBERED:
                self._heard.popitem(last=False)
        return again and packet == before and now_s - at_s < REPEAT_S

    def _subscribe(self, filter_: str, *, stored: bool) -> int | None:
        qos = 0 if stored else 1
        if not self._five:
            return self._client.subscribe(filter_, qos)[1]
        handling = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
        asks = filter_.endswith(("/set", "/get"))
        options = SubscribeOptions(
            qos,
            noLocal=True,
            retainAsPublished=stored or asks,  # a retained command is not meant
            retainHandling=handling if stored else SubscribeOptions.RETAIN_DO_NOT_SEND,
        )
        return self._client.subscribe(filter_, options=options)[1]


def _digest(data: bytes | bytearray) -> bytes:
    return sha256(data).digest()
