"""No fault makes a storm of logins."""

import pytest

from trials.storms import BUDGET, REFUSED, day, storm

# What touches logins; `make storms` tries every fault.
FAULTS = (
    "expiry-requests",
    "expiry-seconds",
    "expiry-401",
    "expiry-at-once",
    "bad-password",
    "login-lockout",
    "lockout",
    "denied-poll",
    "denied-all",
    "token-expired",
    "update",
    "flaky",
)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_costs_more_logins_than_are_allowed(name: str) -> None:
    """Ten simulated minutes, a poll every second."""
    assert len(storm(name).logins_s) <= BUDGET


@pytest.mark.timeout(1200)  # a day has many polls to leap over
@pytest.mark.parametrize("name", REFUSED[:1])
def test_a_refused_login_is_tried_again_when_its_wait_is_over_and_not_before(name: str) -> None:
    """A simulated day."""
    assert day(name).bad == []
