"""CONTRIBUTING.md: its example is a change that was made."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)


def test_no_test_patches_code() -> None:
    """A test's environment and directory are its own to set."""
    patching = re.compile(r"\.(?:setattr|setitem|delattr|delitem)\(|\bmock\b\.|import mock|mocker")
    tests = set((ROOT / "tests").rglob("*.py")) - {Path(__file__)}

    assert [t.name for t in tests if patching.search(t.read_text(encoding="utf-8"))] == []


def test_trials_that_throw_dice_say_with_which() -> None:
    named = re.findall(r"`(\w+)`", PAGE.partition("Those that throw dice (")[2].partition(")")[0])
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Trials")[2], re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    trials = dict(re.findall(r"^(\w+):.*\n\t\$\(TRIAL\)\.(\w+)", makefile, re.MULTILINE))

    assert trials.keys() == set(rows)
    assert named == [
        name
        for name in rows
        if "--seed" in (ROOT / "tests" / "trials" / f"{trials[name]}.py").read_text("utf-8")
    ]


def test_the_whole_change_for_a_sensor_can_be_taken_back(tmp_path: Path) -> None:
    """Away from any repository: git is here for what it knows of patches alone."""
    (diff,) = DIFF.findall(PAGE)
    (name,) = FILE.findall(diff)
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")

    ended = subprocess.run(
        ["git", "apply", "--reverse", "--check", "-"],
        cwd=tmp_path,
        env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "PATH": os.environ["PATH"]},
        input=diff,
        text=True,
        capture_output=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
