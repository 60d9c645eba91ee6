"""What is wrong with the settings, one line a mistake, in the user's own names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bridge.settings.source import FLAT, Place, Variable
from bridge.settings.table import Section
from bridge.settings.values import quoted, unwritable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Found = Mapping[Place, Variable]

REASONS = {
    "missing": "is not set",
    "float_parsing": "is not a number",
    "int_parsing": "is not a whole number",
}
FOLLOWS = "default_factory_not_called"  # of a field whose default hangs on a mistaken one


def in_words(error: ValidationError, found: Found, sections: Sequence[Section]) -> Iterator[str]:
    """Yield pydantic's errors without pydantic's words."""
    gateways = slots(found)
    by_member = {section.member: section for section in sections}
    for details in error.errors(include_url=False, include_input=False):
        place = tuple(gateways[at] if isinstance(at, int) else at for at in details["loc"])
        if details["type"] != FOLLOWS:
            yield mistake(details, place, by_member[place[0] if len(place) > 1 else ""], found)


def mistake(details: "ErrorDetails", place: Place, section: Section, found: Found) -> str:
    setting = section.settings[place[-1]]
    variable = found.get(place)
    value = "" if variable is None else f"{quoted(variable.value)} "
    reason = REASONS.get(details["type"], "is not allowed")
    if place[0] == "gateways" and place[-1] == "name" and variable is None:
        variable, value = first_of(place[1], found), f"the gateway name {quoted(place[1])} "
    if details["type"] == "value_error":
        reason = str(details["ctx"]["error"])
    if setting.secret:
        value = ""
    name = variable.name if variable else spelled(place, section, found)
    return f"{name}: {value}{reason}; allowed: {setting.allowed.replace('`', '')}"


def spelled(place: Place, section: Section, found: Found) -> str:
    """Return the name of a variable that the user did not set."""
    prefix = section.prefix
    if place[0] == "gateways" and place[1] != FLAT:
        typed, _, _ = first_of(place[1], found).name.rpartition("__")
        prefix = f"{typed}__"
    return f"{prefix}{section.settings[place[-1]].variable}"


def slots(found: Found) -> list[str]:
    """Return the gateways that are set, in the order that Settings has them."""
    return sorted({place[1] for place in found if place[0] == "gateways"})


def first_of(slot: str, found: Found) -> Variable:
    return next(variable for place, variable in found.items() if place[:2] == ("gateways", slot))


def gateway_mistakes(
    found: Found, section: Section, lacking: str = "", *, needed: bool
) -> Iterator[str]:
    """Yield what is wrong with the gateways as a whole; lacking is said of a missing file."""
    gateways = slots(found)
    if needed and not gateways:
        allowed = section.settings["host"].allowed.replace("`", "")
        where = f" ({lacking})" if lacking else ""
        yield f"{section.prefix}HOST: is not set, so there is no gateway{where}; allowed: {allowed}"
    typed = found.get(("gateways", FLAT, "name"))
    name = "main" if typed is None else typed.value.lower()
    if FLAT in gateways and name in gateways:
        other = first_of(name, found).name
        yield f"{section.prefix}NAME: '{name}' is the gateway of {other} too; allowed: another name"


def quotes(found: Found) -> Iterator[str]:
    """Yield a hint for every value in quotes, which .env would have lost."""
    for variable in found.values():
        first, last = variable.value[:1], variable.value[1:][-1:]
        if first == last and first in ("'", '"'):
            words = "begins and ends with a quote that counts as part of it"
            yield f"{variable.name}: {words}; Docker's --env-file and secret files need none"


def state_mistakes(found: Found, section: Section) -> Iterator[str]:
    """Yield why nothing can be kept in the directory that the user wants; a default only warns."""
    variable = found.get(("state_dir",))
    if variable is not None and variable.value and (reason := unwritable(variable.value)):
        allowed = section.settings["state_dir"].allowed
        yield f"{variable.name}: {quoted(variable.value)} {reason}; allowed: {allowed}"
