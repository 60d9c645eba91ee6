"""The solar side of a Powerwall+ as plain JSON."""

from bridge.simulator.moment import Json, Moment, rfc3339
from bridge.simulator.strings import inverter_power_w, string_readings

_PVAC_ALERTS = (
    "a001_inv_L1_HW_overcurrent",
    "a002_inv_L2_HW_overcurrent",
    "a003_inv_HVBus_HW_overvoltage",
    "a008_inv_HVBus_undervoltage",
    "a009_SwAppBoot",
    "a010_inv_AC_overvoltage",
    "a011_inv_AC_undervoltage",
    "a012_inv_AC_overfrequency",
    "a013_inv_AC_underfrequency",
    "a014_PVS_disabled_relay",
)
_PVS_ALERTS = (
    "a001_WatchdogReset",
    "a002_SW_App_Boot",
    "a003_V12vOutOfBounds",
    "a017_MciStringA",
    "a018_MciStringB",
    "a019_MciStringC",
    "a020_MciStringD",
    "a036_PvArcLockout",
    "a059_MciOpen",
    "a060_MciClose",
)


def solar_powerwall(moment: Moment) -> Json:
    volts = round(sum(moment.leg_volts), 1)
    return {
        "pvac_status": _inverter(moment, volts),
        "pvs_status": {
            "state": "PVS_GridSupporting",
            "disabled": False,
            "enable_output": True,
            "v_ll": volts,
            "self_test_state": "PVS_SelfTestOff",
        },
        "pv_power_limit": 7600,
        "power_status_setpoint": "on",
        "pvac_alerts": _alerts(moment, "PVAC", _PVAC_ALERTS, active=frozenset()),
        "pvs_alerts": _alerts(moment, "PVS", _PVS_ALERTS, active=_unused(moment)),
    }


def _inverter(moment: Moment, volts: float) -> Json:
    power = inverter_power_w(moment)
    return {
        "state": "PVAC_Active",
        "disabled": False,
        "disabled_reasons": [],
        "grid_state": "Grid_Compliant",
        "inv_state": "INV_Grid_Connected",
        "v_out": volts,
        "f_out": moment.frequency_hz,
        "p_out": power,
        "q_out": 20,
        "i_out": round(power / volts, 2),
        "string_vitals": [
            {
                "string_id": number,
                "connected": string.connected,
                "measured_voltage": string.volts,
                "current": string.amps,
                "measured_power": string.power_w,
            }
            for number, string in enumerate(string_readings(moment), start=1)
        ],
    }


def _unused(moment: Moment) -> frozenset[str]:
    return frozenset(
        f"a0{17 + index}_MciString{string.letter}"
        for index, string in enumerate(string_readings(moment))
        if not string.connected
    )


def _alerts(moment: Moment, kind: str, names: tuple[str, ...], *, active: frozenset[str]) -> Json:
    document: dict[str, Json] = {
        "LastRxTime": rfc3339(moment.now, 700100200),
        "ReceivedMuxBitmask": 0,
    }
    if kind == "PVAC":
        document["PVAC_alertMatrixIndex"] = 1
    return document | {f"{kind}_{name}": name in active for name in names}
