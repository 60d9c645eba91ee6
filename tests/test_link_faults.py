"""A connection in which paho itself goes wrong."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker_proxy import BrokerProxy
from brokers import LOOPBACK, Broker
from gateway_lab import Raw, Step
from links import AVAILABLE, failing
from subscriber import eventually

from bridge import mqtt

UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\n"
HANDSHAKES = {
    "a header without a blank": UPGRADE + b"Sec-WebSocket-Accept:x\r\n\r\n",
    "bytes that are no text": UPGRADE + b"Sec-WebSocket-Accept: \xff\xfe\r\n\r\n",
}


@pytest.fixture(autouse=True)
def journal(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "bridge")
    return caplog


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[BrokerProxy]:
    with Broker(tmp_path) as broker, BrokerProxy(broker.port) as proxy:
        yield proxy


@pytest.fixture(params=HANDSHAKES)
def stumbling_block(request: pytest.FixtureRequest) -> Iterator[mqtt.Broker]:
    """Yield something that takes websockets, with a handshake at which paho stumbles."""
    with Raw(Step(HANDSHAKES[request.param], close=True)) as raw:
        yield mqtt.Broker(LOOPBACK, raw.port, "own-link", transport="websockets")


# paho leaves the socket of a failed handshake to the collector of garbage
leaves_sockets = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@leaves_sockets
def test_a_client_outlives_handshakes_at_which_paho_stumbles(stumbling_block: mqtt.Broker) -> None:
    client, attempts = mqtt.make_client(stumbling_block, AVAILABLE), list[object]()
    client.on_pre_connect = lambda *_: attempts.append(None)
    client.reconnect_delay_set(0, 0)

    client.connect_async(stumbling_block.host, stumbling_block.port)
    client.loop_start()
    try:
        eventually(lambda: len(attempts) >= 5)
        assert not client.ended
    finally:
        client.disconnect()
        client.loop_stop()
    assert client.ended


@leaves_sockets
def test_a_handshake_at_which_paho_stumbles_is_said_in_words(
    stumbling_block: mqtt.Broker, journal: pytest.LogCaptureFixture
) -> None:
    link = mqtt.Link(stumbling_block, AVAILABLE)
    link.start({}, lambda _: None, [])
    try:
        eventually(lambda: journal.messages)
        assert link.alive
    finally:
        link.stop()
    (said,) = journal.messages
    assert said.startswith(f"no broker at {stumbling_block.place} (")
    assert "MQTT_TRANSPORT" in said
    assert "Traceback" not in journal.text


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".local"])
def test_a_host_name_that_is_none_is_a_broker_that_is_not_there(
    host: str, journal: pytest.LogCaptureFixture
) -> None:
    link = mqtt.Link(mqtt.Broker(host, 1883, "own-link"), AVAILABLE)
    link.start({}, lambda _: None, [])
    try:
        eventually(lambda: journal.messages)
        assert link.alive
    finally:
        link.stop()
    assert "check MQTT_HOST" in journal.messages[0]


def test_while_paho_goes_wrong_again_and_again_the_link_counts_as_lost_and_lives(
    proxy: BrokerProxy, journal: pytest.LogCaptureFixture
) -> None:
    with failing(proxy.port) as (bench, trouble):
        eventually(lambda: proxy.connections >= 3)
        trouble.clear()
        bench.until(lambda: bench.link.connected)

        assert bench.link.alive
    assert len([m for m in journal.messages if "connecting again" in m]) == 1
