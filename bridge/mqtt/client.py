"""A paho client for a broker, and the words for what a broker does not do."""

import logging
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from bridge.errors import SettingsError
from bridge.topics import OFFLINE

log = logging.getLogger(__name__)

CONNECT_S = 3.0
KEEP_ALIVE_S = 20
LONGEST_RETRY_S = 3
FAULT_S = 1.0
_WAYS = "MQTT_HOST, MQTT_PORT and MQTT_TRANSPORT"
SEND_BUFFER = 1 << 15  # bytes: what it holds in a stall is old when the stall ends
_REMEDIES = (
    ("protocol", "set MQTT_PROTOCOL=3.1.1 for a broker without MQTT 5"),
    ("authori", "check MQTT_USERNAME and MQTT_PASSWORD"),
    ("user name", "check MQTT_USERNAME and MQTT_PASSWORD"),
    ("identifier", "check MQTT_CLIENT_ID"),
    ("retain", "it has to keep retained messages (mosquitto: retain_available)"),
    ("qos", "it has to take messages of QoS 1 (mosquitto: max_qos)"),
)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to speak to it."""

    host: str
    port: int
    client_id: str
    protocol: Literal["5", "3.1.1"] = "5"
    transport: Literal["tcp", "websockets"] = "tcp"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keep_alive_s: int = KEEP_ALIVE_S

    @property
    def five(self) -> bool:
        return self.protocol == "5"

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


class Stumbled(ConnectionError):
    """paho failed at what it met on its way to the broker, and took it for no trouble of a way."""


class TirelessClient(paho.Client):
    """A client whose thread outlives what paho itself does wrong: it connects again.

    on_fault is called when a connection is given up for that: paho says nothing of it. ended says
    that the thread is at its end, in spite of all or because it was stopped. Once stopping is set
    it outlives nothing more.
    """

    on_fault: Callable[[], None] | None = None
    ended = stopping = False
    _fault = ""

    def loop_forever(
        self,
        timeout: float = 1.0,
        retry_first_connection: bool = False,  # noqa: FBT001, FBT002  # paho
    ) -> MQTTErrorCode:
        try:
            while True:
                try:
                    return super().loop_forever(timeout, retry_first_connection)
                except Exception as error:
                    if self.stopping:
                        return MQTTErrorCode.MQTT_ERR_UNKNOWN
                    self._begin_anew(error)
        finally:
            self.ended = True

    def reconnect(self) -> MQTTErrorCode:
        """Connect; whatever goes wrong is an OSError, after which paho tries again by itself."""
        try:
            return super().reconnect()
        except OSError:
            raise
        except Exception as error:
            raise Stumbled(f"{type(error).__name__}: {error}") from error

    def _begin_anew(self, error: Exception) -> None:
        """Give a connection up and open another; a fault that comes again is said once."""
        level = logging.DEBUG if repr(error) == self._fault else logging.ERROR
        self._fault = repr(error)
        words = "a fault in the connection to the broker; connecting again"
        log.log(level, words, exc_info=error)
        if self.on_fault:
            self.on_fault()
        time.sleep(FAULT_S)
        with suppress(Exception):  # the loop finds no connection then, and tries again
            self.reconnect()


Make = Callable[[Broker, str], TirelessClient]


def _is_bug(record: logging.LogRecord) -> bool:
    """Return whether paho's words are about a fault of ours; all else is said here, once."""
    return record.getMessage().startswith("Caught exception")


def make_client(
    broker: Broker, availability: str, kind: type[TirelessClient] = TirelessClient
) -> TirelessClient:
    """Return a client that never gives up; availability is the topic of its last will."""
    five = broker.five
    client = kind(
        CallbackAPIVersion.VERSION2,
        broker.client_id,
        clean_session=None if five else True,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        transport=broker.transport,
    )
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set_context(_tls(broker))
    client.will_set(availability, OFFLINE, 1, retain=True)
    client.reconnect_delay_set(1, LONGEST_RETRY_S)
    client.connect_timeout = CONNECT_S
    client.suppress_exceptions = True  # an exception would end paho's thread for good
    noise = logging.getLogger("bridge.mqtt.paho")
    noise.addFilter(_is_bug)
    client.enable_logger(noise)
    return client


def tune(link: "paho.SocketLike") -> None:
    """Let messages go at once, and none of them after the connection was given up.

    Nagle's delay would hold them back for up to 40 ms. What a connection still holds when it is
    given up could reach the broker after, and over, what the next connection brings: it is reset.
    """
    _set(link, socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _set(link, socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    _set(link, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close_gently(link: "paho.SocketLike") -> None:
    """Have all that was sent arrive though the connection is closed."""
    _set(link, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))


def cut(link: "paho.SocketLike") -> None:
    """End a connection whatever is under way; whoever reads from it wakes up."""
    with suppress(OSError), _plain(link) as plain:
        plain.shutdown(socket.SHUT_RDWR)


def _set(link: "paho.SocketLike", level: int, option: int, value: int | bytes) -> None:
    """Set an option of a connection, if it is still open."""
    with suppress(OSError), _plain(link) as plain:
        plain.setsockopt(level, option, value)


def _plain(link: "paho.SocketLike") -> socket.socket:
    """Return the connection below TLS or a websocket, which takes no options itself."""
    return socket.socket(fileno=os.dup(link.fileno()))


def refusal(verdict: object) -> str:
    """Return in words why the broker refused, and what the owner can do."""
    words = str(verdict)
    remedy = next((remedy for part, remedy in _REMEDIES if part in words.lower()), None)
    return f"the broker refused: {words}" + (f"; {remedy}" if remedy else "")


def unreached(broker: Broker, error: BaseException | None) -> str:
    """Return in words why no connection came about, and what the owner can do."""
    if isinstance(error, Stumbled):
        return f"no broker at {broker.place} ({error}); check {_WAYS}"
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or "not verified"
        return f"the certificate of {broker.place} is not trusted ({reason}); check MQTT_CA_FILE"
    if isinstance(error, ssl.SSLError):
        reason = error.reason or "handshake failed"
        return (
            f"no TLS with {broker.place} ({reason}); check MQTT_PORT, MQTT_TLS and MQTT_CERT_FILE"
        )
    if broker.tls and isinstance(error, ConnectionResetError):
        return f"no TLS with {broker.place} (connection reset); check MQTT_PORT and MQTT_TLS"
    plain = broker.transport == "tcp"
    return f"no broker at {broker.place}; check {'MQTT_HOST and MQTT_PORT' if plain else _WAYS}"


def mute(broker: Broker) -> str:
    """Return in words that something took the connection and does not speak our MQTT."""
    remedy = (
        "check MQTT_PORT, MQTT_TLS and MQTT_TRANSPORT, and set MQTT_PROTOCOL=3.1.1 for a broker"
    )
    certificate = ""
    if broker.cert_file:
        certificate = "; it may not take the client certificate of MQTT_CERT_FILE"
    elif broker.tls:
        certificate = "; it may want a client certificate, see MQTT_CERT_FILE and MQTT_KEY_FILE"
    return f"{broker.place} does not answer as a broker{certificate}; {remedy} without MQTT 5"


def silent(broker: Broker) -> str:
    """Return in words that a broker that was well takes connections and says nothing."""
    return f"{broker.place} takes the connection and does not answer; trying on"


def _tls(broker: Broker) -> ssl.SSLContext:
    """Return the context; raises SettingsError for a file that holds nothing usable."""
    try:
        context = ssl.create_default_context(cafile=broker.ca_file)
    except OSError as error:
        raise SettingsError([f"MQTT_CA_FILE: {broker.ca_file} holds no certificates"]) from error
    if broker.cert_file:
        try:
            context.load_cert_chain(broker.cert_file, broker.key_file)
        except OSError as error:
            files = f"{broker.cert_file} and {broker.key_file}"
            words = "hold no certificate with its key"
            raise SettingsError([f"MQTT_CERT_FILE, MQTT_KEY_FILE: {files} {words}"]) from error
    return context
