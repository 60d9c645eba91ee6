"""The alerts of all devices: where they are from, since when, and what they mean."""

import json

import pytest
from fakes import Bench
from sites import AT, site

from bridge.alerts import KNOWN, Alert, Severity, known, listed, problem, resumed, saved
from bridge.documents import Json
from bridge.errors import Missing, TimedOut
from bridge.model import Snapshot
from bridge.parts import Device, Endpoint, SolarPowerwall, Vitals
from bridge.poller import Stop
from bridge.readings import GROUPS, measure
from bridge.topics import encode

LATER = "2026-01-02T03:05:05Z"
DIN = "TEPOD--1081100-13-U--TG1"
GONE = Missing("devices/vitals: 404", 404)


def vitals(*alerts: str) -> Vitals:
    return Vitals((Device(DIN, "TEPOD", alerts=alerts, heard=True),))


def names(snapshot: Snapshot) -> list[str] | None:
    return None if snapshot.alerts is None else [alert.name for alert in snapshot.alerts]


def said(snapshot: Snapshot) -> dict[str, str]:
    return {
        "/".join(item.path): encode(item.value, item.reading.quantity)
        for item in measure(GROUPS, snapshot)
        if item.path[0] == "alerts"
    }


def happened(bench: Bench) -> list[tuple[str, str]]:
    events = [json.loads(text) for text in bench.said("event")]
    return [(event["event_type"], event["name"]) for event in events]


def first_seen(bench: Bench) -> dict[str, str]:
    return {row["name"]: row["first_seen"] for row in json.loads(bench.last("alerts") or "[]")}


def test_an_alert_is_told_with_what_it_means() -> None:
    snapshot = Snapshot().with_part(vitals("POD_f029_HW_CMA_OV", "POD_a999_New"), AT)

    assert json.loads(said(snapshot)["alerts"]) == [
        {
            "name": "POD_f029_HW_CMA_OV",
            "device": "TEPOD",
            "din": DIN,
            "first_seen": AT,
            "severity": "fault",
            "meaning": "The pack's hardware saw too high a voltage and stopped",
        },
        {
            "name": "POD_a999_New",
            "device": "TEPOD",
            "din": DIN,
            "first_seen": AT,
            "severity": "unknown",
            "meaning": None,
        },
    ]


@pytest.mark.parametrize(
    ("alerts", "is_problem"),
    [
        ((), "false"),
        (("PINV_a067_overvoltageNeutralChassis", "PVS_a017_MciStringA"), "false"),
        (("PVS_a018_MciStringB", "PVS_a019_MciStringC", "PVS_a020_MciStringD"), "false"),
        (("SystemConnectedToGrid", "GridCodesWrite", "SelfConsumptionReservedLimit"), "false"),
        (("POD_a999_New",), "false"),
        (("POD_w999_New",), "true"),
        (("POD_f999_New",), "true"),
        (("SystemConnectedToGrid", "POD_w045_SW_Brick_OV_Warning"), "true"),
        (("BatteryFault",), "true"),
    ],
)
def test_only_a_warning_and_a_fault_are_a_problem(alerts: tuple[str, ...], is_problem: str) -> None:
    topics = said(Snapshot().with_part(vitals(*alerts), AT))

    assert (topics["alerts/problem"], topics["alerts/count"]) == (is_problem, str(len(alerts)))


@pytest.mark.parametrize("name", ["pw2-21.44", "pwplus-23.36"])
def test_a_site_that_is_well_has_no_problem(name: str) -> None:
    assert said(site(name))["alerts/problem"] == "false"
    assert all(alert.severity is not Severity.UNKNOWN for alert in site(name).alerts or ())


@pytest.mark.parametrize(
    "snapshot",
    [
        Snapshot(),
        Snapshot().with_part(SolarPowerwall(), AT),
        site("pw2-21.44").silenced(Endpoint.VITALS),
        site("pw2-1.15"),
    ],
)
def test_what_is_not_read_is_unknown(snapshot: Snapshot) -> None:
    assert said(snapshot) == dict.fromkeys(("alerts", "alerts/count", "alerts/problem"), "None")


def test_a_device_without_a_word_does_not_hide_the_alerts_of_others() -> None:
    lost = Device("TEPINV--1", "TEPINV", alerts=("PINV_a039_can_thcMIA",), heard=False)
    heard = Device(DIN, "TEPOD", alerts=(), heard=True)

    assert listed(Vitals((heard, lost)), (), AT) == (
        Alert("PINV_a039_can_thcMIA", "TEPINV", "TEPINV--1", AT),
    )


def test_the_same_alert_of_two_devices_is_two_alerts() -> None:
    two = Vitals(tuple(Device(f"X--{n}", "X", alerts=("a", "a"), heard=True) for n in (1, 2)))

    alerts = listed(two, (Alert("a", "X", "X--2", AT),), LATER)

    assert alerts == (Alert("a", "X", "X--1", LATER), Alert("a", "X", "X--2", AT))


def test_alerts_come_back_from_the_store_as_they_were() -> None:
    alerts = (Alert("a", "TEPOD", DIN, AT), Alert("PVS_b", "PVS", None, LATER))

    assert resumed(json.loads(json.dumps(saved(alerts)))) == alerts


@pytest.mark.parametrize(
    "value",
    [None, 5, "a", {}, [5], [[]], [["a", "b", "c"]], [["a", "b", 5, "d"]], [[None, "b", "c", "d"]]],
)
def test_what_cannot_be_read_of_an_earlier_run_is_forgotten(value: Json) -> None:
    assert resumed(value) == ()


def test_every_row_has_a_meaning_in_plain_words() -> None:
    for row in KNOWN.values():
        assert row.severity is not Severity.UNKNOWN
        assert row.meaning is not None
        assert row.meaning[0].isupper()
        assert not row.meaning.endswith(".")


def test_a_name_tells_its_device() -> None:
    levels = {"POD": "TEPOD", "PINV": "TEPINV", "THC": "TETHC", "SYNC": "TESYNC"}

    for row in KNOWN.values():
        prefix, _, rest = row.name.partition("_")
        assert row.device == (levels.get(prefix, prefix) if rest else "STSTSM")


def test_what_calls_itself_a_fault_is_one() -> None:
    assert {known(name).severity for name in KNOWN if name.startswith("POD_f")} == {Severity.FAULT}


def test_nothing_at_all_is_no_problem() -> None:
    assert problem(()) is False


def test_a_restart_keeps_the_time_and_tells_nothing_again() -> None:
    bench = Bench()
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault")
    bench.live(40)
    before = first_seen(bench)
    bench.poller.inbox.put(Stop())
    bench.poller.run()

    later = Bench(store=bench.store)
    later.clock.s = 3600.0
    later.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault", "POD_w110_SW_EOC")
    later.live(10)

    assert before["BatteryFault"] == first_seen(later)["BatteryFault"]
    assert first_seen(later)["POD_w110_SW_EOC"] > before["BatteryFault"]
    assert happened(later) == []


def test_an_alert_that_came_is_kept_though_the_run_ends_without_a_word() -> None:
    bench = Bench()
    bench.gateway.answers[Endpoint.VITALS] = vitals()
    bench.live(40)
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault")
    bench.live(40)

    later = Bench(store=bench.store)
    later.clock.s = 3600.0
    later.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault")
    later.live(10)

    assert first_seen(later) == first_seen(bench)


def test_vitals_that_are_late_after_a_restart_raise_nothing() -> None:
    bench = Bench()
    bench.live(40)
    bench.poller.inbox.put(Stop())
    bench.poller.run()

    later = Bench(store=bench.store)
    later.clock.s = 3600.0
    later.gateway.fails(TimedOut("devices/vitals: no answer in 5 s"), [Endpoint.VITALS])
    later.live(50)
    during = later.said("alerts")
    later.gateway.recovers(later.house)
    later.live(300)

    assert set(during) <= {"None"}
    assert (first_seen(later), happened(later)) == (first_seen(bench), [])
    assert first_seen(later)["PVS_a018_MciStringB"].startswith("2026-01-02T03:00:")


def test_an_alert_is_raised_and_cleared_once() -> None:
    bench = Bench()
    for alerts in ((), ("BatteryFault",), ("BatteryFault",), ()):
        bench.gateway.answers[Endpoint.VITALS] = vitals(*alerts)
        bench.live(40)

    assert happened(bench) == [("alert_raised", "BatteryFault"), ("alert_cleared", "BatteryFault")]


def test_a_silence_of_the_vitals_neither_raises_nor_clears() -> None:
    bench = Bench()
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault")
    bench.live(40)
    bench.gateway.answers[Endpoint.VITALS] = TimedOut("devices/vitals: no answer in 5 s")
    bench.live(700)
    during = bench.last("alerts")
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault")
    bench.live(4000)

    assert (during, happened(bench)) == ("None", [])
    assert bench.last("alerts/count") == "1"


def test_vitals_that_vanish_leave_the_alerts_to_the_solar_inverter_within_a_minute() -> None:
    bench = Bench()
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault")
    bench.live(40)
    bench.gateway.answers[Endpoint.VITALS] = GONE

    bench.live(60)

    assert (list(first_seen(bench)), happened(bench)) == (["PVS_a018_MciStringB"], [])


def test_vitals_that_come_back_tell_what_changed_while_the_solar_inverter_spoke() -> None:
    bench = Bench()
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault", "PodCommissionTime")
    bench.live(40)
    bench.gateway.answers[Endpoint.VITALS] = GONE
    bench.live(60)
    bench.gateway.answers[Endpoint.SOLAR_POWERWALL] = SolarPowerwall(alerts=("PVS_a017",))
    bench.live(120)
    meanwhile = happened(bench)
    bench.gateway.answers[Endpoint.VITALS] = vitals("BatteryFault", "POD_w110_SW_EOC")

    bench.live(4000)

    assert meanwhile == [("alert_raised", "PVS_a017"), ("alert_cleared", "PVS_a018_MciStringB")]
    assert happened(bench)[2:] == [
        ("alert_raised", "POD_w110_SW_EOC"),
        ("alert_cleared", "PodCommissionTime"),
    ]
