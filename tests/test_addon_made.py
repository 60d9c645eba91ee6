"""The add-on as `make addon` makes it: what Home Assistant shows of it."""

import re
import subprocess
from pathlib import Path

from copied import ADDON, ROOT


def test_every_link_in_the_pages_that_home_assistant_shows_is_alive(tmp_path: Path) -> None:
    made = tmp_path / "addon"
    subprocess.run(["make", "addon", f"ADDON={made}"], cwd=ROOT, check=True, capture_output=True)
    pages = sorted(made.rglob("*.md"))
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    ]

    assert [page.name for page in pages] == ["CHANGELOG.md", "DOCS.md", "README.md"]
    assert [
        (page.name, target)
        for page, target in links
        if not target.startswith(("#", "https://"))
        and not (page.parent / target.partition("#")[0]).exists()
    ] == []
    assert "[semantic versioning](https://semver.org)" in pages[0].read_text(encoding="utf-8")
    assert "with the reason why not" in pages[0].read_text(encoding="utf-8")


def test_what_is_built_tells_of_the_app_and_not_of_the_whole_project(tmp_path: Path) -> None:
    made = tmp_path / "addon"
    subprocess.run(["make", "addon", f"ADDON={made}"], cwd=ROOT, check=True, capture_output=True)
    (readme,) = made.rglob("README.md")

    assert readme.read_text(encoding="utf-8") == (ADDON / "README.md").read_text(encoding="utf-8")
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= 20
