"""Where settings come from: variables of the environment and of .env, sorted by name.

pydantic-settings merges the layers. Its own sources know no ``POWERWALL_HOST`` beside
``POWERWALLS__garage__HOST`` and no ``_FILE``, and take values apart that look like JSON.
"""

import difflib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bridge.settings.table import Section
from bridge.settings.values import quoted, why

Place = tuple[str, ...]  # ("mqtt", "port"), ("log_level",), ("gateways", "garage", "host")

FLAT = ""  # the slot of the gateway whose variables carry no name
GATEWAY = "POWERWALL_"
GATEWAYS = "POWERWALLS__"
OURS = ("POWERWALL", "MQTT_", "HA_")
NEARLY_OURS = ("STATE_", "LOG_", "MQTT")  # foreign, unless all but one letter is ours
NEARLY = 0.85
HEADS = ["POWERWALL", "POWERWALLS", "MQTT"]  # what is typed wrong before the first `_`
NEARLY_HEAD = 0.75  # two letters of MQTT that changed places
LONG = 80
MAY_BE_EMPTY = ("state_dir",)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that is set: its name as the user typed it, and its value."""

    name: str
    value: str = field(repr=False)
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A variable the bridge knows, and the place it sets."""

    place: Place
    secret: bool = False
    from_file: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """What one origin says: variables by the place they set, unknown names, and mistakes."""

    found: dict[Place, Variable] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def tree(self) -> dict[str, object]:
        """Return the values nested as the models are."""
        tree: dict[str, object] = {}
        for place, variable in self.found.items():
            put(tree, place, SecretStr(variable.value) if variable.secret else variable.value)
        return tree


def put(tree: dict[str, object], place: Place, value: str | SecretStr) -> None:
    first, *rest = place
    branch = tree.setdefault(first, {} if rest else value)
    if rest and isinstance(branch, dict):
        put(branch, tuple(rest), value)


class LayerSource(PydanticBaseSettingsSource):
    """Hands a tree of values to pydantic-settings."""

    def __init__(self, settings_cls: type[BaseSettings], tree: dict[str, object]) -> None:
        super().__init__(settings_cls)
        self._tree = tree

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:  # noqa: ARG002 - the signature is theirs
        return self._tree.get(field_name), field_name, False

    def __call__(self) -> dict[str, object]:
        return self._tree


class Names:
    """Every variable the bridge knows, by its name in any case."""

    def __init__(self, sections: Iterable[Section]) -> None:
        self._known: dict[str, Known] = {}
        for section in sections:
            slot = (FLAT,) if section.prefix == GATEWAY else ()
            parents = (section.member, *slot) if section.member else ()
            for one in section.settings.values():
                name, place = f"{section.prefix}{one.variable}", (*parents, one.field)
                self._known[name] = Known(place, one.secret)
                if one.secret:
                    self._known[f"{name}_FILE"] = Known(place, from_file=True)

    def find(self, name: str) -> Known | None:
        if not name.upper().startswith(GATEWAYS):
            return self._known.get(name.upper())
        slot, _, last = name[len(GATEWAYS) :].rpartition("__")
        known = self._known.get(f"{GATEWAY}{last.upper()}")
        if known is None or not slot:
            return None
        member, _, one = known.place
        return replace(known, place=(member, slot.lower(), one))

    def objection(self, name: str, origin: str) -> str | None:
        """Return what is wrong with an unknown name, None for a foreign one."""
        if name.upper() == GATEWAYS.rstrip("_"):
            return f"is no setting (in {origin}); allowed: {GATEWAYS}<name>__HOST and so on"
        _, _, rest = name.partition("__")
        slot, _, last = rest.rpartition("__")
        if not name.upper().startswith(GATEWAYS) or slot or not last:
            nearest = self.nearest(name)
            words = f"is no setting (in {origin}); the nearest known name is {nearest}"
            return words if nearest else None
        if f"{GATEWAY}{last.upper()}" in self._known:
            return f"names no gateway (in {origin}); allowed: {GATEWAYS}<name>__{last.upper()}"
        return f"names no setting (in {origin}); allowed: {GATEWAYS}{last}__HOST and so on"

    def nearest(self, name: str) -> str | None:
        """Return the known name that a stranger was meant to be, None for a foreign one."""
        typed = name.upper()[:LONG]
        if typed.startswith(OURS):
            return closest(typed, [*self._known, *self._named(name)], cutoff=0.0)
        if typed.startswith(NEARLY_OURS):
            return closest(typed, list(self._known), cutoff=NEARLY)
        if closest(typed.partition("_")[0], HEADS, cutoff=NEARLY_HEAD):
            return closest(typed, [*self._known, *self._named(name)], cutoff=NEARLY)
        return None

    def _named(self, name: str) -> Iterator[str]:
        """Yield the variables of a named gateway, the one that the user meant if it shows."""
        slot, _, _ = name.partition("__")[2].rpartition("__")
        start = f"{GATEWAYS}{slot or '<name>'}"
        for known in self._known:
            if known.startswith(GATEWAY) and known != f"{GATEWAY}NAME":
                yield f"{start}__{known.removeprefix(GATEWAY)}"


def closest(typed: str, names: list[str], cutoff: float) -> str | None:
    by_upper = {name.upper(): name for name in names}
    matches = difflib.get_close_matches(typed, by_upper, n=1, cutoff=cutoff)
    return by_upper[matches[0]] if matches else None


def environment_layer(env: Mapping[str, str], names: Names) -> Layer:
    return layer((Variable(*item) for item in env.items()), names, "the environment")


def env_file_layer(path: Path | None, names: Names) -> Layer:
    """Return what .env says; a file that is not there says nothing."""
    if path is None:
        return Layer()
    mistakes: list[str] = []
    variables = list(read_env_file(path, mistakes))
    found = layer(variables, names, str(path))
    return replace(found, strangers=[], mistakes=mistakes + found.strangers + found.mistakes)


def lacking_file(path: Path | None) -> str:
    """Return where a file was looked for that is not there, in words; empty when it is there."""
    if path is None or path.exists():
        return ""
    folder, _, name = str(path.absolute()).rpartition("/")
    return f"no {name} was found in {folder or '/'}"


def read_env_file(path: Path, mistakes: list[str]) -> Iterator[Variable]:
    """Yield the variables of the file as they stand there: a `$` in a password means itself."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except UnicodeError:
        mistakes.append(f"{path}: is not UTF-8 text")
        return
    except (OSError, ValueError) as error:
        mistakes.append(f"{path}: cannot be read ({why(error)})")
        return
    for binding in parse_stream(io.StringIO(text)):
        start = binding.original.string
        line = binding.original.line + start[: len(start) - len(start.lstrip())].count("\n")
        if binding.error:
            mistakes.append(f"{path}: line {line} is not NAME=value (is a quote left open?)")
        elif binding.key is not None and binding.value is not None:
            yield Variable(binding.key, binding.value)


def layer(variables: Iterable[Variable], names: Names, origin: str) -> Layer:
    result = Layer()
    files: dict[Place, Variable] = {}
    for variable in {one.name.upper(): one for one in variables}.values():
        known = names.find(variable.name)
        if known is None:
            if words := names.objection(variable.name, origin):
                result.strangers.append(f"{variable.name}: {words}")
            continue
        value = variable.value if known.secret else variable.value.strip()
        if not value and known.place != MAY_BE_EMPTY:
            continue
        if reason := refusal(known, value):
            result.mistakes.append(f"{variable.name}: {reason}")
            continue
        found = files if known.from_file else result.found
        found[known.place] = replace(variable, value=value, secret=known.secret)
    read_secrets(files, result)
    return result


def refusal(known: Known, value: str) -> str | None:
    """Return why a variable can mean nothing whatever its setting allows, None when it can."""
    if known.place[0] == "gateways" and known.place[1] != FLAT and known.place[2] == "name":
        return "has no meaning; the name of this gateway is in the variable already"
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in value):
        return "is not UTF-8 text; allowed: UTF-8 text"
    return None


def read_secrets(files: dict[Place, Variable], into: Layer) -> None:
    """Put the content of each file where the secret itself would be."""
    for place, variable in files.items():
        if place in into.found:
            into.mistakes.append(
                f"{variable.name}: {into.found[place].name} is set as well; allowed: one of them"
            )
            continue
        secret, reason = read_secret(variable.value)
        if reason:
            shown = quoted(variable.value) if looks_like_path(variable.value) else "the value"
            words = f"{shown} {reason}; allowed: a readable file with text"
            into.mistakes.append(f"{variable.name}: {words}")
        into.found[place] = replace(variable, value=secret, secret=True)


def looks_like_path(text: str) -> bool:
    """Return whether this can hardly be the secret itself, put where its file belongs."""
    return text.startswith(("/", "~/", "./", "../"))


def read_secret(path: str) -> tuple[str, str]:
    """Return the secret in a file and what is wrong with it, one of them empty."""
    try:
        secret = Path(os.path.expanduser(path)).read_text(encoding="utf-8-sig").rstrip("\r\n")
    except UnicodeError:
        return "", "is not UTF-8 text"
    except OSError as error:
        return "", f"cannot be read ({why(error)})"
    return secret, "" if secret else "is empty"


def state_dir(env: Mapping[str, str]) -> str:
    """Return where systemd or the user keeps the state of programs, empty for nowhere."""
    if of_service := env.get("STATE_DIRECTORY", "").partition(":")[0]:
        return of_service
    of_user = env.get("XDG_STATE_HOME", "")
    if not os.path.isabs(of_user):
        of_user = os.path.join(env.get("HOME") or os.path.expanduser("~"), ".local", "state")
    return os.path.join(of_user, "powerwall-mqtt") if os.path.isabs(of_user) else ""
