"""What the topics fed by `powerwalls` and `powerwalls/status` have to say, read off by hand.

Written from the topic reference, like gateway_says.
"""

from collections.abc import Iterator

from payloads import flag, snake
from raw_answers import Answers, Json

Pair = tuple[str, object]
FLAGS = (
    *("enumerating", "updating", "checking_if_offgrid", "running_phase_detection"),
    *("bubble_shedding", "grid_qualifying", "grid_code_validating"),
    "phase_detection_not_available",
)
REMARKS = ("phase_detection_last_error", "on_grid_check_error")
SAID_OF_CHECKS = ("name", "status", "message", "progress")


def powerwall_pairs(answers: Answers) -> Iterator[Pair]:
    """Return topic below the gateway's and payload."""
    found = answers.object("powerwalls")
    if "has_sync" in found:
        yield "gateway/has_sync", flag(found["has_sync"])
    if sync := found.get("sync"):
        assert isinstance(sync, dict)
        yield "gateway/sync_diagnostics", {"updating": sync["updating"], **_diagnostics(sync)}
    yield from _activity(answers.object("powerwalls/status"))
    packs = found["powerwalls"]
    assert isinstance(packs, list)
    for pack in packs:
        yield from _listed(pack)
    if answers.has("system_status"):
        blocks = answers.object("system_status")["battery_blocks"]
        assert isinstance(blocks, list)
        yield from _together(packs, blocks)


def _activity(status: Json) -> Iterator[Pair]:
    """What the packs are busy with; the first firmware refuses to say while it runs."""
    yield from ((f"battery/{name}", flag(status[name])) for name in FLAGS if name in status)
    yield from ((f"battery/{name}", status[name]) for name in REMARKS if name in status)


def _listed(pack: Json) -> Iterator[Pair]:
    topic = f"pack/{pack['PackageSerialNumber']}"
    yield f"{topic}/availability", "online"
    yield f"{topic}/part_number", pack["PackagePartNumber"]
    if "type" in pack:
        yield f"{topic}/type", snake(pack["type"])
        yield f"{topic}/diagnostics", _diagnostics(pack)
        yield f"{topic}/grid_reconnection_time", str(pack["grid_reconnection_time_seconds"])
    for name in ("in_config", "updating", "under_phase_detection"):
        if name in pack:
            yield f"{topic}/{name}", flag(pack[name])


def _diagnostics(item: Json) -> Json:
    return {name: _diagnostic(item[f"{name}_diagnostic"]) for name in ("commissioning", "update")}


def _diagnostic(found: object) -> Json:
    assert isinstance(found, dict)
    checks = [{name: c[name] for name in SAID_OF_CHECKS if name in c} for c in found["checks"]]
    return {"disruptive": found["disruptive"], "alert": found["alert"], "checks": checks}


def _together(packs: list[Json], blocks: list[Json]) -> Iterator[Pair]:
    """Whether all packs of the installation are there; a disabled one is there with a problem."""
    there = {block["PackageSerialNumber"] for block in blocks}
    missing = [pack for pack in packs if pack["PackageSerialNumber"] not in there]
    yield "battery/packs_missing", str(len(missing))
    disabled = any(block["disabled_reasons"] for block in blocks)
    yield "battery/pack_problem", flag(missing or disabled)
