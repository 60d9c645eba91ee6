"""Which controls a gateway has, and which of them work now.

A control that a firmware denied stays unavailable until the firmware changes.
"""

from collections.abc import Mapping

from bridge.commands import Access, Command, Operate, SetIsland
from bridge.entities import Offer
from bridge.health import Capability, Permit
from bridge.parts import Endpoint
from bridge.words import installer_generation

UNKNOWN_FIRMWARE = "unknown"


def control_of(command: Command) -> Offer | None:
    """Return the control whose availability a command shares."""
    match command:
        case Operate():
            return Offer.OPERATION
        case SetIsland():
            return Offer.ISLAND
    return None


class Controls:
    """The controls of one gateway; denials are {control: firmware version}."""

    def __init__(self, access: frozenset[Access], denials: Mapping[str, str]) -> None:
        self._access = access
        self._denials = dict(denials)

    @property
    def denials(self) -> dict[str, str]:
        return dict(self._denials)

    def deny(self, control: Offer, firmware: str | None) -> None:
        self._denials[control] = firmware or UNKNOWN_FIRMWARE

    def permit(self, control: Offer) -> None:
        self._denials.pop(control, None)

    def offers(self, permits: Mapping[Endpoint, Permit]) -> frozenset[Offer]:
        """Return the controls to show: enabled, and not missing in this firmware.

        Where there is no site master there is nothing either that it would do. A path that the
        firmware was seen to have is only away for a while.
        """
        offers: set[Offer] = set()
        if Access.OPERATION in self._access and _has(permits[Endpoint.OPERATION]):
            offers.add(Offer.OPERATION)
        if Access.ALL in self._access and _has(permits[Endpoint.SITEMASTER]):
            offers |= {Offer.ISLAND, Offer.RUNNING}
        return frozenset(offers)

    def available(
        self, control: Offer, permits: Mapping[Endpoint, Permit], firmware: str | None
    ) -> bool:
        """Return whether a command of the control can work as far as is known."""
        operation = permits[Endpoint.OPERATION]
        if control not in self.offers(permits) or self._denied(control, firmware):
            return False
        if control is Offer.OPERATION:
            # before firmware 20 only the login that a command makes opens this path
            locked = operation.state is Capability.DENIED and installer_generation(firmware)
            return operation.state is Capability.ALLOWED or locked
        if (
            control is Offer.ISLAND
            and permits[Endpoint.GRID_STATUS].state is not Capability.ALLOWED
        ):
            return False  # a gateway that is not even read takes no command
        return not installer_generation(firmware)

    def _denied(self, control: Offer, firmware: str | None) -> bool:
        denied = self._denials.get(control)
        return denied is not None and firmware in (None, denied)


def _has(permit: Permit) -> bool:
    return permit.state is not Capability.MISSING or permit.seen
