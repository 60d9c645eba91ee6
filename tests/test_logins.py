"""How often a login may be tried, over hours, restarts and clocks that jump."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.documents import Json
from bridge.logins import Era, Hold, LoginBudget, fingerprint_of, span

NOW = 1_800_000_000.0
SALT = "0123456789abcdef" * 2


def spent(per_hour: int, *times: float) -> LoginBudget:
    budget = LoginBudget(per_hour)
    for at in times:
        budget.attempt(at)
    return budget


def restarted(budget: LoginBudget, per_hour: int = 6) -> LoginBudget:
    return LoginBudget(per_hour, json.loads(json.dumps(budget.saved)))


def test_the_first_login_may_be_tried_at_once() -> None:
    assert LoginBudget(6).wait_s(NOW) == 0


def test_the_hour_slides() -> None:
    budget = spent(2, NOW, NOW + 600)

    assert budget.wait_s(NOW + 600) == 3000
    assert budget.wait_s(NOW + 3599) == 1
    assert budget.wait_s(NOW + 3600) == 0


@given(st.lists(st.floats(0, 7200), max_size=60), st.integers(1, 8))
def test_no_hour_holds_more_logins_than_allowed(tries: list[float], per_hour: int) -> None:
    budget, made = LoginBudget(per_hour), []
    for at in sorted(tries):
        if budget.wait_s(NOW + at) == 0:
            budget.attempt(NOW + at)
            made.append(at)

    for first, last in zip(made, made[per_hour:], strict=False):
        assert last - first >= 3600 - 1e-6


@pytest.mark.parametrize(("per_hour", "most"), [(1, 1), (2, 1), (6, 3), (7, 3)])
def test_a_guest_leaves_half_of_the_hour(per_hour: int, most: int) -> None:
    budget, made = LoginBudget(per_hour), 0
    while budget.hold(NOW, guest=True) is None:
        budget.attempt(NOW)
        made += 1

    assert (made, budget.left(NOW)) == (most, per_hour - most)
    assert budget.hold(NOW, guest=True) is Hold.KEPT
    assert budget.wait_s(NOW + 60, guest=True) == 3540


def test_a_guest_does_not_wait_after_a_refusal() -> None:
    budget = LoginBudget(6)
    budget.refuse(NOW, "x")

    assert (budget.hold(NOW), budget.hold(NOW, guest=True)) == (Hold.REFUSED, None)
    assert budget.wait_s(NOW) == 600


def test_a_restart_forgets_nothing() -> None:
    budget = spent(2, NOW, NOW + 1)
    budget.refuse(NOW + 1, fingerprint_of("a", SALT))
    budget.limit(NOW + 1, 5000)

    assert restarted(budget, 2).wait_s(NOW + 2) == budget.wait_s(NOW + 2) == 4999


def test_a_refusal_waits_ten_minutes_doubling_to_six_hours() -> None:
    budget, at, waits = LoginBudget(6), NOW, []
    for _ in range(9):
        budget.refuse(at, fingerprint_of("a", SALT))
        waits.append(budget.wait_s(at) / 60)
        at += 90_000

    assert waits == [10, 20, 40, 80, 160, 320, 360, 360, 360]


def test_a_login_ends_the_doubling() -> None:
    budget = LoginBudget(6)
    for _ in range(3):
        budget.refuse(NOW, "x")
        budget.limit(NOW)
    budget.accept()
    budget.refuse(NOW, "x")

    assert budget.wait_s(NOW) == 600


@pytest.mark.parametrize(
    ("asked_s", "wait_s"), [(None, 60), (0, 60), (90, 90), (5000, 5000), (1e9, 21_600)]
)
def test_a_limit_waits_as_asked_within_reason(asked_s: float | None, wait_s: float) -> None:
    budget = LoginBudget(6)
    budget.limit(NOW, asked_s)

    assert budget.wait_s(NOW) == wait_s


def test_a_limit_without_a_time_doubles_to_fifteen_minutes() -> None:
    budget, waits = LoginBudget(6), []
    for _ in range(6):
        budget.limit(NOW)
        waits.append(budget.wait_s(NOW))

    assert waits == [60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize("back", [timedelta(minutes=1), timedelta(days=4000)])
def test_a_clock_that_went_back_neither_opens_nor_locks_the_gate(back: timedelta) -> None:
    budget = spent(2, NOW, NOW)
    budget.refuse(NOW, "x")
    earlier = NOW - back.total_seconds()

    assert 0 < budget.wait_s(earlier) <= 3600
    assert budget.wait_s(earlier + 3600) == 0


def resumed(budget: LoginBudget, era: Era) -> LoginBudget:
    return LoginBudget(2, json.loads(json.dumps(budget.saved)), era)


@pytest.mark.parametrize(
    ("boot", "set_s", "wait_s"),
    [
        ("one", 7200, 3000),
        ("one", -7200, 3000),
        ("another", 7200, 0),
        ("another", -7200, 3600),
        ("", 7200, 3000),
        ("", -7200, 3600),
    ],
)
def test_a_clock_that_was_set_is_told_from_time_that_passed(
    boot: str, set_s: float, wait_s: float
) -> None:
    """Where the boot is not known, the stricter of both clocks counts."""
    budget = LoginBudget(2, era=Era("one", ahead_s=1000.0))
    budget.attempt(NOW)
    budget.attempt(NOW)
    budget.limit(NOW, 600)
    now = NOW + 600 + set_s

    assert resumed(budget, Era(boot, 1000.0 + set_s)).wait_s(now) == wait_s


def test_another_process_may_have_begun_before_the_clock_was_set() -> None:
    budget, other = LoginBudget(2, era=Era("one", 0.0)), LoginBudget(2, era=Era("one", 7200.0))
    for _ in range(2):
        other.attempt(NOW + 7200)
    budget.learn(json.loads(json.dumps(other.saved)))

    assert budget.wait_s(NOW + 600) == 3000


def test_two_processes_of_which_one_knows_the_boot_count_a_login_once() -> None:
    """Their clocks were read at different moments, so they never agree to the millisecond."""
    bridge, check = LoginBudget(6, era=Era("", 0.0)), LoginBudget(6, era=Era("one", 0.05))
    for number in range(3):
        bridge.attempt(NOW + number)
        check.learn(bridge.saved)
        bridge.learn(check.saved)

    assert bridge.left(NOW + 3) == check.left(NOW + 3) == 3


def test_a_fixed_password_is_tried_at_once() -> None:
    budget = spent(6, NOW)
    budget.refuse(NOW, fingerprint_of("typo", SALT))
    again = restarted(budget)
    again.forgive("right")

    assert again.wait_s(NOW) == 0


def test_the_same_password_is_not_forgiven() -> None:
    budget = LoginBudget(6)
    budget.refuse(NOW, fingerprint_of("typo", SALT))
    again = restarted(budget)
    again.forgive("typo")

    assert again.wait_s(NOW) == 600


def test_a_fixed_password_does_not_open_the_hour() -> None:
    budget = spent(2, NOW, NOW)
    budget.refuse(NOW, fingerprint_of("typo", SALT))
    budget.forgive("right")

    assert budget.wait_s(NOW) == 3600


def test_too_little_is_kept_of_a_password_to_find_it() -> None:
    budget = LoginBudget(6)
    budget.refuse(NOW, fingerprint_of("12345", SALT))

    assert isinstance(budget.saved, dict)
    kept = budget.saved["fingerprint"]
    assert isinstance(kept, str)
    assert len(kept.removeprefix(SALT)) == 4


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(
    JUNK
    | st.fixed_dictionaries(
        dict.fromkeys(("attempts", "refused", "limited", "fingerprint", "boot", "ahead_s"), JUNK)
    )
)
def test_junk_in_the_store_neither_raises_nor_locks_the_gate(saved: Json) -> None:
    budget = LoginBudget(6, saved, Era("one", NOW))
    budget.forgive("secret")

    assert 0 <= budget.wait_s(NOW) <= 6 * 3600
    assert budget.wait_s(NOW + 6 * 3600) == 0
    json.dumps(budget.saved, allow_nan=False)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (45, "45 s"), (90, "90 s"), (91, "2 min"), (540, "9 min"), (21_600, "6 h")],
)
def test_a_span_is_rounded_up(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_refused_password_is_the_first_reason_to_wait() -> None:
    budget = spent(1, NOW)
    before = budget.hold(NOW)
    budget.limit(NOW)
    limited = budget.hold(NOW)
    budget.refuse(NOW, "x")

    assert (before, limited) == (Hold.SPENT, Hold.LIMITED)
    assert restarted(budget).hold(NOW) is Hold.REFUSED
    assert LoginBudget(1).hold(NOW) is None


def test_what_another_process_has_tried_counts() -> None:
    budget, other = spent(3, NOW), spent(3, NOW, NOW + 60, NOW + 120)
    other.refuse(NOW + 120, "x")

    budget.learn(json.loads(json.dumps(other.saved)))

    assert (budget.wait_s(NOW + 120), budget.hold(NOW + 120)) == (3480, Hold.REFUSED)


def test_what_another_process_forgot_is_still_known() -> None:
    budget = spent(1, NOW)
    budget.refuse(NOW, "x")

    budget.learn(LoginBudget(1).saved)

    assert (budget.wait_s(NOW), budget.hold(NOW)) == (3600, Hold.REFUSED)


def test_a_login_that_was_not_made_does_not_count() -> None:
    budget = spent(1, NOW)

    budget.withdraw()

    assert budget.wait_s(NOW) == 0
