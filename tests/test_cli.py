"""The command line picks one command and turns trouble into an exit code."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge import __version__
from bridge.cli import COMMANDS, Command, main
from bridge.errors import SettingsError, StateError

ROOT = Path(__file__).parent.parent

Main = Callable[[argparse.Namespace], int]


class FakeCommands:
    """Hands out one command and remembers which was asked for."""

    def __init__(self, command: Main) -> None:
        self.command = command
        self.loaded: list[str] = []

    def __call__(self, name: str) -> Command:
        self.loaded.append(name)
        return Command(takes_a_speed, self.command)


def ends(error: BaseException) -> Main:
    """Return a command that ends with this error."""

    def command(_args: argparse.Namespace) -> int:
        raise error

    return command


def takes_a_speed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--speed", type=int)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT
    )


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    commands = FakeCommands(lambda _args: 0)

    assert main([], commands) == 2

    assert capsys.readouterr().err.startswith("usage: powerwall-mqtt")
    assert commands.loaded == []


@pytest.mark.parametrize("argument", ["--help", "-h"])
def test_help_names_every_command_and_loads_none(
    argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = FakeCommands(lambda _args: 0)

    with pytest.raises(SystemExit, match="0"):
        main([argument], commands)

    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"    {name} " not in shown.replace("\n", " ")] == []
    assert commands.loaded == []


def test_the_commands_are_those_of_the_design() -> None:
    assert " ".join(COMMANDS) == "run demo simulate check topics watch healthcheck"


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])

    assert capsys.readouterr().out == f"powerwall-mqtt {__version__}\n"


def test_only_the_chosen_command_is_loaded_and_gets_its_arguments() -> None:
    seen: list[argparse.Namespace] = []

    def command(args: argparse.Namespace) -> int:
        seen.append(args)
        return 7

    commands = FakeCommands(command)

    assert main(["watch", "--speed", "3"], commands) == 7

    assert commands.loaded == ["watch"]
    assert [args.speed for args in seen] == [3]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_its_line_and_its_arguments(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"], FakeCommands(lambda _args: 0))

    shown = capsys.readouterr().out
    assert "--speed" in shown
    assert COMMANDS[name].split()[1] in shown


@pytest.mark.parametrize("arguments", [["fly"], ["--fast"], ["run", "--fast"]])
def test_a_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments, FakeCommands(lambda _args: 0))


def test_wrong_settings_are_shown_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = SettingsError(["MQTT_PORT: 'x' is not allowed", "LOG_LEVEL: 'y' is not allowed"])

    assert main(["run"], FakeCommands(ends(mistakes))) == 2

    captured = capsys.readouterr()
    assert captured.err == "MQTT_PORT: 'x' is not allowed\nLOG_LEVEL: 'y' is not allowed\n"
    assert captured.out == ""


def test_state_that_cannot_be_read_is_told_and_may_be_tried_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever starts the bridge anew takes 2 for good, and 1 for a time."""
    unread = StateError("STATE_DIR: main.json cannot be read")

    assert main(["run"], FakeCommands(ends(unread))) == 1

    assert capsys.readouterr() == ("", "STATE_DIR: main.json cannot be read\n")


def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch"], FakeCommands(ends(KeyboardInterrupt()))) == 130

    assert capsys.readouterr() == ("", "")


def test_a_reader_that_went_away_is_no_trouble() -> None:
    """`powerwall-mqtt topics | head` ends without a traceback."""
    code = (
        "import sys; from bridge.cli import Command, main; "
        "topics = lambda args: print('x' * 1000000) or 0; "
        "sys.exit(main(['topics'], lambda name: Command(lambda parser: None, topics)))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_module_runs_the_command_line() -> None:
    ran = python("-m", "bridge", "--version")

    assert (ran.returncode, ran.stdout) == (0, f"powerwall-mqtt {__version__}\n")


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    ran = python("-c", "import sys, bridge.cli; print(*sys.modules)")

    assert set(ran.stdout.split()) & {"requests", "paho", "pydantic", "google.protobuf"} == set()
    assert "bridge.cli" in ran.stdout.split()
