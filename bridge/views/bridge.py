"""Views of firmware and bridge: version, stats."""

import re
from functools import reduce

from bridge.views.sources import Members, Sources


def version(sources: Sources) -> Members | None:
    """Return the firmware as text and as a number, null for a text without a number.

    Without a version there is nothing, where the proxy speaks of `SolarOnly` and 0. Firmware is
    identity: it stays while nothing is heard.
    """
    status = sources.snapshot.status
    if status is None or status.version is None:
        return None
    return {"version": status.version, "vint": vint(status.version)}


def vint(text: str) -> int | None:
    """Return a firmware as one number: `23.36.4 4064fc6a` is 233604.

    Digits of a suffix stick to the last field and a fourth field shifts all (22.9.1.1 is 22090101,
    23.4.2-1 is 230421), so that such numbers do not rise with the firmware: not for comparison.
    """
    fields = re.sub(r"[^0-9.]", "", text.strip().partition(" ")[0]).split(".")
    if not all(fields):
        return None
    fields += ["0"] * (3 - len(fields))
    return reduce(lambda whole, field: whole * 100 + int(field), fields, 0)


def stats(sources: Sources) -> Members | None:
    """Return the bridge's own figures under the proxy's keys where they mean the same.

    Left out are gets, posts, uri, clear, caches and fallbacks: there is no server and no cache.
    """
    if not sources.figures:
        return None
    site = sources.snapshot.site_info
    return {
        "mode": "Local",
        **sources.figures,
        "site_name": site.site_name if site else None,
        "cloudmode": False,
        "fleetapi": False,
        "tedapi": False,
    }
