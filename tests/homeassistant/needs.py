"""Prints what to tell pip for the integrations of the tests: as their manifests pin it.

Runs on the Python of Home Assistant, which would else install it at its first start.
"""

import json
import sys
from pathlib import Path

import homeassistant
from homeassistant import bootstrap
from homeassistant.const import Platform

HOME = Path(homeassistant.__file__).parent
COMPONENTS = HOME / "components"
WANTED = {"api", "config", "energy", "frontend", "history", "logbook", "mqtt", "recorder"}
WANTED |= {"system_log", "websocket_api", "isal"}
# mqtt imports it without saying so.
WANTED |= {"hassio"}


def needs() -> set[str]:
    """Return the requirements of what starts by default, and of all that it depends on."""
    left = {*WANTED, *bootstrap.CORE_INTEGRATIONS, *bootstrap.DEFAULT_INTEGRATIONS}
    left |= {str(platform) for platform in Platform}
    seen, found = set[str](), set[str]()
    while left:
        manifest = COMPONENTS / (domain := left.pop()) / "manifest.json"
        if domain in seen or not manifest.exists():
            continue
        seen.add(domain)
        facts = json.loads(manifest.read_text(encoding="utf-8"))
        found.update(facts.get("requirements", ()))
        left.update(facts.get("dependencies", ()))
    return found


if __name__ == "__main__":
    constraints = ["-c", str(HOME / "package_constraints.txt")]
    sys.stdout.write("\n".join([*constraints, *sorted(needs())]) + "\n")
