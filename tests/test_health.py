"""What happened -> availability, connection, capabilities, and how long to wait."""

from collections.abc import Iterator

import pytest
from fakes import FAST, FakeClock

from bridge.errors import (
    BadAnswer,
    Busy,
    Denied,
    GatewayError,
    Missing,
    RateLimited,
    Stopped,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from bridge.health import Capability, Connection, Health, Permit, Tier
from bridge.moment import Moment
from bridge.parts import Cadence, Endpoint

METERS, SOE, GRID = FAST
STATUS, OPERATION, VITALS = Endpoint.STATUS, Endpoint.OPERATION, Endpoint.VITALS
SYSTEM, CONFIG = Endpoint.SYSTEM_STATUS, Endpoint.CONFIG
LOST, GARBAGE = Unreachable("timed out"), BadAnswer("no JSON", 200)
STOPPED, BUSY = Stopped("502", 502), Busy("503", 503)
LIMITED, LOCKED = RateLimited("429"), Unauthorized("set POWERWALL_PASSWORD")
FOREIGN = Untrusted("another certificate")
DENIED, MISSING = Denied("403", 403), Missing("404", 404)

Poll = dict[Endpoint, GatewayError | None]
GOOD: Poll = dict.fromkeys(FAST)


def at(steady_s: float) -> Moment:
    clock = FakeClock()
    clock.s = steady_s
    return clock()


def health(interval_s: float = 5.0, dice: float = 0.5) -> Health:
    return Health(interval_s, lambda: dice)


def everywhere(error: GatewayError) -> Poll:
    return dict.fromkeys(FAST, error)


def tell(health: Health, answers: Poll, now: float = 0.0) -> None:
    """Let these endpoints answer, as far as a poll would get."""
    for endpoint, error in answers.items():
        if error is None:
            health.heard(endpoint, at(now))
        elif health.failed(endpoint, error, at(now)) is None:
            return


def availability(*polls: Poll) -> list[bool]:
    """Return whether the gateway is online after each of the polls."""
    judged = health()

    def each() -> Iterator[bool]:
        for poll in polls:
            tell(judged, poll)
            judged.cycle_ended()
            yield judged.online

    return list(each())


def after(*polls: Poll) -> Health:
    judged = health()
    for poll in polls:
        tell(judged, poll)
    return judged


def test_a_gateway_is_offline_before_the_first_poll() -> None:
    assert not health().online


def test_one_usable_answer_makes_a_gateway_online() -> None:
    assert availability({METERS: None, SOE: LOST}) == [True]


@pytest.mark.parametrize("error", [LOST, GARBAGE, LOCKED, LIMITED, FOREIGN, BUSY, DENIED, MISSING])
def test_the_second_poll_in_a_row_without_a_usable_answer_is_news(error: GatewayError) -> None:
    lost = everywhere(error)

    assert availability(GOOD, lost, lost, lost) == [True, True, False, False]


def test_lost_polls_that_are_not_in_a_row_are_noise() -> None:
    lost = everywhere(LOST)

    assert availability(GOOD, lost, GOOD, lost, GOOD) == [True] * 5


def test_a_gateway_is_online_again_with_its_first_usable_answer() -> None:
    lost = everywhere(LOST)

    assert availability(GOOD, lost, lost, {SOE: None, METERS: GARBAGE})[-1] is True


def test_a_gateway_that_never_answered_stays_offline() -> None:
    assert availability(everywhere(LOST)) == [False]


def test_a_gateway_with_a_stopped_site_master_is_online() -> None:
    assert availability(*[everywhere(STOPPED)] * 4) == [True] * 4


def test_an_open_status_does_not_keep_a_gateway_online_that_wants_a_login() -> None:
    locked: Poll = {STATUS: None, METERS: LOCKED}

    assert availability(GOOD, locked, locked, locked) == [True, True, False, False]


def test_old_firmware_that_reads_without_a_login_stays_online_without_one() -> None:
    everything: Poll = GOOD | {OPERATION: LOCKED, VITALS: LOCKED}
    refused: Poll = {OPERATION: LOCKED}

    assert availability(everything, refused, refused, refused) == [True] * 4


def test_a_poll_of_a_denied_slow_path_alone_says_nothing() -> None:
    assert availability(GOOD, {VITALS: DENIED}, {CONFIG: MISSING}, {CONFIG: BUSY})[-1] is True


def test_a_gateway_is_connecting_until_it_was_asked() -> None:
    judged = health()

    assert (judged.connection, judged.reason) == ("connecting", "the first answer is awaited")


def test_a_gateway_that_answers_is_connected_and_well() -> None:
    judged = after(GOOD)

    assert (judged.connection, judged.reason) == ("connected", "ok")


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (LOST, "unreachable", "timed out; check its power, the network and POWERWALL_HOST"),
        (
            LOCKED,
            "unauthorized",
            "set POWERWALL_PASSWORD; until a login succeeds, only what needs none is read",
        ),
        (LIMITED, "rate_limited", "429; nothing is asked for 60 s; poll less often"),
        (
            FOREIGN,
            "untrusted",
            "another certificate; until it is trusted, nothing is sent to the gateway",
        ),
        (BUSY, "busy", "the gateway is busy (503), mostly with an update; wait"),
        (GARBAGE, "error", "no JSON; the gateway answers, but with nothing usable"),
        (DENIED, "error", "403; the gateway answers, but with nothing usable"),
        (MISSING, "error", "404; the gateway answers, but with nothing usable"),
        (
            STOPPED,
            "stopped",
            "the site master is down (502); it comes back by itself after an update, else start it "
            "in the Tesla app or with gateway/running/set",
        ),
    ],
)
def test_each_trouble_has_a_state_and_a_reason(error: GatewayError, state: str, words: str) -> None:
    judged = after(GOOD, everywhere(error))

    assert (judged.connection, judged.reason) == (state, words)


def test_a_reason_names_the_variables_of_its_gateway() -> None:
    judged = Health(5.0, lambda: 0.5, "POWERWALLS__cabin__")

    tell(judged, everywhere(LOST))

    assert judged.reason.endswith("the network and POWERWALLS__cabin__HOST")


@pytest.mark.parametrize(
    ("polls", "state"),
    [
        ([{METERS: None, SOE: STOPPED, GRID: STOPPED}], Connection.STOPPED),
        ([{METERS: BUSY, SOE: STOPPED}], Connection.STOPPED),
        ([{METERS: BUSY, SOE: None}], Connection.BUSY),
        ([GOOD | {SYSTEM: BUSY}], Connection.CONNECTED),
        ([GOOD | {SYSTEM: STOPPED}], Connection.CONNECTED),
        ([GOOD | {SYSTEM: LOST}], Connection.CONNECTED),
        ([GOOD | {SYSTEM: LOST, OPERATION: LOST}], Connection.UNREACHABLE),
        ([GOOD | {SYSTEM: LOST, OPERATION: LOST}, GOOD], Connection.CONNECTED),
        ([{SYSTEM: LOST}], Connection.UNREACHABLE),
        ([{METERS: GARBAGE, SOE: None}], Connection.CONNECTED),
        ([{METERS: GARBAGE, SOE: MISSING}], Connection.ERROR),
        ([GOOD | {OPERATION: LOCKED}, GOOD], Connection.UNAUTHORIZED),
        ([GOOD | {OPERATION: LOCKED}, {OPERATION: None}], Connection.CONNECTED),
        ([GOOD | {CONFIG: LOCKED}, GOOD], Connection.CONNECTED),
        ([{METERS: LOCKED}, {STATUS: None}], Connection.UNAUTHORIZED),
        ([{METERS: LOST}, {SOE: LOCKED}], Connection.UNAUTHORIZED),
        ([{METERS: LOCKED}, {SOE: LOST}], Connection.UNREACHABLE),
        ([{METERS: LOCKED}, {SOE: LIMITED}], Connection.RATE_LIMITED),
        ([{METERS: LIMITED}, GOOD], Connection.CONNECTED),
        ([{STATUS: None}], Connection.CONNECTING),
        ([{METERS: LOST}, {STATUS: None}], Connection.CONNECTING),
        ([everywhere(STOPPED), GOOD], Connection.CONNECTED),
    ],
)
def test_of_several_troubles_the_weightier_is_said(polls: list[Poll], state: Connection) -> None:
    assert after(*polls).connection is state


def test_a_write_that_is_limited_shows_in_the_connection() -> None:
    judged = after(GOOD)

    judged.hold(LIMITED, 0)

    assert judged.connection is Connection.RATE_LIMITED


def pauses(error: GatewayError, count: int, judged: Health) -> list[float]:
    """Return how long the gateway is left alone after each of so many failures in a row."""
    now, waits = 0.0, []
    for _ in range(count):
        assert judged.failed(METERS, error, at(now)) is None
        waits.append(judged.quiet_until - now)
        now = judged.quiet_until
    return waits


@pytest.mark.parametrize("error", [LOST, LOCKED, FOREIGN])
def test_an_outage_is_tried_every_interval_for_2_min_then_ever_less_often(
    error: GatewayError,
) -> None:
    waits = pauses(error, 29, health())

    assert waits == [5.0] * 24 + [10.0, 20.0, 40.0, 60.0, 60.0]


@pytest.mark.parametrize(("dice", "longest"), [(0.0, 48.0), (1.0, 72.0)])
def test_the_wait_is_jittered_by_a_fifth(dice: float, longest: float) -> None:
    assert pauses(LOST, 40, health(dice=dice))[-1] == pytest.approx(longest)


@pytest.mark.parametrize(("interval_s", "waits"), [(40.0, [60.0] * 2), (300.0, [300.0] * 2)])
def test_the_wait_is_at_most_a_minute_and_at_least_the_interval(
    interval_s: float, waits: list[float]
) -> None:
    assert pauses(LOST, 5, health(interval_s))[-2:] == waits


@pytest.mark.parametrize("answer", [None, STOPPED, MISSING])
def test_any_answer_ends_an_outage(answer: GatewayError | None) -> None:
    judged = health()
    pauses(LOST, 29, judged)

    tell(judged, {METERS: answer})

    assert pauses(LOST, 26, judged) == [5.0] * 24 + [10.0, 20.0]


def test_a_wait_counts_from_the_question_not_from_its_time_out() -> None:
    judged = health()

    judged.failed(METERS, LOST, at(100.0))

    assert judged.quiet_until == 105.0


def test_a_limited_gateway_is_left_alone_for_a_minute_doubling_to_a_quarter_of_an_hour() -> None:
    assert pauses(LIMITED, 6, health()) == [60.0, 120.0, 240.0, 480.0, 900.0, 900.0]


def test_a_limited_gateway_may_say_how_long() -> None:
    assert pauses(RateLimited("429", 1800.0), 1, health()) == [1800.0]


def test_a_retry_after_of_nothing_is_no_leave_to_ask_at_once() -> None:
    assert pauses(RateLimited("429", 0.0), 1, health()) == [60.0]


def test_a_short_retry_after_does_not_make_polling_faster() -> None:
    assert pauses(RateLimited("429", 1.0), 1, health(5.0)) == [5.0]


def test_after_an_answer_the_next_limit_is_a_first_one() -> None:
    judged = health()
    pauses(LIMITED, 3, judged)

    tell(judged, {METERS: None})

    assert pauses(LIMITED, 1, judged) == [60.0]


def test_a_limit_lasts_until_its_end() -> None:
    judged = health()

    judged.failed(METERS, LIMITED, at(0))

    assert [judged.limited(now) for now in (0, 59.9, 60)] == [True, True, False]


def test_an_outage_is_no_limit() -> None:
    judged = health()

    judged.failed(METERS, LOST, at(0))

    assert not judged.limited(1)


def test_an_outage_can_be_cut_short() -> None:
    judged = health()
    judged.failed(METERS, LOST, at(0))

    judged.release()

    assert judged.quiet_until < 0


def test_a_limit_cannot_be_cut_short() -> None:
    judged = health()
    judged.failed(METERS, LIMITED, at(0))

    judged.release()

    assert judged.quiet_until == 60


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (BUSY, [60.0, 120.0, 240.0, 300.0, 300.0]),
        (DENIED, [600.0, 3600.0, 3600.0]),
        (MISSING, [600.0, 3600.0, 3600.0]),
        (STOPPED, [0.0, 0.0]),
        (GARBAGE, [0.0, 0.0]),
    ],
)
def test_a_path_is_left_alone_as_its_error_asks(error: GatewayError, waits: list[float]) -> None:
    judged = health()

    assert [judged.failed(VITALS, error, at(0)) for _ in waits] == waits


def test_the_wait_of_a_path_concerns_no_other() -> None:
    judged = health()
    judged.failed(VITALS, BUSY, at(0))

    assert (judged.failed(CONFIG, BUSY, at(0)), judged.quiet_until < 0) == (60.0, True)


def test_a_path_that_answers_is_trusted_again() -> None:
    judged = health()
    judged.failed(VITALS, BUSY, at(0))

    judged.heard(VITALS, at(60))

    assert judged.failed(VITALS, BUSY, at(90)) == 60.0


@pytest.mark.parametrize("error", [DENIED, MISSING])
def test_a_changed_gateway_is_asked_as_if_for_the_first_time(error: GatewayError) -> None:
    judged = health()
    judged.failed(VITALS, error, at(0))

    judged.forget()

    assert judged.failed(VITALS, error, at(600)) == 600.0


@pytest.mark.parametrize(
    ("outcomes", "permit"),
    [
        ([], Permit(Capability.UNKNOWN)),
        ([None], Permit(Capability.ALLOWED, 200, "2026-01-02T03:00:00Z", seen=True)),
        ([None, None], Permit(Capability.ALLOWED, 200, "2026-01-02T03:00:00Z", seen=True)),
        ([DENIED], Permit(Capability.DENIED, 403, "2026-01-02T03:00:00Z", seen=True)),
        (
            [DENIED, Denied("", 401)],
            Permit(Capability.DENIED, 401, "2026-01-02T03:00:00Z", seen=True),
        ),
        ([MISSING], Permit(Capability.MISSING, 404, "2026-01-02T03:00:00Z")),
        ([MISSING, None], Permit(Capability.ALLOWED, 200, "2026-01-02T03:00:01Z", seen=True)),
        ([None, STOPPED], Permit(Capability.ALLOWED, 502, "2026-01-02T03:00:00Z", seen=True)),
        ([None, LOST], Permit(Capability.ALLOWED, 200, "2026-01-02T03:00:00Z", seen=True)),
        ([BUSY], Permit(Capability.UNKNOWN, 503)),
    ],
)
def test_a_capability_is_what_the_answers_said_of_it(
    outcomes: list[GatewayError | None], permit: Permit
) -> None:
    judged = health()
    for second, outcome in enumerate(outcomes):
        tell(judged, {VITALS: outcome}, second)

    assert judged.permits[VITALS] == permit


@pytest.mark.parametrize(
    ("poll", "tier"),
    [
        ({}, None),
        ({STATUS: None, VITALS: LOST}, None),
        ({VITALS: None}, Tier.FULL),
        ({VITALS: DENIED}, Tier.NO_VITALS),
        ({VITALS: MISSING}, Tier.NO_VITALS),
        ({STATUS: MISSING, VITALS: MISSING}, Tier.RESTRICTED),
    ],
)
def test_the_tier_says_how_much_a_gateway_gives(poll: Poll, tier: Tier | None) -> None:
    assert after(poll).tier is tier


def test_every_endpoint_was_tried_when_each_answered_or_refused() -> None:
    judged = after(dict.fromkeys(Endpoint))

    assert judged.tried_all


def test_what_nothing_depends_on_need_not_be_tried_to_know_a_gateway() -> None:
    judged = after({e: None for e in Endpoint if not e.leisurely})

    assert judged.tried_main
    assert not judged.tried_all


@pytest.mark.parametrize("error", [DENIED, MISSING, BUSY, STOPPED, GARBAGE, LOCKED])
def test_an_endpoint_that_refuses_was_tried(error: GatewayError) -> None:
    judged = after({e: None for e in Endpoint if e is not VITALS}, {VITALS: error})

    assert judged.tried_all


def test_a_gateway_that_never_answered_was_not_tried() -> None:
    judged = health()
    for endpoint in Endpoint:
        tell(judged, {endpoint: LOST})

    assert not judged.tried_all


def test_one_endpoint_that_always_times_out_does_not_hold_up_the_rest() -> None:
    judged = after({e: None for e in Endpoint if e is not VITALS}, {VITALS: LOST})

    assert judged.tried_all


def test_the_fast_endpoints_are_those_of_every_poll() -> None:
    assert {e for e in Endpoint if e.cadence is Cadence.POLL} == set(FAST)
