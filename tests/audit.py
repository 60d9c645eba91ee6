"""Asks whether any pinned package has a known vulnerability; words behind go to pip-audit.

The exit code is 1 when one has, or could not be asked about, and 0 when none has. Where the
database cannot be reached nothing was audited: one line says so, and the exit code is 0.
"""

import argparse
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

DATABASE = "https://api.osv.dev/v1/query"
PINS = Path(__file__).parent.parent / "requirements-dev.txt"
PATIENCE_S = 5.0


def unreachable(url: str) -> str | None:
    """Return why the database gives no answer, None when it does."""
    query = b'{"package":{"name":"pip","ecosystem":"PyPI"},"version":"26.3"}'
    request = urllib.request.Request(url, query, {"Content-Type": "application/json"})  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - ours
            answer.read()
    except (OSError, ValueError) as error:
        return str(error)
    return None


def audit(url: str, pins: Path, more: list[str]) -> int:
    """Return the exit code of pip-audit, which prints what it finds."""
    if reason := unreachable(url):
        words = f"audit: NOT DONE, {url} gives no answer ({reason}); `make audit` tries again"
        sys.stderr.write(f"{words}\n")
        return 0
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--osv-url", url]
    command += ["--disable-pip", "--no-deps", "--strict", "--progress-spinner=off"]
    quiet = os.environ | {"PIP_AUDIT_LOGLEVEL": "ERROR"}
    return subprocess.run([*command, "-r", str(pins), *more], env=quiet, check=False).returncode


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default=DATABASE, help="address of an OSV query API")
    parser.add_argument("--pins", type=Path, default=PINS, help="file of pinned packages")
    args, more = parser.parse_known_args(argv)
    return audit(args.database, args.pins, more)


if __name__ == "__main__":
    raise SystemExit(main())
