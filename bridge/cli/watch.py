"""The command `watch`: the power flow live in the terminal, read from MQTT only."""

import argparse
import logging
import os
import sys
import threading

from bridge import assembly
from bridge.listener import Listener, visitor
from bridge.settings import load_settings
from bridge.topics import BridgeTopics
from bridge.watch.picture import Hint
from bridge.watch.terminal import Screen, is_screen
from bridge.watch.view import Show, Wall, draw, report, stopped_by_signals


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--gateway",
        metavar="NAME",
        help="the gateway to show, as in its topics; default: main, else the first (Tab: the next)",
    )
    parser.add_argument(
        "--plain", action="store_true", help="a line a poll, as when the output is no terminal"
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII only")
    parser.epilog = (
        "Reads MQTT only, with the settings MQTT_* of the environment and .env "
        "(see docs/settings.md); changes nothing. Ends with q or Ctrl-C. "
        "NO_COLOR is respected."
    )


def main(args: argparse.Namespace) -> int:
    """Show until q, Ctrl-C or SIGTERM, which are the good end."""
    logging.basicConfig(handlers=[logging.NullHandler()])  # what is wrong is in the picture
    settings = load_settings(gateway_needed=False)
    wall, stop = Wall(), threading.Event()
    listener = Listener(
        visitor(assembly.broker(settings.mqtt), "watch"),
        filters(settings.mqtt.prefix, args.gateway),
        wall.hear,
    )
    hint = Hint(
        f"{settings.mqtt.host}:{settings.mqtt.port}  {settings.mqtt.prefix}/  "
        "q quits, Tab next gateway"
    )
    show = Show(
        wall,
        settings.mqtt.prefix,
        lambda: listener.trouble,
        args.gateway,
        hints=lambda: [hint],
        stop=stop,
    )
    with stopped_by_signals(stop):
        listener.start()
        try:
            present(show, plain=args.plain, ascii_only=args.ascii)
        finally:
            listener.stop()
    return 0


def filters(prefix: str, gateway: str | None) -> list[str]:
    """Return what has to be heard to show one gateway, or any."""
    bridge = BridgeTopics(prefix)
    own = bridge.gateway(gateway or "+").everything
    return [own] if gateway is None else [bridge.availability, own]


def present(show: Show, *, plain: bool, ascii_only: bool) -> None:
    """Draw where a picture can be drawn, else print lines."""
    if plain or not is_screen(sys.stdout, os.environ):
        report(show, lambda line: print(line, flush=True))
    else:
        draw(show, Screen(sys.stdout, sys.stdin, os.environ, ascii_only=ascii_only))
