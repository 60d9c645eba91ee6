"""The terminal as a screen: drawn in place, without flicker, and put back as it was."""

import contextlib
import os
import select
import termios
from collections.abc import Mapping, Sequence
from typing import Self, TextIO

from bridge.watch.canvas import Look

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"  # alternate screen, no cursor, empty
_LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l"
END = "\x04"
_LOCAL_FLAGS, _CONTROL = 3, 6  # places in what tcgetattr returns


class Screen:
    """The terminal's alternate screen, within `with`; keys come without Enter and unseen."""

    def __init__(
        self, out: TextIO, keys: TextIO, env: Mapping[str, str], *, ascii_only: bool
    ) -> None:
        self._out = out
        self._keys = keys.fileno() if keys.isatty() else None
        self._before: list[object] | None = None
        self._lines: list[str] = []
        self._size = (0, 0)
        self._unicode = not ascii_only and speaks_utf8(out.encoding, env)
        self._colour = not env.get("NO_COLOR")

    def __enter__(self) -> Self:
        if self._keys is not None:
            self._before = [*termios.tcgetattr(self._keys)]
            ours = termios.tcgetattr(self._keys)
            ours[_LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
            ours[_CONTROL][termios.VSUSP] = b"\0"  # Ctrl-Z would leave the screen as it is
            termios.tcsetattr(self._keys, termios.TCSADRAIN, ours)
        self._write(_ENTER)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._write(_LEAVE)
        if self._keys is not None and self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]  # as it came

    def look(self, phase: int) -> Look:
        """Return how the terminal is now."""
        try:
            width, height = os.get_terminal_size(self._out.fileno())
        except OSError:
            width, height = 80, 24
        return Look(max(width, 1), max(height, 1), self._unicode, self._colour, phase)

    def show(self, lines: Sequence[str], look: Look) -> None:
        """Draw the rows that differ from what stands there."""
        size = (look.width, look.height)
        text = "" if size == self._size else "\x1b[0m\x1b[2J"
        before = self._lines if size == self._size else []
        for row, line in enumerate(lines):
            if row >= len(before) or before[row] != line:
                text += f"\x1b[{row + 1};1H{line}\x1b[K"
        self._size, self._lines = size, list(lines)
        if text:
            self._write(text)

    def key(self, timeout_s: float, wake: int | None = None) -> str:
        """Wait for a key and return it, empty when none came; bytes on wake end the wait too."""
        sources = [fd for fd in (self._keys, wake) if fd is not None]
        ready, _, _ = select.select(sources, [], [], timeout_s)
        if wake in ready and wake is not None:
            os.read(wake, 64)
        if self._keys in ready and self._keys is not None:
            with contextlib.suppress(OSError):  # the terminal may be gone
                return os.read(self._keys, 64).decode("utf-8", "replace") or END
            return END
        return ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def is_screen(out: TextIO, env: Mapping[str, str]) -> bool:
    """Return whether a picture can be drawn on this output."""
    return out.isatty() and env.get("TERM", "dumb") not in {"", "dumb"}


def speaks_utf8(encoding: str | None, env: Mapping[str, str]) -> bool:
    """Return whether line drawing will be seen as such; Python alone says UTF-8 in any locale."""
    locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    said = (encoding or "").replace("-", "").lower()
    return said == "utf8" and "utf" in locale.lower()
