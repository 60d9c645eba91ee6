"""What holds for every test: no socket leaves this machine; and a broker for those that need it."""

from collections.abc import Iterator

import pytest
from broker_proxy import BrokerProxy
from brokers import Broker
from hypothesis import HealthCheck, settings
from subscriber import Subscriber

# How fast a machine makes examples says nothing about the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-socket allow loopback and unix sockets only, as its options would."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def proxy(broker: Broker) -> Iterator[BrokerProxy]:
    with BrokerProxy(broker.port) as proxy:
        yield proxy


@pytest.fixture
def observer(broker: Broker) -> Iterator[Subscriber]:
    with Subscriber(broker.side_door) as observer:
        yield observer
