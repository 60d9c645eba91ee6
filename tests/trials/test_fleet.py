"""A short version of the trial of many gateways; its long one is `python -m trials.fleet`."""

import pytest

from trials.fleet import cadence, lateness
from trials.fleet_street import Visits


def test_gateways_that_hang_delay_nobody_else() -> None:
    """A time-out is 5 s: who waited for another's would be later than any load can make it."""
    seen = cadence(3, 4.0, seed=1, hang=True)

    assert seen.lost == 0
    assert seen.at(1.0) < 0.9


def test_a_poll_is_late_by_its_own_point_of_the_grid() -> None:
    late, lost = lateness(Visits(100.0, (100.2, 101.0, 102.3, 104.01)), 100.5, 104.5)

    assert late == pytest.approx([0.0, 0.3, 0.01])
    assert lost == 1


def test_a_grid_that_seems_to_begin_late_is_that_of_the_most_punctual_poll() -> None:
    late, lost = lateness(Visits(100.05, (100.2, 101.0, 102.0, 103.01)), 100.5, 103.5)

    assert late == pytest.approx([0.0, 0.0, 0.01])
    assert lost == 0
