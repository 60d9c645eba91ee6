"""The power flow: four boxes and what runs between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.watch.canvas import CROSS, Canvas, Look, Style, cut
from bridge.watch.house import House
from bridge.watch.words import IDLE_W, amount, direction, power

BOX_WIDTH = 17
FLOW_ROWS = 13
_STEP = 4  # from one arrow of a link to the next


@dataclass(frozen=True, slots=True)
class Flow:
    """One side of the flow; inward_w is positive when power comes from it."""

    name: str
    style: Style
    value: str
    words: str
    inward_w: float | None
    cut_off: bool = False


def flows(house: House) -> Iterator[Flow]:
    """Yield what the house has: solar, grid, home, battery."""
    if house.solar:
        words = direction(house.solar_w, "generating", "using")
        yield Flow("solar", Style.SOLAR, power(house.solar_w), words, house.solar_w)
    words = direction(house.grid_w, "importing", "exporting")
    lost = house.grid_connected is False
    if lost:
        words = house.grid_status or "disconnected"
    yield Flow("grid", Style.GRID, amount(house.grid_w), words, house.grid_w, lost)
    home_w = None if house.home_w is None else -house.home_w
    yield Flow("home", Style.HOME, power(house.home_w), "", home_w)
    words = direction(house.battery_w, "discharging", "charging")
    yield Flow("battery", Style.BATTERY, amount(house.battery_w), words, house.battery_w)


def draw_flow(canvas: Canvas, top: int, house: House, look: Look, width: int) -> None:
    """Draw boxes and links into FLOW_ROWS rows from `top` on."""
    left, middle, right = 1, width // 2, width - BOX_WIDTH - 1
    centre = middle - BOX_WIDTH // 2
    axis = top + 5
    boxes = {
        "solar": (centre, top, 3),
        "grid": (left, axis - 1, 4),
        "home": (right, axis - 1, 4),
        "battery": (centre, top + 9, 4),
    }
    spans = {
        "solar": [(middle, y) for y in range(top + 3, axis)],
        "grid": [(x, axis) for x in range(left + BOX_WIDTH, middle)],
        "home": [(x, axis) for x in range(right - 1, middle, -1)],
        "battery": [(middle, y) for y in range(top + 8, axis, -1)],
    }
    stale = house.trouble is not None
    canvas.put(middle, axis, "┼", Style.FAINT)
    for flow in flows(house):
        _draw_box(canvas, boxes[flow.name], flow, stale=stale)
        _draw_link(canvas, spans[flow.name], flow, None if stale else look.phase)


def _draw_box(canvas: Canvas, box: tuple[int, int, int], flow: Flow, *, stale: bool) -> None:
    x, y, rows = box
    style = Style.FAINT if stale else flow.style
    inner = BOX_WIDTH - 2
    middle = x + BOX_WIDTH // 2
    canvas.put(x, y, f"╭{f' {flow.name} ':─^{inner}}╮", style)
    for row in range(1, rows - 1):
        canvas.put(x, y + row, f"│{' ' * inner}│", style)
    canvas.put(x, y + rows - 1, f"╰{'─' * inner}╯", style)
    canvas.put_middle(middle, y + 1, flow.value, Style.FAINT if stale else Style.TITLE)
    if rows > 3:
        words = cut(flow.words, inner)
        alarm = Style.BAD if flow.cut_off else Style.PLAIN
        canvas.put_middle(middle, y + 2, words, Style.FAINT if stale else alarm)


def _draw_link(canvas: Canvas, span: list[tuple[int, int]], flow: Flow, phase: int | None) -> None:
    """Draw from the box to the crossing; arrows move with the phase, and are missing when old."""
    upright = len({x for x, _ in span}) == 1
    line, inward, outward = ("│", *_upright(span)) if upright else ("─", *_level(span))
    watts = flow.inward_w
    if watts is None:
        line = "╎" if upright else "╌"
    live = phase is not None and watts is not None and abs(watts) >= IDLE_W
    style = flow.style if live else Style.FAINT
    for place, (x, y) in enumerate(span):
        letter = line
        if live and phase is not None and watts is not None:
            step = min(_STEP, len(span))
            at = (place - phase) if watts > 0 else (place + phase)
            letter = (inward if watts > 0 else outward) if at % step == step // 2 else line
        canvas.put(x, y, letter, style)
    if flow.cut_off:
        canvas.put(*span[len(span) // 2], CROSS, Style.FAINT if phase is None else Style.BAD)


def _upright(span: list[tuple[int, int]]) -> tuple[str, str]:
    """Return the arrows to the crossing and back."""
    return ("▼", "▲") if span[0][1] < span[-1][1] else ("▲", "▼")


def _level(span: list[tuple[int, int]]) -> tuple[str, str]:
    return ("▶", "◀") if span[0][0] < span[-1][0] else ("◀", "▶")
