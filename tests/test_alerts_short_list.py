"""The alerts of the solar inverter alone, and when they stand in for those of all devices."""

from sites import AT
from test_alerts import DIN, LATER, names, said, vitals

from bridge.alerts import Alert
from bridge.model import Snapshot
from bridge.parts import Endpoint, SolarPowerwall

LATEST = "2026-01-02T03:06:05Z"
SOLAR = SolarPowerwall(alerts=("PVAC_a030_fan_faulted", "PVS_a018_MciStringB"))


def test_without_vitals_the_solar_inverter_speaks_for_itself() -> None:
    snapshot = Snapshot().refusing(Endpoint.VITALS).with_part(SOLAR, AT)

    assert snapshot.alerts == (
        Alert("PVAC_a030_fan_faulted", "PVAC", None, AT),
        Alert("PVS_a018_MciStringB", "PVS", None, AT),
    )
    assert said(snapshot)["alerts/problem"] == "true"


def test_the_solar_inverter_alone_does_not_say_that_all_is_well() -> None:
    faulted = Snapshot().with_part(vitals("BatteryFault"), AT).refusing(Endpoint.VITALS)

    well = faulted.with_part(SolarPowerwall(alerts=("PVS_a018_MciStringB",)), LATER)

    assert (said(well)["alerts/count"], said(well)["alerts/problem"]) == ("1", "None")


def test_a_solar_inverter_that_falls_silent_has_unknown_alerts() -> None:
    alone = Snapshot().refusing(Endpoint.VITALS).with_part(SOLAR, AT)

    assert alone.silenced(Endpoint.SOLAR_POWERWALL).alerts is None


def test_the_short_list_does_not_stand_in_for_vitals_that_are_late() -> None:
    late = Snapshot().with_part(SOLAR, AT)

    assert names(late) is None
    assert names(late.refusing(Endpoint.POWERWALLS)) is None
    assert names(late.refusing(Endpoint.VITALS)) == list(SOLAR.alerts or ())


def test_the_short_list_keeps_what_is_known_of_other_devices() -> None:
    earlier = Snapshot().with_part(vitals("BatteryFault"), AT).known_alerts
    restarted = Snapshot(known_alerts=earlier).refusing(Endpoint.VITALS)

    short = restarted.with_part(SOLAR, LATER)
    whole = short.with_part(SolarPowerwall(alerts=()), LATER)
    whole = whole.with_part(vitals("BatteryFault"), LATEST)

    assert names(short) == list(SOLAR.alerts or ())
    assert whole.alerts == (Alert("BatteryFault", "TEPOD", DIN, AT),)


def test_an_alert_that_leaves_the_short_list_comes_back_with_a_new_time() -> None:
    alone = Snapshot().refusing(Endpoint.VITALS)

    alone = alone.with_part(SOLAR, AT).with_part(SolarPowerwall(alerts=()), LATER)

    assert {alert.first_seen for alert in alone.with_part(SOLAR, LATEST).alerts or ()} == {LATEST}


def test_vitals_tell_more_than_the_solar_inverter() -> None:
    both = Snapshot().with_part(SOLAR, AT).with_part(vitals("BatteryFault"), LATER)

    assert names(both) == names(both.with_part(SOLAR, LATEST)) == ["BatteryFault"]
    assert names(both.silenced(Endpoint.SOLAR_POWERWALL)) == ["BatteryFault"]


def test_the_short_list_does_not_stand_in_for_vitals_that_fell_silent() -> None:
    silent = Snapshot().with_part(vitals("BatteryFault"), AT).silenced(Endpoint.VITALS)

    assert names(silent.with_part(SOLAR, LATER)) is None


def test_vitals_may_be_taken_away_for_good() -> None:
    before = Snapshot().with_part(vitals("BatteryFault"), AT).with_part(SOLAR, AT)
    silent = before.silenced(Endpoint.VITALS)

    gone = silent.refusing(Endpoint.VITALS)

    assert (names(before), names(silent)) == (["BatteryFault"], None)
    assert names(gone) is None
    assert names(gone.with_part(SOLAR, LATEST)) == list(SOLAR.alerts or ())


def test_the_short_list_of_before_does_not_stand_in_for_vitals_that_are_refused() -> None:
    """A session that is worth nothing opens neither: the inverter is refused next."""
    before = Snapshot().with_part(vitals("BatteryFault"), AT).with_part(SOLAR, AT)
    refused = before.silenced(Endpoint.VITALS).refusing(Endpoint.VITALS)

    assert names(refused.silenced(Endpoint.SOLAR_POWERWALL)) is None
