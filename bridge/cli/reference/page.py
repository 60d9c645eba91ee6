"""docs/topics.md: the reference in words for people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bridge.cli.reference.row import Row, Section
from bridge.cli.reference.rows import GATEWAY, sections


def markdown() -> str:
    """Return docs/topics.md."""
    return INTRODUCTION + "\n\n".join("\n".join(_section(one)) for one in sections()) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    if section.words:
        yield f"{section.words}\n"
    columns = [column for column in COLUMNS if any(column.text(row) for row in section.rows)]
    yield f"| {' | '.join(column.title for column in columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in section.rows:
        yield f"| {' | '.join(column.text(row) for column in columns)} |"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the tables; it is left out where it has nothing to say."""

    title: str
    text: Callable[[Row], str]


def _topic(row: Row) -> str:
    start = GATEWAY.of("")
    topic = row.topic.removeprefix(start)
    return f"`{topic}`" if row.key is None else f"`{row.key}` in `{topic}` only"


COLUMNS = (
    Column("Topic", _topic),
    Column("Payload", lambda row: row.payload),
    Column("Meaning", lambda row: row.words),
    Column("From", lambda row: ", ".join(f"`{path}`" for path in row.endpoints)),
    Column("Firmware", lambda row: row.firmware if row.endpoints else ""),
    Column("Home Assistant", lambda row: "" if row.entity == "none" else row.entity),
)

INTRODUCTION = """\
# Topics

`<prefix>` is MQTT_PREFIX, by default `powerwall`; `<gateway>` is the name of the gateway, by
default `main`. Topics of a gateway stand below `<prefix>/<gateway>/`. All are retained, except
command topics, `event` and `command/result`.

The levels that stand first in the tables of a gateway (`grid`, `pack`, `command` and so on) belong
to the bridge alone: what somebody else retains below `<prefix>/<gateway>/grid/`, and is no topic of
this page, is cleared at its start. Other levels below `<prefix>/<gateway>/` are left alone.

* Numbers are plain decimals without unit, flags `true` or `false`, words `lower_snake_case`, times
  ISO 8601 with `Z`. What is not known is not published; what stopped being known is `None`.
* Import from the grid, discharge of the battery, use of the home and generation of the sun are
  positive. Percentages are those of the Tesla app; `..._raw` is the gateway's own scale.
* A reading is current while `<prefix>/bridge/availability` and `availability` of the gateway are
  both `online`.
* `<serial>` is a serial number, `<name>` any further meter that the gateway has; in both all but
  letters, digits, `_` and `-` is `_`. Serial numbers that become the same by that have a mark
  behind them.
* A value is as old as its path allows: "From" names it, and [endpoints](endpoints.md) how often
  it is asked. What comes from a slow path alone (`grid/l1_power`, networks, set-up) can be as old
  as POWERWALL_SLOW_INTERVAL.
* `flow/...` is derived from three meters: the home there is solar + battery + grid in whole
  watts, so that all sums are exact; `home/power`, which the gateway reads a moment earlier or
  later, differs by some watts. Solar serves the home, then the battery, then the grid; the grid
  the home, then the battery. Self-sufficiency is the share of the home that did not come from the
  grid, self-consumption the share of solar that did not go there.
* `battery/time_remaining` is stored energy over the present use of the home, down to 0 % and
  without sun; `time_to_full` and `time_to_reserve` go by the present power of the battery, and
  are `None` while it does not charge or discharge.
* `average_voltage`, `average_current` and a pack's `current` are passed on as the gateway
  computes them: with split phase they are neither the line's nor power over voltage. A
  transformer's `power` is multiplied by its `scale_factor`, its energies are as the meter counts,
  in the meter's own view.
* The voltage of a line without any is `0` where the line is known to be there: the first always,
  others by the home's side of the contactor, or by a meter that counts them when all is dark.
* `gateway/update_state` is `update_failed` too when there was nothing newer to install:
  `gateway/update_failed` says which. `alerts` is a list of `{name, device, din, first_seen,
  severity, meaning}`; `outage/last` is `{start, end, seconds, level_used}`, the level in %.
* Paths under "From" are below `/api/` of the gateway, or whole with a slash in front. "Firmware" is
  that of gateways with packs of their own: [of a Powerwall 3](endpoints.md) little is known. "Home
  Assistant" is the entity that discovery makes; without one there is the topic alone.

This page is generated from the code: change the tables there and run `make docs`.

"""
