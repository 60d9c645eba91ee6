"""What is published of packs, inverters and the grid contactor beyond every day."""

import json
from dataclasses import replace

import pytest
from sites import AT, site, values

from bridge.model import Snapshot
from bridge.parts import (
    Activity,
    BatteryBlock,
    Device,
    Endpoint,
    ListedPack,
    Powerwalls,
    PowerwallsStatus,
    Scalar,
    SystemStatus,
    Vitals,
)
from bridge.readings import GROUPS, Kind, measure
from bridge.topics import NONE

PLUS, SMALL = site("pwplus-23.36"), site("pw2-21.44")
BLOCK = BatteryBlock("P", "TG1", disabled_reasons=(), power_w=500.0)
LISTED = (ListedPack("P", "TG1"), ListedPack("P", "TG2"))


def under(level: str, snapshot: Snapshot) -> dict[str, str]:
    """Return what is said below a topic level, without what is not known."""
    said = {topic: p for topic, p in values(snapshot).items() if topic.startswith(level)}
    return {topic.removeprefix(level): p for topic, p in said.items() if p != NONE}


def board(vitals: dict[str, Scalar], kind: str = "TESYNC") -> dict[str, str]:
    device = Device(f"{kind}--P--S", kind, serial_number="S", vitals=vitals, heard=True)
    return under("grid/", Snapshot().with_part(Vitals((device,)), AT))


def test_a_pack_says_all_that_its_vitals_tell() -> None:
    said = under("pack/TG121440002G7H/", PLUS)

    everyday = "availability power reactive_power voltage current frequency energy_remaining "
    everyday += "capacity charge_energy discharge_energy state grid_state backup_ready off_grid "
    everyday += "charge_power_clamped wobble_detected enabled disabled_reasons temperature "
    everyday += "available_charge_power available_discharge_power firmware problem diagnostics "
    everyday += "grid_forming sequence_state part_number problem_reason"
    assert {key: said[key] for key in said if key not in everyday.split()} == {
        "energy_to_be_charged": "7.45",
        "battery_state": "pod_active",
        "charge_complete": "false",
        "discharge_complete": "false",
        "charge_request": "false",
        "active_heating": "false",
        "voltage_hold": "false",
        "battery_enable_line": "true",
        "persistently_faulted": "false",
        "permanently_faulted": "false",
        "l1_voltage": "121",
        "l2_voltage": "121",
        "pll_frequency": "60.023",
        "pll_locked": "true",
        "ready_for_grid_forming": "true",
        "inverter_enable_line": "true",
        "power_limiter": "pwrlim_pod_power_limit",
        "controller_state": "thc_state_autonomouscontrol",
        "type": "acpw",
        "in_config": "true",
        "updating": "false",
        "under_phase_detection": "false",
        "grid_reconnection_time": "0",
    }


def test_a_packs_diagnostics_are_one_json_object() -> None:
    said = json.loads(values(PLUS)["pack/TG121440002G7H/diagnostics"])

    assert said == {
        "commissioning": {
            "disruptive": False,
            "alert": False,
            "checks": [
                {
                    "name": "CAN connectivity",
                    "status": "fail",
                    "message": "Cannot perform this action with site controller running.",
                }
            ],
        },
        "update": {
            "disruptive": True,
            "alert": False,
            "checks": [{"name": "Powerwall firmware", "status": "not_run", "progress": 0.0}],
        },
    }


def test_checks_that_fail_while_the_site_master_runs_are_no_problem() -> None:
    said = values(PLUS)

    assert [said[f"pack/{key}/problem"] for key in PLUS.packs] == ["false", "false"]
    assert (said["battery/pack_problem"], said["battery/packs_missing"]) == ("false", "0")


def test_the_grid_state_of_the_pack_list_is_not_that_of_the_pack() -> None:
    """There it reads Grid_Uncompliant for as long as the site master runs."""
    assert values(PLUS)["pack/TG121440002G7H/grid_state"] == "grid_compliant"


def test_a_pack_that_is_missing_is_a_problem_of_the_battery() -> None:
    snapshot = Snapshot().with_part(SystemStatus(blocks=(BLOCK,)), AT)
    said = values(snapshot.with_part(Powerwalls(packs=LISTED), AT))

    assert (said["battery/packs_missing"], said["battery/pack_problem"]) == ("1", "true")
    assert (said["pack/TG1/availability"], said["pack/TG2/availability"]) == ("online", "offline")


def test_a_disabled_pack_is_a_problem_and_not_missing() -> None:
    block = replace(BLOCK, disabled_reasons=("DisabledExcessiveVoltageDrop",))
    snapshot = Snapshot().with_part(SystemStatus(blocks=(block,)), AT)
    said = values(snapshot.with_part(Powerwalls(packs=LISTED[:1]), AT))

    assert (said["battery/packs_missing"], said["battery/pack_problem"]) == ("0", "true")


def test_while_nobody_says_which_packs_there_are_a_missing_one_is_unknown() -> None:
    quiet = PLUS.silenced(Endpoint.SYSTEM_STATUS).silenced(Endpoint.VITALS)
    said = values(quiet)

    assert (said["battery/packs_missing"], said["battery/pack_problem"]) == (NONE, NONE)


def test_packs_of_the_oldest_firmware_are_known_by_the_list_alone() -> None:
    assert under("pack/", site("pw2-1.15")) == {
        "TG118010000C2D/availability": "online",
        "TG118010000C2D/part_number": "1092170-03-E",
        "TG118010000B1D/availability": "online",
        "TG118010000B1D/part_number": "1092170-03-E",
    }


def test_what_goes_on_among_the_packs_is_a_matter_of_the_battery() -> None:
    said = under("battery/", SMALL)

    flags = "enumerating updating checking_if_offgrid running_phase_detection bubble_shedding "
    flags += "grid_qualifying grid_code_validating"
    assert {key: said[key] for key in flags.split()} == dict.fromkeys(flags.split(), "false")
    assert said["phase_detection_not_available"] == "true"
    assert said["phase_detection_last_error"] == "no phase information"
    assert said["on_grid_check_error"] == (
        "run sitemanager flag enabled, sitemanager process is running"
    )


def test_the_status_of_the_packs_is_asked_before_their_list() -> None:
    both = (
        Snapshot()
        .with_part(Powerwalls(activity=Activity(updating=False, enumerating=True)), AT)
        .with_part(PowerwallsStatus(Activity(updating=True)), AT)
    )

    assert under("battery/", both) == {"updating": "true", "enumerating": "true"}


def test_a_silent_status_leaves_the_word_to_the_list() -> None:
    said = under("battery/", SMALL.silenced(Endpoint.POWERWALLS_STATUS))

    assert said["grid_qualifying"] == "false"


def test_boards_are_told_as_json() -> None:
    part = Powerwalls(sync={"updating": False}, backup_switch={"updating": True}, has_sync=True)

    assert under("gateway/", Snapshot().with_part(part, AT)) == {
        "has_sync": "true",
        "sync_diagnostics": '{"updating":false}',
        "backup_switch": '{"updating":true}',
    }


def test_boards_of_a_silent_list_are_unknown() -> None:
    part = Powerwalls(sync={"updating": False}, backup_switch={"updating": True})
    quiet = Snapshot().with_part(part, AT).silenced(Endpoint.POWERWALLS)

    assert under("gateway/", quiet) == {}


def test_the_contactor_is_told_line_by_line() -> None:
    said = under("grid/", PLUS.only(frozenset({Endpoint.VITALS})))

    lines = {key: said[key] for key in said if key[:2] in {"l1", "l2", "l3"}}
    assert lines == {
        "l1_voltage": "121",
        "l1_frequency": "60.02",
        "l1_home_voltage": "121",
        "l1_home_frequency": "60.02",
        "l1_phase": "0",
        "l1_microgrid_ok": "true",
        "l2_voltage": "121.5",
        "l2_frequency": "60.02",
        "l2_home_voltage": "121.5",
        "l2_home_frequency": "60.02",
        "l2_phase": "0",
        "l2_microgrid_ok": "true",
        "l3_microgrid_ok": "false",
    }
    assert {key: said[key] for key in ("contactor_state", "contactor_closed")} == {
        "contactor_state": "island_grid_state_grid_compliant",
        "contactor_closed": "true",
    }


def test_three_phases_stand_at_angles_and_tell_their_use() -> None:
    said = board(
        {
            "ISLAND_L1L3PhaseDelta": -120.5,
            "ISLAND_L2L3PhaseDelta": 119.0,
            "ISLAND_FreqL3_Main": 50.01,
            "ISLAND_VL3N_Load": 230.5,
            "SYNC-Phase1Usage": "Backup",
            "SYNC-Phase2Usage": "NonBackup",
            "SYNC-Phase3Usage": "NotConfigured",
        }
    )

    assert said == {
        "l1_l3_phase": "-120.5",
        "l2_l3_phase": "119",
        "l3_frequency": "50.01",
        "l3_home_voltage": "230.5",
        "l1_usage": "backup",
        "l2_usage": "non_backup",
        "l3_usage": "not_configured",
    }


def test_a_home_without_power_has_no_volts_on_its_first_line() -> None:
    said = board({"ISLAND_VL1N_Load": 0.0, "ISLAND_VL2N_Load": 0.0, "ISLAND_FreqL1_Load": 0.0})

    assert said == {"l1_home_voltage": "0"}


def test_a_backup_switch_tells_of_the_contactor_too() -> None:
    assert board({"ISLAND_GridConnected": False}, "TEMSA") == {"contactor_closed": "false"}


@pytest.mark.parametrize("name", ["pw2-21.44", "pwplus-23.36"])
def test_nothing_of_this_is_an_entity_of_every_day(name: str) -> None:
    news = {Endpoint.POWERWALLS, Endpoint.POWERWALLS_STATUS, Endpoint.SOLAR_POWERWALL}
    measured = measure([g for g in GROUPS if news.issuperset(g.endpoints)], site(name))

    assert {m.kind for m in measured} == {Kind.SITE, Kind.PACK}
    assert [m.path for m in measured if m.reading.show.enabled] == []
