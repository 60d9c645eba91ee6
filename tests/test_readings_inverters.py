"""What is published of a solar inverter, by its vitals and without them."""

from sites import AT, site, values
from test_readings_hardware import under

from bridge.model import Snapshot
from bridge.parts import Endpoint, SolarPowerwall, SolarString

PLUS = site("pwplus-23.36")
OWN = "inverter/TG122250001N3Q/"


def test_without_vitals_an_inverter_says_what_solar_powerwall_tells() -> None:
    strings = (
        SolarString("A", connected=True, voltage_v=256.9, current_a=1.74, power_w=441.0),
        SolarString("B", connected=False, voltage_v=-2.1, current_a=0.0, power_w=0.0),
    )
    part = SolarPowerwall(
        fitted=True,
        state="PVAC_Active",
        disabled=False,
        disabled_reasons=(),
        grid_state="Grid_Compliant",
        inverter_state="INV_Grid_Connected",
        power_w=3010.0,
        reactive_power_var=40.0,
        voltage_v=241.6,
        current_a=12.45,
        frequency_hz=60.016,
        strings=strings,
        string_side_state="PVS_GridSupporting",
        string_side_disabled=True,
        string_side_voltage_v=241.5,
        output_enabled=True,
        self_test_state="PVS_SelfTestOff",
        pv_power_limit_w=7600.0,
        power_setpoint="on",
        alerts=("PVS_a018_MciStringB",),
    )

    alone = Snapshot().refusing(Endpoint.VITALS).refusing(Endpoint.POWERWALLS)

    assert under("inverter/solar_powerwall/", alone.with_part(part, AT)) == {
        "availability": "online",
        "power": "3010",
        "reactive_power": "40",
        "voltage": "241.6",
        "current": "12.45",
        "frequency": "60.016",
        "state": "pvac_active",
        "grid_state": "grid_compliant",
        "inverter_state": "inv_grid_connected",
        "string_side_state": "pvs_grid_supporting",
        "string_side_voltage": "241.5",
        "self_test_state": "pvs_self_test_off",
        "output_enabled": "true",
        "power_setpoint": "on",
        "power_limit": "7600",
        "enabled": "true",
        "string_side_enabled": "false",
        "disabled_reasons": "[]",
        "alerts": '["PVS_a018_MciStringB"]',
        "alert_count": "1",
        "string/a/voltage": "256.9",
        "string/a/current": "1.74",
        "string/a/power": "441",
        "string/a/connected": "true",
        "string/b/current": "0",
        "string/b/power": "0",
        "string/b/connected": "false",
    }


def test_an_inverter_says_all_that_its_vitals_tell() -> None:
    said = under(OWN, PLUS)

    keys = "inverter_state l1_voltage l2_voltage negative_bus_voltage string_side_state "
    keys += "string_side_voltage self_test_state output_enabled power_setpoint rated_power alerts "
    keys += "alert_count firmware string/d/state"
    assert {key: said[key] for key in keys.split()} == {
        "inverter_state": "inv_grid_connected",
        "l1_voltage": "120.9",
        "l2_voltage": "120.9",
        "negative_bus_voltage": "-210",
        "string_side_state": "pvs_grid_supporting",
        "string_side_voltage": "241.6",
        "self_test_state": "pvs_self_test_off",
        "output_enabled": "true",
        "power_setpoint": "on",
        "rated_power": "7680",
        "alerts": '["PVS_a018_MciStringB"]',
        "alert_count": "1",
        "firmware": "4064fc6a23e28e",
        "string/d/state": "pv_active_parallel",
    }


def test_when_vitals_fall_silent_the_inverter_speaks_on_under_its_name() -> None:
    said = values(PLUS.silenced(Endpoint.VITALS))

    shown = [said[OWN + key] for key in ("availability", "power", "energy", "string/c/power")]
    assert shown == ["online", "3010", "14330.211", "1302"]


def test_an_inverter_that_nobody_tells_of_any_more_keeps_its_energy_alone() -> None:
    quiet = PLUS.silenced(Endpoint.VITALS).silenced(Endpoint.SOLAR_POWERWALL)

    assert under(OWN, quiet) == {
        "availability": "online",
        "energy": "14330.211",
        "rated_power": "7680",
        "firmware": "4064fc6a23e28e",
    }
