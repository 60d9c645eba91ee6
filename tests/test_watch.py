"""Topics become a house, a house a picture, and the picture lines of a terminal."""

import io
import os
import re
import time
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import AT, site

from bridge.changes import Changes
from bridge.mqtt import Received
from bridge.readings import GROUPS, measure
from bridge.topics import BridgeTopics, Topics, snapshot_json
from bridge.watch.canvas import Canvas, Look, Style
from bridge.watch.house import House, Pack, String, gateways
from bridge.watch.picture import Hint, picture, summary
from bridge.watch.terminal import Screen, is_screen, speaks_utf8
from bridge.watch.view import Show, Wall, report
from bridge.watch.words import clock, direction, energy, power

BRIDGE = BridgeTopics("powerwall")
MAIN = BRIDGE.gateway("main")
ONLINE = {BRIDGE.availability: "online", MAIN.availability: "online", MAIN.connection: "connected"}
BARE = Look(80, 24, colour=False)
SUNNY = House(
    "main",
    connection="connected",
    reason="ok",
    read_at=AT,
    solar_w=4820,
    grid_w=-1200,
    home_w=1620,
    battery_w=-2000,
    level_percent=50,
    reserve_percent=20,
    held_percent=20,
    mode="self_consumption",
    grid_status="connected",
    grid_connected=True,
)


PACK = Pack(
    "NMBQ",
    power_w=-2400,
    remaining_kwh=7.9,
    capacity_kwh=13.8,
    temperature_c=24.3,
    state="ok",
)


class FakeTerminal(io.StringIO):
    """An output that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("no terminal size here")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def drawn(house: House, look: Look = BARE, *hints: Hint) -> str:
    return plain("\n".join(picture(house, look, hints)))


def payloads(**changes: str) -> dict[str, str]:
    """Return what a whole site says, by topic; changes are by path with `__` for `/`."""
    snapshot = site("pwplus-23.36")
    measured = measure(GROUPS, snapshot)
    messages = Changes(MAIN).readings(GROUPS, measured)
    said = {message.topic: message.payload for message in messages}
    said |= ONLINE | {MAIN.snapshot: snapshot_json(measured, AT)}
    return said | {MAIN.of(*path.split("__")): text for path, text in changes.items()}


def house(topics: Topics = MAIN, **changes: str) -> House:
    return House.of(payloads(**changes), topics)


def test_a_house_has_what_its_topics_say() -> None:
    seen = house(grid__power="-1100", battery__level="78.4", operation__backup_reserve="20")

    assert (seen.grid_w, seen.level_percent, seen.reserve_percent) == (-1100, 78.4, 20)
    assert (seen.read_at, seen.trouble, seen.complete) == (AT, None, True)


def test_packs_and_strings_are_found() -> None:
    seen = house()

    assert len(seen.packs) == len(site("pwplus-23.36").packs)
    assert [string.letter for string in seen.strings] == sorted(s.letter for s in seen.strings)
    assert seen.strings


@pytest.mark.parametrize("payload", ["None", "", "nan", "inf", "many", "unavailable"])
def test_what_is_no_number_is_unknown_and_never_zero(payload: str) -> None:
    assert house(grid__power=payload).grid_w is None


def test_an_unknown_power_makes_the_values_incomplete() -> None:
    assert not house(home__power="None").complete


def test_a_house_without_solar_has_no_solar() -> None:
    said = {t: p for t, p in payloads().items() if not t.startswith(MAIN.of("solar", ""))}

    assert House.of(said, MAIN).solar is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({BRIDGE.availability: "offline"}, "the bridge is offline"),
        ({MAIN.availability: "offline", MAIN.reason: "no route"}, "offline: no route"),
        ({MAIN.availability: "offline", MAIN.connection: "connecting"}, "first poll"),
    ],
)
def test_old_values_have_a_reason(changes: dict[str, str], words: str) -> None:
    assert words in str(House.of(payloads() | changes, MAIN).trouble)


def test_silence_is_said_with_the_prefix() -> None:
    assert "powerwall/" in str(House.of({}, MAIN).trouble)


def test_an_unknown_gateway_is_said() -> None:
    assert "no gateway garage" in str(House.of(payloads(), BRIDGE.gateway("garage")).trouble)


def test_the_broker_is_the_first_thing_to_be_wrong() -> None:
    assert House.of({}, MAIN, "no broker").trouble == "no broker"


def test_gateways_are_those_that_spoke_and_main_is_first() -> None:
    said = {BRIDGE.gateway(name).availability: "online" for name in ("attic", "main", "bridge")}

    assert gateways(said, "powerwall") == ["main", "attic"]


@pytest.mark.parametrize(
    ("watts", "words"),
    [(None, "--"), (0, "0 W"), (999.4, "999 W"), (1000, "1.00 kW"), (-4820, "-4.82 kW")],
)
def test_powers_read_well(watts: float | None, words: str) -> None:
    assert power(watts) == words


@pytest.mark.parametrize(
    ("watts", "word"), [(None, ""), (9, "idle"), (-9, "idle"), (50, "in"), (-50, "out")]
)
def test_a_flow_has_a_direction_when_it_is_no_noise(watts: float | None, word: str) -> None:
    assert direction(watts, "in", "out") == word


def test_half_known_energy_shows_what_is_missing() -> None:
    assert energy(None, 13.5) == "-- of 13.5 kWh"


@pytest.mark.parametrize(
    ("iso", "shown"), [(AT, "03:04:05"), (None, "--:--:--"), ("x", "--:--:--")]
)
def test_the_clock_shows_the_time_of_day(iso: str | None, shown: str) -> None:
    assert clock(iso, UTC) == shown


@pytest.mark.parametrize("width", [1, 20, 46, 60, 80, 110, 200])
@pytest.mark.parametrize("height", [1, 5, 12, 18, 24, 60])
def test_a_picture_fills_any_window_and_never_more(width: int, height: int) -> None:
    long = replace(SUNNY, trouble="the gateway is offline: " + "far " * 60, packs=(Pack("1"),) * 9)
    lines = picture(long, Look(width, height), [Hint("a -b -c " * 9, "x", command=True)])

    assert len(lines) == height
    assert max(len(plain(line)) for line in lines) <= width


def test_the_picture_of_a_sunny_day() -> None:
    assert drawn(SUNNY).splitlines()[2:17] == [
        "                                ╭──── solar ────╮",
        "                                │    4.82 kW    │",
        "                                ╰───────────────╯",
        "                                        │",
        " ╭──── grid ─────╮                      ▼                     ╭──── home ─────╮",
        " │    1.20 kW    │──◀───◀───◀───◀───◀───┼──▶───▶───▶───▶───▶──│    1.62 kW    │",
        " │   exporting   │                      │                     │               │",
        " ╰───────────────╯                      ▼                     ╰───────────────╯",
        "                                        │",
        "                                ╭─── battery ───╮",
        "                                │    2.00 kW    │",
        "                                │   charging    │",
        "                                ╰───────────────╯",
        "  50.0 % ██████████████┃███████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
        "         reserve 20.0 %",
    ]


@pytest.mark.parametrize(
    ("changes", "arrows"),
    [
        ({"solar_w": 900.0}, "▼"),
        ({"grid_w": 900.0}, "▶"),
        ({"grid_w": -900.0}, "◀"),
        ({"home_w": 900.0}, "▶"),
        ({"battery_w": 900.0}, "▲"),
        ({"battery_w": -900.0}, "▼"),
        ({"battery_w": 3.0}, ""),
    ],
)
def test_arrows_point_the_way_of_the_flow(changes: dict[str, float], arrows: str) -> None:
    shown = drawn(replace(House("main", read_at=AT), **changes))  # type: ignore[arg-type]  # floats

    assert set(shown) & set("▼▲▶◀") == set(arrows)


def test_arrows_move_with_the_phase() -> None:
    assert drawn(SUNNY, replace(BARE, phase=1)) != drawn(SUNNY)


def test_old_values_are_marked_and_stand_still() -> None:
    shown = drawn(replace(SUNNY, trouble="the gateway is offline: no route"))

    assert "last known values" in shown
    assert "no route" in shown
    assert not set(shown) & set("▼▲▶◀")


def test_a_long_reason_is_read_to_its_end() -> None:
    reason = "the gateway is offline: " + "it is far away and " * 5 + "check the network"

    assert "check the network" in drawn(replace(SUNNY, trouble=reason))


def test_a_busy_gateway_says_why() -> None:
    shown = drawn(replace(SUNNY, connection="busy", reason="an update is running"))

    assert "○ busy" in shown
    assert "an update is running" in shown


def test_nothing_known_is_dashes_and_no_numbers() -> None:
    shown = drawn(House("main", trouble="no broker"))

    assert not re.search(r"\d", shown)
    assert shown.count("--") >= 6


def test_a_lost_grid_is_cut_off() -> None:
    lost = replace(SUNNY, grid_w=0, grid_connected=False, grid_status="islanded")

    assert "\N{BOX DRAWINGS LIGHT DIAGONAL CROSS}" in drawn(lost)
    assert "│   islanded    │" in drawn(lost)


def test_a_house_without_solar_is_drawn_without() -> None:
    assert "solar" not in drawn(replace(SUNNY, solar=False))


def test_a_reserve_that_the_mode_raises_is_said() -> None:
    assert "reserve 20.0 % · holds 100.0 %" in drawn(replace(SUNNY, held_percent=100))


RICH = replace(
    SUNNY,
    battery_w=2400,
    held_percent=100,
    level_raw_percent=52.5,
    remaining_kwh=14.1,
    capacity_kwh=27.0,
    remaining_h=8.7,
    alerts=7,
    firmware="23.36.4 4064fc6a",
    packs=(PACK, replace(PACK, name="0JGY")),
    strings=(String("A", 950, 305, connected=True),),
)


def test_what_is_held_is_read_in_a_usual_window() -> None:
    shown = drawn(RICH)

    assert "14.1 of 27.0 kWh (52 % raw) · reserve 20.0 % · holds 100.0 % · …\n" in shown
    assert "mode self_consumption · grid connected · 7 alerts · firmware 23.36.4\n" in shown


@pytest.mark.parametrize("width", range(20, 111, 3))
def test_no_words_are_cut_without_a_mark(width: int) -> None:
    whole = {line.strip() for line in drawn(RICH, replace(BARE, width=200)).splitlines()}
    words = {word for line in whole for word in line.split(" · ")}

    for line in drawn(RICH, replace(BARE, width=width)).splitlines():
        if " · " in line:
            assert set(line.strip().split(" · ")) <= {*words, "…"}


@pytest.mark.parametrize(("battery_w", "lasts"), [(2400, True), (0, True), (-2400, False)])
def test_a_battery_that_is_charged_lasts_no_time(battery_w: float, *, lasts: bool) -> None:
    wide = replace(BARE, width=110)

    assert ("lasts 8.7 h at this use" in drawn(replace(RICH, battery_w=battery_w), wide)) is lasts


def test_devices_have_a_mark_where_there_is_one_row_for_them() -> None:
    hints = [Hint("one"), Hint("two"), Hint("three"), Hint("four"), Hint("five"), Hint("six")]

    shown = drawn(RICH, BARE, *hints).splitlines()

    assert "2 packs and 1 string: make the window higher" in shown[18]
    assert shown[-1].strip() == "five"


def test_packs_and_strings_are_shown_where_there_is_room() -> None:
    packs = (PACK, Pack("0JGY", present=False))
    rich = replace(SUNNY, packs=packs, strings=(String("A", 950, 305, connected=True),))

    shown = drawn(rich)

    assert "pack ..NMBQ   -2.40 kW  7.9 of 13.8 kWh    24.3 °C  ok" in shown
    assert "offline" in shown
    assert "strings  A 950 W" in shown


def test_what_does_not_fit_is_counted() -> None:
    rich = replace(SUNNY, packs=tuple(Pack(str(number)) for number in range(9)))

    assert "and 4 more" in drawn(rich)


def test_a_narrow_window_gets_a_list() -> None:
    shown = drawn(SUNNY, replace(BARE, width=40))

    assert "grid       1.20 kW  exporting" in shown
    assert "╭" not in shown


def test_a_long_command_is_broken_so_that_it_can_be_copied() -> None:
    command = "mosquitto_pub -h 127.0.0.1 -p 1883 -t " + "long/" * 8 + " -m 40"

    shown = drawn(SUNNY, BARE, Hint(command, "set", command=True))

    pasted = shown[shown.index("mosquitto_pub") :].replace("\\\n", "").split()
    assert pasted == command.split()


def test_without_unicode_all_is_ascii() -> None:
    lost = replace(SUNNY, grid_connected=False, packs=(Pack("é", temperature_c=20.0),))

    assert "\n".join(picture(lost, replace(BARE, unicode=False))).isascii()


def test_without_colour_there_is_none() -> None:
    codes = set(re.findall(r"\x1b\[([0-9;]*)m", "\n".join(picture(SUNNY, BARE))))

    assert codes <= {"0", "0;1", "0;2", "0;7"}


@given(st.text())
def test_no_text_from_outside_reaches_the_terminal_as_a_command(text: str) -> None:
    canvas = Canvas(40, 1)
    canvas.put(0, 0, text, Style.PLAIN)

    assert all(letter.isprintable() for letter in canvas.lines(BARE)[0])


def test_the_summary_has_every_power_and_its_direction() -> None:
    line = summary(SUNNY)

    assert "solar 4.82 kW generating  grid 1.20 kW exporting  home 1.62 kW" in line
    assert line.endswith("self_consumption  connected")


def test_the_summary_of_old_values_says_so() -> None:
    assert summary(replace(SUNNY, trouble="the bridge is offline")).endswith(
        "(the bridge is offline)"
    )


@pytest.mark.parametrize(
    ("encoding", "env", "spoken"),
    [
        ("utf-8", {"LANG": "C.UTF-8"}, True),
        ("utf-8", {"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        ("utf-8", {"LANG": "en_US.utf8"}, True),
        ("utf-8", {}, False),
        ("latin-1", {"LANG": "de_DE.UTF-8"}, False),
        (None, {"LANG": "de_DE.UTF-8"}, False),
    ],
)
def test_line_drawing_needs_a_locale_that_has_it(
    encoding: str | None, env: dict[str, str], *, spoken: bool
) -> None:
    assert speaks_utf8(encoding, env) is spoken


@pytest.mark.parametrize(("term", "drawable"), [("xterm", True), ("dumb", False), ("", False)])
def test_a_dumb_terminal_is_no_screen(term: str, *, drawable: bool) -> None:
    assert is_screen(FakeTerminal(), {"TERM": term}) is drawable


def test_the_screen_is_put_back_as_it_was() -> None:
    out = FakeTerminal()

    with Screen(out, io.StringIO(), {}, ascii_only=True):
        pass

    assert out.getvalue().startswith("\x1b[?1049h\x1b[?25l")
    assert out.getvalue().endswith("\x1b[?25h\x1b[?1049l")


def test_only_rows_that_differ_are_drawn_again() -> None:
    out = FakeTerminal()
    screen = Screen(out, io.StringIO(), {}, ascii_only=True)
    look = Look(20, 3)
    screen.show(["one", "two", "three"], look)
    before = len(out.getvalue())

    screen.show(["one", "TWO", "three"], look)

    assert out.getvalue()[before:] == "\x1b[2;1HTWO\x1b[K"


def test_another_size_draws_everything_again() -> None:
    out = FakeTerminal()
    screen = Screen(out, io.StringIO(), {}, ascii_only=True)
    screen.show(["one", "two"], Look(20, 2))
    before = len(out.getvalue())

    screen.show(["one", "two"], Look(30, 2))

    assert "\x1b[2J\x1b[1;1Hone" in out.getvalue()[before:]


def test_a_terminal_without_size_has_the_usual_one() -> None:
    look = Screen(FakeTerminal(), io.StringIO(), {"NO_COLOR": "1"}, ascii_only=False).look(0)

    assert (look.width, look.height, look.colour) == (80, 24, False)


def test_bytes_on_the_wake_end_the_wait_for_a_key() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"\2")
    began = time.monotonic()

    key = Screen(FakeTerminal(), io.StringIO(), {}, ascii_only=True).key(30.0, reader)

    assert key == ""
    assert time.monotonic() - began < 10
    os.close(reader)
    os.close(writer)


def heard(topic: str, payload: str) -> Received:
    return Received(topic, payload.encode(), stored=True)


def wall(said: dict[str, str]) -> Wall:
    full = Wall()
    for topic, payload in said.items():
        full.hear(heard(topic, payload))
    return full


def test_the_wall_forgets_what_is_cleared() -> None:
    full = wall({MAIN.tier: "full"})

    full.hear(heard(MAIN.tier, ""))

    assert full.payloads == {}


def test_the_next_gateway_comes_round_to_the_first() -> None:
    said = {BRIDGE.gateway(name).availability: "online" for name in ("main", "garage")}
    show = Show(wall(said), "powerwall", lambda: None)

    names = []
    for _ in range(3):
        names.append(show.house().gateway)
        show.next_gateway()

    assert names == ["main", "garage", "main"]


def test_the_first_complete_values_are_told_once() -> None:
    told: list[str] = []
    show = Show(wall(payloads()), "powerwall", lambda: None, completed=lambda: told.append("now"))

    show.house()
    show.house()

    assert told == ["now"]


def test_a_line_is_said_for_every_poll() -> None:
    full = wall(payloads())
    show = Show(full, "powerwall", lambda: None, until_s=time.monotonic() + 20)
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        if len(lines) == 2:
            show.stop.set()
        full.hear(heard(MAIN.snapshot, '{"timestamp":"2026-01-02T03:04:10Z"}'))

    report(show, say)

    assert ["05  " in line or "10  " in line for line in lines] == [True, True]
