"""What the topics of lines and meters say beside the vitals, read off the raw answers by hand.

Written from the topic reference, like gateway_says.
"""

from collections.abc import Iterator

from payloads import amperes, flag, hertz, kilowatt_hours, snake, volts, watts
from raw_answers import Answers, Json

Pair = tuple[str, object]
BOARD = "synchrometer"


def meter_pairs(answers: Answers) -> Iterator[Pair]:
    """Return topic below the gateway's and payload."""
    vitals = bool(answers.devices())
    if answers.has("meters/site"):
        yield from _grid(answers.objects("meters/site"), vitals=vitals)
        yield from _sun(answers.objects("meters/solar"))
    if not answers.has("meters"):
        return
    listed = answers.objects("meters")
    yield "gateway/meters", sorted(map(_inventory, listed), key=lambda meter: str(meter["serial"]))
    for meter in listed:
        yield from _meter(meter, answers.object("meters/readings"), vitals=vitals)
    if vitals:
        yield from _firmware(answers)
    elif answers.has("meters/site"):
        for path in ("meters/site", "meters/solar"):
            yield from _phases_of_board(answers.objects(path))
    if answers.has("meters/status"):
        yield "gateway/meter_status", {"status": None, "errors": []}
    path = "synchrometer/ct_voltage_references"
    if answers.has(path):
        yield "gateway/ct_voltage_references", answers.object(path)


def _grid(meters: list[Json], *, vitals: bool) -> Iterator[Pair]:
    for cached, number, phase in _phases(meters):
        line = f"grid/l{number}"
        if not vitals:
            yield f"{line}_voltage", volts(cached[f"v_l{number}n"])
        yield f"{line}_power", watts(cached[f"real_power_{phase}"])
        yield f"{line}_reactive_power", watts(cached[f"reactive_power_{phase}"])
        yield f"{line}_import_energy", kilowatt_hours(cached[f"energy_imported_{phase}"])
        yield f"{line}_export_energy", kilowatt_hours(cached[f"energy_exported_{phase}"])


def _sun(meters: list[Json]) -> Iterator[Pair]:
    """The sun's meter imports what was generated: it looks from the other side."""
    for cached, number, phase in _phases(meters):
        line = f"solar/l{number}"
        yield f"{line}_voltage", volts(cached[f"v_l{number}n"])
        yield f"{line}_power", watts(cached[f"real_power_{phase}"])
        yield f"{line}_reactive_power", watts(cached[f"reactive_power_{phase}"])
        yield f"{line}_energy", kilowatt_hours(cached[f"energy_imported_{phase}"])
        yield f"{line}_consumed_energy", kilowatt_hours(cached[f"energy_exported_{phase}"])


def _phases(meters: list[Json]) -> Iterator[tuple[Json, int, str]]:
    for meter in meters:
        cached = meter["Cached_readings"]
        assert isinstance(cached, dict)
        yield from ((cached, 1, "a"), (cached, 2, "b"))


def _phases_of_board(meters: list[Json]) -> Iterator[Pair]:
    """Power of the transformers, which only vitals would tell else."""
    for cached, number, phase in _phases(meters):
        board, _, letter = str(cached["serial_number"]).partition(BOARD)
        topic = f"meter_device/{board}_{letter.lower()}"
        yield f"{topic}/firmware", cached["version"]
        yield f"{topic}/ct/{number}/power", watts(cached[f"real_power_{phase}"])
        reactive = watts(cached[f"reactive_power_{phase}"])
        yield f"{topic}/ct/{number}/reactive_power", reactive


def _inventory(meter: Json) -> Json:
    cts = [{"real_power_scale_factor": None, **one} for one in _cts(meter)]
    known = ("serial", "short_id", "type", "ip_address", "mac")
    return {name: meter.get(name) for name in known} | {"cts": cts}


def _cts(meter: Json) -> list[Json]:
    cts = meter["cts"]
    assert isinstance(cts, list)
    return cts


def _meter(meter: Json, readings: Json, *, vitals: bool) -> Iterator[Pair]:
    serial = str(meter["serial"])
    board, _, letter = serial.partition(BOARD)
    topic = f"meter_device/{board}_{letter.lower()}" if letter else f"meter_device/{serial}"
    yield f"{topic}/availability", "online"
    if not vitals and "type" in meter:
        yield f"{topic}/type", f"{BOARD}_{letter.lower()}" if letter else "neurio"
    if not vitals or letter == "Y":  # vitals name all places of a board at its first meter
        yield f"{topic}/location", "_and_".join(sorted(snake(c["type"]) for c in _cts(meter)))
    if "connected" in meter:
        yield f"{topic}/connected", flag(meter["connected"])
    yield from ((f"{topic}/ct/{number}/valid", "false") for number in range(1, 5))
    for cts in _cts(meter):
        yield from _settings(topic, cts)
    reading = readings[serial]
    assert isinstance(reading, dict)
    if reading["error"]:
        yield f"{topic}/read_remark", reading["error"]
    else:
        yield from _reading(topic, meter, reading["data"], vitals=vitals)


def _settings(topic: str, cts: Json) -> Iterator[Pair]:
    """What each transformer is for that this place uses."""
    valid, inverted = cts["valid"], cts["inverted"]
    assert isinstance(valid, list)
    assert isinstance(inverted, list)
    for number in range(1, 5):
        if valid[number - 1]:
            yield f"{topic}/ct/{number}/valid", "true"
            yield f"{topic}/ct/{number}/location", snake(cts["type"])
            yield f"{topic}/ct/{number}/inverted", flag(inverted[number - 1])
            if "real_power_scale_factor" in cts:
                yield f"{topic}/ct/{number}/scale_factor", str(cts["real_power_scale_factor"])


def _reading(topic: str, meter: Json, data: Json, *, vitals: bool) -> Iterator[Pair]:
    cts = _cts(meter)
    yield f"{topic}/frequency", hertz(data["f_Hz"])
    yield f"{topic}/firmware", data["firmwareVersion"]
    for ct in _cts(data):
        number = int(str(ct["ct"]))
        uses = [one for one in cts if isinstance(v := one["valid"], list) and v[number - 1]]
        if not uses:
            continue
        factor = float(str(uses[0].get("real_power_scale_factor", 1)))
        one = f"{topic}/ct/{number}"
        if not vitals:
            yield f"{one}/power", watts(float(str(ct["p_W"])) * factor)
        yield f"{one}/reactive_power", watts(ct["q_VAR"])
        yield f"{one}/voltage", volts(ct["v_V"])
        yield f"{one}/current", amperes(ct["i_A"])
        yield f"{one}/import_energy", kilowatt_hours(float(str(ct["eImp_Ws"])) / 3600)
        yield f"{one}/export_energy", kilowatt_hours(float(str(ct["eExp_Ws"])) / 3600)


def _firmware(answers: Answers) -> Iterator[Pair]:
    for device in answers.devices().values():
        if device.type == "TESYNC":
            for letter in "xy":
                yield f"meter_device/{device.serial}_{letter}/firmware", device.firmware
