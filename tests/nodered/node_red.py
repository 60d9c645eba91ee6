"""A real Node-RED: started, given a flow as a user imports it, and watched as in its editor."""

import contextlib
import json
import os
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from brokers import LOOPBACK, free_ports
from processes import end
from subscriber import eventually
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "node-red"
START_S = 60.0
PATIENCE_S = 15.0
PROTOCOLS = {"3.1.1": "4", "5": "5"}

Node = dict[str, Any]


def shipped(name: str) -> list[Node]:
    """Return the nodes of a flow file of the examples."""
    nodes: list[Node] = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    return nodes


@dataclass(frozen=True, slots=True)
class Shown:
    """What a debug node showed in the sidebar."""

    node: str
    value: Any


class NodeRed:
    """One Node-RED with a user directory of its own, within `with`.

    Of the flows that it is given only the broker's address is changed, and its protocol if one is
    named: what a user does after the import.
    """

    def __init__(self, installation: Path, directory: Path, broker_port: int) -> None:
        (self.port,) = free_ports(1)
        self._red = installation / "node_modules" / "node-red" / "red.js"
        self._modules = installation / "node_modules"
        self._directory = directory
        self._broker_port = broker_port
        self._process: subprocess.Popen[bytes] | None = None
        self._shown: list[Shown] = []
        self._news = threading.Condition()

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        settings = f"module.exports = {json.dumps(self._settings())};\n"
        (self._directory / "settings.js").write_text(settings, encoding="utf-8")
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["node", str(self._red), "--userDir", str(self._directory)],
                cwd=self._directory,
                env={"PATH": os.environ["PATH"], "HOME": str(self._directory)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.say("Started flows", START_S)
        except BaseException:
            self._end()
            raise
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._watcher.join(PATIENCE_S)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> str:
        return (self._directory / "log").read_text(encoding="utf-8", errors="replace")

    def say(self, words: str, within_s: float = PATIENCE_S, since: int = 0) -> None:
        """Wait until the log has these words, from a place in it on."""

        def said() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"Node-RED ended:\n{self.log}")
            return words in self.log[since:]

        try:
            eventually(said, within_s)
        except TimeoutError:
            raise TimeoutError(f"{words!r} is not in the log:\n{self.log[-3000:]}") from None

    def deploy(self, nodes: list[Node], protocol: str | None = None) -> None:
        """Import flows and wait until each broker node is connected."""
        brokers = [node for node in nodes if node["type"] == "mqtt-broker"]
        changed = {"broker": LOOPBACK, "port": str(self._broker_port)}
        if protocol:
            changed["protocolVersion"] = PROTOCOLS[protocol]
        flows = [node | changed if node in brokers else node for node in nodes]
        since = len(self.log)
        self.request("/flows", {"flows": flows}, {"Node-RED-API-Version": "v2"})
        for broker in brokers:
            self.say(f"[mqtt-broker:{broker['name']}] Connected to broker", since=since)

    def inject(self, node: str) -> None:
        """Press the button of an inject node."""
        self.request(f"/inject/{node}", {})

    def get(self, path: str) -> Any:
        return self.request(path)

    def context(self, tab: str, key: str) -> Any:
        """Return a value of a tab's context; None where there is none."""
        answer = self.get(f"/context/flow/{tab}/{key}")
        kind = str(answer.get("format"))
        if kind == "undefined" or kind.startswith("string"):
            return answer.get("msg")
        return json.loads(answer["msg"])

    def request(self, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        """Ask by GET, or by POST with a body; return JSON as its value, anything else as text."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310  # loopback
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode()}") from error
        with contextlib.suppress(ValueError):
            return json.loads(text)
        return text

    @property
    def now(self) -> int:
        """The place in the debug sidebar from which on all is new."""
        with self._news:
            return len(self._shown)

    def shown(self, node: str, since: int = 0) -> list[Any]:
        """Return what a debug node showed since then, in order."""
        with self._news:
            return [shown.value for shown in self._shown[since:] if shown.node == node]

    def show(self, node: str, value: Any, since: int = 0, within_s: float = PATIENCE_S) -> None:
        """Wait until a debug node has shown a value since then."""
        try:
            eventually(lambda: value in self.shown(node, since), within_s)
        except TimeoutError:
            seen = self.shown(node, since)
            raise TimeoutError(f"{node} showed {seen}, not {value!r}\n{self.log[-3000:]}") from None

    def _settings(self) -> dict[str, object]:
        return {
            "uiHost": LOOPBACK,
            "uiPort": self.port,
            "flowFile": "flows.json",
            "credentialSecret": False,
            "nodesDir": str(self._modules / "@flowfuse"),
            "telemetry": {"enabled": False, "updateNotification": False},
            "editorTheme": {"tours": False},
            "mqttReconnectTime": 500,
        }

    def _watch(self) -> None:
        with connect(f"ws://{LOOPBACK}:{self.port}/comms", max_size=None) as socket:
            socket.send(json.dumps({"subscribe": "debug"}))
            with contextlib.suppress(ConnectionClosed):
                for text in socket:
                    self._take(json.loads(text))

    def _take(self, events: list[dict[str, Any]]) -> None:
        with self._news:
            for event in events:
                if event["topic"] == "debug":
                    data = event["data"]
                    self._shown.append(Shown(data["id"], _value(data)))

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        end(process, PATIENCE_S)


def _value(data: dict[str, Any]) -> Any:
    """Return what was shown; the sidebar is sent texts with the name of their type."""
    text, kind = data["msg"], str(data.get("format", ""))
    if kind.startswith("string") or not isinstance(text, str):
        return text
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return text
