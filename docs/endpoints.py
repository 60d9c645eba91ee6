"""docs/endpoints.md: per firmware, which path feeds which topics.

The topics are those that a client of a real broker has seen: the lists beside the end-to-end tests,
which compare them with the broker on every run.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bridge.changes import is_reading
from bridge.parts import Endpoint
from bridge.readings import GROUPS, row_at
from bridge.readings.left_out import LEFT_OUT
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
there by the pattern of their topics. At the end stands what is [not
published](#what-is-not-published-and-why).

This page is generated from the code and from what the end-to-end tests see: run `make docs`.
"""


_NOT_PUBLISHED = """\
## What is not published, and why

Everything else that is known of the answers stands on a topic, in `device/<DIN>` or in `snapshot`.
`a.b` is b inside a, `a[].b` inside the items of a, `<...>` what varies; vitals are named as in
[tesla.proto](../proto/tesla.proto). Some of the paths can be [asked for](topics.md#raw-answers)
with `api/<path>/get`.
"""


def endpoints_page() -> str:
    """Return docs/endpoints.md."""
    profiles = (line for p in PROFILES.values() for line in _profile(p))
    return "\n".join((_INTRODUCTION, *profiles, *_left_out()))


def _left_out() -> Iterator[str]:
    """Yield a line for all that is left out for the same reason, whole paths last."""
    fields: dict[tuple[str, str], list[str]] = {}
    paths: dict[str, list[str]] = {}
    for row in LEFT_OUT:
        if row.field is None:
            paths.setdefault(row.reason, []).append(row.path)
        else:
            fields.setdefault((row.path, row.reason), []).append(row.field)
    yield _NOT_PUBLISHED
    yield "| Path | Fields | Why |"
    yield "|---|---|---|"
    alike: dict[tuple[str, str], list[str]] = {}
    for (path, reason), names in fields.items():
        alike.setdefault((_code(names), reason), []).append(path)
    for (listed, reason), places in alike.items():
        yield f"| {_code(places)} | {listed} | {reason} |"
    yield ""
    yield "Paths that are never read:\n"
    yield "| Paths | Why |"
    yield "|---|---|"
    for reason, names in paths.items():
        yield f"| {_code(names)} | {reason} |"
    yield ""


def _code(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _profile(profile: Profile) -> Iterator[str]:
    file = SEEN / f"topics-{profile.name}.txt"
    if not file.exists():
        return
    topics = (TOPICS.path(t) for t in file.read_text(encoding="utf-8").splitlines())
    seen = [path for path in topics if is_reading(path)]
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
            lacking = "not asked" if endpoint is Endpoint.TEDAPI_DIN else "not there (404)"
            yield f"| `{endpoint}` | {endpoint.cadence} | {lacking} | - |"
    yield ""


def _fed(endpoint: Endpoint, seen: list[tuple[str, ...]]) -> dict[str, int]:
    """Return the patterns of readings that the endpoint feeds, and how many topics each has."""
    at = Counter(row for path in seen if (row := row_at(path)))
    return {
        "/".join((group.topic, *((reading.key,) if reading.key else ()))): at[group, reading]
        for group in GROUPS
        for reading in group.readings
        if endpoint in group.endpoints and at[group, reading]
    }
