"""What holds for every test: no socket leaves this machine."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-socket allow loopback and unix sockets only, as its options would."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True
