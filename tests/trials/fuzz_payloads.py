"""Messages that somebody might publish: right ones, nearly right ones, and noise."""

import json
from dataclasses import dataclass
from random import Random

from bridge.mqtt import Received
from trials.fuzz_mutants import mutate_bytes

GATEWAYS = ("main", "cabin")
PATHS = (
    "operation/mode",
    "operation/backup_reserve",
    "operation/backup_reserve_raw",
    "operation",
    "island/mode",
    "gateway/running",
    "refresh",
)
ANSWERS = "trial/answer"
_WORDS = (
    *("self_consumption", "backup", "autonomous", "off_grid", "on_grid", "true", "false", "TRUE"),
    *("1", "0", "None", "null", "scheduler", "site_control", "Backup", "backup;", "BACKUP", "on"),
    *("off-grid", "offline", "intentional_reconnect_failsafe", "backup\x00", "on_grid off_grid"),
)
_NUMBERS = (
    *("0", "5", "10", "20", "35", "50", "80", "100", "99.99", "+5", "-5", "-0", "5.", ".5", "007"),
    *("1e1", "1E+1", "5e-1", "1e400", "-1e400", "1e-400", "NaN", "nan", "Infinity", "inf", "0x23"),
    *("0b11", "1_0", "35%", "35,5", "101", "100.0000000000000001", "100.1", "4.999", "3.5e1"),
    *("1e2", "1e3", "18446744073709551616", "\u0663\u0665", "\uff13\uff15", "\u00b2", "\u2164"),
    *("35\u00a0", "\u200935", "35\x00", "35;36", "[35]", "{35}", "'35'", '"35"', " 35 ", "\t20\n"),
    *("", " ", "9" * 400, "0" * 3000 + "5", "1" + "0" * 5000),
)
_KEYS = ("mode", "backup_reserve", "backup_reserve_raw", "id", "Mode", "reserve", "", "mode ")
_VALUES: tuple[object, ...] = (
    *("self_consumption", "backup", "autonomous", "scheduler", "", None, True, False),
    *(0, 5, 20, 35, 50, 80, 100, 101, -1, 4.99, 1e308, 10**25, 35.5, "35", "NaN"),
    *([], {}, [35], {"mode": "backup"}, {"a": {"a": {"a": [[[]]]}}}),
)
_RAW = ("NaN", "1e400", "-Infinity", "1e1", "35.0", "+5", "0x23", "05", '"\\ud800"', "[" * 900, "")
_RESPONSES = (
    *("homeassistant/x", "$SYS/x", "powerwall/main/operation/mode/set", "a/get", "a/+", "a/#"),
    *("a\0b", ""),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One message, and where it came to: both empty where no command topic is."""

    received: Received
    gateway: str = ""
    path: str = ""

    @property
    def is_command(self) -> bool:
        return bool(self.path) and not self.received.stored


def make_case(chance: Random, number: int, ids: list[str]) -> Case:
    """Return a message; ids are some that were used before."""
    gateway, path = chance.choice(GATEWAYS), chance.choice(PATHS)
    payload = _payload(chance, path, number, ids)
    topic = f"powerwall/{gateway}/{path}/set"
    if chance.random() < 0.15:
        topic = _other_topic(chance, topic)
        gateway, path = command_topic(topic)
    stored = chance.random() < 0.05
    response = ANSWERS if chance.random() < 0.8 else chance.choice(_RESPONSES)
    received = Received(topic, payload, stored, response, str(number).encode())
    return Case(received, gateway, path)


def command_topic(topic: str) -> tuple[str, str]:
    """Return gateway and path of a command topic, empty for any other."""
    for gateway in GATEWAYS:
        for path in PATHS:
            if topic == f"powerwall/{gateway}/{path}/set":
                return gateway, path
    return "", ""


def _other_topic(chance: Random, topic: str) -> str:
    match chance.randrange(6):
        case 0:
            return topic.replace("/set", "/get")
        case 1:
            return topic.replace("main", chance.choice(["garage", "bridge", "Main", "", "+"]))
        case 2:
            return chance.choice(["powerwall/bridge/discovery/set", "homeassistant/status"])
        case 3:
            return topic.replace("powerwall/", chance.choice(["", "/", "PowerWall/", "homie/"]))
        case 4:
            return topic + chance.choice(["/", "/set", "#", " "])
    return mutate_bytes(chance, topic.encode()).decode("utf-8", "replace")


def _payload(chance: Random, path: str, number: int, ids: list[str]) -> bytes:
    if path == "operation" and chance.random() < 0.85:
        text = _object(chance, number, ids)
    elif chance.random() < 0.5:
        text = _fitting(chance, path)
    else:
        text = chance.choice((*_WORDS, *_NUMBERS))
    payload = text.encode("utf-8", "surrogatepass")
    match chance.randrange(10):
        case 0:
            return mutate_bytes(chance, payload)
        case 1 if chance.random() < 0.2:
            return payload * chance.choice([2, 100, 3000])
        case 2 if chance.random() < 0.3:
            return chance.randbytes(chance.choice([1, 8, 4096, 4097]))
    return payload


def _fitting(chance: Random, path: str) -> str:
    match path:
        case "operation/mode":
            return chance.choice(_WORDS[:3])
        case "island/mode":
            return chance.choice(["off_grid", "on_grid"])
        case "gateway/running":
            return "true"
    return str(round(chance.uniform(0, 100), chance.randrange(4)))


def _object(chance: Random, number: int, ids: list[str]) -> str:
    pairs: list[tuple[str, object]] = []
    if chance.random() < 0.7:
        pairs.append(("mode", chance.choice(_WORDS[:3])))
    if chance.random() < 0.6:
        pairs.append((chance.choice(_KEYS[1:3]), chance.randint(5, 100)))
    if chance.random() < 0.6:
        again = ids and chance.random() < 0.2
        pairs.append(("id", chance.choice(ids) if again else f"trial-{number}"))
    while chance.random() < 0.25:
        pairs.insert(chance.randint(0, len(pairs)), (chance.choice(_KEYS), chance.choice(_VALUES)))
    chance.shuffle(pairs)
    members = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs]
    if members and chance.random() < 0.15:
        key = json.dumps(chance.choice(_KEYS))
        members[chance.randrange(len(members))] = f"{key}: {chance.choice(_RAW)}"
    return "{" + ",".join(members) + "}"
