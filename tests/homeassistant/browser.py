"""Home Assistant's own pages in a headless Chromium, as its owner sees them."""

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

from subscriber import eventually
from websockets.sync.client import ClientConnection, connect

from homeassistant.api import Api, Json

START_S = 30.0
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
FLAGS += ["--no-first-run", "--hide-scrollbars", "--remote-debugging-port=0"]
# Pages are made of elements that hide what they consist of.
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
    """A window of so many pixels, logged in, within `with`; zone is where its days begin."""

    def __init__(self, api: Api, directory: Path, height: int = 1000, zone: str = "UTC") -> None:
        self._api = api
        self._directory = directory
        self._size = {"width": 1280, "height": height}
        self._zone = zone
        self._number = 0

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        command = [chromium() or "chromium", *FLAGS, f"--user-data-dir={self._directory}"]
        with (self._directory / "browser.log").open("wb") as log:
            self._process = subprocess.Popen([*command, "about:blank"], stdout=log, stderr=log)
        try:
            self._page = self._connected()
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(START_S)

    def open(self, path: str) -> None:
        self._do("Page.navigate", url=self._api.url + path)

    @property
    def text(self) -> str:
        return str(self._walked()["text"])

    @property
    def bad(self) -> list[str]:
        """Return the cards that stand for one that could not be shown."""
        return list(self._walked()["bad"])

    def shows(self, words: str, within_s: float = 40.0) -> None:
        try:
            eventually(lambda: words in self.text, within_s)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not in: {self.text}") from None

    def picture(self, file: Path) -> None:
        picture = self._do("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(picture))

    def _connected(self) -> ClientConnection:
        ready = self._directory / "DevToolsActivePort"
        eventually(lambda: ready.exists() and "\n" in ready.read_text(), START_S)
        port, path = ready.read_text().splitlines()[:2]
        whole = connect(f"ws://127.0.0.1:{port}{path}", proxy=None, max_size=None)
        self._page = whole
        targets = self._do("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        whole.close()
        return connect(f"ws://127.0.0.1:{port}/devtools/page/{page}", proxy=None, max_size=None)

    def _begin(self) -> None:
        tokens = {
            "access_token": self._api.token,
            "token_type": "Bearer",
            "expires_in": 86400,
            "expires": int(time.time() * 1000) + 86_400_000,
            "hassUrl": self._api.url,
            "clientId": self._api.client_id,
            "refresh_token": "",
        }
        entries = {"hassTokens": json.dumps(tokens), "dockedSidebar": '"always_hidden"'}
        for name, value in entries.items():
            source = f"localStorage.setItem({json.dumps(name)}, {json.dumps(value)})"
            self._do("Page.addScriptToEvaluateOnNewDocument", source=source)
        self._do("Page.enable")
        self._do("Emulation.setTimezoneOverride", timezoneId=self._zone)
        metrics = {"deviceScaleFactor": 1, "mobile": False}
        self._do("Emulation.setDeviceMetricsOverride", **self._size, **metrics)

    def _walked(self) -> Json:
        answer = self._do("Runtime.evaluate", expression=WALK, returnByValue=True)
        return answer["result"].get("value", {"text": "", "bad": []})

    def _do(self, method: str, **params: Json) -> Json:
        self._number += 1
        self._page.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            said = json.loads(self._page.recv(START_S))
            if said.get("id") == self._number:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return said["result"]
