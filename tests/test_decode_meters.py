"""How the meters are made up, and what each says of itself, decoded."""

import json

import pytest
from sites import AT, site

from bridge.gateway.decode import decode
from bridge.model import Snapshot
from bridge.parts import (
    CtReading,
    CtReferences,
    Endpoint,
    Line,
    LineMeter,
    ListedCts,
    ListedMeter,
    MeterList,
    MeterReading,
    MeterReadings,
    MetersSite,
    MetersSolar,
    MetersStatus,
    Part,
)

RUNNING = "run sitemanager flag enabled, sitemanager process is running"
UNREACHABLE = "dial tcp: lookup PWRview-54321: no such host"


def read(endpoint: Endpoint, answer: object) -> Part:
    part, odd = decode(endpoint, json.dumps(answer).encode())
    assert odd == ()
    return part


def odd(endpoint: Endpoint, answer: object) -> tuple[str, ...]:
    return decode(endpoint, json.dumps(answer).encode())[1]


def readings(**meters: object) -> MeterReadings:
    part = read(Endpoint.METER_READINGS, meters)
    assert isinstance(part, MeterReadings)
    return part


def ct(number: int = 1, **members: object) -> dict[str, object]:
    nothing = {"v_V": 0, "p_W": 0, "q_VAR": 0, "eExp_Ws": 0, "eImp_Ws": 0}
    return {"ct": number, **nothing, **members}


def live(*cts: object, firmware: str = "1.7.2-Tesla") -> dict[str, object]:
    return {"error": "", "data": {"firmwareVersion": firmware, "f_Hz": 60, "cts": list(cts)}}


def test_a_listed_meter_is_as_it_was_set_up() -> None:
    assert site("pwplus-23.36").meter_list == MeterList(
        (
            ListedMeter(
                "TG122180000T7U",
                "54321",
                "neurio_w2_tcp",
                connected=True,
                cts=(
                    ListedCts(
                        "solarRGM", (True, False, False, False), (False, False, False, False), 2.0
                    ),
                ),
                ip_address="PWRview-54321",
                mac="02-00-00-00-00-36",
            ),
            ListedMeter(
                "TG122300000R5SsynchrometerX",
                "1232100-00-J--TG122220000C3D",
                "synchrometerX",
                cts=(ListedCts("site", (True, True, False, False), (False, False, False, False)),),
            ),
        )
    )


def test_the_order_of_the_list_says_nothing() -> None:
    one, other = {"serial": "TG1"}, {"serial": "TG2"}

    assert read(Endpoint.METER_LIST, [one, other]) == read(Endpoint.METER_LIST, [other, one])


def test_a_flag_that_is_none_is_odd_and_unknown() -> None:
    answer = [{"serial": "TG1", "cts": [{"valid": [True, 1]}]}]
    part, odd = decode(Endpoint.METER_LIST, json.dumps(answer).encode())

    assert part == MeterList((ListedMeter("TG1", cts=(ListedCts(valid=(True, None)),)),))
    assert odd == ("items[0].cts[0].valid[1] is a number, expected true or false",)


@pytest.mark.parametrize(
    ("endpoint", "none"),
    [
        (Endpoint.METERS_SITE, MetersSite(())),
        (Endpoint.METERS_SOLAR, MetersSolar(())),
    ],
)
def test_null_is_no_meter(endpoint: Endpoint, none: Part) -> None:
    assert read(endpoint, None) == none


def test_a_list_that_is_null_is_unknown_and_not_empty() -> None:
    with pytest.raises(ValueError, match="meters is null, expected a JSON list"):
        decode(Endpoint.METER_LIST, b"null")


def test_the_grids_meter_has_its_lines() -> None:
    assert site("pwplus-23.36").meters_site == MetersSite(
        (
            LineMeter(
                "TG122300000R5SsynchrometerX",
                "4064fc6a23e28e",
                "2026-01-01T15:04:04Z",
                (
                    Line(121.0, -590.0, -201.0, 2615005.5, 4560167.25),
                    Line(121.5, -594.5, -201.75, 2615005.75, 4560167.25),
                    Line(),
                ),
                timeout_s=1.5,
            ),
        )
    )


def test_what_the_suns_meter_imports_was_generated() -> None:
    cached = {"real_power_a": 5, "energy_imported_a": 700, "energy_exported_a": 3}

    part = read(Endpoint.METERS_SOLAR, [{"Cached_readings": cached}])

    line = Line(power_w=5.0, imported_wh=3.0, exported_wh=700.0)
    assert part == MetersSolar((LineMeter(lines=(line, Line(), Line())),))


def test_a_meter_that_never_communicated_has_no_lines() -> None:
    cached = {"last_communication_time": "0001-01-01T00:00:00Z", "real_power_a": 0}
    silent = {"connection": {"device_serial": "TG1"}, "Cached_readings": cached}

    assert read(Endpoint.METERS_SITE, [silent]) == MetersSite((LineMeter("TG1"),))


def test_a_meter_of_which_nothing_is_cached_has_no_lines() -> None:
    answer = [{"connection": {"device_serial": "TG1"}, "Cached_readings": None}, {}]

    part = read(Endpoint.METERS_SITE, answer)

    assert part == MetersSite((LineMeter("TG1"), LineMeter()))


def test_watt_seconds_become_watt_hours() -> None:
    part = readings(TG1=live(ct(2, v_V=120.1, p_W=345.07, eExp_Ws=7200, eImp_Ws=579265920)))

    assert part.meters == {
        "TG1": MeterReading(
            firmware="1.7.2-Tesla",
            frequency_hz=60.0,
            cts={
                2: CtReading(
                    power_w=345.07,
                    reactive_power_var=0.0,
                    voltage_v=120.1,
                    imported_wh=160907.2,
                    exported_wh=2.0,
                )
            },
        )
    }


@pytest.mark.parametrize("error", [RUNNING, UNREACHABLE])
def test_beside_an_error_all_zeros_mean_nothing(error: str) -> None:
    answer = {"error": error, "data": {"firmwareVersion": "", "cts": [ct(1), ct(2)]}}

    assert readings(TG1=answer).meters == {"TG1": MeterReading(error=error)}


def test_numbers_that_are_all_zero_mean_nothing_without_an_error_too() -> None:
    answer = {"error": "", "data": {"firmwareVersion": "", "cts": [ct(1), ct(2)]}}

    assert readings(TG1=answer).meters == {"TG1": MeterReading(cts={})}


def test_a_counter_without_use_is_a_zero_beside_a_voltage() -> None:
    (reading,) = (readings(TG1=live(ct(1, v_V=120.1))).meters or {}).values()

    assert reading.cts == {1: CtReading(0.0, 0.0, 120.1, None, 0.0, 0.0)}


def test_a_stranger_among_the_readings_is_no_meter() -> None:
    assert readings(flux_capacitor={"gigawatts": [1.21, None]}) == MeterReadings({})


@pytest.mark.parametrize("number", [0, 5, 1.5, None])
def test_a_transformer_has_one_of_four_numbers(number: float | None) -> None:
    (reading,) = (readings(TG1=live({**ct(), "ct": number, "v_V": 120})).meters or {}).values()

    assert reading.cts == {}


@pytest.mark.parametrize("error", [RUNNING, ""])
def test_a_meter_that_cannot_be_asked_keeps_counters_and_firmware(error: str) -> None:
    before = readings(TG1=live(ct(1, v_V=120.1, p_W=5, eImp_Ws=3600)))
    after = readings(TG1={"error": error, "data": {"firmwareVersion": "", "cts": [ct(1)]}})

    snapshot = Snapshot().with_part(before, AT).with_part(after, AT)

    assert snapshot.meter_readings == MeterReadings(
        {
            "TG1": MeterReading(
                error or None, "1.7.2-Tesla", cts={1: CtReading(imported_wh=1.0, exported_wh=0.0)}
            )
        }
    )


def test_readings_are_odd_where_they_are_none() -> None:
    answer = {"TG1": 5, "TG2": {"error": "", "data": {"cts": [{"ct": 1, "v_V": "x", "p_W": 1}]}}}

    assert odd(Endpoint.METER_READINGS, answer) == (
        "TG1 is a number, expected an object",
        "TG2.data.cts[0].v_V is text, expected a number",
    )


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ({"status": "", "errors": None}, MetersStatus(None, ())),
        ({"status": "busy", "errors": []}, MetersStatus("busy", ())),
        ({"errors": ["lost", {"meter": "X"}]}, MetersStatus(None, ("lost", {"meter": "X"}))),
        ({"errors": "lost"}, MetersStatus(None, ("lost",))),
    ],
)
def test_the_status_of_the_meters_has_its_errors(answer: object, part: Part) -> None:
    assert read(Endpoint.METERS_STATUS, answer) == part


def test_each_transformer_is_measured_against_a_line() -> None:
    answer = {"ct1": "Phase1", "ct3": "Phase2", "ct4": "", "note": "x"}

    part = read(Endpoint.CT_REFERENCES, answer)

    assert part == CtReferences({"ct1": "Phase1", "ct3": "Phase2"})


@pytest.mark.parametrize(
    ("part", "stale"),
    [
        (MeterList(()), MeterList()),
        (
            MeterList((ListedMeter("TG1", connected=True, cts=(ListedCts("site", (True,)),)),)),
            MeterList((ListedMeter("TG1", cts=(ListedCts("site", (True,)),)),)),
        ),
        (
            MetersSite((LineMeter("TG1", "f", AT, (Line(120.0, 5.0, 1.0, 7.0, 8.0),)),)),
            MetersSite((LineMeter("TG1", "f", None, (Line(imported_wh=7.0, exported_wh=8.0),)),)),
        ),
        (
            MeterReadings(
                {"TG1": MeterReading("e", "f", 60.0, {1: CtReading(5.0, imported_wh=7.0)})}
            ),
            MeterReadings({"TG1": MeterReading(None, "f", None, {1: CtReading(imported_wh=7.0)})}),
        ),
        (MetersStatus("busy", ("lost",)), MetersStatus()),
        (CtReferences({"ct1": "Phase1"}), CtReferences({"ct1": "Phase1"})),
    ],
)
def test_counters_and_how_it_was_set_up_outlive_silence(part: Part, stale: Part) -> None:
    assert part.stale() == stale
