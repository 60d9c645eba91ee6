"""The views of meters and charge say what the gateway's documents say, in the proxy's words."""

import json

import pytest
from sites import AT, SITES, answer, site, sources

from bridge.documents import Document
from bridge.model import Snapshot
from bridge.parts import Endpoint, Meter, Meters
from bridge.views import VIEWS, Made, Sources

METERS, SOE, GRID = Endpoint.METERS, Endpoint.SOE, Endpoint.GRID_STATUS
OPERATION, SYSTEM = Endpoint.OPERATION, Endpoint.SYSTEM_STATUS


def view(name: str, of: Sources) -> Made:
    return VIEWS[name].make(of)


@pytest.mark.parametrize("name", SITES)
def test_aggregates_are_the_gateways_own(name: str) -> None:
    assert view("aggregates", sources(name)) == json.loads(answer(name, METERS))


def test_what_a_silent_meter_repeats_is_not_said() -> None:
    """Its own time does not move any more, and the gateway goes on with the last values."""
    snapshot = site("pw2-21.44")
    quiet = {"solar": Meter(imported_wh=4310.0, exported_wh=27695260.0)}
    silent = snapshot.placed(Meters({**(snapshot.meters or Meters({})).meters, **quiet}))
    known = sources("pw2-21.44")
    told = view("aggregates", Sources(known.documents, silent))
    own = json.loads(answer("pw2-21.44", METERS))

    assert isinstance(told, dict)
    assert {key for key, value in told["solar"].items() if value is None} == {
        "instant_power",
        "instant_reactive_power",
        "instant_apparent_power",
        "frequency",
        "instant_average_voltage",
        "instant_average_current",
        "instant_total_current",
    }
    assert told["solar"]["energy_exported"] == own["solar"]["energy_exported"]
    assert told["battery"] == own["battery"]
    assert view("csv", Sources(known.documents, silent)) == "113.25,1212.75,,-2350.00,70.82"


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("pw2-1.15", 69.4027184),
        ("pw2-21.44", 70.82445999391543),
        ("pwplus-23.36", 55.246005437818916),
    ],
)
def test_soe_is_unrounded_and_on_the_gateways_scale(name: str, percent: float) -> None:
    assert view("soe", sources(name)) == {"percentage": percent}


@pytest.mark.parametrize(
    ("name", "line", "longer"),
    [
        ("pw2-1.15", "1208.25,1217.90,0.00,10.00,69.40", ",1,20"),
        ("pw2-21.44", "113.25,1212.75,3452.50,-2350.00,70.82", ",1,20"),
        ("pwplus-23.36", "-1184.50,791.50,3010.00,-1030.00,55.25", ",1,9"),
    ],
)
def test_csv_is_one_line_with_two_decimals(name: str, line: str, longer: str) -> None:
    """A reserve of 9.999999999999998 is 9 there: the proxy cuts it off too."""
    assert view("csv", sources(name)) == line
    assert view("csv_v2", sources(name)) == line + longer


def test_a_meter_that_is_not_there_has_an_empty_field() -> None:
    body = (
        b'{"site":{"last_communication_time":"2026-01-01T09:04:04Z","instant_power":-0.001},'
        b'"solar":{"last_communication_time":"0001-01-01T00:00:00Z","instant_power":0}}'
    )
    of = Sources(
        {METERS: Document(json.loads(body)), SOE: Document({"percentage": 50})},
        Snapshot().with_part(Meters({"site": Meter(power_w=-0.001)}), AT),
    )

    assert view("csv", of) == "0.00,,,,50.00"


@pytest.mark.parametrize(
    ("word", "up"),
    [
        ("SystemGridConnected", "1"),
        ("SystemIslandedActive", "0"),
        ("SystemTransitionToGrid", "0"),
        ("SystemSomethingNew", ""),
    ],
)
def test_csv_v2_says_whether_the_grid_is_there(word: str, up: str) -> None:
    body = json.dumps({"grid_status": word}).encode()
    line = view("csv_v2", sources("pw2-21.44", bodies={GRID: body}))

    assert isinstance(line, str)
    assert line.split(",")[5] == up


def test_json_has_everything_in_one() -> None:
    assert view("json", sources("pwplus-23.36")) == {
        "grid": -1184.5,
        "home": 791.5,
        "solar": 3010,
        "battery": -1030,
        "soe": 55.246005437818916,
        "grid_status": 1,
        "reserve": pytest.approx(10.0),
        "time_remaining_hours": 14833 / 791.5,
        "full_pack_energy": 26849,
        "energy_remaining": 14833,
        "strings": {
            "A": _string(1.74, 441.0, 256.9),
            "B": _string(0.0, 0.0, -2.1, connected=False),
            "C": _string(4.42, 1302.0, 294.4),
            "D": _string(4.5, 1327.0, 294.8, "PV_Active_Parallel"),
        },
    }


def _string(
    current: float,
    power: float,
    voltage: float,
    state: str = "PV_Active",
    *,
    connected: bool = True,
) -> dict[str, object]:
    return {
        "Current": current,
        "Power": power,
        "Voltage": voltage,
        "State": state,
        "Connected": connected,
    }


def test_json_of_a_site_without_packs_and_vitals_invents_no_zeros() -> None:
    assert view("json", sources("pw2-1.15")) == {
        "grid": 1208.2499694824219,
        "home": 1217.9,
        "solar": 0,
        "battery": 10,
        "soe": 69.4027184,
        "grid_status": 1,
        "reserve": pytest.approx(20.0),
        "time_remaining_hours": None,
        "full_pack_energy": None,
        "energy_remaining": None,
        "strings": None,
    }


@pytest.mark.parametrize(
    ("endpoint", "unknown"),
    [
        (SOE, {"soe"}),
        (GRID, {"grid_status"}),
        (OPERATION, {"reserve"}),
        (SYSTEM, {"time_remaining_hours", "full_pack_energy", "energy_remaining"}),
        (Endpoint.VITALS, {"strings"}),
    ],
)
def test_what_is_missing_in_json_is_null(endpoint: Endpoint, unknown: set[str]) -> None:
    told = view("json", sources("pwplus-23.36", without=[endpoint, Endpoint.SOLAR_POWERWALL]))

    assert isinstance(told, dict)
    assert {key for key, value in told.items() if value is None} == unknown


@pytest.mark.parametrize("use_w", ["0", "-12.5", "null", '"much"'])
def test_no_use_of_the_home_is_no_time_remaining(use_w: str) -> None:
    body = (
        f'{{"load":{{"last_communication_time":"2026-01-01T09:04:04Z","instant_power":{use_w}}}}}'
    )
    told = view("json", sources("pw2-21.44", bodies={METERS: body.encode()}))

    assert isinstance(told, dict)
    assert told["time_remaining_hours"] is None


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("aggregates", {METERS}),
        ("soe", {SOE}),
        ("csv", {METERS, SOE}),
        ("csv_v2", {METERS, SOE, GRID, OPERATION}),
        ("json", {METERS}),
    ],
)
def test_a_view_without_its_input_is_not_made(name: str, needs: set[Endpoint]) -> None:
    unmade = {e for e in Endpoint if view(name, sources("pwplus-23.36", without=[e])) is None}

    assert unmade == needs


@pytest.mark.parametrize("percent", ["1.75e308", "-1e15", "1000000000000000"])
def test_a_number_beyond_all_reason_is_unknown(percent: str) -> None:
    body = f'{{"real_mode":"backup","backup_reserve_percent":{percent}}}'.encode()
    of = sources("pw2-21.44", bodies={OPERATION: body})
    overview, pod = view("json", of), view("pod", of)

    assert isinstance(overview, dict)
    assert isinstance(pod, dict)
    assert view("csv_v2", of) == "113.25,1212.75,3452.50,-2350.00,70.82,1,"
    assert (overview["reserve"], pod["backup_reserve_percent"]) == (None, None)


@pytest.mark.parametrize("body", [b'{"percentage":"much"}', b'{"percentage":true}', b"{}"])
def test_a_level_that_is_no_number_is_missing(body: bytes) -> None:
    of = sources("pw2-21.44", bodies={SOE: body})

    assert [view(name, of) for name in ("soe", "csv", "csv_v2")] == [None, None, None]
