"""What was agreed and set up, and what the gateway is about to do."""

from dataclasses import dataclass

from bridge.parts.base import Part
from bridge.parts.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Update(Part):
    """`system/update/status`."""

    ENDPOINT = Endpoint.UPDATE


@dataclass(frozen=True, slots=True)
class Customer(Part):
    """`customer`."""

    ENDPOINT = Endpoint.CUSTOMER


@dataclass(frozen=True, slots=True)
class Registration(Part):
    """`customer/registration`."""

    ENDPOINT = Endpoint.REGISTRATION


@dataclass(frozen=True, slots=True)
class Toggle(Part):
    """`auth/toggle/supported`."""

    ENDPOINT = Endpoint.TOGGLE


@dataclass(frozen=True, slots=True)
class Problems(Part):
    """`troubleshooting/problems`."""

    ENDPOINT = Endpoint.PROBLEMS
