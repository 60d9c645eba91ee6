"""What the topics that people look at most have to say, read off raw answers by hand.

Written from the topic reference and nothing of the bridge, so that a mistake in the bridge's tables
does not repeat here. Each row takes one answer, so that what was said at one instant can be judged.
"""

from collections.abc import Callable, Iterator, Mapping

from payloads import Number, kilowatt_hours, watts
from raw_answers import Json, Vital

Pair = tuple[str, object]
GRID_WORDS = {
    "SystemGridConnected": ("connected", "true", "on_grid"),
    "SystemIslandedActive": ("islanded", "false", "off_grid"),
    "SystemIslandedReady": ("islanded_ready", "false", "off_grid"),
    "SystemMicroGridFaulted": ("micro_grid_faulted", "false", "off_grid"),
    "SystemWaitForUser": ("wait_for_user", "false", "off_grid"),
    "SystemTransitionToGrid": ("transition_to_grid", "false", None),
    "SystemTransitionToIsland": ("transition_to_island", "false", None),
}


def main_pairs(path: str, answer: Json) -> Iterator[Pair]:
    """Return topic below the gateway's and payload, None for no value; nothing of other paths."""
    if path in _MAIN:
        yield from _MAIN[path](answer)


def stand_in_pairs(devices: Mapping[str, Vital]) -> Iterator[Pair]:
    """Return what the vitals say of packs, where `system_status` does not."""
    for device in devices.values():
        parent = devices.get(device.parent)
        if parent is not None and parent.type == "TETHC":
            for name, key, in_unit in _STAND_INS:
                if (value := device.values.get(key)) is not None:
                    yield f"pack/{parent.serial}/{name}", in_unit(value)


def app_percent(raw_percent: object) -> float:
    """Return what the app shows: the gateway keeps the lowest 5 % back."""
    return min(100.0, max(0.0, (float(str(raw_percent)) - 5) / 0.95))


def _meters(meters: Json) -> Iterator[Pair]:
    names = {"site": "grid", "load": "home", "battery": "battery", "solar": "solar"}
    for name, topic in names.items():
        yield from _meter(topic, meters.get(name))


def _meter(topic: str, meter: object) -> Iterator[Pair]:
    if not isinstance(meter, dict):
        return
    power = float(meter["instant_power"])
    taken, given = (kilowatt_hours(meter[f"energy_{way}"]) for way in ("imported", "exported"))
    yield f"{topic}/power", watts(power)
    match topic:
        case "grid":
            yield "grid/import_power", watts(max(power, 0))
            yield "grid/export_power", watts(max(-power, 0))
            yield from (("grid/import_energy", taken), ("grid/export_energy", given))
        case "battery":
            yield "battery/charge_power", watts(max(-power, 0))
            yield "battery/discharge_power", watts(max(power, 0))
            yield from (("battery/charge_energy", taken), ("battery/discharge_energy", given))
        case "solar":
            yield from (("solar/energy", given), ("solar/consumed_energy", taken))
        case "home":
            yield "home/energy", taken


def _charge(soe: Json) -> Iterator[Pair]:
    raw = soe["percentage"]
    yield "battery/level_raw", Number(float(str(raw)), 1)
    yield "battery/level", Number(app_percent(raw), 1)


def _grid(answer: Json) -> Iterator[Pair]:
    """A word that nobody knows is passed on; where the contactor stands it does not tell."""
    word = str(answer["grid_status"])
    status, connected, contactor = GRID_WORDS.get(word, (None, None, None))
    yield from (("grid/connected", connected), ("island/mode", contactor))
    if status:
        yield "grid/status", status


def _operation(operation: Json) -> Iterator[Pair]:
    reserve, mode = operation["backup_reserve_percent"], operation.get("real_mode")
    mode = mode or operation.get("mode")
    yield "operation/mode", mode
    yield "operation/backup_reserve_raw", Number(float(str(reserve)), 1)
    yield "operation/backup_reserve", Number(app_percent(reserve), 1)
    in_force = 100.0 if mode == "backup" else app_percent(reserve)
    yield "operation/effective_backup_reserve", Number(in_force, 1)


def _system(system: Json) -> Iterator[Pair]:
    yield "battery/energy_remaining", kilowatt_hours(system["nominal_energy_remaining"])
    yield "battery/capacity", kilowatt_hours(system["nominal_full_pack_energy"])
    blocks = system["battery_blocks"]
    assert isinstance(blocks, list)
    for block in blocks:
        yield from _pack(f"pack/{block['PackageSerialNumber']}", block)


def _pack(pack: str, block: Json) -> Iterator[Pair]:
    """A pack that is out of use says null, and 0 for the energy that it does not know."""
    stored, full = block["nominal_energy_remaining"], block["nominal_full_pack_energy"]
    known = bool(stored) or not block["disabled_reasons"]
    yield f"{pack}/power", None if block["p_out"] is None else watts(block["p_out"])
    yield f"{pack}/energy_remaining", kilowatt_hours(stored) if known else None
    yield f"{pack}/capacity", kilowatt_hours(full)
    for way in ("charge", "discharge"):
        counted = block[f"energy_{way}d"]
        yield f"{pack}/{way}_energy", None if counted is None else kilowatt_hours(counted)


_STAND_INS: tuple[tuple[str, str, Callable[[object], Number]], ...] = (
    ("power", "PINV_Pout", lambda kilowatts: Number(float(str(kilowatts)) * 1000, 0)),
    ("energy_remaining", "POD_nom_energy_remaining", kilowatt_hours),
    ("capacity", "POD_nom_full_pack_energy", kilowatt_hours),
    ("charge_energy", "PINV_EnergyCharged", kilowatt_hours),
    ("discharge_energy", "PINV_EnergyDischarged", kilowatt_hours),
)
_MAIN: Mapping[str, Callable[[Json], Iterator[Pair]]] = {
    "meters/aggregates": _meters,
    "system_status/soe": _charge,
    "system_status/grid_status": _grid,
    "operation": _operation,
    "system_status": _system,
}
MAIN_PATHS = tuple(_MAIN)
