"""What the answers become: solar inverters, generators, connection tests, grid codes, faults."""

import json

import pytest
from sites import site

from bridge.gateway.decode import decode
from bridge.parts import (
    Check,
    ConnTests,
    DisconnectTypes,
    Endpoint,
    Generators,
    GridCode,
    GridCodes,
    GridFaults,
    Part,
    SolarInverter,
    Solars,
)


def american(code: str, phase: str, state: str, region: str) -> GridCode:
    return GridCode(code, 240.0, 60.0, phase, "United States", state, region=region)


def read(endpoint: Endpoint, answer: object) -> Part:
    return decode(endpoint, json.dumps(answer).encode())[0]


def test_solar_inverters_have_a_rating() -> None:
    assert site("pw2-1.15").solars == Solars(
        (
            SolarInverter("Example Inverters", "EX5000 (240V)", 5000.0),
            SolarInverter("Example Inverters", "EX3800", 3800.0),
        )
    )


def test_no_solar_inverter_is_an_empty_list() -> None:
    assert read(Endpoint.SOLARS, []) == Solars(())


def test_a_house_without_generators_says_so() -> None:
    assert site("pw2-21.44").generators == Generators("None", ())


def test_generators_are_passed_on_as_they_are() -> None:
    given = {"disconnect_type": "DownstreamATS", "generators": [{"kW": 12, "fuel": ["a\ud800"]}]}

    assert read(Endpoint.GENERATORS, given) == Generators(
        "DownstreamATS", ({"kW": 12, "fuel": ["a?"]},)
    )


def test_unknown_generators_are_not_none_at_all() -> None:
    assert read(Endpoint.GENERATORS, {"generators": None}) == Generators()


def test_disconnect_types_are_words() -> None:
    assert site("pw2-21.44").disconnect_types == DisconnectTypes(("DownstreamATS",))


def test_an_old_connection_test_has_results_by_name() -> None:
    assert site("pw2-1.15").conn_tests == ConnTests(
        tested="2018-02-23T01:12:56Z",
        checks=(
            Check("Config Syncer Test", passed=True),
            Check("Hermes Status Test", passed=False, error="no route to host"),
        ),
    )


def test_a_connection_test_that_runs_has_no_checks_yet() -> None:
    running = {"results": None, "timestamp": "0001-01-01T00:00:00Z"}

    assert read(Endpoint.CONN_TESTS, running) == ConnTests()


def test_a_new_connection_test_has_checks_that_may_have_checks() -> None:
    times = {"start_time": "2025-11-30T09:15:01.5-08:00", "end_time": "0001-01-01T00:00:00Z"}
    given = {
        "name": "Network connection",
        "category": "InternalComms",
        "disruptive": False,
        "inputs": {"a": 1},
        "alert": True,
        "checks": [{"name": "IP address", "status": "fail", "checks": [{"name": "DHCP"}], **times}],
    }

    assert read(Endpoint.CONN_TESTS, given) == ConnTests(
        name="Network connection",
        category="InternalComms",
        disruptive=False,
        inputs={"a": 1},
        alert=True,
        checks=(
            Check(
                "IP address",
                status="fail",
                started="2025-11-30T17:15:01Z",
                checks=[{"name": "DHCP"}],
            ),
        ),
    )


@pytest.mark.parametrize(
    ("passes", "passed"),
    [
        ([True, True], True),
        ([True, False, None], False),
        ([True, None], None),
        ([], None),
    ],
)
def test_a_test_has_passed_when_every_check_has(
    passes: list[bool | None],
    passed: bool | None,  # noqa: FBT001  # a row of the table
) -> None:
    assert ConnTests(checks=tuple(Check(passed=one) for one in passes)).passed is passed


def test_grid_codes_are_a_list_of_places() -> None:
    assert site("pw2-1.15").grid_codes == GridCodes(
        (
            american("60Hz_240V_s_UL1741SA:2016_California", "Split", "California", "UL1741SA"),
            american("60Hz_240V_1_UL1741SA:2016_California", "Single", "California", "UL1741SA"),
            american("60Hz_240V_s_HECO:2016", "Split", "Hawaii", "HECO"),
        )
    )


def test_a_place_without_grid_codes_is_left_out() -> None:
    given = {"A": None, "B": {"C": None, "D": {"E": None, "F": [], "": [{"grid_code": "x"}]}}}

    assert read(Endpoint.GRID_CODES, given) == GridCodes((GridCode("x", country="B", state="D"),))


def test_grid_faults_are_those_of_the_system_status() -> None:
    asked, whole = site("pwplus-23.36").grid_faults, site("pwplus-23.36").system_status

    assert asked
    assert whole
    assert asked.faults == whole.grid_faults
    assert asked.faults
    assert asked.faults[0]["alert_raw"] == "432406325129904128"


def test_no_grid_faults_is_an_empty_list() -> None:
    assert site("pw2-1.15").grid_faults == GridFaults(())
