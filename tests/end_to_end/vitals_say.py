"""What packs and inverters say in the vitals alone, read off them by hand.

Written from the topic reference, like gateway_says.
"""

from collections.abc import Iterator, Mapping

from payloads import flag, hertz, kilowatt_hours, snake, volts, watts
from raw_answers import Answers, Json, Vital

Pair = tuple[str, object]
POD_FLAGS = {
    "active_heating": "POD_ActiveHeating",
    "battery_enable_line": "POD_enable_line",
    "charge_complete": "POD_ChargeComplete",
    "charge_request": "POD_ChargeRequest",
    "discharge_complete": "POD_DischargeComplete",
    "permanently_faulted": "POD_PermanentlyFaulted",
    "persistently_faulted": "POD_PersistentlyFaulted",
    "voltage_hold": "POD_CCVhold",
}
PINV_FLAGS = {
    "inverter_enable_line": "PINV_HardwareEnableLine",
    "pll_locked": "PINV_PllLocked",
    "ready_for_grid_forming": "PINV_ReadyForGridForming",
}


def vital_pairs(answers: Answers) -> Iterator[Pair]:
    """Return topic below the gateway's and payload; nothing without vitals."""
    devices = answers.devices()
    for device in devices.values():
        if device.type == "TETHC":
            yield from _pack(device, [d for d in devices.values() if d.parent == device.din])
        if device.type == "PVAC":
            yield from _inverter(device, devices)
            solar = answers.object("solar_powerwall")
            yield from _set_points(f"inverter/{device.serial}", solar)


def _pack(controller: Vital, parts: list[Vital]) -> Iterator[Pair]:
    """The serial number of a pack is its controller's; battery and inverter have their own."""
    pack = f"pack/{controller.serial}"
    yield f"{pack}/controller_state", snake(controller.values["THC_State"])
    (battery,) = (part.values for part in parts if part.type == "TEPOD")
    yield f"{pack}/battery_state", snake(battery["POD_state"])
    yield f"{pack}/energy_to_be_charged", kilowatt_hours(battery["POD_nom_energy_to_be_charged"])
    yield from _flags(pack, POD_FLAGS, battery)
    (inverter,) = (part.values for part in parts if part.type == "TEPINV")
    yield f"{pack}/l1_voltage", volts(inverter["PINV_VSplit1"])
    yield f"{pack}/l2_voltage", volts(inverter["PINV_VSplit2"])
    yield f"{pack}/pll_frequency", hertz(inverter["PINV_PllFrequency"])
    yield f"{pack}/power_limiter", snake(inverter["PINV_PowerLimiter"])
    yield from _flags(pack, PINV_FLAGS, inverter)


def _flags(topic: str, names: Mapping[str, str], values: Mapping[str, object]) -> Iterator[Pair]:
    return ((f"{topic}/{name}", flag(values[vital])) for name, vital in names.items())


def _inverter(device: Vital, devices: Mapping[str, Vital]) -> Iterator[Pair]:
    inverter, vital = f"inverter/{device.serial}", device.values
    name = device.din.removeprefix("PVAC--")
    strings, plate = devices[f"PVS--{name}"], devices[f"TESLA--{name}"]
    yield f"{inverter}/firmware", device.firmware
    yield f"{inverter}/rated_power", watts(plate.rated_power_w)
    yield f"{inverter}/l1_voltage", volts(vital["PVAC_VL1Ground"])
    yield f"{inverter}/l2_voltage", volts(vital["PVAC_VL2Ground"])
    yield f"{inverter}/negative_bus_voltage", volts(vital["PVAC_VHvMinusChassisDC"])
    yield f"{inverter}/inverter_state", snake(vital["PVAC_InvState"])
    yield f"{inverter}/power_setpoint", vital["PVI-PowerStatusSetpoint"]
    yield f"{inverter}/string_side_state", snake(strings.values["PVS_State"])
    yield f"{inverter}/string_side_voltage", volts(strings.values["PVS_vLL"])
    yield f"{inverter}/self_test_state", snake(strings.values["PVS_SelfTestState"])
    yield f"{inverter}/output_enabled", flag(strings.values["PVS_EnableOutput"])
    alerts = [*device.alerts, *strings.alerts]
    yield from ((f"{inverter}/alerts", alerts), (f"{inverter}/alert_count", str(len(alerts))))


def _set_points(inverter: str, solar: Json) -> Iterator[Pair]:
    """What solar_powerwall says of its inverter that the vitals do not."""
    sides = solar["pvac_status"], solar["pvs_status"]
    for name, side in zip(("enabled", "string_side_enabled"), sides, strict=True):
        assert isinstance(side, dict)
        yield f"{inverter}/{name}", flag(not side["disabled"])
        if "disabled_reasons" in side:
            yield f"{inverter}/disabled_reasons", side["disabled_reasons"]
    yield f"{inverter}/power_limit", watts(solar["pv_power_limit"])
