"""What arrives from a broker, and who takes it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """A message that arrived; stored says that it was retained."""

    topic: str
    payload: bytes
    stored: bool
    response_topic: str | None = None
    correlation: bytes | None = None


Handler = Callable[[Received], None]
