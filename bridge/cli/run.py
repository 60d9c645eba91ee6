"""Runs the bridge until SIGINT or SIGTERM; exit code 0 after a clean stop."""

import argparse
import signal
import threading

from bridge.app import Application
from bridge.logs import set_up_logs
from bridge.settings import load_settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Takes its settings from the environment and .env (see docs/settings.md); "
        "POWERWALL_HOST is the only one it needs."
    )


def main(_args: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = load_settings()
    set_up_logs(settings.log_level, settings.log_format, settings.warnings)
    application = Application(settings)
    application.start()
    application.wait(stop)
    application.stop()
    return 0
