"""Readings of the hardware as a whole: packs that are missing, boards, the grid contactor."""

from typing import Any, TypeVar

from bridge.devices import Boards, packs_missing
from bridge.model import Snapshot
from bridge.parts import Activity, Endpoint, Powerwalls
from bridge.quantities import ANGLE, COUNT, DATA, FLAG, FREQUENCY, TEXT, VOLTAGE, WORD
from bridge.readings.single import single, whole
from bridge.readings.table import BEFORE_1_50, LATER, SINCE_1_40, VITALS, Group, Reading, Show, word

T = TypeVar("T")
DIAGNOSTIC, QUIET, TOPIC = Show.DIAGNOSTIC, Show.QUIET, Show.TOPIC
LINES = (1, 2, 3)


def _missing(snapshot: Snapshot) -> int | None:
    blocks = snapshot.system_status.blocks if snapshot.system_status else None
    return packs_missing(blocks, snapshot.devices, snapshot.installed_packs)


def _problem(snapshot: Snapshot) -> bool | None:
    """Return whether a pack is missing or has a problem, None when nobody tells of any."""
    missing = _missing(snapshot)
    signs = [pack.problem for pack in snapshot.listed_packs.values()]
    signs += [None if missing is None else missing > 0]
    known = [sign for sign in signs if sign is not None]
    return any(known) if known else None


PACKS: tuple[Reading[Snapshot], ...] = (
    Reading(
        "packs_missing", "packs missing", COUNT, _missing, DIAGNOSTIC, icon="mdi:battery-alert"
    ),
    Reading("pack_problem", "pack problem", FLAG, _problem, DIAGNOSTIC, "problem"),
)


def _activity(snapshot: Snapshot) -> Activity:
    """Return what `powerwalls/status` says, and where it does not what `powerwalls` does."""
    own = snapshot.powerwalls_status.activity if snapshot.powerwalls_status else None
    beside = snapshot.powerwalls.activity if snapshot.powerwalls else None
    return (own or Activity()).or_else(beside or Activity())


ACTIVITY: tuple[Reading[Activity], ...] = (
    Reading("enumerating", "enumerating", FLAG, lambda a: a.enumerating, QUIET, "running"),
    Reading("updating", "updating", FLAG, lambda a: a.updating, QUIET, "running"),
    Reading(
        "checking_if_offgrid",
        "checking if off grid",
        FLAG,
        lambda a: a.checking_if_offgrid,
        QUIET,
        "running",
    ),
    Reading(
        "running_phase_detection",
        "phase detection",
        FLAG,
        lambda a: a.running_phase_detection,
        QUIET,
        "running",
    ),
    Reading(
        "phase_detection_not_available",
        "phase detection not available",
        FLAG,
        lambda a: a.phase_detection_not_available,
        QUIET,
        firmware=LATER,
    ),
    Reading(
        "phase_detection_last_error",
        "phase detection remark",
        TEXT,
        lambda a: a.phase_detection_last_error,
        QUIET,
    ),
    Reading("bubble_shedding", "bubble shedding", FLAG, lambda a: a.bubble_shedding, QUIET),
    Reading(
        "on_grid_check_error", "on grid check remark", TEXT, lambda a: a.on_grid_check_error, QUIET
    ),
    Reading("grid_qualifying", "qualifying the grid", FLAG, lambda a: a.grid_qualifying, QUIET),
    Reading(
        "grid_code_validating",
        "validating the grid code",
        FLAG,
        lambda a: a.grid_code_validating,
        QUIET,
        "running",
    ),
)

BOARDS: tuple[Reading[Powerwalls], ...] = (
    Reading(
        "has_sync", "Has a synchronizer", FLAG, lambda p: p.has_sync, QUIET, firmware=BEFORE_1_50
    ),
    Reading("sync_diagnostics", "Synchronizer diagnostics", DATA, lambda p: p.sync, TOPIC),
    Reading("backup_switch", "Backup switch", DATA, lambda p: p.backup_switch, TOPIC),
)


def _line(line: int) -> tuple[Reading[Boards], ...]:
    """Return what the boards measure of one line, on both sides of the contactor."""
    name = f"line {line}"
    return (
        Reading(
            f"l{line}_frequency",
            f"{name} frequency",
            FREQUENCY,
            lambda b: b.measured(f"ISLAND_FreqL{line}_Main"),
            QUIET,
        ),
        Reading(
            f"l{line}_home_voltage",
            f"{name} home voltage",
            VOLTAGE,
            lambda b: _home_voltage(b, line),
            QUIET,
        ),
        Reading(
            f"l{line}_home_frequency",
            f"{name} home frequency",
            FREQUENCY,
            lambda b: b.measured(f"ISLAND_FreqL{line}_Load"),
            QUIET,
        ),
        Reading(
            f"l{line}_phase",
            f"{name} phase to home",
            ANGLE,
            lambda b: b.number(f"ISLAND_PhaseL{line}_Main_Load"),
            QUIET,
        ),
        Reading(
            f"l{line}_microgrid_ok",
            f"{name} microgrid ok",
            FLAG,
            lambda b: b.flag(f"ISLAND_L{line}MicrogridOk"),
            QUIET,
        ),
        Reading(
            f"l{line}_usage",
            f"{name} usage",
            WORD,
            lambda b: word(b.text(f"SYNC-Phase{line}Usage")),
            QUIET,
        ),
    )


def _home_voltage(boards: Boards, line: int) -> float | None:
    """Return the voltage on the home side; 0 V on line 2 or 3 is a line that is not there."""
    name = f"ISLAND_VL{line}N_Load"
    return boards.number(name) if line == 1 else boards.measured(name)


def _angle(one: int, other: int) -> Reading[Boards]:
    return Reading(
        f"l{one}_l{other}_phase",
        f"line {one} to {other} phase",
        ANGLE,
        lambda b: b.number(f"ISLAND_L{one}L{other}PhaseDelta"),
        QUIET,
    )


CONTACTOR: tuple[Reading[Boards], ...] = (
    *(reading for line in LINES for reading in _line(line)),
    _angle(1, 2),
    _angle(1, 3),
    _angle(2, 3),
    Reading(
        "contactor_state",
        "state at the contactor",
        WORD,
        lambda b: word(b.text("ISLAND_GridState")),
        QUIET,
    ),
    Reading(
        "contactor_closed",
        "contactor closed",
        FLAG,
        lambda b: b.flag("ISLAND_GridConnected"),
        QUIET,
    ),
    Reading(
        "ready_for_synchronization",
        "ready for synchronization",
        FLAG,
        lambda b: b.flag("ISLAND_ReadyForSynchronization"),
        QUIET,
    ),
    Reading(
        "externally_powered",
        "board externally powered",
        FLAG,
        lambda b: b.flag("SYNC_ExternallyPowered"),
        QUIET,
    ),
    Reading(
        "site_switch_enabled",
        "site switch enabled",
        FLAG,
        lambda b: b.flag("SYNC_SiteSwitchEnabled"),
        QUIET,
    ),
)


_E = Endpoint
HARDWARE_GROUPS: tuple[Group[Any], ...] = (
    single("battery", (_E.POWERWALLS, _E.SYSTEM_STATUS, _E.VITALS), LATER, whole, PACKS),
    single(
        "battery",
        (_E.POWERWALLS_STATUS, _E.POWERWALLS),
        SINCE_1_40,
        _activity,
        ACTIVITY,
        summary=False,
    ),
    single("gateway", _E.POWERWALLS, SINCE_1_40, lambda s: s.powerwalls or Powerwalls(), BOARDS),
    single("grid", _E.VITALS, VITALS, lambda s: Boards.among(s.devices), CONTACTOR, summary=False),
)
