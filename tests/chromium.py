"""A page in headless Chromium: what it shows, and a picture of it."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import pytest
from processes import end
from subscriber import eventually
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 30.0
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)


def chromium() -> str | None:
    """Return the program, None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def needs_chromium() -> None:
    """Skip a test where there is no Chromium, and none could be installed."""
    if chromium() is None:
        pytest.skip("needs Chromium to look at pages")


class Page:
    """One page of so many pixels, within `with`; directory keeps the browser's profile."""

    def __init__(self, directory: Path, size: tuple[int, int] = (1200, 800)) -> None:
        self._directory = directory
        self._size = size
        self._calls = 0

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        words = [str(chromium()), *QUIET, f"--user-data-dir={self._directory}", "about:blank"]
        with (self._directory / "browser.log").open("wb") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self._connect()
            self.begin()
        except BaseException:
            end(self._process)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        end(self._process)

    _socket: ClientConnection
    _process: subprocess.Popen[bytes]

    def begin(self) -> None:
        """Make the window ready before anything is shown in it."""
        width, height = self._size
        metrics = {"deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, **metrics)
        self.call("Page.enable")

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def evaluate(self, script: str) -> Any:
        """Return what a line of JavaScript gives."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def see(self, words: str, within_s: float = PATIENCE_S) -> None:
        """Wait until the page has these words."""
        try:
            eventually(lambda: words in self.text, within_s)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not on the page:\n{self.text}") from None

    def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return what a method of the DevTools protocol answers."""
        self._calls += 1
        call = {"id": self._calls, "method": method, "params": parameters}
        self._socket.send(json.dumps(call))
        while True:
            answer = json.loads(self._socket.recv(PATIENCE_S))
            if answer.get("id") == self._calls:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _connect(self) -> None:
        ready = self._directory / "DevToolsActivePort"
        eventually(lambda: ready.exists() and "\n" in ready.read_text(), PATIENCE_S)
        port, path = ready.read_text().splitlines()[:2]
        devtools = f"ws://127.0.0.1:{port}"
        self._socket = connect(devtools + path, proxy=None, max_size=None)
        targets = self.call("Target.getTargets")["targetInfos"]
        self._socket.close()
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._socket = connect(f"{devtools}/devtools/page/{page}", proxy=None, max_size=None)
