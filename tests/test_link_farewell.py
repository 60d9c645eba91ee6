"""The last word of a bridge that stops is `offline`, whatever its connection does meanwhile."""

import threading
import time
from functools import partial

import pytest
from broker_proxy import BrokerProxy
from brokers import Broker
from links import AVAILABLE, PROTOCOLS, failing, linked
from paho.mqtt.enums import MQTTErrorCode
from subscriber import Subscriber, eventually, retained

from bridge.mqtt import Link
from bridge.mqtt.client import TirelessClient, make_client
from bridge.topics import Message


class Late(TirelessClient):
    """A client that is told to say good-bye when its connection just comes about."""

    def disconnect(self, *_: object) -> MQTTErrorCode:
        eventually(lambda: self.is_connected() or self.ended)
        time.sleep(0.2)
        return super().disconnect()


def stops_soon(link: Link) -> bool:
    """Stop a link, within half of the keep-alive."""
    stopping = threading.Thread(target=link.stop, daemon=True)
    stopping.start()
    stopping.join(10)
    return not stopping.is_alive() and not link.alive


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bridge_that_connects_again_while_it_stops_does_not_say_online(
    proxy: BrokerProxy, broker: Broker, observer: Subscriber, protocol: str
) -> None:
    with linked(proxy.port, protocol) as bench:
        bench.until(lambda: bench.link.connected)
        observer.see(AVAILABLE, "online")
        proxy.stall()
        stopping = threading.Thread(target=bench.link.stop)
        stopping.start()
        eventually(lambda: not bench.link.connected)
        proxy.cut()
        proxy.heal()
        stopping.join()

        assert proxy.connections == 2
        assert retained(broker.side_door)[AVAILABLE] == "offline"
        observer.catch_up()
        assert observer.payloads(AVAILABLE)[-2:] == ["offline", "offline"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bridge_that_is_stopped_as_it_connects_says_offline_and_nothing_else(
    proxy: BrokerProxy, observer: Subscriber, protocol: str
) -> None:
    observer.catch_up()
    since = observer.now
    with linked(proxy.port, protocol, make=partial(make_client, kind=Late)) as bench:
        bench.link.stop()

        assert proxy.connections == 1
        observer.catch_up()
        assert observer.payloads(AVAILABLE, since) == ["offline"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bridge_that_is_stopped_before_the_broker_has_answered_says_offline(
    proxy: BrokerProxy, observer: Subscriber, protocol: str
) -> None:
    """The broker may be one that was killed, and has kept what it was told before."""
    proxy.delay(0.3)
    observer.catch_up()
    since = observer.now
    with linked(proxy.port, protocol) as bench:
        eventually(lambda: proxy.connections)
        bench.link.stop()

        observer.catch_up()
        assert observer.payloads(AVAILABLE, since) == ["offline"]


def test_a_bridge_stops_soon_though_nothing_can_be_sent_any_more(proxy: BrokerProxy) -> None:
    with linked(proxy.port) as bench:
        bench.until(lambda: bench.link.connected)
        proxy.stall()
        for number in range(20):
            bench.link.publish(Message(f"own/large/{number}", "x" * 50_000, 1))

        assert stops_soon(bench.link)


def test_a_bridge_stops_soon_though_paho_fails_again_and_again(
    proxy: BrokerProxy, observer: Subscriber
) -> None:
    with failing(proxy.port) as (bench, _):
        assert stops_soon(bench.link)
        observer.see(AVAILABLE, "offline")
