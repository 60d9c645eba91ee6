"""A headless Chromium that looks at Home Assistant's pages, as its owner sees them."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import requests
from subscriber import eventually
from websockets.sync.client import ClientConnection, connect

START_S, LEAST_S, MOST_S, PAUSE_S = 30.0, 5.0, 15.0, 1.0
# Without a sidebar, and logged in.
SCRIPT = """
localStorage.setItem('hassTokens', JSON.stringify({tokens}));
localStorage.setItem('dockedSidebar', '"always_hidden"');
"""
# Elements hide what they consist of; one that cannot be shown has another in its place.
WALK = """(() => {
  const found = {text: [], bad: []};
  const walk = node => {
    for (const child of node.childNodes) {
      if (child.nodeType === 3 && child.data.trim()) found.text.push(child.data.trim());
      if (/^hui-(error|warning)/.test(child.localName || "")) found.bad.push(child.localName);
      if (!["style", "script"].includes(child.localName)) walk(child);
    }
    if (node.shadowRoot) walk(node.shadowRoot);
  };
  walk(document.body);
  return {text: found.text.join(" "), bad: found.bad};
})()"""


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One page of a browser that is logged in to a Home Assistant, within `with`.

    zone is where the browser is: days on the pages begin there.
    """

    def __init__(self, url: str, token: str, zone: str = "UTC") -> None:
        self._url, self._token, self._zone = url, token, zone
        self._stack = ExitStack()
        self._number = 0

    def __enter__(self) -> Self:
        if (program := chromium()) is None:
            raise RuntimeError("needs chromium")
        profile = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        self._page = self._stack.enter_context(_first_page(profile / "DevToolsActivePort"))
        self._log_in()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def open(self, path: str, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._do("Emulation.setDeviceMetricsOverride", **size)
        self._do("Page.navigate", url=self._url + path)

    @property
    def text(self) -> str:
        return str(self._walked()["text"])

    @property
    def bad(self) -> list[str]:
        """Return the elements that stand for a card that could not be shown."""
        return list(self._walked()["bad"])

    def shows(self, words: str, within_s: float = 40.0) -> None:
        try:
            eventually(lambda: words in self.text, within_s)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not in: {self.text}") from None

    def take(self, path: str, picture: Path, width: int, height: int) -> None:
        """Save a picture of a page once it stands still, or has had its time."""
        self.open(path, width, height)
        began_s, before, now = time.monotonic(), "", "nothing"
        while (lasts_s := time.monotonic() - began_s) < LEAST_S or before != now:
            if lasts_s > MOST_S:
                break
            time.sleep(PAUSE_S)
            before, now = now, self._do("Page.captureScreenshot", format="png")["data"]
        picture.write_bytes(base64.b64decode(now))

    def _walked(self) -> Any:
        answer = self._do("Runtime.evaluate", expression=WALK, returnByValue=True)
        return answer["result"].get("value", {"text": "", "bad": []})

    def _log_in(self) -> None:
        tokens = {
            "access_token": self._token,
            "token_type": "Bearer",
            "expires_in": 86400,
            "expires": int(time.time() * 1000) + 86_400_000,
            "hassUrl": self._url,
            "clientId": f"{self._url}/",
            "refresh_token": "",
        }
        script = SCRIPT.replace("{tokens}", json.dumps(tokens))
        self._do("Emulation.setTimezoneOverride", timezoneId=self._zone)
        self._do("Page.enable")
        self._do("Page.addScriptToEvaluateOnNewDocument", source=script)

    def _do(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._page.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            said = json.loads(self._page.recv(START_S))
            if said.get("id") == self._number:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return said["result"]


def _first_page(announced: Path) -> ClientConnection:
    until_s = time.monotonic() + START_S
    while not (announced.exists() and "\n" in announced.read_text()):
        if time.monotonic() > until_s:
            raise RuntimeError("chromium does not start")
        time.sleep(0.05)
    port = int(announced.read_text().split()[0])
    with requests.Session() as session:
        session.trust_env = False
        targets = session.get(f"http://127.0.0.1:{port}/json/list", timeout=START_S).json()
    page = next(target for target in targets if target["type"] == "page")
    return connect(page["webSocketDebuggerUrl"], proxy=None, max_size=None)
