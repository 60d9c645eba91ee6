"""The page of the paths is up to date."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_path_that_a_firmware_has_not_got_has_no_number_of_topics() -> None:
    page = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.endswith(" | - |")]

    assert {row[2] for row in rows if len(row) == 4} == {"0", "not asked", "not there (404)"}


def test_the_page_is_up_to_date() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "endpoints.py"))["endpoints_page"]()

    assert (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8") == page, "run: make docs"
