"""docs/entities.md: what Home Assistant shows, device by device."""

from bridge.cli.reference.row import Row
from bridge.cli.reference.rows import GATEWAY, rows, sections
from bridge.entities import CONNECTION, Offer, control_components, event_components

_INTRODUCTION = """\
# Entities of Home Assistant

Discovery makes a device of the site, and one of each pack, inverter and meter. Those in *italics*
are disabled by default: switch them on at the entity. A string's bear its letter, a current
transformer's its number. Everything else of the gateway is on its topic alone, see
[topics](topics.md).

This page is generated from the code: change the tables there and run `make docs`.
"""
_HEAD = ("| Entity | Kind | Unit | Topic |", "|---|---|---|---|")


def entities_page() -> str:
    """Return docs/entities.md."""
    lines, names = [_INTRODUCTION], _named()
    for section in sections():
        shown = [row for row in section.rows if row.entity != "none"]
        if shown:
            lines += [f"## {section.title}\n", *_HEAD]
            named = ((row, name) for row in shown for name in names.get(row.topic, [row.meaning]))
            lines += [*(_line(row, name) for row, name in named), ""]
    return "\n".join(lines)


def _named() -> dict[str, list[str]]:
    """Return the names of the entities that are no readings, by the topic that makes them."""
    found: dict[str, list[str]] = {}
    for row in rows():
        if component := CONNECTION.get("_".join(GATEWAY.path(row.topic))):
            found[row.topic] = [str(component["name"])]
    for _, _, control in control_components(GATEWAY, frozenset(Offer), []):
        found[str(control["command_topic"])] = [str(control["name"])]
    for _, event in event_components(GATEWAY):
        found.setdefault(str(event["state_topic"]), []).append(str(event["name"]))
    return found


def _line(row: Row, name: str) -> str:
    shown = f"*{name}*" if "disabled" in row.entity else name
    kind = row.entity.replace(", disabled by default", "").replace("disabled by default", "sensor")
    return f"| {shown} | {kind} | {row.unit or ''} | `{row.topic.removeprefix(GATEWAY.of(''))}` |"
