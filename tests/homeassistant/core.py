"""A Home Assistant of our own: its process, its log, and what it knows of MQTT."""

import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from brokers import LOOPBACK, free_ports
from subscriber import eventually

from homeassistant.api import Api, Json, Refused
from homeassistant.configuration import configure
from homeassistant.installation import Installation

START_S, STOP_S = 90.0, 60.0
LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:.+-]+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\] ")
# They speak of the installation, whatever a bridge does.
OF_ITS_OWN = (
    "haffmpeg",
    "homeassistant.bootstrap",
    "homeassistant.components.camera",
    "homeassistant.loader",
)
# 2025.4 says so of each device that is gone.
HARMLESS = "No device components to cleanup"
HTTP = f"http:\n  server_host: {LOOPBACK}\n  server_port: {{port}}\n"
PLAIN = {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of its log, tracebacks included."""

    level: str
    logger: str
    text: str


@dataclass(frozen=True, slots=True)
class Entity:
    """What the registry and the state machine know of an entity; no state while it is disabled."""

    id: str
    unique_id: str
    facts: Json
    state: str | None
    attributes: Json


class Core:
    """Home Assistant with an owner and an MQTT broker, within `with`."""

    def __init__(
        self, installation: Installation, directory: Path, broker_port: int, zone: str = "UTC"
    ) -> None:
        (port,) = free_ports(1)
        self.api = Api(port)
        self.directory = directory
        self.version = installation.version
        self._broker_port = broker_port
        self._log = directory / "output.log"
        self._command = installation.command(directory)
        self._process: subprocess.Popen[bytes] | None = None
        configure(directory, port, zone, "" if installation.stores_http else HTTP.format(port=port))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; returns when it has greeted over MQTT, and so has heard what is retained."""
        begun = len(self.log)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        eventually(self._listens, START_S)
        if self.api.token is None:
            self.api.move_in()
        eventually(lambda: self.api.call("GET", "/api/config")["state"] == "RUNNING", START_S)
        if not self._entries():
            broker = {"broker": LOOPBACK, "port": self._broker_port} | PLAIN
            self.api.flow("/api/config/config_entries/flow", "mqtt", broker)
        self.greeted(begun)

    def stop(self) -> None:
        self.api.hang_up()
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S)

    def greeted(self, since: int = 0) -> None:
        """Wait for its message that says that it is online, since a place in its log."""
        eventually(lambda: any("birth message sent" in e.text for e in self.log[since:]), START_S)

    def reload(self) -> None:
        """Set the MQTT integration up anew, as it is when entities were enabled."""
        begun = len(self.log)
        (entry,) = self._entries()
        self.api.call("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")
        self.greeted(begun)

    @property
    def log(self) -> list[Entry]:
        if not self._log.exists():
            return []
        entries: list[list[str]] = []
        for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines():
            if LINE.match(line) or not entries:
                entries.append([])
            entries[-1].append(line)
        return [_entry("\n".join(lines)) for lines in entries]

    def complaints(self) -> list[str]:
        """Return its warnings and errors, but for those about itself."""
        bad = [e for e in self.log if e.level in {"WARNING", "ERROR", "CRITICAL"}]
        ours = [e.text for e in bad if not e.logger.startswith(OF_ITS_OWN)]
        return [text for text in ours if HARMLESS not in text]

    def issues(self) -> list[Json]:
        """Return what it wants to be repaired, but for how it was installed."""
        issues = self.api.ask("repairs/list_issues")["issues"]
        return [i for i in issues if not i["issue_id"].startswith("deprecated_method")]

    def entities(self) -> dict[tuple[str, str], Entity]:
        """Return all that came over MQTT, by platform and unique id."""
        states = {state["entity_id"]: state for state in self.api.call("GET", "/api/states")}
        found = {}
        for facts in self.api.ask("config/entity_registry/list"):
            if facts["platform"] == "mqtt":
                id_ = facts["entity_id"]
                state = states.get(id_, {})
                found[id_.partition(".")[0], facts["unique_id"]] = Entity(
                    id_, facts["unique_id"], facts, state.get("state"), state.get("attributes", {})
                )
        return found

    def devices(self) -> dict[str, Json]:
        """Return the devices that came over MQTT, by identifier."""
        devices = self.api.ask("config/device_registry/list")
        pairs = [(pair, device) for device in devices for pair in device["identifiers"]]
        return {pair[1]: device for pair, device in pairs if pair[0] == "mqtt"}

    def state(self, entity: str) -> Json:
        """Return state and attributes, None for an entity that does not exist."""
        try:
            return self.api.call("GET", f"/api/states/{entity}")
        except Refused:
            return None

    def shows(self, entity: str, state: str | None, within_s: float = 20.0) -> None:
        """Wait until an entity has this state; None: until there is none."""
        seen: Json = None

        def fits() -> bool:
            nonlocal seen
            seen = self.state(entity)
            return bool((seen and seen["state"]) == state)

        try:
            eventually(fits, within_s)
        except TimeoutError:
            raise TimeoutError(f"{entity} is {seen}, not {state!r}") from None

    def _listens(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"Home Assistant has ended:\n{self._log.read_text()[-3000:]}")
        return self.api.answers()

    def _entries(self) -> list[Json]:
        entries: list[Json] = self.api.ask("config_entries/get", domain="mqtt")
        return entries


def _entry(text: str) -> Entry:
    found = LINE.match(text)
    return Entry(found["level"], found["logger"], text) if found else Entry("", "", text)
