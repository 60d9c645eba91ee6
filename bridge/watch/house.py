"""What the retained topics say of one house: payloads in, typed values out. Pure.

A value that is `None`, missing or not understood is None here and never a zero.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bridge.health import GOOD, Connection
from bridge.readings import Kind
from bridge.topics import DEVICE_LEVELS, NONE, OFFLINE, ONLINE, BridgeTopics, Topics

SNAPSHOT_TIME = '"timestamp":"'


@dataclass(frozen=True, slots=True)
class Pack:
    """One battery pack; name is the end of its serial number."""

    name: str
    present: bool = True
    power_w: float | None = None
    remaining_kwh: float | None = None
    capacity_kwh: float | None = None
    temperature_c: float | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class String:
    """One solar string; letter A to F."""

    letter: str
    power_w: float | None = None
    voltage_v: float | None = None
    connected: bool | None = None


@dataclass(frozen=True, slots=True)
class House:
    """One gateway's house as the broker has it.

    Signs as on the topics. trouble is why the values cannot be current, None when they are;
    solar is whether there is any to show; read_at is the bridge's time of the newest poll.
    """

    gateway: str
    trouble: str | None = None
    connection: str | None = None
    reason: str | None = None
    read_at: str | None = None
    solar: bool = True
    solar_w: float | None = None
    grid_w: float | None = None
    home_w: float | None = None
    battery_w: float | None = None
    level_percent: float | None = None
    level_raw_percent: float | None = None
    reserve_percent: float | None = None
    held_percent: float | None = None
    remaining_kwh: float | None = None
    capacity_kwh: float | None = None
    remaining_h: float | None = None
    mode: str | None = None
    grid_status: str | None = None
    grid_connected: bool | None = None
    firmware: str | None = None
    alerts: float | None = None
    packs: tuple[Pack, ...] = ()
    strings: tuple[String, ...] = ()

    @property
    def used_strings(self) -> list[String]:
        return [string for string in self.strings if string.connected is not False]

    @property
    def complete(self) -> bool:
        """Whether a whole poll has arrived and every power of the flow is known."""
        powers = (self.grid_w, self.home_w, self.battery_w, self.level_percent)
        return self.trouble is None and self.read_at is not None and None not in powers

    @classmethod
    def of(cls, payloads: Mapping[str, str], topics: Topics, broker: str | None = None) -> Self:
        """Return what the retained payloads by topic say; broker is what is wrong with it."""
        board = Board(payloads, topics)
        solar_w = board.number("solar", "power")
        return cls(
            gateway=topics.gateway,
            trouble=broker or _trouble(board),
            connection=board.word("connection"),
            reason=board.word("connection", "reason"),
            read_at=board.timestamp,
            solar=board.says("solar", "power") or not board.says("grid", "power"),
            solar_w=solar_w,
            grid_w=board.number("grid", "power"),
            home_w=board.number("home", "power"),
            battery_w=board.number("battery", "power"),
            level_percent=board.number("battery", "level"),
            level_raw_percent=board.number("battery", "level_raw"),
            reserve_percent=board.number("operation", "backup_reserve"),
            held_percent=board.number("operation", "effective_backup_reserve"),
            remaining_kwh=board.number("battery", "energy_remaining"),
            capacity_kwh=board.number("battery", "capacity"),
            remaining_h=board.number("battery", "time_remaining"),
            mode=board.word("operation", "mode"),
            grid_status=board.word("grid", "status"),
            grid_connected=board.flag("grid", "connected"),
            firmware=board.word("gateway", "version"),
            alerts=board.number("alerts", "count"),
            packs=tuple(_packs(board)),
            strings=tuple(_strings(board)),
        )


@dataclass(frozen=True, slots=True)
class Board:
    """Retained payloads by topic, as one gateway's values."""

    payloads: Mapping[str, str]
    topics: Topics

    def word(self, *path: str) -> str | None:
        payload = self.payloads.get(self.topics.of(*path))
        return None if payload in (None, NONE, "") else payload

    def number(self, *path: str) -> float | None:
        try:
            number = float(self.word(*path) or math.nan)
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def flag(self, *path: str) -> bool | None:
        return {"true": True, "false": False}.get(self.word(*path) or "")

    def says(self, *path: str) -> bool:
        """Return whether the topic exists, with or without a value."""
        return self.topics.of(*path) in self.payloads

    def below(self, *path: str) -> list[tuple[str, ...]]:
        """Return the paths of all topics below one, in order."""
        start = self.topics.of(*path, "")
        found = (topic for topic in self.payloads if topic.startswith(start))
        return sorted(self.topics.path(topic) for topic in found)

    @property
    def timestamp(self) -> str | None:
        """The time in `snapshot`, found without reading all of it ten times a second."""
        _, found, rest = self.payloads.get(self.topics.snapshot, "").partition(SNAPSHOT_TIME)
        return rest.partition('"')[0] if found else None


def gateways(payloads: Mapping[str, str], prefix: str) -> list[str]:
    """Return the gateways that have said something under the prefix, `main` first."""
    start = f"{prefix}/"
    names = {
        topic.removeprefix(start).partition("/")[0]
        for topic in payloads
        if topic.startswith(start) and topic.endswith(("/availability", "/connection"))
    }
    return sorted(names - {"bridge"}, key=lambda name: (name != "main", name))


def _trouble(board: Board) -> str | None:
    topics, reason = board.topics, board.word("connection", "reason")
    bridge = board.payloads.get(BridgeTopics(topics.prefix).availability)
    if bridge is None:
        return f"nothing under {topics.prefix}/ yet: is the bridge running with this MQTT_PREFIX?"
    if bridge != ONLINE:
        return "the bridge is offline"
    gateway = board.payloads.get(topics.availability)
    if gateway is None:
        return f"there is no gateway {topics.gateway} under {topics.prefix}/"
    if gateway == ONLINE:
        return None
    if board.word("connection") == Connection.CONNECTING or reason == GOOD:
        return "the first poll of the gateway is under way"
    return f"the gateway is offline: {reason}" if reason else "the gateway is offline"


def _packs(board: Board) -> list[Pack]:
    level = DEVICE_LEVELS[Kind.PACK]
    serials = dict.fromkeys(path[1] for path in board.below(level))
    return [
        Pack(
            serial[-4:],
            board.word(level, serial, "availability") != OFFLINE,
            board.number(level, serial, "power"),
            board.number(level, serial, "energy_remaining"),
            board.number(level, serial, "capacity"),
            board.number(level, serial, "temperature"),
            board.word(level, serial, "state"),
        )
        for serial in serials
    ]


def _strings(board: Board) -> list[String]:
    level = DEVICE_LEVELS[Kind.INVERTER]
    places = dict.fromkeys(p[:4] for p in board.below(level) if p[2:3] == ("string",))
    return [
        String(
            place[3].upper(),
            board.number(*place, "power"),
            board.number(*place, "voltage"),
            board.flag(*place, "connected"),
        )
        for place in places
    ]
