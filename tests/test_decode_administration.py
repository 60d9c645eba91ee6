"""What the answers become: updates, agreements, problems."""

import json

import pytest
from sites import site

from bridge.gateway.decode import decode
from bridge.parts import Customer, Endpoint, Part, Problems, Registration, Toggle, Update


def read(endpoint: Endpoint, answer: object) -> Part:
    return decode(endpoint, json.dumps(answer).encode())[0]


def oddities(endpoint: Endpoint, answer: object) -> tuple[str, ...]:
    return decode(endpoint, json.dumps(answer).encode())[1]


def test_an_old_update_has_a_state_and_a_clock_that_may_be_wrong() -> None:
    assert site("pw2-1.15").update == Update(
        state="/update_failed", notes=("nonactionable",), gateway_time="2015-01-31T09:45:52Z"
    )


def test_an_update_under_way_has_a_version_and_a_speed() -> None:
    assert site("pwplus-23.36").update == Update(
        state="/download",
        notes=("ignoring",),
        version="23.44.0 0b1a2c3d",
        gateway_time="2026-01-01T15:04:04Z",
        status_time="2026-01-01T15:03:20Z",
        offline_updating=False,
        bytes_per_second=184320.5,
    )


def test_what_went_wrong_offline_is_said() -> None:
    given = {"offline_updating": True, "offline_update_error": "no space left"}

    assert read(Endpoint.UPDATE, given) == Update(
        offline_updating=True, offline_error="no space left"
    )


@pytest.mark.parametrize("info", [None, {}, {"status": None}])
def test_no_notes_are_not_an_empty_list_of_them(info: object) -> None:
    assert read(Endpoint.UPDATE, {"info": info}) == Update()


@pytest.mark.parametrize("milliseconds", [0, -62135596800000, None])
def test_a_time_before_all_clocks_is_none(milliseconds: object) -> None:
    given = {"last_status_time": milliseconds}

    assert read(Endpoint.UPDATE, given) == Update()
    assert oddities(Endpoint.UPDATE, given) == ()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("soon", "'soon'"),
        (True, "true or false"),
        (1e300, "a number"),
        (10**14 * 9, "a number"),
        (float("nan"), "a number"),
        ([], "a list"),
    ],
)
def test_a_time_that_is_none_is_odd(given: object, found: str) -> None:
    odd = oddities(Endpoint.UPDATE, {"current_time": given})

    assert odd == (f"current_time is {found}, expected milliseconds since 1970",)


def test_of_a_customer_only_the_agreements_are_read() -> None:
    assert site("pw2-1.15").customer == Customer(
        registered=True, privacy_notice=True, limited_warranty=True, emailed_registration=True
    )


def test_a_later_customer_answers_for_grid_services_and_marketing() -> None:
    given = {"marketing": False, "registered": True, "privacy_notice": None, "grid_services": True}

    assert read(Endpoint.CUSTOMER, given) == Customer(
        registered=True, grid_services=True, marketing=False
    )


def test_a_registration_says_how_it_ended() -> None:
    assert site("pw2-1.15").registration == Registration(
        registered=True,
        privacy_notice=True,
        limited_warranty=True,
        emailed_registration=True,
        skipped_registration=False,
        timed_out_registration=False,
    )


@pytest.mark.parametrize("supported", [True, False, None])
def test_a_switch_may_prove_presence(supported: object) -> None:
    part = read(Endpoint.TOGGLE, {"toggle_auth_supported": supported})

    assert part == Toggle(supported)  # type: ignore[arg-type]  # a row of the table


@pytest.mark.parametrize(
    ("given", "problems"),
    [([], ()), (None, None), (["x", {"code": 5}], ("x", {"code": 5}))],
)
def test_problems_are_passed_on_as_they_are(given: object, problems: object) -> None:
    part = read(Endpoint.PROBLEMS, {"problems": given})

    assert part == Problems(problems)  # type: ignore[arg-type]  # a row of the table
