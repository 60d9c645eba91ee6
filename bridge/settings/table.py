"""The settings as a table, taken from the models: for the reference, .env.example and mistakes."""

import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from bridge.settings.values import Says


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the field that holds it, and how it is spoken of."""

    field: str
    variable: str
    default: str
    allowed: str
    meaning: str
    example: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The settings of one model; member is where Settings holds it, empty for its own."""

    member: str
    title: str
    prefix: str
    settings: dict[str, Setting]
    intro: str = ""


def settings_of(model: type[BaseModel]) -> dict[str, Setting]:
    """Return the settings of a model by field; a field without description is none."""
    return {
        name: setting(name, field)
        for name, field in model.model_fields.items()
        if field.description is not None
    }


def setting(name: str, field: FieldInfo) -> Setting:
    marks = [mark for mark in field.metadata if isinstance(mark, Says)]

    def said(what: str) -> str:
        return next((words for mark in reversed(marks) if (words := getattr(mark, what))), "")

    default = plain(field.default) if field.default_factory is None else ""
    return Setting(
        field=name,
        variable=said("variable") or name.removesuffix("_s").upper(),
        default=said("default") or (f"`{default}`" if default else "none"),
        allowed=said("allowed") or allowed(name, field),
        meaning=field.description or "",
        example=said("example") or default,
        secret=SecretStr in flat(field.annotation),
    )


def plain(value: object) -> str:
    """Return a default as the user would type it, empty for none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int | str) else ""


def flat(annotation: object) -> tuple[object, ...]:
    """Return the members of a union, or what is none alone."""
    union = get_origin(annotation) in (types.UnionType, typing.Union)
    return get_args(annotation) if union else (annotation,)


def allowed(name: str, field: FieldInfo) -> str:
    """Return what a setting may be, in words that follow from its type and range."""
    kind = flat(field.annotation)[0]
    if kind is bool:
        return "`true`, `false`"
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{word}`" for word in kind)
    if kind in (int, float):
        low = next(f"{mark.ge:g}" for mark in field.metadata if isinstance(mark, Ge))
        high = next(f"{mark.le:g}" for mark in field.metadata if isinstance(mark, Le))
        unit = " seconds" if name.endswith("_s") else ""
        return f"{'a whole number, ' if kind is int else ''}{low} to {high}{unit}"
    return "any text"


def public(model: BaseModel) -> dict[str, object]:
    """Return a model ready for JSON; of a secret only whether there is one."""
    return {
        name: getattr(model, name) is not None
        if SecretStr in flat(field.annotation)
        else ready(getattr(model, name))
        for name, field in type(model).model_fields.items()
        if not field.exclude
    }


def ready(value: object) -> object:
    match value:
        case BaseModel():
            return public(value)
        case tuple() | list():
            return [ready(one) for one in value]
        case None | bool() | int() | float():
            return value
        case SecretStr() | SecretBytes():
            return True
        case _:
            return str(value)


def rows(section: Section) -> Iterator[Setting]:
    """Return the settings with what belongs to them: a secret can come from a file."""
    for one in section.settings.values():
        yield one
        if one.secret:
            yield Setting(
                field=one.field,
                variable=f"{one.variable}_FILE",
                default="none",
                allowed="a readable file",
                meaning=f"File that holds {section.prefix}{one.variable}, instead of it.",
                example=f"/run/secrets/{section.prefix.lower()}{one.field}",
                secret=False,
            )


def markdown(sections: Iterable[Section]) -> str:
    """Return one Markdown table per section."""
    return "\n\n".join("\n".join(markdown_section(section)) for section in sections) + "\n"


def markdown_section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    if section.intro:
        yield f"{section.intro}\n"
    yield "| Variable | Default | Allowed | Meaning |"
    yield "|---|---|---|---|"
    for row in rows(section):
        name = f"`{section.prefix}{row.variable}`"
        yield f"| {name} | {row.default} | {row.allowed} | {row.meaning} |"


def example(sections: Iterable[Section], required: str) -> str:
    """Return the text of .env.example; every setting but the required one is commented out."""
    return "\n".join(line for section in sections for line in example_section(section, required))


def example_section(section: Section, required: str) -> Iterator[str]:
    yield f"# --- {section.title} ---\n"
    for row in rows(section):
        name = f"{section.prefix}{row.variable}"
        words = row.allowed.replace("`", "")
        yield f"# {row.meaning.replace('`', '')}"
        yield f"# Allowed: {words}. Default: {row.default.replace('`', '')}."
        yield f"{'' if name == required else '#'}{name}={row.example}\n"
