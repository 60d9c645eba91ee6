"""What holds for every test: no socket leaves this machine."""

import pytest
from hypothesis import HealthCheck, settings

# How fast a machine makes examples says nothing about the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-socket allow loopback and unix sockets only, as its options would."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True
