"""The page of the paths is up to date."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_is_up_to_date() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "endpoints.py"))["endpoints_page"]()

    assert (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8") == page, "run: make docs"
