"""The command `demo`: everything in one terminal, without hardware, broker or settings."""

import argparse
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from bridge.cli.simulate import port
from bridge.cli.watch import present
from bridge.demo.brokers import BrokerFailed, Lacking
from bridge.demo.hints import Scene
from bridge.demo.stage import GATEWAY, Stage, Wish
from bridge.simulator.profiles import PROFILES
from bridge.watch.picture import Hint
from bridge.watch.terminal import is_screen
from bridge.watch.view import Show, stopped_by_signals

FAILED, UNUSABLE = 1, 2
_KEPT_LINES = 200


def speed(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError
    return number


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--listen",
        metavar="ADDRESS",
        help="the address of the demo's own broker, default 127.0.0.1 (this machine only); "
        "0.0.0.0 lets others in, without password",
    )
    add("--port", type=port, metavar="N", help="its TCP port, default: a free one")
    add(
        "--profile",
        default="fw2336",
        choices=tuple(PROFILES),
        help="the simulated gateway, default %(default)s",
    )
    add(
        "--speed",
        type=speed,
        default=1.0,
        metavar="FACTOR",
        help="simulated seconds per second, default %(default)s; energy counters that grow faster "
        "than a house can are held back",
    )
    add("--seconds", type=float, default=float("inf"), metavar="N", help="end by itself after N s")
    add("--plain", action="store_true", help="a line a poll, as when the output is no terminal")
    add("--ascii", action="store_true", help="draw with ASCII only")
    add("--verbose", action="store_true", help="show the log, and where the simulation is moved")
    parser.epilog = (
        "Simulates a house, starts a broker (mosquitto, else amqtt of the extra demo) and the "
        "bridge, and shows the power flow. No setting is needed and POWERWALL_* is ignored. With "
        "MQTT_HOST set that broker is used instead, with all MQTT_*, below powerwall-demo/, and "
        "what the demo left there is removed at its end. Ends with q or Ctrl-C."
    )


def main(args: argparse.Namespace) -> int:
    """Run until q, Ctrl-C, SIGTERM or --seconds; 1 when that time brought no complete values."""
    started_s, stop = time.monotonic(), threading.Event()
    plain = args.plain or not is_screen(sys.stdout, os.environ)
    kept = _keep_log(args.verbose, to_stderr=plain)
    try:
        with stopped_by_signals(stop):
            show = _run(args, stop, started_s, plain=plain)
    except (Lacking, BrokerFailed) as error:
        print(error, file=sys.stderr)
        return UNUSABLE if isinstance(error, Lacking) else FAILED
    print(*kept, sep="\n", end="\n" if kept else "", file=sys.stderr)
    if show.complete or stop.is_set():
        return 0
    print(f"no complete values in {args.seconds:g} s", file=sys.stderr)
    return FAILED


def _run(args: argparse.Namespace, stop: threading.Event, started_s: float, *, plain: bool) -> Show:
    wish = Wish(args.profile, args.speed, args.listen, args.port)
    took: list[float] = []

    def completed() -> None:
        took.append(time.monotonic() - started_s)
        if plain:
            print(f"first complete values after {took[0]:.2f} s", flush=True)

    with Stage(wish, os.environ, Path(".env")) as stage:
        scene = _scene(stage, verbose=args.verbose)
        show = Show(
            stage.wall,
            stage.prefix,
            lambda: stage.listener.trouble,
            GATEWAY,
            hints=lambda: scene.hints(took[0] if took else None),
            completed=completed,
            until_s=started_s + args.seconds,
            stop=stop,
        )
        if plain:
            _print_hints(show.hints())
        present(show, plain=plain, ascii_only=args.ascii)
        if not plain:
            print("stopping", flush=True)
        return show


def _scene(stage: Stage, *, verbose: bool) -> Scene:
    venue = stage.venue
    control_port = stage.simulator.control_port if verbose else None
    return Scene(venue.mqtt, venue.host, venue.name, GATEWAY, control_port)


def _print_hints(hints: Iterable[Hint]) -> None:
    for hint in hints:
        print(f"{hint.label:9} {hint.text}", flush=True)


class _Keeper(logging.Handler):
    """Keeps the newest lines for when the picture is gone."""

    def __init__(self, lines: deque[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


def _keep_log(verbose: bool, *, to_stderr: bool) -> deque[str]:  # noqa: FBT001  # the option
    """Send the log where it does not spoil the picture; return what is to be shown at the end."""
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    handler: logging.Handler = logging.NullHandler()
    if verbose:
        handler = logging.StreamHandler() if to_stderr else _Keeper(kept)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    return kept
