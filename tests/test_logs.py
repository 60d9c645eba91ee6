"""How log lines look."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest

from bridge.logs import JsonFormatter, set_up_logs


@contextmanager
def bare_root() -> Iterator[None]:
    """Let logging be set up as in a fresh process, and forget it afterwards."""
    loggers = [logging.getLogger(name) for name in (None, "urllib3", "bridge.mqtt.paho")]
    levels = [logger.level for logger in loggers]
    handlers, loggers[0].handlers = loggers[0].handlers, []
    try:
        yield
    finally:
        loggers[0].handlers = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def record(message: str, *args: object) -> logging.LogRecord:
    line = logging.LogRecord("bridge.app", logging.WARNING, "", 0, message, args, None)
    line.created = 1767323045.9
    return line


def test_a_json_line_says_when_who_and_what() -> None:
    assert json.loads(JsonFormatter().format(record("%s is offline", "main"))) == {
        "at": "2026-01-02T03:04:05Z",
        "level": "warning",
        "logger": "bridge.app",
        "message": "main is offline",
    }


def test_a_json_line_is_one_line_in_the_words_that_were_said() -> None:
    text = JsonFormatter().format(record("two\nlines, süß"))

    assert "\n" not in text
    assert "süß" in text


def test_a_json_line_carries_the_exception() -> None:
    line = record("unexpected")
    try:
        int("a bug")
    except ValueError:
        line.exc_info = sys.exc_info()

    shown = json.loads(JsonFormatter().format(line))["exception"]

    assert shown.startswith("Traceback")
    assert shown.splitlines()[-1].startswith("ValueError: ")


def lines(level: str, form: str, warnings: tuple[str, ...] = ()) -> list[str]:
    """Return what a fresh process logs of a debug, an info and a warning."""
    with bare_root(), redirect_stderr(io.StringIO()) as stderr:
        set_up_logs(level, form, warnings)
        log = logging.getLogger("bridge.test")
        log.debug("small")
        log.info("news")
        logging.getLogger("urllib3").info("noise")
    return stderr.getvalue().splitlines()


def test_text_is_for_people() -> None:
    (line,) = lines("info", "text")

    assert line.endswith(" INFO news")


def test_json_is_for_collectors() -> None:
    (line,) = lines("info", "json")

    assert json.loads(line)["message"] == "news"


@pytest.mark.parametrize(("level", "count"), [("debug", 2), ("info", 1), ("warning", 0)])
def test_the_level_says_how_much(level: str, count: int) -> None:
    assert len(lines(level, "text")) == count


def test_warnings_of_the_start_are_said_first() -> None:
    said = lines("info", "text", ("MQTT_HOTS is unknown: 100 % wrong",))

    assert said[0].endswith("WARNING MQTT_HOTS is unknown: 100 % wrong")
