"""CONTRIBUTING.md: its example is a change that was made."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)


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
