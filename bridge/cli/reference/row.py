"""Rows of the topic reference, and those of what is shown only if it is wanted."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.raw import PATHS, WITHHELD
from bridge.topics import Topics
from bridge.views import VIEWS


@dataclass(frozen=True, slots=True)
class Row:
    """One topic: what it carries, where that is from, and what Home Assistant makes of it.

    endpoints are paths below `/api/`, in order of preference; a topic that is only a part of the
    JSON of another one has its place in key. summary: it is a member of `snapshot`. note is what
    the meaning does not say.
    """

    topic: str
    payload: str
    meaning: str
    unit: str | None = None
    decimals: int | None = None
    retained: bool = True
    endpoints: tuple[str, ...] = ()
    firmware: str = "all"
    entity: str = "none"
    key: str | None = None
    summary: bool = False
    note: str | None = None

    @property
    def words(self) -> str:
        """The meaning with the note behind it."""
        return f"{self.meaning}: {self.note}" if self.note else self.meaning


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together, with the words that introduce them."""

    title: str
    words: str
    rows: tuple[Row, ...]


def beside(topics: Topics) -> Iterator[Section]:
    """Yield what is published beside the readings."""
    yield Section("Views", _VIEWS, tuple(_views(topics)))
    yield Section("Raw answers", _RAW, tuple(_raw(topics)))


def _views(topics: Topics) -> Iterator[Row]:
    for name, view in VIEWS.items():
        payload = "text" if name.startswith("csv") else "JSON"
        yield Row(topics.view(name), payload, view.meaning, endpoints=view.endpoints, firmware="")


def _raw(topics: Topics) -> Iterator[Row]:
    yield Row(topics.raw("<path>"), "JSON", "What the gateway says, untouched")
    yield Row(
        topics.raw_command("<path>"),
        "anything",
        "A message here reads that path once and publishes it on `api/<path>` and on the response "
        "topic of an MQTT 5 request; a failure is told on `command/result` and there. One read in "
        "5 s for all paths of a gateway; a path that failed is left alone for a while, and "
        "a request for it is told why and for how long; of paths that are not on the list three a "
        "minute are refused in words, more are passed over",
        retained=False,
    )


_VIEWS = """\
Those named in POWERWALL_VIEWS: what the pyPowerwall proxy serves under the same names, with the
same keys and formulas, unrounded. A view whose source is missing is not published, and `None` once
it was; a value that is missing within one is `null`, or an empty field, where the proxy writes 0.
Levels are on the gateway's own scale, reserves on that of the Tesla app."""
_BULLETS = "\n".join(f"* `{path}`: {reason}." for path, reason in WITHHELD.items())
_RAW = f"""\
Those named in POWERWALL_RAW are kept up to date and retained; any other path of the list is read on
request, and not retained. Nothing else is asked of the gateway for it. A path that the firmware
has not got is left out. `<path>` is one of
{" ".join(f"`{path}`" for path in PATHS)}.

The list is that of the pyPowerwall proxy, so that what was made for it finds the same. Not on it:

{_BULLETS}"""
