"""A page in headless Chromium: what it shows, and a picture of it."""

import base64
import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any, Self

from brokers import LOOPBACK, free_ports
from subscriber import eventually
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 30.0
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
)


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Page:
    """One page, within `with`; directory keeps the browser's profile."""

    def __init__(self, url: str, directory: Path, size: tuple[int, int] = (1200, 800)) -> None:
        self._url = url
        self._directory = directory
        self._size = size
        self._calls = 0

    def __enter__(self) -> Self:
        (port,) = free_ports(1)
        width, height = self._size
        words = (
            str(chromium()),
            *QUIET,
            f"--user-data-dir={self._directory}",
            f"--remote-debugging-port={port}",
            f"--window-size={width},{height}",
            self._url,
        )
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(words, stdin=null, stdout=null, stderr=null)
        try:
            self._socket = connect(eventually(lambda: _address(port), PATIENCE_S), max_size=None)
            self._size_is(width, height)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._end()

    _socket: ClientConnection
    _process: subprocess.Popen[bytes]

    def evaluate(self, script: str) -> Any:
        """Return what a line of JavaScript gives."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def see(self, words: str) -> None:
        """Wait until the page has these words."""
        try:
            eventually(lambda: words in self.text, PATIENCE_S)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not on the page:\n{self.text}") from None

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def _size_is(self, width: int, height: int) -> None:
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._calls += 1
        call = {"id": self._calls, "method": method, "params": parameters}
        self._socket.send(json.dumps(call))
        while True:
            answer = json.loads(self._socket.recv(PATIENCE_S))
            if answer.get("id") == self._calls:
                result: dict[str, Any] = answer["result"]
                return result

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _address(port: int) -> str | None:
    """Return where the page of the browser at this port is debugged, once there is one."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/json", timeout=5) as answer:
            targets = json.load(answer)
    except OSError:
        return None
    pages = [t["webSocketDebuggerUrl"] for t in targets if t["type"] == "page"]
    return pages[0] if pages else None
