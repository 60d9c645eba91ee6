"""The command `simulate`: a simulated gateway alone, to point anything at."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bridge.simulator import NAMED, ControlFailed, Simulator
from bridge.simulator.profiles import PROFILES, Writes
from bridge.simulator.scenarios import DAY, SCENARIOS

_NO_EXTRA = 'simulate needs the extra "demo": pip install ".[demo]" where it was cloned'
_PORTS = range(65536)


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the command; metavar stands for the value where there are no choices."""

    name: str
    default: str | float | None
    words: str
    parse: Callable[[str], str | float] = str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None


def port(text: str) -> int:
    number = int(text)
    if number not in _PORTS:
        raise ValueError
    return number


def fault(text: str) -> str:
    if text not in NAMED:
        raise argparse.ArgumentTypeError(f"there is no fault {text!r}, see --faults")
    return text


OPTIONS = (
    Option(
        "--profile",
        "fw2336",
        "the gateway's firmware and hardware, default %(default)s (a Powerwall+ site)",
        choices=tuple(PROFILES),
    ),
    Option(
        "--listen",
        "127.0.0.1",
        "the address to answer on, default %(default)s (this machine only)",
        metavar="ADDRESS",
    ),
    Option("--port", 8443, "TCP port, 0 for a free one, default %(default)s", port, "N"),
    Option(
        "--control-port",
        0,
        "TCP port of the remote control, on 127.0.0.1 only, default 0 (a free one)",
        port,
        "N",
    ),
    Option(
        "--speed",
        1.0,
        "simulated seconds per second, 0 stands still, default %(default)s",
        float,
        "FACTOR",
    ),
    Option(
        "--writes",
        None,
        "open: the owner may write; owner: 403; default: what the profile does",
        choices=tuple(Writes),
    ),
    Option("--packs", None, "Powerwalls, 1 to 10, default: those of the profile", int, "N"),
    Option(
        "--seed",
        1,
        "any whole number; invents serials, password and habits, default %(default)s",
        int,
        "N",
    ),
    Option(
        "--certificate",
        None,
        "a PEM file to keep the certificate in; default: another one at each start",
        metavar="FILE",
    ),
    Option(
        "--scenario",
        DAY,
        "powers (W) to hold, or day to follow sun and habits, default %(default)s",
        choices=(DAY, *SCENARIOS),
    ),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=fault,
        metavar="NAME",
        help="begin with this fault, may be given again",
    )
    parser.add_argument("--faults", action="store_true", help="list the faults, and do no more")
    for option in OPTIONS:
        parser.add_argument(
            option.name,
            type=option.parse,
            default=option.default,
            choices=option.choices,
            metavar=option.metavar,
            help=option.words,
        )


def main(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM, which are the good end."""
    if args.faults:
        print(*_faults(), sep="\n")
        return 0
    try:
        simulator = _simulator(args)
        simulator.start()
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("cryptography"):
            raise
        print(_NO_EXTRA, file=sys.stderr)
        return 2
    except OSError as error:
        place = f"{args.listen}:{args.port}"
        if isinstance(error, ControlFailed):
            place = f"127.0.0.1:{args.control_port} (control)"
        reason = (error.strerror or str(error)).partition(" (")[0]  # asyncio repeats the address
        print(f"cannot listen on {place}: {reason}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    with simulator:
        simulator.house.set_scenario(args.scenario)
        for name in args.fault:
            simulator.troubles.begin(name)
        _tell(_words(simulator))
    return 0


def _faults() -> Iterator[str]:
    width = max(map(len, NAMED))
    return (f"{row.name:{width}}  {row.words}" for row in NAMED.values())


def _simulator(args: argparse.Namespace) -> Simulator:
    return Simulator(
        args.profile,
        host=args.listen,
        port=args.port,
        control_port=args.control_port,
        speed=args.speed,
        writes=args.writes,
        packs=args.packs,
        seed=args.seed,
        certificate=Path(args.certificate) if args.certificate else None,
    )


def _tell(words: str) -> None:
    """Print words, which may be answered with a signal at once, and wait for it."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        print(words, flush=True)
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _words(simulator: Simulator) -> str:
    secure = simulator.scheme == "https"
    url = f"{simulator.scheme}://{simulator.host}:{simulator.port}"
    control = f"http://127.0.0.1:{simulator.control_port}"
    switch = """curl -d '{"name":"reboot"}'"""
    lines = [
        f"address      {simulator.address}",
        f"username     {simulator.username}",
        f"password     {simulator.password}",
        f"certificate  {f'sha256 {simulator.fingerprint}' if secure else 'none'}",
        f"control      {control}/",
        f"fault        {switch} {control}/fault",
        f"try          curl {'-k ' if secure else ''}{url}/api/status",
    ]
    return "\n".join(lines)
