"""Runs the bridge until SIGINT or SIGTERM; exit code 0 after a clean stop."""

import argparse
import resource
import signal
import threading
from contextlib import suppress

from bridge.app import Application
from bridge.logs import set_up_logs
from bridge.settings import load_settings
from bridge.state import tenancy


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Takes its settings from the environment and .env (see docs/settings.md); "
        "POWERWALL_HOST is the only one it needs."
    )


def main(_args: argparse.Namespace) -> int:
    leave_no_core()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = load_settings()
    set_up_logs(settings.log_level, settings.log_format, settings.warnings)
    with tenancy(settings.state_dir):
        application = Application(settings)
        application.start()
        application.wait(stop)
        application.stop()
    return 0


def leave_no_core() -> None:
    """Let a crash write no memory to disk: passwords and the token are in it."""
    with suppress(OSError, ValueError):  # forbidden by a sandbox, which has a limit of its own
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
