"""The only place where a topic is spelled, and how values become payloads."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from bridge.quantities import Form, Quantity
from bridge.readings import FIRST_LEVELS, Kind, Measured, Show, Value
from bridge.words import segment

NONE = "None"  # what Home Assistant takes for unknown
ONLINE, OFFLINE = "online", "offline"
ORIGIN = "powerwall-mqtt"  # who discovery says that it is from
SNAPSHOT_BYTES = 4000  # what small clients take in one message
SPARED = ("customer", "generator", "network", "gateway", "meter")
_BESIDE_READINGS = {"availability", "connection", "tier", "capabilities", "snapshot", "command"}
_OWN_LEVELS = FIRST_LEVELS | _BESIDE_READINGS | {"event", "view", "api", "control"}


@dataclass(frozen=True, slots=True)
class Message:
    """One publish; QoS 0 for readings, 1 for what must not get lost.

    correlation goes back to an MQTT 5 requester as it came. ahead are payloads that have to reach
    the topic before this one, not retained, and once only. gateway is the name of whose it is.
    """

    topic: str
    payload: str
    qos: int = 0
    retain: bool = True
    correlation: bytes | None = None
    ahead: tuple[str, ...] = ()
    gateway: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class BridgeTopics:
    """Topics of the bridge itself."""

    prefix: str

    @property
    def availability(self) -> str:
        return f"{self.prefix}/bridge/availability"

    @property
    def info(self) -> str:
        return f"{self.prefix}/bridge/info"

    @property
    def health(self) -> str:
        return f"{self.prefix}/bridge/health"

    @property
    def check(self) -> str:
        """Where `check` tries to write; nothing is retained there."""
        return f"{self.prefix}/bridge/check"

    @property
    def discovery_command(self) -> str:
        return f"{self.prefix}/bridge/discovery/set"

    def gateway(self, name: str) -> "Topics":
        return Topics(self.prefix, name)


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics of one gateway."""

    prefix: str
    gateway: str

    def of(self, *path: str) -> str:
        return "/".join((self.prefix, self.gateway, *path))

    @property
    def everything(self) -> str:
        return self.of("#")

    @property
    def availability(self) -> str:
        return self.of("availability")

    @property
    def connection(self) -> str:
        return self.of("connection")

    @property
    def reason(self) -> str:
        return self.of("connection", "reason")

    @property
    def tier(self) -> str:
        return self.of("tier")

    @property
    def capabilities(self) -> str:
        return self.of("capabilities")

    @property
    def snapshot(self) -> str:
        return self.of("snapshot")

    @property
    def result(self) -> str:
        return self.of("command", "result")

    @property
    def event(self) -> str:
        return self.of("event")

    def view(self, name: str) -> str:
        return self.of("view", name)

    def raw(self, path: str) -> str:
        """Where the gateway's own JSON of a path below `/api/` stands."""
        return self.of("api", path)

    def owns(self, topic: str) -> bool:
        """Return whether it begins like one that a bridge publishes; others may be neighbours'."""
        return topic.startswith(self.of("")) and self.path(topic)[0] in _OWN_LEVELS

    def beside(self, topic: str) -> bool:
        """Return whether a topic is that of a view or a raw answer."""
        return topic.startswith((self.view(""), self.raw("")))

    def raw_command(self, path: str) -> str:
        """Where somebody asks for it."""
        return f"{self.raw(path)}/get"

    def raw_commands(self) -> tuple[str, ...]:
        """Return filters for all paths that somebody could ask for."""
        return tuple(self.raw_command("/".join("+" * levels)) for levels in (1, 2, 3))

    def raw_path(self, topic: str) -> str:
        """Return the path that a message on `raw_command` asks for."""
        return topic.removeprefix(self.of("api", "")).removesuffix("/get")

    def control_availability(self, control: str) -> str:
        return self.of("control", control, "availability")

    def command(self, path: tuple[str, ...]) -> str:
        return self.of(*path, "set")

    def commands(self) -> tuple[str, ...]:
        """Return filters for all topics that somebody could take for a command's."""
        return tuple(self.command(("+",) * levels) for levels in (1, 2))

    def command_path(self, topic: str) -> str:
        """Return what a message on `command` orders, by the levels of its topic."""
        return topic.removeprefix(self.of("")).removesuffix("/set")

    def device_availability(self, kind: Kind, key: str) -> str:
        return self.of(DEVICE_LEVELS[kind], key, "availability")

    def path(self, topic: str) -> tuple[str, ...]:
        """Return the levels below this gateway's own."""
        return tuple(topic.removeprefix(self.of("")).split("/"))


DEVICE_LEVELS = {Kind.PACK: "pack", Kind.INVERTER: "inverter", Kind.METER: "meter_device"}


def vitals_path(din: str) -> tuple[str, ...]:
    """Return the levels of the topic at which all vitals of a device stand."""
    return ("device", segment(din))


def discovery_topic(ha_prefix: str, unique_id: str) -> str:
    return f"{ha_prefix}/device/{unique_id}/config"


def discovery_check(ha_prefix: str) -> str:
    """Return where `check` tries to write discovery; nothing is retained there."""
    return discovery_topic(ha_prefix, "powerwall_mqtt_check")


def birth_topic(ha_prefix: str) -> str:
    return f"{ha_prefix}/status"


def encode(value: Value, quantity: Quantity) -> str:
    """Return a value as its payload."""
    if value is None:
        return NONE
    if quantity.form is Form.DATA:
        return compact(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return quantity.encode_number(value)
    return str(value)


def compact(value: object) -> str:
    """Return JSON without spaces; tuples are lists."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=dict)


def snapshot_json(
    measured: Iterable[Measured], timestamp: str, most_bytes: int | None = None
) -> str:
    """Return all site readings as one nested object; keys are the levels of their topics.

    What would be longer than most_bytes leaves out what is rarely looked at, branch by branch.
    """
    tree: dict[str, object] = {"timestamp": timestamp}
    for item in measured:
        if item.kind is not Kind.SITE or item.reading.quantity.form is Form.DATA:
            continue
        branch = tree
        for level in item.path[:-1]:
            below = branch.setdefault(level, {})
            branch = below if isinstance(below, dict) else {}
        branch[item.path[-1]] = _plain(item.value, item.reading.quantity)
    text = compact(tree)
    for rare in SPARED:
        if most_bytes and len(text.encode()) > most_bytes:
            tree.pop(rare, None)
            text = compact(tree)
    return text


def _plain(value: Value, quantity: Quantity) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    text = quantity.encode_number(value)
    return float(text) if "." in text else int(text)


def has_topic(measured: Measured) -> bool:
    return measured.reading.show is not Show.LISTED
