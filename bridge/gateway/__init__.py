"""A gateway as the poller sees it; `local` speaks to a real one."""

from dataclasses import dataclass
from typing import Protocol

from bridge.commands import Write
from bridge.documents import Document
from bridge.errors import GatewayError
from bridge.parts import Endpoint, Part


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a write.

    written is False when the gateway held the wanted values already and nothing was sent; status is
    the HTTP status of the write; parts are what the gateway was seen to hold afterwards; unread is
    why that could not be read.
    """

    written: bool
    status: int | None = None
    parts: tuple[Part, ...] = ()
    unread: GatewayError | None = None


class Gateway(Protocol):
    """One gateway; a call takes at most its time-out per request, one call at a time."""

    @property
    def logins(self) -> int:
        """How many logins were tried since the start."""
        ...

    @property
    def requests(self) -> int:
        """How many requests of any kind were tried since the start."""
        ...

    def read(self, endpoint: Endpoint) -> Part:
        """Return what the endpoint says now; raises GatewayError."""
        ...

    def take(self, endpoint: Endpoint) -> Document | None:
        """Hand over the last good answer of an endpoint as it came.

        None where it was handed over already, or is not kept.
        """
        ...

    def fetch(self, path: str) -> Document:
        """Return what any path below `/api/` says now, as it came; raises GatewayError."""
        ...

    def send(self, command: Write) -> Receipt:
        """Carry out a command; raises GatewayError, Uncertain when its answer got lost."""
        ...

    def settle(self) -> None:
        """Finish what a command left to do: start a site master that a login has stopped.

        Raises RateLimited, and nothing else: what it could not do stays to be done.
        """
        ...

    def close(self) -> None: ...
