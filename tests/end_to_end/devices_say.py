"""What the topics of packs, inverters and meters have to say, read off the raw answers by hand."""

from collections.abc import Iterator

from payloads import amperes, flag, hertz, kilowatt_hours, snake, volts, watts
from raw_answers import Answers, Vital

Pair = tuple[str, object]


def packs(answers: Answers) -> Iterator[Pair]:
    devices = answers.devices()
    blocks = answers.object("system_status")["battery_blocks"]
    assert isinstance(blocks, list)
    for block in blocks:
        pack = f"pack/{block['PackageSerialNumber']}"
        yield f"{pack}/availability", "online"
        yield f"{pack}/reactive_power", watts(block["q_out"])
        yield f"{pack}/voltage", volts(block["v_out"])
        yield f"{pack}/current", amperes(block["i_out"])
        yield f"{pack}/frequency", hertz(block["f_out"])
        yield f"{pack}/state", "pinv_grid_following"
        yield f"{pack}/grid_state", "grid_compliant"
        for name in ("backup_ready", "off_grid", "charge_power_clamped", "wobble_detected"):
            yield f"{pack}/{name}", flag(block[name])
        yield f"{pack}/grid_forming", flag(block["vf_mode"])
        yield f"{pack}/sequence_state", "active"
        yield f"{pack}/enabled", flag(not block["disabled_reasons"])
        disabled = ", ".join(block["disabled_reasons"])
        yield f"{pack}/problem", flag(disabled)
        yield f"{pack}/problem_reason", f"disabled: {disabled}" if disabled else "ok"
        yield f"{pack}/disabled_reasons", block["disabled_reasons"]
        yield f"{pack}/firmware", block["version"]
        controller = f"{block['PackagePartNumber']}--{block['PackageSerialNumber']}"
        for device in devices.values():
            if device.din == f"TETHC--{controller}":
                yield f"{pack}/temperature", volts(device.values["THC_AmbientTemp"])
            if device.type == "TEPOD" and device.parent == f"TETHC--{controller}":
                charge, give = "POD_available_charge_power", "POD_available_dischg_power"
                yield f"{pack}/available_charge_power", watts(device.values[charge])
                yield f"{pack}/available_discharge_power", watts(device.values[give])


def vitals(answers: Answers) -> Iterator[Pair]:
    devices = answers.devices()
    for device in devices.values():
        match device.type:
            case "TESYNC":
                yield "grid/l1_voltage", volts(device.values["ISLAND_VL1N_Main"])
                yield "grid/l2_voltage", volts(device.values["ISLAND_VL2N_Main"])
                yield from _board(device)
                places = devices[f"TESLA--{device.serial}"].places
                yield f"meter_device/{device.serial}_x/location", "_and_".join(places)
            case "PVAC":
                sides = devices[device.din.replace("PVAC", "PVS", 1)]
                yield from _inverter(device, sides)
            case "NEURIO":
                meter = f"meter_device/{device.serial}"
                yield f"{meter}/availability", "online"
                yield f"{meter}/type", "neurio"
                yield f"{meter}/location", "solar_rgm"
                yield f"{meter}/ct/1/power", watts(device.values["NEURIO_CT0_InstRealPower"])
                yield f"{meter}/ct/1/location", "solar_rgm"


def _board(device: Vital) -> Iterator[Pair]:
    """Both meters of the board, on the two lines that a split-phase home has."""
    for letter in "XY":
        meter = f"meter_device/{device.serial}_{letter.lower()}"
        yield f"{meter}/availability", "online"
        yield f"{meter}/type", f"synchrometer_{letter.lower()}"
        for number, phase in ((1, "A"), (2, "B")):
            value = {
                name: device.values[f"METER_{letter}_CT{phase}_{name}"]
                for name in ("InstRealPower", "InstReactivePower", "I")
            }
            yield f"{meter}/ct/{number}/power", watts(value["InstRealPower"])
            yield f"{meter}/ct/{number}/reactive_power", watts(value["InstReactivePower"])
            yield f"{meter}/ct/{number}/current", amperes(value["I"])
            voltage = device.values[f"METER_{letter}_VL{number}N"]
            yield f"{meter}/ct/{number}/voltage", volts(voltage)


def _inverter(device: Vital, sides: Vital) -> Iterator[Pair]:
    inverter, vital = f"inverter/{device.serial}", device.values
    yield f"{inverter}/availability", "online"
    yield f"{inverter}/power", watts(vital["PVAC_Pout"])
    yield f"{inverter}/reactive_power", watts(vital["PVAC_Qout"])
    yield f"{inverter}/voltage", volts(vital["PVAC_Vout"])
    yield f"{inverter}/current", amperes(vital["PVAC_Iout"])
    yield f"{inverter}/frequency", hertz(vital["PVAC_Fout"])
    yield f"{inverter}/energy", kilowatt_hours(vital["PVAC_LifetimeEnergyPV_Total"])
    yield f"{inverter}/state", "pvac_active"
    yield f"{inverter}/grid_state", "grid_compliant"
    for letter in "ABCD":
        string = f"{inverter}/string/{letter.lower()}"
        connected = sides.values[f"PVS_String{letter}_Connected"]
        voltage = vital[f"PVAC_PVMeasuredVoltage_{letter}"]
        # an unused input floats a little below zero, which is no voltage
        yield f"{string}/voltage", volts(voltage) if connected or voltage >= 0 else None
        yield f"{string}/current", amperes(vital[f"PVAC_PVCurrent_{letter}"])
        yield f"{string}/power", watts(vital[f"PVAC_PVMeasuredPower_{letter}"])
        yield f"{string}/state", snake(vital[f"PVAC_PvState_{letter}"])
        yield f"{string}/connected", flag(connected)
