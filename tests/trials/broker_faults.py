"""What goes wrong with a broker and on the way to it: a row each."""

from collections.abc import Callable
from dataclasses import dataclass

from broker_proxy import BrokerProxy
from brokers import Broker

HOLD_S = 10.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A broker and the way to it."""

    broker: Broker
    proxy: BrokerProxy


@dataclass(frozen=True, slots=True)
class BrokerFault:
    """One kind of trouble; it lasts hold_s."""

    words: str
    begin: Callable[[Scene], None]
    end: Callable[[Scene], None]
    hold_s: float = HOLD_S
    persistent: bool = False


def on_the_way(
    words: str, begin: Callable[[BrokerProxy], None], hold_s: float = HOLD_S
) -> BrokerFault:
    return BrokerFault(
        words, lambda scene: begin(scene.proxy), lambda scene: scene.proxy.heal(), hold_s
    )


def at_the_broker(
    words: str,
    begin: Callable[[Broker], None],
    end: Callable[[Broker], None],
    *,
    persistent: bool = False,
) -> BrokerFault:
    return BrokerFault(
        words,
        lambda scene: begin(scene.broker),
        lambda scene: end(scene.broker),
        persistent=persistent,
    )


def _slow(proxy: BrokerProxy) -> None:
    proxy.slow(2000)


def _unwilling(proxy: BrokerProxy) -> None:
    proxy.refuse_connect()
    proxy.cut()


def _delayed(proxy: BrokerProxy) -> None:
    proxy.delay(1.5)


BROKER_FAULTS = {
    "broker-refused": on_the_way("the broker's port is closed", BrokerProxy.refuse),
    "broker-unwilling": on_the_way("the broker refuses the login", _unwilling),
    "broker-cut": on_the_way("the connection is reset", BrokerProxy.cut),
    "broker-stalled": on_the_way("nothing flows, nothing is closed", BrokerProxy.stall, 60.0),
    "broker-stalled-up": on_the_way("the broker hears nothing", BrokerProxy.stall_up, 60.0),
    "broker-delayed": on_the_way("every packet is late by 1.5 s", _delayed),
    "broker-slow": on_the_way("2 kB/s to the broker", _slow),
    "broker-twice": on_the_way("messages to the bridge come twice", BrokerProxy.duplicate),
    "broker-no-acks": on_the_way("acknowledgements are lost", BrokerProxy.drop_acks),
    "broker-killed": at_the_broker(
        "the broker is killed, all it retained is lost", Broker.kill, Broker.start
    ),
    "broker-restarted": at_the_broker(
        "the broker restarts with what it retained", Broker.stop, Broker.start, persistent=True
    ),
    "broker-hangs": at_the_broker("the broker's process hangs", Broker.hang, Broker.go_on),
}
