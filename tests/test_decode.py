"""What the answers become: meters, and with them numbers, times and durations."""

import json

import pytest
from sites import SITES, answer, site

from bridge.gateway.decode import decode
from bridge.parts import Endpoint, Meter, Meters, Part, Status


def read(endpoint: Endpoint, answer: object) -> Part:
    return decode(endpoint, json.dumps(answer).encode())[0]


def oddities(endpoint: Endpoint, answer: object) -> tuple[str, ...]:
    return decode(endpoint, json.dumps(answer).encode())[1]


def meter(**members: object) -> Meter:
    part = read(Endpoint.METERS, {"site": members})
    assert isinstance(part, Meters)
    return part.meters["site"]


def status(**members: object) -> Status:
    part = read(Endpoint.STATUS, members)
    assert isinstance(part, Status)
    return part


@pytest.mark.parametrize(
    ("name", "endpoint"), [(name, e) for name in SITES for e in Endpoint if answer(name, e)]
)
def test_an_ordinary_answer_holds_nothing_odd(name: str, endpoint: Endpoint) -> None:
    _, odd = decode(endpoint, answer(name, endpoint))

    assert odd == ()


def test_a_meter_has_the_gateways_units() -> None:
    solar = site("pwplus-23.36").meter("solar")

    assert solar == Meter(
        power_w=3010.0,
        reactive_power_var=40.0,
        apparent_power_va=3010.265768997814,
        average_voltage_v=241.6,
        average_current_a=12.45,
        frequency_hz=60.016,
        imported_wh=4.5,
        exported_wh=14330211.75,
        last_communication_time="2026-01-01T15:04:04Z",
        timeout_s=1.0,
    )


def test_a_meter_that_never_communicated_is_left_out() -> None:
    meters = site("pw2-1.15").meters

    assert meters
    assert list(meters.meters) == ["site", "battery", "load", "solar"]


def test_a_meter_without_a_name_is_left_out() -> None:
    assert read(Endpoint.METERS, {" ": {"instant_power": 1}}) == Meters({})


def test_missing_solar_is_no_meter() -> None:
    meters = read(Endpoint.METERS, {"site": {}, "solar": None})

    assert meters == Meters({"site": Meter()})


def test_frequency_zero_is_no_value() -> None:
    assert meter(frequency=0).frequency_hz is None


def test_voltage_zero_is_no_value() -> None:
    assert meter(instant_average_voltage=0.0).average_voltage_v is None


def test_the_total_current_stands_in_for_the_average() -> None:
    assert meter(instant_average_current=None, instant_total_current=5.7).average_current_a == 5.7


def test_no_current_at_a_known_voltage_is_zero_amperes() -> None:
    known = meter(instant_power=0, instant_average_voltage=230, instant_average_current=0)

    assert known.average_current_a == 0


@pytest.mark.parametrize("beside", [{"instant_power": 3}, {"instant_average_voltage": 230}])
def test_current_zero_beside_no_voltage_or_no_power_is_no_value(beside: dict[str, object]) -> None:
    assert meter(instant_average_current=0, **beside).average_current_a is None


@pytest.mark.parametrize("counter", [0, -1250.5])
def test_a_counter_is_passed_on_as_it_is(counter: float) -> None:
    assert meter(energy_imported=counter).imported_wh == counter


def test_minus_zero_is_zero() -> None:
    assert str(meter(instant_power=-0.0).power_w) == "0.0"


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-01-01T12:04:04-08:00", "2026-01-01T20:04:04Z"),
        ("2026-01-01T12:04:04.5-08:00", "2026-01-01T20:04:04Z"),
        ("2026-01-01T12:04:04.123456789-08:00", "2026-01-01T20:04:04Z"),
        ("2026-01-01T20:04:04.999999999Z", "2026-01-01T20:04:04Z"),
        ("2021-12-16 22:13:25 +0800", "2021-12-16T14:13:25Z"),
        ("2021-12-16 22:13:25 -0330", "2021-12-17T01:43:25Z"),
        ("0999-12-31T00:00:00Z", "0999-12-31T00:00:00Z"),
    ],
)
def test_a_time_is_published_in_utc_to_the_second(given: str, utc: str) -> None:
    assert status(start_time=given).started == utc


def test_the_year_one_is_no_time() -> None:
    assert status(start_time="0001-01-01T00:00:00Z").started is None


@pytest.mark.parametrize(
    "text", ["soon", "2026-01-01", "2026-01-01T12:04:04", "9999-12-31T23:59:59-08:00"]
)
def test_a_time_that_is_none_is_odd(text: str) -> None:
    odd = oddities(Endpoint.STATUS, {"start_time": text})

    assert odd == (f"start_time is '{text}', expected a time with offset",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("223h5m51.577762169s", 803151.577762169),
        ("17m3.2s", 1023.2),
        ("8.1s", 8.1),
        ("0s", 0),
        ("431ms", 0.431),
        ("12\u00b5s", 12e-6),
        ("12\u03bcs", 12e-6),
        ("12us", 12e-6),
        ("7ns", 7e-9),
        ("402h", 1447200),
    ],
)
def test_a_go_duration_is_seconds(text: str, seconds: float) -> None:
    assert status(up_time_seconds=text).uptime_s == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["long", "5", "-8s", "1.5.2s", "8s!", "9" * 50 + "s" + "8" * 50])
def test_a_duration_that_is_none_has_no_value(text: str) -> None:
    assert status(up_time_seconds=text).uptime_s is None


def test_a_duration_that_is_none_is_odd() -> None:
    odd = oddities(Endpoint.STATUS, {"up_time_seconds": "long"})

    assert odd == ("up_time_seconds is 'long', expected a duration",)


def test_a_meter_whose_name_has_no_end_is_left_out() -> None:
    body = json.dumps({"site": {"instant_power": 1}, "x" * 70_000: {"instant_power": 2}}).encode()

    part, _ = decode(Endpoint.METERS, body)

    assert isinstance(part, Meters)
    assert list(part.meters) == ["site"]
