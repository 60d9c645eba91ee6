"""docs/entities.md: what Home Assistant shows, device by device."""

from bridge.cli.reference.row import Row
from bridge.cli.reference.rows import GATEWAY, sections

_INTRODUCTION = """\
# Entities of Home Assistant

Discovery makes a device of the site, and one of each pack, inverter and meter. Those in *italics*
are disabled by default: switch them on at the entity. Everything else of the gateway is on its
topic alone, see [topics](topics.md).

This page is generated from the code: change the tables there and run `make docs`.
"""
_HEAD = ("| Entity | Kind | Unit | Topic |", "|---|---|---|---|")


def entities_page() -> str:
    """Return docs/entities.md."""
    lines = [_INTRODUCTION]
    for section in sections():
        shown = [row for row in section.rows if row.entity != "none"]
        if shown:
            lines += [f"## {section.title}\n", *_HEAD]
            lines += [*map(_line, shown), ""]
    return "\n".join(lines)


def _line(row: Row) -> str:
    name = row.meaning.partition(";")[0]
    shown = f"*{name}*" if "disabled" in row.entity else name
    kind = row.entity.replace(", disabled by default", "").replace("disabled by default", "sensor")
    return f"| {shown} | {kind} | {row.unit or ''} | `{row.topic.removeprefix(GATEWAY.of(''))}` |"
