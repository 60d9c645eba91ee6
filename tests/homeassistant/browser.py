"""Home Assistant's own pages in a headless Chromium, as its owner sees them."""

import json
import time
from pathlib import Path

from chromium import Page

from homeassistant.api import Api, Json

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


class Browser(Page):
    """A window of so many pixels, logged in, within `with`; zone is where its days begin."""

    def __init__(self, api: Api, directory: Path, height: int = 1000, zone: str = "UTC") -> None:
        super().__init__(directory, (1280, height))
        self._api = api
        self._zone = zone

    def begin(self) -> None:
        """Log in, in place of the page that would ask for it."""
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
            self.call("Page.addScriptToEvaluateOnNewDocument", source=source)
        self.call("Emulation.setTimezoneOverride", timezoneId=self._zone)
        super().begin()

    def open(self, path: str) -> None:
        super().open(self._api.url + path)

    @property
    def text(self) -> str:
        return str(self._walked()["text"])

    @property
    def bad(self) -> list[str]:
        """Return the cards that stand for one that could not be shown."""
        return list(self._walked()["bad"])

    def _walked(self) -> Json:
        return self.evaluate(WALK) or {"text": "", "bad": []}
