"""Which controls a gateway has, and which of them work now."""

import pytest
from fakes import FakeClock

from bridge.commands import Access, Operate, Refresh, Run, SetIsland, Write
from bridge.controls import Controls, control_of
from bridge.entities import Offer
from bridge.errors import Denied, GatewayError
from bridge.errors import Missing as NotThere
from bridge.health import Capability, Health, Permit
from bridge.parts import Endpoint
from bridge.words import Island, Mode

NONE = frozenset({Access.ALWAYS})
OPERATION = frozenset({Access.ALWAYS, Access.OPERATION})
ALL = frozenset(Access)
ALLOWED, DENIED = Permit(Capability.ALLOWED), Permit(Capability.DENIED)
MISSING, UNKNOWN = Permit(Capability.MISSING), Permit()


def permits(operation: Permit) -> dict[Endpoint, Permit]:
    return dict.fromkeys(Endpoint, UNKNOWN) | {Endpoint.OPERATION: operation}


def available(
    control: Offer,
    controls: Controls | None = None,
    operation: Permit = ALLOWED,
    firmware: str | None = "23.36",
    grid: Permit = ALLOWED,
) -> bool:
    known = permits(operation) | {Endpoint.GRID_STATUS: grid}
    return (controls or Controls(ALL, {})).available(control, known, firmware)


@pytest.mark.parametrize(
    ("access", "offers"),
    [
        (NONE, set()),
        (OPERATION, {Offer.OPERATION}),
        (ALL, {Offer.OPERATION, Offer.ISLAND, Offer.RUNNING}),
    ],
)
def test_controls_are_offered_as_they_are_enabled(
    access: frozenset[Access], offers: set[Offer]
) -> None:
    assert Controls(access, {}).offers(permits(ALLOWED)) == offers


@pytest.mark.parametrize("permit", [UNKNOWN, DENIED])
def test_a_denied_operation_is_still_offered(permit: Permit) -> None:
    assert Offer.OPERATION in Controls(OPERATION, {}).offers(permits(permit))


def test_an_operation_that_the_firmware_lacks_is_not_offered() -> None:
    offers = Controls(ALL, {}).offers(permits(MISSING))

    assert offers == {Offer.ISLAND, Offer.RUNNING}


def test_a_gateway_without_a_site_master_is_not_offered_what_goes_by_it() -> None:
    known = permits(MISSING) | {Endpoint.SITEMASTER: MISSING, Endpoint.GRID_STATUS: ALLOWED}

    assert Controls(ALL, {}).offers(known) == set()
    assert not Controls(ALL, {}).available(Offer.ISLAND, known, None)


@pytest.mark.parametrize("first", [None, Denied("403", 403)])
def test_an_operation_that_is_away_for_a_while_stays_offered(first: GatewayError | None) -> None:
    away = UNKNOWN.after(first, "").after(NotThere("404", 404), "")

    assert Offer.OPERATION in Controls(OPERATION, {}).offers(permits(away))
    assert not available(Offer.OPERATION, operation=away)


def test_what_opens_again_was_there_all_the_time() -> None:
    """When all was closed and opens again, nothing has been asked anew yet."""
    health, now = Health(5.0, lambda: 0.5), FakeClock()()
    health.heard(Endpoint.OPERATION, now)
    health.failed(Endpoint.OPERATION, NotThere("404", 404), now)

    health.forget()
    opened = Controls(OPERATION, {}).offers(health.permits)
    health.begin_anew()
    renewed = Controls(OPERATION, {}).offers(health.permits)

    assert (Offer.OPERATION in opened, Offer.OPERATION in renewed) == (True, False)


@pytest.mark.parametrize(
    ("permit", "works"), [(ALLOWED, True), (UNKNOWN, False), (DENIED, False), (MISSING, False)]
)
def test_an_operation_works_when_it_can_be_read(
    permit: Permit,
    works: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert available(Offer.OPERATION, operation=permit) is works


def test_an_operation_of_the_first_generation_works_through_the_login_of_a_command() -> None:
    assert available(Offer.OPERATION, operation=DENIED, firmware="1.15.0")


@pytest.mark.parametrize(("firmware", "works"), [("1.15.0", False), ("23.36", True), (None, True)])
def test_the_first_generation_cannot_be_islanded(
    firmware: str | None,
    works: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert available(Offer.ISLAND, firmware=firmware) is works


@pytest.mark.parametrize("grid", [UNKNOWN, DENIED, MISSING])
def test_a_gateway_that_is_not_read_is_not_islanded(grid: Permit) -> None:
    assert not available(Offer.ISLAND, grid=grid)


@pytest.mark.parametrize("control", [Offer.OPERATION, Offer.ISLAND])
def test_what_is_not_enabled_does_not_work(control: Offer) -> None:
    assert not available(control, Controls(NONE, {}))


@pytest.mark.parametrize("control", [Offer.OPERATION, Offer.ISLAND])
def test_a_denied_control_does_not_work(control: Offer) -> None:
    controls = Controls(ALL, {})

    controls.deny(control, "23.36")

    assert not available(control, controls)


def test_a_denial_concerns_no_other_control() -> None:
    controls = Controls(ALL, {})

    controls.deny(Offer.ISLAND, "23.36")

    assert available(Offer.OPERATION, controls)


def test_a_denial_ends_with_the_firmware() -> None:
    assert available(Offer.ISLAND, Controls(ALL, {"island": "23.28"}), firmware="23.36")


def test_a_denial_holds_while_the_firmware_is_not_known_yet() -> None:
    """Else the control would be offered for a moment after every start."""
    assert not available(Offer.ISLAND, Controls(ALL, {"island": "23.36"}), firmware=None)


def test_a_denial_by_an_unknown_firmware_holds_as_long_as_it_is_unknown() -> None:
    controls = Controls(ALL, {})

    controls.deny(Offer.ISLAND, None)

    assert [available(Offer.ISLAND, controls, firmware=f) for f in (None, "23.36")] == [False, True]


def test_a_command_that_worked_ends_a_denial() -> None:
    controls = Controls(ALL, {"island": "23.36"})

    controls.permit(Offer.ISLAND)

    assert available(Offer.ISLAND, controls)


def test_denials_can_be_kept() -> None:
    controls = Controls(ALL, {"operation": "23.28"})

    controls.deny(Offer.ISLAND, "23.36")

    assert controls.denials == {"operation": "23.28", "island": "23.36"}


def test_what_was_kept_is_not_changed_from_outside() -> None:
    controls = Controls(ALL, {})

    controls.denials["island"] = "23.36"

    assert available(Offer.ISLAND, controls)


@pytest.mark.parametrize(
    ("command", "control"),
    [
        (Operate(Mode.BACKUP), Offer.OPERATION),
        (SetIsland(Island.ON_GRID), Offer.ISLAND),
        (Run(), None),
        (Refresh(), None),
    ],
)
def test_a_command_belongs_to_a_control(command: Write | Refresh, control: Offer | None) -> None:
    assert control_of(command) is control
