"""What was agreed and set up, and what the gateway is about to do."""

from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Update(Part):
    """`system/update/status`; state and notes are the gateway's words (`/update_failed`).

    Times are ISO 8601 by the gateway's clock, which may be wrong by years.
    """

    ENDPOINT = Endpoint.UPDATE
    state: str | None = None
    notes: tuple[str, ...] | None = None
    version: str | None = None
    gateway_time: str | None = None
    status_time: str | None = None
    offline_updating: bool | None = None
    offline_error: str | None = None
    bytes_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Agreements(Part):
    """What an owner has agreed to, None where not asked; who and where the owner is, is not read.

    grid_services and marketing are None for "not answered" too.
    """

    registered: bool | None = None
    privacy_notice: bool | None = None
    limited_warranty: bool | None = None
    grid_services: bool | None = None
    marketing: bool | None = None
    emailed_registration: bool | None = None


@dataclass(frozen=True, slots=True)
class Customer(Agreements):
    """`customer`."""

    ENDPOINT = Endpoint.CUSTOMER


@dataclass(frozen=True, slots=True)
class Registration(Agreements):
    """`customer/registration`."""

    ENDPOINT = Endpoint.REGISTRATION
    skipped_registration: bool | None = None
    timed_out_registration: bool | None = None


@dataclass(frozen=True, slots=True)
class Toggle(Part):
    """`auth/toggle/supported`: whether flipping a Powerwall's switch can prove presence."""

    ENDPOINT = Endpoint.TOGGLE
    supported: bool | None = None


@dataclass(frozen=True, slots=True)
class Problems(Part):
    """`troubleshooting/problems`: the gateway's items, never seen filled."""

    ENDPOINT = Endpoint.PROBLEMS
    problems: tuple[object, ...] | None = None
