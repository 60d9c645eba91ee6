"""A sheet of styled characters, and how it becomes lines for a terminal. Pure."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """What a character is for; the value is its ANSI code with colour."""

    PLAIN = "0"
    TITLE = "1"
    FAINT = "2"
    SOLAR = "33"
    GRID = "36"
    HOME = "94"
    BATTERY = "32"
    GOOD = "92"
    WARN = "93"
    BAD = "1;91"


CROSS = "\N{BOX DRAWINGS LIGHT DIAGONAL CROSS}"  # looks like a letter X to ruff
_COLOURLESS = {Style.TITLE: "1", Style.FAINT: "2", Style.WARN: "1", Style.BAD: "7"}
_ASCII = str.maketrans(
    {
        **dict.fromkeys("─╌═", "-"),
        **dict.fromkeys("│╎┃", "|"),
        **dict.fromkeys("╭╮╰╯┼┬┴├┤", "+"),
        "▶": ">",
        "◀": "<",
        "▲": "^",
        "▼": "v",
        "█": "#",
        "░": ".",
        CROSS: "X",
        "●": "*",
        "○": "o",
        "·": "-",
        "…": "~",
        "°": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Look:
    """How the terminal is: its size in characters, and what it can show.

    phase moves the arrows by one step each time it grows by one.
    """

    width: int = 80
    height: int = 24
    unicode: bool = True
    colour: bool = True
    phase: int = 0


class Canvas:
    """A sheet to draw on; what lies outside of it is cut off."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._letters = [[" "] * width for _ in range(height)]
        self._styles = [[Style.PLAIN] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, style: Style = Style.PLAIN) -> int:
        """Write text from a place on to the right; return the column after it."""
        for at, letter in enumerate(text, start=x):
            if 0 <= y < self.height and 0 <= at < self.width:
                self._letters[y][at] = letter if _narrow(letter) else "?"
                self._styles[y][at] = style
        return x + len(text)

    def put_middle(self, x: int, y: int, text: str, style: Style = Style.PLAIN) -> None:
        """Write text around a column."""
        self.put(x - len(text) // 2, y, text, style)

    def lines(self, look: Look) -> list[str]:
        """Return the rows as the terminal takes them, without the blanks at their ends."""
        return [
            _line("".join(letters).rstrip(), styles, look)
            for letters, styles in zip(self._letters, self._styles, strict=True)
        ]


def _line(text: str, styles: list[Style], look: Look) -> str:
    parts, now = [], "0"
    shown = text if look.unicode else text.translate(_ASCII).encode("ascii", "replace").decode()
    for letter, style in zip(shown, styles, strict=False):
        code = style.value if look.colour else _COLOURLESS.get(style, "0")
        if code != now and letter != " ":
            parts.append("\x1b[0m" if code == "0" else f"\x1b[0;{code}m")
            now = code
        parts.append(letter)
    return "".join(parts) + ("\x1b[0m" if now != "0" else "")


def _narrow(letter: str) -> bool:
    return letter.isprintable() and unicodedata.east_asian_width(letter) not in "WF"


def cut(text: str, width: int) -> str:
    """Return text that is at most so wide, with a mark where it was cut."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
