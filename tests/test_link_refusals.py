"""What a broker does not take, and the words that the log finds for it."""

import json
import logging
from pathlib import Path
from typing import Literal

import pytest
from broker_proxy import BrokerProxy
from brokers import LOOPBACK, Broker, Options
from links import AVAILABLE, COMMAND, PROTOCOLS, linked
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode
from subscriber import Subscriber, eventually

from bridge import mqtt
from bridge.mqtt.standing import Standing
from bridge.topics import Message

PLUGINS = [*Path("/usr/lib").glob("*/mosquitto_dynamic_security.so")]
RIGHTS = ("publishClientSend", "publishClientReceive", "unsubscribe")


@pytest.fixture(autouse=True)
def journal(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "bridge")
    return caplog


def matching(journal: pytest.LogCaptureFixture, *words: str) -> list[str]:
    return [message for message in journal.messages if all(word in message for word in words)]


def test_with_mqtt_5_what_is_too_large_is_named_and_all_else_goes_on(
    tmp_path: Path, journal: pytest.LogCaptureFixture
) -> None:
    with (
        Broker(tmp_path, Options(more=("max_packet_size 2000",))) as broker,
        BrokerProxy(broker.port) as proxy,
        Subscriber(broker.side_door) as observer,
        linked(proxy.port) as bench,
    ):
        bench.link.publish(Message("own/large", "x" * 3000, 1))
        bench.link.publish(Message("own/fits", "x" * 1900, 1))
        observer.hear(AVAILABLE, "online")
        for number in range(3):
            bench.link.publish(Message("own/large", str(number) * 3000, 1))
        bench.link.publish(Message("own/later", "x", 1))
        observer.hear("own/later")

        assert observer.payloads("own/large") == []
        assert observer.payloads("own/fits") == ["x" * 1900]
        assert (proxy.connections, bench.link.figures["dropped"]) == (1, 4)
        (said,) = matching(journal, "own/large")
        assert "3025 bytes" in said
        assert "takes 2000" in said
        assert "max_packet_size" in said


def test_with_mqtt_3_a_large_message_that_ends_the_connection_is_named(
    tmp_path: Path, journal: pytest.LogCaptureFixture
) -> None:
    with (
        Broker(tmp_path, Options(more=("max_packet_size 2000",))) as broker,
        BrokerProxy(broker.port) as proxy,
        linked(proxy.port, "3.1.1") as bench,
    ):
        bench.link.publish(Message("own/large", "x" * 3000, 1))
        bench.until(lambda: matching(journal, "own/large"), 20)

        (said,) = matching(journal, "own/large (3025 bytes)")
        assert "raise its limit" in said


@pytest.mark.parametrize("count", [1, 200])
def test_refused_topics_are_named_and_a_flood_is_summed_up(
    tmp_path: Path, journal: pytest.LogCaptureFixture, count: int
) -> None:
    with (
        Broker(tmp_path, Options(acl="topic readwrite own/#\n")) as broker,
        Subscriber(broker.side_door) as observer,
        linked(broker.port) as bench,
    ):
        for number in range(count):
            bench.link.publish(Message(f"foreign/device/{number}/config", "x", 1))
        observer.hear(AVAILABLE, "online")
        eventually(lambda: bench.link.figures["refused"] == count)
        words, lines = "refused by the broker (Not authorized)", 1 if count == 1 else 4
        bench.until(lambda: len(matching(journal, words)) >= lines)

        said = matching(journal, words)
        assert len(said) == lines
        assert "foreign/device/0/config" in said[0]
        assert "MQTT_USERNAME" in said[0]
        if count > 1:
            assert "197 more" in said[-1]
            assert "foreign/device/# (197)" in said[-1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_command_that_may_not_be_listened_to_is_named(
    tmp_path: Path, journal: pytest.LogCaptureFixture, protocol: str
) -> None:
    rights = dict.fromkeys(RIGHTS, True) | {"subscribe": False}
    file = tmp_path / "rights.json"
    file.write_text(json.dumps({"defaultACLAccess": rights}), encoding="utf-8")
    more = (f"plugin {PLUGINS[0]}", f"plugin_opt_config_file {file}")
    with (
        Broker(tmp_path, Options(more=more)) as broker,
        Subscriber(broker.side_door) as observer,
        linked(broker.port, protocol) as bench,
    ):
        observer.hear(AVAILABLE, "online")
        bench.until(lambda: matching(journal, COMMAND))

        (said,) = matching(journal, COMMAND)
        assert "refused" in said
        assert "MQTT_USERNAME" in said


def test_a_broker_that_never_answered_is_doubted_and_one_that_did_is_not(
    tmp_path: Path, journal: pytest.LogCaptureFixture
) -> None:
    with Broker(tmp_path) as broker, BrokerProxy(broker.port) as proxy:
        proxy.stall()
        with linked(proxy.port) as bench:
            bench.until(lambda: matching(journal, "does not answer as a broker", "MQTT_PORT"))
            proxy.heal()
            bench.until(lambda: bench.link.connected)
            proxy.stall()
            proxy.cut()
            bench.until(lambda: matching(journal, "takes the connection and does not answer"))
            proxy.heal()
            bench.until(lambda: bench.link.connected)


@pytest.mark.parametrize(
    ("protocol", "code", "setting"),
    [("5", 2, "MQTT_CLIENT_ID"), ("5", 5, "MQTT_PASSWORD"), ("3.1.1", 5, "MQTT_PASSWORD")],
)
def test_a_refused_connection_is_said_once_in_words(
    tmp_path: Path, journal: pytest.LogCaptureFixture, protocol: str, code: int, setting: str
) -> None:
    with Broker(tmp_path) as broker, BrokerProxy(broker.port) as proxy:
        proxy.refuse_connect(code)
        with linked(proxy.port, protocol) as bench:
            bench.until(lambda: proxy.connections >= 2)

    (said,) = matching(journal, "the broker refused")
    assert setting in said
    assert "does not answer" not in journal.text


def test_a_rival_is_given_ever_more_time_and_a_broker_that_is_away_is_not() -> None:
    broker = mqtt.Broker(LOOPBACK, 1883, "same")
    taken_over = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
    standing, waits = Standing(broker), []
    for _ in range(9):
        standing.connected()
        standing.lost(taken_over, "a message", told=True)
        waits.append(standing.wait_s)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    standing.unreached(ConnectionRefusedError())
    assert standing.wait_s == 1


def test_a_loss_without_a_reason_is_put_in_words(
    tmp_path: Path, journal: pytest.LogCaptureFixture
) -> None:
    with (
        Broker(tmp_path) as broker,
        BrokerProxy(broker.port) as proxy,
        linked(proxy.port) as bench,
    ):
        bench.until(lambda: bench.link.connected)
        proxy.cut()
        bench.until(lambda: matching(journal, "the broker is gone: the connection broke off"))


@pytest.mark.parametrize(("transport", "named"), [("tcp", False), ("websockets", True)])
def test_what_is_no_websocket_may_be_another_transport(
    transport: Literal["tcp", "websockets"], *, named: bool
) -> None:
    broker = mqtt.Broker(LOOPBACK, 1883, "own-link", transport=transport)

    said = mqtt.unreached(broker, ConnectionError("handshake"))

    assert said.startswith(f"no broker at {LOOPBACK}:1883; check MQTT_HOST")
    assert ("MQTT_TRANSPORT" in said) is named
