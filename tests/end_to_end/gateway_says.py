"""What the topics of a gateway have to say, read off its raw answers by hand.

Written from the topic reference and nothing of the bridge but the generated schema of the vitals,
so that a mistake in the bridge's tables does not repeat here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from boards_say import board_pairs
from derived_say import derived
from devices_say import packs, vitals
from main_says import MAIN_PATHS, main_pairs
from meters_say import meter_pairs
from payloads import Number, amperes, flag, hertz, snake, volts, watts
from powerwalls_say import powerwall_pairs
from raw_answers import Answers, Json
from site_says import site_pairs
from vitals_say import vital_pairs

from bridge.simulator import Simulator

Pair = tuple[str, object]


def expected(sim: Simulator) -> dict[str, object]:
    """Return topic below the gateway's -> payload, for all that the gateway's answers feed.

    A payload compares with `==`: text, a Number, or a list or dict for JSON.
    """
    answers = Answers(sim)
    meters = answers.object("meters/aggregates")
    pairs = [*_meters(meters), *_site(answers), *derived(answers)]
    if answers.has("system_status"):
        pairs += _battery(answers)
        pairs += packs(answers)
    if answers.has("devices/vitals"):
        pairs += vitals(answers)
    if answers.has("/tedapi/din"):  # a Powerwall 3, which has little else
        pairs.append(("gateway/din", answers.text("/tedapi/din")))
    else:
        pairs += site_pairs(answers)
        pairs += meter_pairs(answers)
        pairs += [*powerwall_pairs(answers), *vital_pairs(answers), *board_pairs(answers)]
    return {topic: payload for topic, payload in pairs if payload is not None}


def _meters(meters: Json) -> Iterator[Pair]:
    names = {"site": "grid", "load": "home", "battery": "battery", "solar": "solar"}
    for name, topic in names.items():
        meter = meters[name]
        assert isinstance(meter, dict)
        yield f"{topic}/reactive_power", watts(meter["instant_reactive_power"])
        yield f"{topic}/apparent_power", watts(meter["instant_apparent_power"])
        yield f"{topic}/average_voltage", volts(meter["instant_average_voltage"])
        current = meter.get("instant_average_current", meter["instant_total_current"])
        no_value = not current and meter["instant_power"]  # no amperes and some watts cannot be
        yield f"{topic}/average_current", None if no_value else amperes(current)
        yield f"{topic}/frequency", hertz(meter["frequency"]) if meter["frequency"] else None


def _site(answers: Answers) -> Iterator[Pair]:
    for path in MAIN_PATHS:
        if answers.has(path):
            yield from main_pairs(path, answers.object(path))
    grid = answers.object("system_status/grid_status")
    yield "island/requested", "None"
    if "grid_services_active" in grid:
        yield "grid/services_active", flag(grid["grid_services_active"])
    if answers.has("status"):
        yield from _gateway(answers)


def _gateway(answers: Answers) -> Iterator[Pair]:
    status = answers.object("status")
    started = datetime.strptime(str(status["start_time"]), "%Y-%m-%d %H:%M:%S %z")
    yield "gateway/started", started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield "gateway/version", str(status["version"]).strip()
    yield "gateway/git_hash", str(status["git_hash"]).strip()
    yield "gateway/din", status.get("din") or answers.object("powerwalls").get("gateway_din")
    yield "gateway/device_type", status.get("device_type")
    yield "gateway/sync_type", status.get("sync_type")
    master = answers.object("sitemaster")
    yield "gateway/running", flag(master["running"])
    yield "gateway/connected_to_tesla", flag(master["connected_to_tesla"])
    if "power_supply_mode" in master:
        yield "gateway/power_supply_mode", flag(master["power_supply_mode"])
    yield "gateway/can_reboot", master.get("can_reboot")
    info = answers.object("site_info")
    yield from (("gateway/site_name", info["site_name"]), ("gateway/timezone", info["timezone"]))
    if not answers.has("system_status"):
        packs = answers.object("powerwalls")["powerwalls"]
        assert isinstance(packs, list)
        yield "battery/packs_expected", str(len(packs))


def _battery(answers: Answers) -> Iterator[Pair]:
    system = answers.object("system_status")
    stored = system["nominal_energy_remaining"]
    home = answers.object("meters/aggregates")["load"]
    assert isinstance(home, dict)
    yield "battery/time_remaining", Number(float(str(stored)) / home["instant_power"], 2)
    for name in ("max_charge_power", "max_discharge_power", "max_apparent_power"):
        yield f"battery/{name}", watts(system[name])
    yield "battery/target_power", watts(system["battery_target_power"])
    yield "battery/packs_available", str(system["available_blocks"])
    packs = answers.object("powerwalls")["powerwalls"]
    assert isinstance(packs, list)
    yield "battery/packs_expected", str(len(packs))
    yield "grid/services_power", watts(system["grid_services_power"])
    yield "grid/faults", system["grid_faults"]
    yield from _limits(system)


def _limits(system: Json) -> Iterator[Pair]:
    """What the battery could do; the last of them are of firmware 23.28 and later."""
    for way in ("charge", "discharge"):
        yield f"battery/available_{way}_power", watts(system[f"instantaneous_max_{way}_power"])
        if f"hardware_capability_{way}_power" in system:
            yield f"battery/rated_{way}_power", watts(system[f"hardware_capability_{way}_power"])
    for way in ("high", "low"):
        yield f"grid/frequency_response_{way}", watts(system[f"ffr_power_availability_{way}"])
    yield "battery/inverter_usable_power", watts(system["inverter_nominal_usable_power"])
    yield "battery/auxiliary_load", watts(system["auxiliary_load"])
    yield "battery/target_reactive_power", watts(system["battery_target_reactive_power"])
    yield "battery/command_source", snake(system["command_source"])
    yield "battery/packs_controlled", str(system["blocks_controlled"])
    yield "battery/switches_on", flag(system["all_enable_lines_high"])
    toggled = datetime.fromisoformat(str(system["last_toggle_timestamp"])).astimezone(UTC)
    yield "battery/switch_toggled", toggled.strftime("%Y-%m-%dT%H:%M:%SZ")
    yield "gateway/primary", flag(system["primary"])
    if "available_charger_blocks" in system:
        yield "battery/chargers_available", str(system["available_charger_blocks"])
        apparent = system["instantaneous_max_apparent_power"]
        yield "battery/available_apparent_power", watts(apparent)
