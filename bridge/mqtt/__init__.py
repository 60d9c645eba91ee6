"""paho behind a few verbs; the only importer of paho."""

from bridge.mqtt.client import KEEP_ALIVE_S, Broker, make_client, mute, refusal, unreached
from bridge.mqtt.link import Link
from bridge.mqtt.received import Handler, Received

__all__ = [
    "KEEP_ALIVE_S",
    "Broker",
    "Handler",
    "Link",
    "Received",
    "make_client",
    "mute",
    "refusal",
    "unreached",
]
