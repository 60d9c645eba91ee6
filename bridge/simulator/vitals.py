"""What every device reports about itself: state to the protobuf of devices/vitals.

Units are the gateway's: W and V, but kW and kVAr in PINV_Pout and PINV_Qout, energies in Wh.
"""

from bridge.gateway import tesla_pb2 as pb
from bridge.simulator.answers_live import meter_readings
from bridge.simulator.moment import Moment
from bridge.simulator.physics import Mode
from bridge.simulator.site import PackReading
from bridge.simulator.strings import inverter_power_w, string_readings
from bridge.simulator.vitals_board import board_vitals
from bridge.simulator.vitals_device import Device, Ecu, Vitals

_SITE, _SOLAR, _SOLAR_RGM = 1, 4, 5
_NAMEPLATE_W = 7680
_NOWHERE = pb.ConnectionParameters()  # present but empty, as real ones are


def vitals(moment: Moment) -> bytes:
    """Return the body of GET devices/vitals, the gateway itself first."""
    devices = [_gateway(moment)]
    for reading in moment.packs:
        devices += _pack(moment, reading)
    if moment.site.profile.solar_powerwall:
        devices += [_inverter(moment), _inverter_strings(moment)]
    devices += _meters(moment)
    return pb.DevicesWithVitals(devices=devices).SerializeToString()


def _gateway(moment: Moment) -> pb.ConnectedDeviceWithVitals:
    year, week = moment.site.profile.firmware
    device = Device(
        kind="STSTSM",
        part=moment.site.profile.gateway_part,
        serial=moment.site.serial,
        parent=None,
        firmware=f"20{year}-{1 + week * 7 // 31:02d}-12-g{moment.site.git_hash[:9]}",
        attributes=Ecu(207),
    )
    return device.message(moment.now, {"STSTSM-Location": "Gateway"}, _site_alerts(moment))


def _site_alerts(moment: Moment) -> list[str]:
    operation, newer = moment.orders.operation, moment.site.profile.since(22, 18)
    alerts = ["GridCodesWrite", "GridCodesWrite"]
    if newer and moment.state.on_grid:
        alerts.append("SystemConnectedToGrid")
    if moment.orders.stay_off_grid and not moment.state.on_grid:
        alerts.append("ScheduledIslandContactorOpen")
    kept = moment.soe_percent <= operation.reserve_raw_percent
    if kept and operation.mode is Mode.SELF_CONSUMPTION:
        alerts.append("SelfConsumptionReservedLimit")
    return alerts


def _pack(moment: Moment, reading: PackReading) -> list[pb.ConnectedDeviceWithVitals]:
    pack = reading.pack
    controller = Device("TETHC", pack.part, pack.serial, _root(moment), pack.firmware, Ecu(224))
    inside = (pack.pod_part, pack.pod_serial, controller.din, pack.firmware)
    temperature = round(24.5 + 0.3 * moment.jitter(51), 1)
    state: Vitals = {
        "THC_State": "THC_STATE_AUTONOMOUSCONTROL",
        "THC_AmbientTemp": temperature,
    }
    full = reading.energy_wh >= pack.full_wh - 1
    return [
        controller.message(moment.now, state),
        Device("TEPOD", *inside, Ecu(226)).message(
            moment.now, _pod_vitals(reading, full=full), ["POD_w110_SW_EOC"] if full else []
        ),
        Device("TEPINV", *inside, Ecu(253)).message(
            moment.now, _inverter_vitals(moment, reading), ["PINV_a067_overvoltageNeutralChassis"]
        ),
    ]


def _pod_vitals(reading: PackReading, *, full: bool) -> Vitals:
    empty = reading.energy_wh <= 0
    return {
        "POD_nom_energy_to_be_charged": round(1.06 * (reading.pack.full_wh - reading.energy_wh)),
        "POD_nom_energy_remaining": reading.energy_wh,
        "POD_nom_full_pack_energy": reading.pack.full_wh,
        "POD_available_charge_power": 0 if full else 7000,
        "POD_available_dischg_power": 0 if empty else 12000,
        "POD_state": "POD_ACTIVE",
        "POD_enable_line": True,
        "POD_ChargeComplete": full,
        "POD_DischargeComplete": empty,
        "POD_PersistentlyFaulted": False,
        "POD_PermanentlyFaulted": False,
        "POD_ChargeRequest": False,
        "POD_ActiveHeating": False,
        "POD_CCVhold": False,
    }


def _inverter_vitals(moment: Moment, reading: PackReading) -> Vitals:
    first, second = moment.leg_volts
    off_grid = not moment.state.on_grid
    return {
        "PINV_EnergyDischarged": reading.discharged_wh,
        "PINV_EnergyCharged": reading.charged_wh,
        "PINV_VSplit1": round(first, 1),
        "PINV_VSplit2": round(second, 1),
        "PINV_Vout": round(first + second, 1),
        "PINV_Fout": moment.frequency_hz,
        "PINV_PllFrequency": moment.frequency_hz,
        "PINV_Pout": reading.power_w / 1000,
        "PINV_Qout": round(moment.jitter(23)) * 0.01,
        "PINV_PllLocked": True,
        "PINV_ReadyForGridForming": True,
        "PINV_HardwareEnableLine": True,
        "PINV_State": "PINV_GridForming" if off_grid else "PINV_GridFollowing",
        "PINV_GridState": "Grid_Uncompliant" if off_grid else "Grid_Compliant",
        "PINV_PowerLimiter": "PWRLIM_POD_Power_Limit",
    }


def _inverter(moment: Moment) -> pb.ConnectedDeviceWithVitals:
    first, second = moment.leg_volts
    power, volts = inverter_power_w(moment), round(first + second, 1)
    values: Vitals = {
        "PVAC_Pout": power,
        "PVAC_Qout": 20,
        "PVAC_Iout": round(power / volts, 2),
        "PVAC_Vout": volts,
        "PVAC_VL1Ground": round(first, 1),
        "PVAC_VL2Ground": round(second, 1),
        "PVAC_VHvMinusChassisDC": -210,
        "PVAC_Fout": moment.frequency_hz,
        "PVAC_LifetimeEnergyPV_Total": round(moment.state.counters.solar_generated),
        "PVAC_State": "PVAC_Active",
        "PVAC_GridState": "Grid_Compliant",
        "PVAC_InvState": "INV_Grid_Connected",
        "PVI-PowerStatusSetpoint": "on",
    }
    for string in string_readings(moment):
        values[f"PVAC_PVCurrent_{string.letter}"] = string.amps
        values[f"PVAC_PVMeasuredVoltage_{string.letter}"] = string.volts
        values[f"PVAC_PVMeasuredPower_{string.letter}"] = string.power_w
        values[f"PVAC_PvState_{string.letter}"] = string.state
    return _solar_device("PVAC", moment, moment.packs[0].pack.din, 296).message(moment.now, values)


def _inverter_strings(moment: Moment) -> pb.ConnectedDeviceWithVitals:
    values: Vitals = {
        "PVS_vLL": round(sum(moment.leg_volts), 1),
        "PVS_State": "PVS_GridSupporting",
        "PVS_SelfTestState": "PVS_SelfTestOff",
        "PVS_EnableOutput": True,
    }
    unused = []
    for index, string in enumerate(string_readings(moment)):
        values[f"PVS_String{string.letter}_Connected"] = string.connected
        if not string.connected:
            unused.append(f"PVS_a0{17 + index}_MciString{string.letter}")
    inverter = f"{moment.site.inverter_part}--{moment.site.inverter_serial}"
    device = _solar_device("PVS", moment, inverter, 297)
    return device.message(moment.now, values, unused)


def _solar_device(kind: str, moment: Moment, parent: str, ecu: int) -> Device:
    site = moment.site
    owner = "PVAC" if kind == "PVS" else "TETHC"
    return Device(
        kind,
        site.inverter_part,
        site.inverter_serial,
        f"{owner}--{parent}",
        site.git_hash[:14],
        Ecu(ecu),
    )


def _meters(moment: Moment) -> list[pb.ConnectedDeviceWithVitals]:
    site, root, inside = moment.site, _root(moment), moment.site.profile.solar_powerwall
    board = Device(
        "TESYNC", site.board_part, site.board_serial, root, site.git_hash[14:28], Ecu(259)
    )
    where = [_SITE] if inside else [_SITE, _SOLAR]
    meter = Device("TESLA", None, site.board_serial, root, None, where, _NOWHERE)
    devices = [
        board.message(
            moment.now,
            board_vitals(moment, meter_readings(moment)),
            ["SYNC_a001_SW_App_Boot", "SYNC_a046_DoCloseArguments"],
        ),
        meter.message(moment.now, {}),
    ]
    return devices + _solar_meters(moment) if inside else devices


def _solar_meters(moment: Moment) -> list[pb.ConnectedDeviceWithVitals]:
    site, root = moment.site, _root(moment)
    address = pb.ConnectionParameters(ip_address=pb.StringValue(value=f"PWRview-{site.neurio_id}"))
    neurio = Device(
        "NEURIO", None, site.neurio_serial, root, "1.7.2-Tesla", [_SOLAR_RGM], address, "NEURIO"
    )
    power = round(inverter_power_w(moment) * 0.99 + 2 * moment.jitter(52), 2)
    readings: Vitals = {"NEURIO_CT0_Location": "solarRGM", "NEURIO_CT0_InstRealPower": power}
    named = f"{site.inverter_part}--{site.inverter_serial}"
    rating = pb.PVInverterAttributes(nameplate_real_power_w=_NAMEPLATE_W)
    inverter = Device("TESLA", None, named, root, None, rating, _NOWHERE)
    return [neurio.message(moment.now, readings), inverter.message(moment.now, {})]


def _root(moment: Moment) -> str:
    return f"STSTSM--{moment.site.din}"
