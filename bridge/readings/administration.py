"""Readings of what was agreed and set up, and of updates."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from bridge.model import Snapshot
from bridge.parts import Agreements, Endpoint, Problems, Registration, Toggle, Update
from bridge.quantities import COUNT, DATA, DATA_RATE, FLAG, RELEASE, TEXT, TIME, WORD
from bridge.readings.single import single, whole
from bridge.readings.table import AFTER_LOGIN, ANY, SINCE_21, Data, Group, Reading, Show
from bridge.words import snake

DIAGNOSTIC, LISTED, QUIET, TOPIC = Show.DIAGNOSTIC, Show.LISTED, Show.QUIET, Show.TOPIC
UNTIL_22 = "1.50 to 22.x" + AFTER_LOGIN  # firmware, for people
UNDER_WAY = frozenset({"download", "update_downloaded", "update_staged", "clear_update_status"})
FAILED = "update_failed"
COMING = UNDER_WAY - {"clear_update_status"}
AT_REST = frozenset({"update_succeeded", FAILED})


def _state(update: Update) -> str | None:
    return snake(update.state) if update.state else None


def in_progress(update: Update) -> bool | None:
    """Return whether an update is looked for or made, None for a word nobody knows."""
    state = _state(update)
    return state in UNDER_WAY if state in UNDER_WAY | AT_REST else None


def failed(update: Update) -> bool | None:
    """Return whether the last update failed.

    `/update_failed` stands also for "not needed": then `nonactionable` is noted beside it.
    """
    state, notes = _state(update), update.notes
    if "error" in (notes or ()):
        return True
    if state == FAILED:
        return None if notes is None else "nonactionable" not in notes
    return False if state in UNDER_WAY | AT_REST else None


def _notes(update: Update) -> Data | None:
    return None if update.notes is None else tuple(snake(note) or note for note in update.notes)


def _problem_count(problems: Problems) -> int | None:
    return None if problems.problems is None else len(problems.problems)


def _agreements(snapshot: Snapshot) -> Iterator[Agreements]:
    """Return what tells of agreements, first what is to be preferred."""
    if snapshot.customer:
        yield snapshot.customer
    if snapshot.registration:
        yield snapshot.registration


def agreed(snapshot: Snapshot) -> Data | None:
    """Return what was agreed to, by name; null is not answered, None nothing known at all."""
    names = [field.name for field in fields(Registration)]
    said = {
        name: next(
            (
                flag
                for one in _agreements(snapshot)
                if (flag := getattr(one, name, None)) is not None
            ),
            None,
        )
        for name in names
    }
    return said if any(flag is not None for flag in said.values()) else None


def registered(snapshot: Snapshot) -> bool | None:
    flags = [one.registered for one in _agreements(snapshot) if one.registered is not None]
    return flags[0] if flags else None


def release(snapshot: Snapshot) -> Data | None:
    """Return the firmware in use and the one that waits or is on its way, numbers without hash.

    The keys are those of Home Assistant's update entity.
    """
    status, update = snapshot.status, snapshot.update
    state = _state(update) if update else None
    if not (status and status.version and update and state):
        return None
    coming = update.version if state in COMING else None
    versions = (status.version, coming or status.version)
    installed, latest = (version.partition(" ")[0] for version in versions)
    return {"installed_version": installed, "latest_version": latest, "title": "Powerwall gateway"}


UPDATE: tuple[Reading[Update], ...] = (
    Reading("update_state", "Update state", WORD, _state, QUIET, icon="mdi:update"),
    Reading("update_in_progress", "Update in progress", FLAG, in_progress, DIAGNOSTIC, "running"),
    Reading("update_failed", "Update failed", FLAG, failed, QUIET, "problem"),
    Reading("update_notes", "Update notes", DATA, _notes, TOPIC),
    Reading("clock", "Clock", TIME, lambda u: u.gateway_time, LISTED),
)

UPDATE_DETAILS: tuple[Reading[Update], ...] = (
    Reading("update_version", "Update version", TEXT, lambda u: u.version, QUIET),
    Reading("update_status_time", "Update status time", TIME, lambda u: u.status_time, QUIET),
    Reading("update_offline", "Update offline", FLAG, lambda u: u.offline_updating, QUIET),
    Reading("update_offline_error", "Update offline error", TEXT, lambda u: u.offline_error, QUIET),
    Reading("update_speed", "Update speed", DATA_RATE, lambda u: u.bytes_per_second, QUIET),
)

RELEASES: tuple[Reading[Snapshot], ...] = (
    Reading("update", "Firmware update", RELEASE, release, DIAGNOSTIC),
)

TOGGLE: tuple[Reading[Toggle], ...] = (
    Reading(
        "toggle_auth_supported", "Login by switch supported", FLAG, lambda t: t.supported, QUIET
    ),
)

PROBLEMS: tuple[Reading[Problems], ...] = (
    Reading("problems", "Problems", DATA, lambda p: p.problems, TOPIC),
    Reading("problem_count", "Problem count", COUNT, _problem_count, QUIET),
)

AGREEMENTS: tuple[Reading[Snapshot], ...] = (
    Reading("agreements", "agreements", DATA, agreed, TOPIC),
    Reading("registered", "registered", FLAG, registered, QUIET),
)

_E = Endpoint
ADMINISTRATION_GROUPS: tuple[Group[Any], ...] = (
    single("gateway", _E.UPDATE, ANY, lambda s: s.update or Update(), UPDATE),
    single("gateway", _E.UPDATE, SINCE_21, lambda s: s.update or Update(), UPDATE_DETAILS),
    single("gateway", (_E.STATUS, _E.UPDATE), ANY, whole, RELEASES),
    single("gateway", _E.TOGGLE, "20.40 and later", lambda s: s.toggle or Toggle(), TOGGLE),
    single("gateway", _E.PROBLEMS, UNTIL_22, lambda s: s.problems or Problems(), PROBLEMS),
    single("customer", (_E.CUSTOMER, _E.REGISTRATION), ANY, whole, AGREEMENTS),
)
