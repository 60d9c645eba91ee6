"""Makes docs/live-view.png: a real run of the demo in tmux, drawn by headless Chromium.

Run as `python docs/picture.py`; needs tmux and chromium. Look at the picture before you commit it.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bridge.demo.stage import SLOW_S

PICTURE = Path(__file__).with_name("live-view.png")
COLUMNS, LINES = 96, 28
COMPLETE = ("solar", "grid connected", "firmware", "alerts", "pack ..", "strings")
FIRST_S, SETTLE_S = 30.0, SLOW_S + 3.0  # until every part was read twice
COLOURS = {
    "31": "#f7768e",
    "32": "#9ece6a",
    "33": "#e0af68",
    "34": "#7aa2f7",
    "35": "#bb9af7",
    "36": "#7dcfff",
    "90": "#6b7394",
    "92": "#9ece6a",
    "94": "#7aa2f7",
    "95": "#bb9af7",
    "96": "#7dcfff",
}
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #16161e; }}
pre {{ margin: 18px 22px; color: #c0caf5; font: 15px/1.25 "DejaVu Sans Mono", monospace; }}
</style><pre>{text}</pre>"""


def tmux(*words: str) -> str:
    return subprocess.run(
        ["tmux", "-L", "picture", *words], check=True, capture_output=True, text=True
    ).stdout


def screen() -> str:
    """Return the demo's screen with its colours, once all parts of it belong together."""
    command = f"{sys.executable} -m bridge demo"
    tmux("new-session", "-d", "-s", "demo", "-x", str(COLUMNS), "-y", str(LINES), command)
    try:
        until_s = time.monotonic() + FIRST_S
        while not all(word in tmux("capture-pane", "-p", "-t", "demo") for word in COMPLETE):
            if time.monotonic() > until_s:
                raise TimeoutError(f"the demo is not complete within {FIRST_S:g} s")
            time.sleep(0.5)
        time.sleep(SETTLE_S)
        return tmux("capture-pane", "-p", "-e", "-t", "demo")
    finally:
        tmux("send-keys", "-t", "demo", "q")
        time.sleep(2)


def marked_up(text: str) -> str:
    """Return text with ANSI colours as HTML."""
    parts, style = [], ""
    for piece in re.split(r"(\x1b\[[0-9;]*m)", text):
        if not piece.startswith("\x1b"):
            parts.append(f'<span style="{style}">{html.escape(piece)}</span>')
            continue
        codes = piece[2:-1].split(";")
        if codes in ([""], ["0"]):
            style = ""
        for code in codes:
            if code in COLOURS:
                style += f"color:{COLOURS[code]};"
            elif code == "1":
                style += "font-weight:bold;"
            elif code == "2":
                style += "opacity:.6;"
            elif code == "39":
                style += "color:inherit;"
    return "".join(parts)


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or shutil.which("tmux") is None:
        print("needs tmux and chromium", file=sys.stderr)
        return 2
    text = screen().rstrip("\n")
    height = 36 + round(18.75 * (text.count("\n") + 1))
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch, "page.html")
        page.write_text(PAGE.format(text=marked_up(text)), encoding="utf-8")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                f"--user-data-dir={scratch}/profile",
                f"--window-size=920,{height}",
                f"--screenshot={PICTURE}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
