"""What the name of a topic does not say, by its place below that of the gateway.

Words of the gateway are those that were seen; one that nobody knows is passed on in snake case.
"""

from collections.abc import Iterable

from bridge.readings.administration import AT_REST, UNDER_WAY
from bridge.readings.flows import FLOWS
from bridge.words import GRID_WORDS, Island, Mode


def words_of(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


_GRID_STATES = "`grid_compliant` `grid_qualifying` `grid_uncompliant` `disabled`"
_USAGES = "`backup` `non_backup` `not_configured`"
_DIAGNOSTICS = (
    "what the gateway's own checks said; those that need a stopped site master say `fail` while it "
    "runs, which is no fault"
)

NOTES: dict[str, str] = {
    "grid/status": f"{words_of(GRID_WORDS.values())}, or another word of the gateway",
    "grid/connected": "`true` only for `connected`, `None` for a word that nobody knows",
    "grid/contactor_state": "`island_grid_state_grid_compliant` was seen",
    **dict.fromkeys(
        ("grid/l1_usage", "grid/l2_usage", "grid/l3_usage"),
        "`backup` `non_backup` `not_configured`",
    ),
    "grid/code_phase": "`split` `single`; that of three phases is not known",
    "grid/min_power": "as set up for the meter of the grid",
    "grid/max_power": "as set up for the meter of the grid",
    "battery/level": (
        "as the Tesla app shows it: (raw - 5) / 0.95; a leap of more than 10 % is not believed but "
        "`None`, until it has stood for 15 minutes"
    ),
    "battery/level_raw": "on the gateway's own scale",
    "battery/capacity": "what all packs in use hold when they are full, as measured",
    "battery/nominal_energy": "what they hold by their nameplates",
    "battery/capacity_of_nameplate": "`capacity` against `nominal_energy`",
    "battery/packs_expected": "how many were set up and are part of the configuration",
    "battery/packs_available": "how many are in use now",
    "battery/packs_missing": "how many of `packs_expected` nobody sees; a disabled one is seen",
    "battery/pack_problem": "one is missing or has one; `pack/<serial>/problem_reason` says what",
    "battery/command_source": "`configuration` was seen",
    "battery/phase_detection_last_error": (
        "a remark, mostly no fault: `phase detection not run`, `no phase information`"
    ),
    "battery/on_grid_check_error": (
        "a remark, mostly no fault: `on grid check not run`, `run sitemanager flag enabled`, also "
        "with `sitemanager process is running` behind it"
    ),
    "solar/consumed_energy": "what inverters took at night",
    "operation/mode": f"{words_of(Mode)} `scheduler` `site_control`",
    "operation/backup_reserve": "on the scale of the Tesla app",
    "operation/backup_reserve_raw": "on the gateway's own scale",
    "operation/effective_backup_reserve": "as `backup_reserve`, 100 in mode `backup`",
    "operation/load_shed_level": "below it an island's frequency moves, so that loads switch off",
    "operation/load_shed_frequency_shift": "by how much",
    "island/mode": f"as it stands: {words_of(Island)}, `None` on the way and when it is not known",
    "island/requested": "the last wish that the gateway took from this run; `None` after a start",
    "alerts": "all that are on, of all devices; without vitals those of the solar inverter alone",
    "alerts/count": "how many",
    "alerts/problem": "one of them is a warning or a fault; that none is, only the vitals can tell",
    **{
        f"flow/{reading.key}": "derived from the powers of solar, battery and grid"
        for reading in FLOWS
    },
    "gateway/running": "whether the site master runs, the program that runs the battery",
    "gateway/sitemaster_status": "`status_up` `status_down`",
    "gateway/connected_to_tesla": "stays `true` while the site master is stopped",
    "gateway/power_supply_mode": "`false` was seen",
    "gateway/can_reboot": "`Yes`, or why not now",
    "gateway/device_type": "`hec` is a Gateway 1, `teg` a Gateway 2; `smc` was seen too",
    "gateway/teg_type": "`pvinverter` on a Powerwall+, else `unknown`",
    "gateway/sync_type": "`v1` `v2` `v2.1`",
    "gateway/update_state": (
        f"under way {words_of(sorted(UNDER_WAY))}, at rest {words_of(sorted(AT_REST))}; "
        "`clear_update_status` looks for one"
    ),
    "gateway/update_in_progress": "one is looked for or made",
    "gateway/update_failed": "one went wrong; `false` when there was only nothing to install",
    "gateway/update_notes": "`nonactionable` nothing to do, `ignoring` busy, `error` went wrong",
    "gateway/toggle_auth_supported": "the owner can prove to be there at a pack's switch",
    "gateway/sync_diagnostics": _DIAGNOSTICS,
    "gateway/problems": "the gateway's own list, never seen filled",
    "outage/active": "the grid is gone, and the home is not off it by command",
    "outage/count": "since the bridge ran for the first time",
    "generator/disconnect_type": "`none` was seen; `disconnect_types` are those to choose from",
    "network/interface": "`eth_type` `wifi_type` `gsm_type`",
    "network/name": "of the way out that is in use",
    "pack/<serial>/availability": (
        "`offline` when no source lists it, all that did are silent, or its controller is"
    ),
    "inverter/<serial>/availability": "`offline` when it is silent, or every source of it is",
    "meter_device/<serial>/availability": "`offline` when it is silent, or every source of it is",
    "pack/<serial>/current": "as the gateway says it; sign and size suggest the DC side",
    "pack/<serial>/state": "`pinv_grid_following` on the grid, `pinv_off`",
    "pack/<serial>/grid_state": _GRID_STATES,
    "pack/<serial>/grid_forming": "its inverter makes the grid of the home",
    "pack/<serial>/sequence_state": "`active` `standby`",
    "pack/<serial>/enabled": "`false` where the gateway has `disabled_reasons`",
    "pack/<serial>/problem": "it is disabled, its battery has a fault, or a part of it is silent",
    "pack/<serial>/problem_reason": "`ok`, or all that is wrong in words",
    "pack/<serial>/battery_state": "`pod_active` was seen",
    "pack/<serial>/controller_state": "`thc_state_autonomouscontrol` was seen",
    "pack/<serial>/power_limiter": "`pwrlim_pod_power_limit` `pwrlim_no_power_limit`",
    "pack/<serial>/type": "`acpw` a Powerwall, `solar_powerwall` a Powerwall+",
    "pack/<serial>/diagnostics": _DIAGNOSTICS,
    "inverter/<serial>/state": "`pvac_active` was seen",
    "inverter/<serial>/grid_state": _GRID_STATES,
    "inverter/<serial>/inverter_state": "`inv_grid_connected` was seen",
    "inverter/<serial>/string_side_state": "`pvs_active` `pvs_grid_supporting` `pvs_off`",
    "inverter/<serial>/self_test_state": "`pvs_self_test_off` was seen",
    "inverter/<serial>/power_setpoint": "`on` was seen",
    "inverter/<serial>/string/<a..f>/state": "`pv_active` `pv_active_parallel` `pv_disabled`",
    "meter_device/<serial>/type": "`neurio` `synchrometer_x` `synchrometer_y` were seen",
    "meter_device/<serial>/location": "`site` `solar` `solar_rgm`, `site_and_solar` for both",
    "meter_device/<serial>/ct/<1..4>/location": "`site` `solar` `solar_rgm`",
    "meter_device/<serial>/read_remark": (
        "why the gateway cannot ask it; a meter of its board cannot be asked while it is in use"
    ),
}
