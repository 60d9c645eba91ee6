"""docs/connection.md says what the table says."""

from pathlib import Path

from bridge.health import Connection
from bridge.health.page import COLUMNS, connection_page
from bridge.health.table import ROWS

PAGE = Path(__file__).parent.parent / "docs" / "connection.md"


def cells() -> list[list[str]]:
    lines = [line for line in connection_page().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")

    assert written == connection_page(), "write it again: make docs"


def test_every_row_of_the_table_is_in_it_in_full() -> None:
    assert [row[1].split(";")[0] for row in cells()] == [row.event for row in ROWS]
    assert all(len(row) == len(COLUMNS) and all(row) for row in cells())


def test_every_state_is_reached_by_a_row() -> None:
    assert {row[2].strip("`") for row in cells()} == {*Connection, "as it was"}


def test_every_trouble_comes_with_what_can_be_done() -> None:
    assert all(row.remedy for row in ROWS if row.state)


def test_a_wait_is_told_in_steps() -> None:
    waits = {row.event: cells()[ROWS.index(row)][3] for row in ROWS if row.wait}

    assert waits["503"].startswith("this path for 60, 120, 240, 300 s")
    assert waits["404 on one path"] == "this path for 600, 3600 s"
