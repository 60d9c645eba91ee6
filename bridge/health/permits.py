"""What a gateway lets us do: per endpoint, and altogether."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bridge.errors import Denied, GatewayError, Missing
from bridge.parts import Endpoint


class Capability(StrEnum):
    """What a gateway lets us do with an endpoint."""

    ALLOWED = "allowed"
    DENIED = "denied"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Tier(StrEnum):
    """How much a gateway gives; restricted is a Powerwall 3 with its three paths."""

    FULL = "full"
    NO_VITALS = "no_vitals"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Permit:
    """What is known of an endpoint's availability.

    status is the last one that came; since is when the state began, ISO 8601 by the bridge's clock;
    seen is whether the firmware was ever seen to have it, allowed or not. PUBLISHED are the members
    that `capabilities` tells.
    """

    PUBLISHED: ClassVar = ("state", "status", "since")

    state: Capability = Capability.UNKNOWN
    status: int | None = None
    since: str | None = None
    seen: bool = False

    @property
    def granted(self) -> bool:
        """Whether it answered when it was asked last."""
        return self.state is Capability.ALLOWED and self.status == 200

    def after(self, error: GatewayError | None, at: str) -> "Permit":
        """Return the permit after an answer; other errors than denials leave its state."""
        status = 200 if error is None else error.status or self.status
        match error:
            case None:
                state = Capability.ALLOWED
            case Denied():
                state = Capability.DENIED
            case Missing():
                state = Capability.MISSING
            case _:
                state = self.state
        seen = self.seen or state in {Capability.ALLOWED, Capability.DENIED}
        return Permit(state, status, self.since if state is self.state else at, seen)


def tier_of(permits: Mapping[Endpoint, Permit]) -> Tier | None:
    """Return how much a gateway gives by what it permits, None while that is not known."""
    if permits[Endpoint.STATUS].state is Capability.MISSING:
        return Tier.RESTRICTED
    match permits[Endpoint.VITALS].state:
        case Capability.ALLOWED:
            return Tier.FULL
        case Capability.UNKNOWN:
            return None
    return Tier.NO_VITALS
