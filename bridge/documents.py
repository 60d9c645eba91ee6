"""JSON documents: what is kept over restarts, and what a gateway answered, as it came."""

from dataclasses import dataclass

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Document:
    """An answer as the gateway gave it.

    value is what it says, unrounded and ready to be written as JSON again; text is its JSON
    untouched, None for a protobuf answer.
    """

    value: object
    text: str | None = None
