"""The house as a picture for the terminal: a pure function of the values and the look."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from bridge.health import GOOD
from bridge.watch.canvas import Canvas, Look, Style, cut
from bridge.watch.flow import BOX_WIDTH, FLOW_ROWS, draw_flow, flows
from bridge.watch.house import House
from bridge.watch.words import IDLE_W, clock, energy, percent, power

WIDEST = 110
NARROWEST = 3 * BOX_WIDTH + 9
LIST_ROWS, CHARGE_ROWS = 4, 3
_BANNER_ROWS = 2
_LEFT = 1


@dataclass(frozen=True, slots=True)
class Hint:
    """A line below the picture; a command may be broken before an option, with a backslash."""

    text: str
    label: str = ""
    command: bool = False


def picture(house: House, look: Look, hints: Sequence[Hint] = ()) -> list[str]:
    """Return exactly look.height lines, none wider than look.width."""
    canvas = Canvas(look.width, look.height)
    wide = min(look.width, WIDEST)
    head = _draw_head(canvas, house)
    room = head + FLOW_ROWS + CHARGE_ROWS
    with_flow = look.width >= NARROWEST and look.height >= room
    least = room if with_flow else head + LIST_ROWS + CHARGE_ROWS
    least += bool(house.packs or house.used_strings)  # at least a word of them
    footer = _footer(hints, look.width - _LEFT, look.height - least)
    body = look.height - len(footer)
    if with_flow:
        draw_flow(canvas, head, house, look, wide)
        row = head + FLOW_ROWS
    else:
        row = _draw_list(canvas, head, house)
    row = _draw_charge(canvas, row, house, wide)
    _draw_devices(canvas, row, body - row, house)
    for at, line in enumerate(footer, start=body):
        canvas.put(_LEFT, at, line, Style.FAINT)
    return canvas.lines(look)


def summary(house: House) -> str:
    """Return the house in one line, for output that is no terminal."""
    if house.read_at is None:
        return house.trouble or "nothing read yet"
    parts = [clock(house.read_at)]
    parts += [f"{flow.name} {flow.value} {flow.words}".rstrip() for flow in flows(house)]
    parts += [percent(house.level_percent), f"reserve {percent(house.reserve_percent)}"]
    parts += [word for word in (house.mode, house.connection) if word]
    line = "  ".join(parts)
    return f"{line}  ({house.trouble})" if house.trouble else line


def _draw_head(canvas: Canvas, house: House) -> int:
    """Draw who this is and how it stands; return the row below."""
    title = f"Powerwall {house.gateway}"
    canvas.put(_LEFT, 0, title, Style.TITLE)
    good = house.trouble is None and house.connection == "connected"
    style = Style.GOOD if good else Style.WARN if house.trouble is None else Style.BAD
    old = "last known values" if house.read_at else "no values"
    state = (house.connection or "unknown") if house.trouble is None else old
    word = f"{'●' if good else '○'} {state}"
    newest = f"read at {clock(house.read_at)}" if house.read_at else ""
    place = max(_LEFT + len(title) + 2, min(canvas.width, WIDEST) - len(word) - len(newest) - 4)
    canvas.put(canvas.put(place, 0, word, style) + 2, 0, newest, Style.FAINT)
    reason = "" if good or house.reason in (None, GOOD) else house.reason
    lines = wrap(house.trouble or reason or "", max(1, canvas.width - 2 * _LEFT))[:_BANNER_ROWS]
    for row, line in enumerate(lines, start=1):
        canvas.put(_LEFT, row, line, style)
    return 1 + max(1, len(lines))


def _draw_list(canvas: Canvas, row: int, house: House) -> int:
    """Draw the flow as a list, where there is no room for boxes; return the row below."""
    for flow in flows(house):
        style = flow.style if house.trouble is None else Style.FAINT
        canvas.put(_LEFT, row, f"{flow.name:8} {flow.value:>9}  {flow.words}", style)
        row += 1
    return row


def _draw_charge(canvas: Canvas, row: int, house: House, wide: int) -> int:
    """Draw the charge as a bar with the reserve in it, and what there is to say of it."""
    stale = house.trouble is not None
    style = Style.FAINT if stale else Style.BATTERY
    at = canvas.put(_LEFT, row, f"{percent(house.level_percent):>7} ", style)
    length = wide - at - 2
    if length >= 10:
        _draw_bar(canvas, (at, row), length, house)
    room, plain = canvas.width - _LEFT - 8, Style.FAINT if stale else Style.PLAIN
    canvas.put(_LEFT + 8, row + 1, _fitting(list(_reserves(house)), room), plain)
    facts = [f"mode {house.mode or '--'}", f"grid {house.grid_status or '--'}"]
    if house.alerts:
        facts.append(f"{house.alerts:.0f} alerts")
    if house.firmware:
        facts.append(f"firmware {house.firmware.split()[0]}")
    canvas.put(_LEFT + 8, row + 2, _fitting(facts, room), plain)
    return row + CHARGE_ROWS


def _reserves(house: House) -> Iterator[str]:
    """Yield what there is to say of the charge, what matters most first.

    Energy is on the scale of the gateway, which keeps 5 % back, and the level on that of the app.
    """
    if charge := energy(house.remaining_kwh, house.capacity_kwh):
        raw = house.level_raw_percent
        yield charge if raw is None else f"{charge} ({raw:.0f} % raw)"
    yield f"reserve {percent(house.reserve_percent)}"
    if house.held_percent is not None and house.held_percent != house.reserve_percent:
        yield f"holds {percent(house.held_percent)}"
    charging = house.battery_w is not None and house.battery_w <= -IDLE_W
    if house.remaining_h is not None and not charging:
        yield f"lasts {house.remaining_h:.1f} h at this use"


def _draw_bar(canvas: Canvas, place: tuple[int, int], length: int, house: House) -> None:
    (x, y), stale = place, house.trouble is not None
    level = house.level_percent
    full = 0 if level is None else round(length * min(max(level, 0.0), 100.0) / 100)
    canvas.put(x, y, "█" * full, Style.FAINT if stale else Style.BATTERY)
    canvas.put(x + full, y, ("░" if level is not None else "·") * (length - full), Style.FAINT)
    reserve = house.reserve_percent
    if reserve is not None:
        mark = min(length - 1, round(length * min(max(reserve, 0.0), 100.0) / 100))
        canvas.put(x + mark, y, "┃", Style.FAINT if stale else Style.WARN)


def _draw_devices(canvas: Canvas, row: int, room: int, house: House) -> None:
    """Draw packs and strings as far as there is room."""
    lines: list[str] = []
    for pack in house.packs:
        heat = "" if pack.temperature_c is None else f"{pack.temperature_c:.1f} °C"
        state = pack.state or "" if pack.present else "offline"
        charge = energy(pack.remaining_kwh, pack.capacity_kwh)
        lines.append(f"pack ..{pack.name}  {power(pack.power_w):>9}  {charge:18} {heat:8} {state}")
    used = house.used_strings
    if used:
        each = (f"{string.letter} {power(string.power_w)}" for string in used)
        lines.append("strings  " + "   ".join(each))
    if len(lines) > room == 1:
        counts = (_counted(len(house.packs), "pack"), _counted(len(used), "string"))
        lines = [f"{' and '.join(word for word in counts if word)}: make the window higher"]
    elif len(lines) > room > 1:
        lines = [*lines[: room - 1], f"and {len(lines) - room + 1} more: make the window higher"]
    style = Style.FAINT if house.trouble is not None else Style.PLAIN
    for at, line in enumerate(lines[: max(0, room)], start=row):
        canvas.put(_LEFT + 8, at, cut(line.rstrip(), canvas.width - _LEFT - 8), style)


def _footer(hints: Sequence[Hint], width: int, room: int) -> list[str]:
    """Return the hints that fit as a whole."""
    lines: list[str] = []
    for hint in hints:
        more = _hint_lines(hint, width)
        if len(lines) + len(more) <= room:
            lines += more
    return lines


def _hint_lines(hint: Hint, width: int) -> list[str]:
    label = f"{hint.label:9} " if hint.label else ""
    if not hint.command or len(label) + len(hint.text) <= width:
        return [label + cut(hint.text, width - len(label))]
    lines, line = [], label
    for word in re.split(" (?=-)", hint.text):
        if len(line) + len(word) + 2 > width and line.strip():
            lines.append(f"{line}\\")
            line = " " * (len(label) + 2)
        line += f"{word} "
    return [*lines, line.rstrip()]


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'s' if number > 1 else ''}" if number else ""


def _fitting(words: Sequence[str], width: int) -> str:
    """Return the words that fit as a whole, with a mark where some were left out."""
    for count in range(len(words), 0, -1):
        line = " · ".join([*words[:count], *["…"][: len(words) - count]])
        if len(line) <= width:
            return line
    return cut(words[0], width)
