"""What a body can turn into: bytes that flip, ends that are missing, members of junk."""

import json
import random
from collections.abc import Callable

from bridge.gateway import tesla_pb2

WIRE_TYPES = 8
MOST_CHANGES = 5
# JSON text that json.dumps would not write, or not like this
SOUND = (
    "1e400",
    "-1e400",
    "NaN",
    "-Infinity",
    "-0.0",
    "1e-320",
    "9" * 400,
    "9" * 5000,
    "0." + "3" * 3000,
    '"\\ud800"',
    '"\\udfff\\u0000"',
    '"a\\u2028b"',
    '"' + "x" * 20_000 + '"',
    "[" * 300 + "]" * 300,
    '{"a":' * 200 + "1" + "}" * 200,
    '{"a":1,"a":2}',
)
BROKEN = (
    "[" * 5000 + "]" * 5000,
    "nul",
    "",
    "'x'",
    "1,",
    "0x23",
    "+5",
    "\u0661\u0662",
    "01",
    "1.",
    "\x00",
)
RAW = SOUND + BROKEN
PLAIN: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    100,
    -5.5,
    1e15,
    9.99e14,
    -1e14,
    1e-9,
    4294967296,
    18446744073709551615,
    "",
    " ",
    "None",
    "null",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999-23:59",
    "2021-12-16 22:13:25 +0800",
    "-8h3m",
    "8.1s",
    "a/b+#\0",
    "é\u0301\U0001f50b",
    "A" * 300,
    "SystemIslandedActive",
    "SystemGridConnected",
    "autonomous",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": {}},
    {"instant_power": 5},
)
DINS = ("", " ", "TEPOD", "TEPOD--", "--", "TESYNC--1--2--3", "PVAC--x/y+#", "\0", "TETHC--é" * 9)
FLOATS = (float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, -0.0, 1e15, -273.15, -256.0)
Chance = random.Random


def mutate_bytes(chance: Chance, body: bytes) -> bytes:
    """Return a body with some bytes that are wrong, lost, doubled or too many."""
    broken = bytearray(body)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        place = chance.randint(0, max(0, len(broken) - 1))
        width = chance.randint(1, 30)
        match chance.randrange(6):
            case 0 | 1 if broken:
                broken[place] ^= 1 << chance.randrange(8)
            case 2:
                del broken[place : place + width]
            case 3:
                broken[place:place] = chance.randbytes(width)
            case 4:
                broken[place:place] = broken[place : place + width] * chance.randint(1, 4)
            case _ if chance.random() < 0.3:
                del broken[place:]
    return bytes(broken)


def mutate_json(chance: Chance, body: bytes) -> bytes:
    """Return a JSON body with members that are of another kind, gone, doubled or raw junk."""
    tree = json.loads(body)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        tree = _changed(chance, tree)
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5)
    for number, raw in enumerate(RAW):
        text = text.replace(f'"@@{number}@@"', raw)
    return text.encode("utf-8", "surrogatepass")


def _changed(chance: Chance, tree: object) -> object:
    """Change one place of a tree, found by going down at random."""
    if chance.random() < 0.15 or not isinstance(tree, dict | list) or not tree:
        return _junk(chance, tree)
    if isinstance(tree, list):
        place = chance.randrange(len(tree))
        return [*tree[:place], _changed(chance, tree[place]), *tree[place + 1 :]]
    key = chance.choice(list(tree))
    match chance.randrange(8):
        case 0:
            return {k: v for k, v in tree.items() if k != key}
        case 1:
            return tree | {chance.choice(["", "new", "é/#", "x" * 200, key.upper()]): tree[key]}
        case 2:
            return tree | {key: _junk(chance, tree[key])}
    return tree | {key: _changed(chance, tree[key])}


def _junk(chance: Chance, before: object) -> object:
    match chance.randrange(5):
        case 0:
            return f"@@{chance.randrange(len(RAW) if chance.random() < 0.1 else len(SOUND))}@@"
        case 1 | 2 if isinstance(before, int | float):
            return before * 10.0 ** chance.randint(-20, 20)
        case 3:
            return str(before) if chance.random() < 0.5 else [before]
    return chance.choice(PLAIN)


def mutate_vitals(chance: Chance, body: bytes) -> bytes:
    """Return protobuf whose devices say odd things, with fields that nobody knows."""
    answer = tesla_pb2.DevicesWithVitals.FromString(body)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        chance.choice(_VITALS)(chance, answer)
    return answer.SerializeToString() + _field(chance) * chance.randint(0, 2)


def _field(chance: Chance) -> bytes:
    """Return a field of any number and wire type, its content often missing or too long."""
    tag = _varint(chance.randint(0, 40) << 3 | chance.randrange(WIRE_TYPES))
    length = chance.choice([0, 1, 5, 2**31, 2**32, 2**63, 2**64 - 1])
    return tag + _varint(length) + chance.randbytes(chance.randint(0, 12))


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _one(
    chance: Chance, answer: tesla_pb2.DevicesWithVitals
) -> tesla_pb2.ConnectedDeviceWithVitals:
    return chance.choice(answer.devices) if answer.devices else answer.devices.add()


def _odd_din(chance: Chance, answer: tesla_pb2.DevicesWithVitals) -> None:
    device = _one(chance, answer).device.device
    chance.choice([device.din, device.component_parent_din]).value = chance.choice(DINS)


def _odd_text(chance: Chance, answer: tesla_pb2.DevicesWithVitals) -> None:
    device = _one(chance, answer).device.device
    places = (device.part_number, device.serial_number, device.manufacturer)
    chance.choice([*places, device.firmware_version]).value = chance.choice(
        ["", " ", "x" * 5000, "\0", "é/+#\n", "None"]
    )


def _odd_time(chance: Chance, answer: tesla_pb2.DevicesWithVitals) -> None:
    stamp = _one(chance, answer).device.device.last_communication_time
    stamp.seconds = chance.choice([-(2**63), 2**63 - 1, -62135596800, 253402300800, 1])
    stamp.nanos = chance.choice([0, -(2**31), 2**31 - 1])


def _odd_vital(chance: Chance, answer: tesla_pb2.DevicesWithVitals) -> None:
    entry = _one(chance, answer)
    vital = chance.choice(entry.vitals) if entry.vitals else entry.vitals.add()
    match chance.randrange(5):
        case 0:
            vital.float_value = chance.choice(FLOATS)
        case 1:
            vital.int_value = chance.choice([-(2**63), 2**63 - 1, 0])
        case 2:
            vital.string_value = chance.choice(["", "x" * 3000, "\0é", "None"])
        case 3:
            vital.bool_value = chance.random() < 0.5
        case _:
            vital.name = chance.choice(["", "PVAC_PVMeasuredVoltage_A", "\0/+#", "n" * 900])


def _odd_alert(chance: Chance, answer: tesla_pb2.DevicesWithVitals) -> None:
    _one(chance, answer).alerts.extend(["", "a" * 3000, "\n\0é"] * chance.randint(1, 40))


def _odd_number_of_devices(chance: Chance, answer: tesla_pb2.DevicesWithVitals) -> None:
    if answer.devices and chance.random() < 0.5:
        del answer.devices[chance.randrange(len(answer.devices))]
    else:
        answer.devices.add().CopyFrom(_one(chance, answer))


_VITALS: tuple[Callable[[Chance, tesla_pb2.DevicesWithVitals], None], ...] = (
    _odd_din,
    _odd_text,
    _odd_time,
    _odd_vital,
    _odd_vital,
    _odd_alert,
    _odd_number_of_devices,
)
