"""Where install.sh has put Home Assistant, and how it is started from there."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("install.sh")
# A mount namespace of its own: nothing stays mounted, and several can run beside each other.
IN_TREE = """
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
mount --bind "$2" "$1/config"
tree=$1
shift 2
exec chroot "$tree" "$@"
"""


class Impossible(Exception):
    """There is no Home Assistant on this machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A Home Assistant in a directory of the user's cache: plain, or within a Debian tree."""

    home: Path

    @property
    def version(self) -> str:
        return (self.home / "version").read_text(encoding="utf-8").strip()

    @property
    def stores_http(self) -> bool:
        """Whether it keeps in its storage where it listens; older ones want that in YAML."""
        kept = "lib/python3*/site-packages/homeassistant/components/http/config.py"
        return any(self._venv_seen_from_here.glob(kept))

    def command(self, config: Path) -> list[str]:
        """Return what starts it with this configuration directory."""
        tree = self._tree
        python = [f"{self._venv}/bin/python", "-m", "homeassistant", "--skip-pip", "--log-no-color"]
        if not tree.is_dir():
            return [*python, "--config", str(config)]
        (tree / "config").mkdir(exist_ok=True)
        outside = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", IN_TREE, "sh"]
        return [*outside, str(tree), str(config), *python, "--config", "/config"]

    @property
    def _tree(self) -> Path:
        return self.home / "debian"

    @property
    def _venv(self) -> str:
        return (self.home / "ready").read_text(encoding="utf-8").strip()

    @property
    def _venv_seen_from_here(self) -> Path:
        return self._tree / self._venv.lstrip("/") if self._tree.is_dir() else Path(self._venv)


def installation() -> Installation:
    found = subprocess.run([SCRIPT, "--where"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise Impossible(found.stderr.strip())
    return Installation(Path(found.stdout.strip()))
