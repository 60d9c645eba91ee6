"""The command line: picks a command and turns what goes wrong into an exit code.

A command is a module here with ``configure(parser)`` and ``main(args)``. Only the chosen one is
imported, so that ``--help`` and a small command do not wait for what `run` needs.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from bridge import __version__
from bridge.errors import SettingsError, StateError

COMMANDS = {
    "run": "read the gateways, publish on MQTT and take commands, until stopped",
    "demo": "try everything without hardware, broker or settings",
    "simulate": "run a simulated gateway alone",
    "check": "test settings, broker, gateways, certificates and every endpoint",
    "topics": "list every topic with unit and meaning",
    "watch": "show the power flow live in the terminal, read from MQTT",
    "healthcheck": "tell whether the running bridge is alive, for Docker",
}

FAILED = 1
USAGE = 2
INTERRUPTED = 130
PIPE_CLOSED = 141


@dataclass(frozen=True, slots=True)
class Command:
    """What the module of a command offers; main returns the exit code."""

    configure: Callable[[argparse.ArgumentParser], None]
    main: Callable[[argparse.Namespace], int]


def load_command(name: str) -> Command:
    module = import_module(f"bridge.cli.{name}")
    return Command(module.configure, module.main)


def main(argv: list[str] | None = None, load: Callable[[str], Command] = load_command) -> int:
    """Run the command that argv names and return the exit code.

    Help, version and a wrong usage leave with SystemExit, as argparse does.
    """
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="powerwall-mqtt",
        description="Tesla Powerwall gateways on MQTT. Settings: the environment and .env.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="<command>")
    chosen = next((word for word in argv if not word.startswith("-")), None)
    for name, words in COMMANDS.items():
        its_parser = commands.add_parser(
            name, help=words, description=f"{words[0].upper()}{words[1:]}."
        )
        if name == chosen:
            command = load(name)
            command.configure(its_parser)
            its_parser.set_defaults(command_main=command.main)
    args = parser.parse_args(argv)
    if chosen is None:
        parser.print_help(sys.stderr)
        return USAGE
    return guarded(args.command_main, args)


def guarded(command: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    try:
        code = command(args)
        sys.stdout.flush()
    except SettingsError as error:
        print(*error.mistakes, sep="\n", file=sys.stderr)
        return USAGE
    except StateError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        let_go_of_stdout()
        return PIPE_CLOSED
    return code


def let_go_of_stdout() -> None:
    """Send what is still buffered nowhere, or Python complains about the pipe at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
