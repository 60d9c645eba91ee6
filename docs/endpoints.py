"""docs/endpoints.md: per firmware, which path feeds which topics.

The topics are those that a client of a real broker has seen: the lists beside the end-to-end tests,
which compare them with the broker on every run.
"""

from collections.abc import Iterator
from pathlib import Path

from bridge.changes import is_reading
from bridge.parts import Endpoint
from bridge.readings import GROUPS
from bridge.simulator.endpoints import ENDPOINTS
from bridge.simulator.profiles import PROFILES, Profile
from bridge.topics import Topics

SEEN = Path(__file__).parent.parent / "tests" / "end_to_end"
TOPICS = Topics("powerwall", "main")

_INTRODUCTION = """\
# Paths of the gateway, and what they feed

One table for each firmware that the simulator plays: the paths that are read, how many of its
topics a client of a real broker has seen, and which readings those are. A reading with several
sources stands at each of them; the order of preference is in [topics](topics.md). Devices stand
there by the pattern of their topics.

This page is generated from the code and from what the end-to-end tests see: run `make docs`.
"""


def endpoints_page() -> str:
    """Return docs/endpoints.md."""
    return "\n".join((_INTRODUCTION, *(line for p in PROFILES.values() for line in _profile(p))))


def _profile(profile: Profile) -> Iterator[str]:
    file = SEEN / f"topics-{profile.name}.txt"
    if not file.exists():
        return
    seen = [TOPICS.path(t) for t in file.read_text(encoding="utf-8").splitlines()]
    had = {row.path for row in ENDPOINTS if row.on(profile)}
    yield f"## `{profile.name}`: firmware {profile.version.strip()}\n"
    yield "| Path | Every | Topics seen | Readings |"
    yield "|---|---|---|---|"
    for endpoint in Endpoint:
        if endpoint in had:
            fed = _fed(endpoint, seen)
            names = " ".join(f"`{pattern}`" for pattern in fed)
            yield f"| `{endpoint}` | {endpoint.cadence} | {sum(fed.values())} | {names or '-'} |"
        else:
            yield f"| `{endpoint}` | {endpoint.cadence} | 404 | - |"
    yield ""


def _fed(endpoint: Endpoint, seen: list[tuple[str, ...]]) -> dict[str, int]:
    """Return the patterns of readings that the endpoint feeds, and how many topics each has."""
    found: dict[str, int] = {}
    for group in GROUPS:
        if endpoint in group.endpoints:
            for reading in group.readings:
                pattern = "/".join((group.topic, *((reading.key,) if reading.key else ())))
                count = sum(_fits(pattern.split("/"), path) for path in seen if is_reading(path))
                if count:
                    found[pattern] = found.get(pattern, 0) + count
    return found


def _fits(pattern: list[str], path: tuple[str, ...]) -> bool:
    pairs = zip(pattern, path, strict=False)
    return len(pattern) == len(path) and all(p.startswith("<") or p == at for p, at in pairs)
