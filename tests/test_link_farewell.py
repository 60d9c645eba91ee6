"""The last word of a bridge that stops is `offline`, whatever its connection does meanwhile."""

import threading
import time
from functools import partial

import pytest
from broker_proxy import BrokerProxy
from brokers import Broker
from links import AVAILABLE, PROTOCOLS, linked
from paho.mqtt.enums import MQTTErrorCode
from subscriber import Subscriber, eventually, retained

from bridge.mqtt.client import TirelessClient, make_client


class Late(TirelessClient):
    """A client that is told to say good-bye when its connection just comes about."""

    def disconnect(self, *_: object) -> MQTTErrorCode:
        eventually(lambda: self.is_connected() or self.ended)
        time.sleep(0.2)
        return super().disconnect()


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
def test_a_bridge_that_is_stopped_before_it_has_connected_does_not_say_online(
    proxy: BrokerProxy, broker: Broker, observer: Subscriber, protocol: str
) -> None:
    since = observer.now
    with linked(proxy.port, protocol, make=partial(make_client, kind=Late)) as bench:
        bench.link.stop()

        assert proxy.connections == 1
        assert "online" not in observer.payloads(AVAILABLE, since)
        assert retained(broker.side_door)[AVAILABLE] == "offline"
