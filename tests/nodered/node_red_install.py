"""Installs the Node-RED that package.json names, once, below the user's cache directory."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

MANIFEST = Path(__file__).with_name("package.json")
OLDEST_NODE = 18
INSTALL_S = 240
# what npm says when it reaches nobody
_AWAY = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET")


class Impossible(Exception):
    """Node-RED cannot be had on this machine now; the words say what is missing."""


def installed() -> Path:
    """Return the directory whose node_modules has Node-RED; install it there if need be."""
    _need_node()
    directory = _cache() / "powerwall-mqtt" / "node-red"
    directory.mkdir(parents=True, exist_ok=True)
    wanted, stamp = MANIFEST.read_text(encoding="utf-8"), directory / "installed.json"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            stamp.unlink(missing_ok=True)
            (directory / MANIFEST.name).write_text(wanted, encoding="utf-8")
            _install(directory)
            stamp.write_text(wanted, encoding="utf-8")
    return directory


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _need_node() -> None:
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        raise Impossible(f"needs {' and '.join(missing)}: install Node.js {OLDEST_NODE} or newer")
    version = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True)
    if int(version.stdout.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        raise Impossible(f"Node.js {version.stdout.strip()} is older than {OLDEST_NODE}")


def _install(directory: Path) -> None:
    words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    words += ["--fetch-retries=1", "--fetch-retry-mintimeout=2000"]
    try:
        npm = subprocess.run(
            words, cwd=directory, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Impossible(f"npm was not done after {INSTALL_S} s") from error
    if npm.returncode and _AWAY.search(npm.stderr):
        raise Impossible("npm reaches no registry")
    if npm.returncode:
        raise RuntimeError(f"npm install failed:\n{npm.stderr}")
