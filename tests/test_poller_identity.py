"""Which site a gateway is, and what an earlier run has left of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import ALL, FAST, HOUSE, OWN, Bench
from sites import site

from bridge.errors import BadAnswer, Missing, Unauthorized, Unreachable
from bridge.inventory import Inherited
from bridge.model import Snapshot
from bridge.parts import Cadence, Config, Endpoint, Powerwalls, TedapiDin
from bridge.state import Store
from bridge.words import segment

LOST, GARBAGE = Unreachable("timed out"), BadAnswer("no JSON", 200)
MISSING = Missing("404", 404)
SOURCES = (Endpoint.STATUS, Endpoint.POWERWALLS, Endpoint.CONFIG)
PW3_DIN = "1707000-11-J--TG123456789012"


def din() -> str:
    assert HOUSE.din is not None
    return segment(HOUSE.din)


def site_of(bench: Bench) -> str | None:
    """Return the key under which the site was discovered."""
    topics = [m.topic for m in bench.published if "/device/site_" in m.topic]
    return topics[-1].split("/")[2].removeprefix("site_") if topics else None


def inherit(bench: Bench, topic: str, payload: str = "x") -> None:
    bench.poller.inbox.put(Inherited("main", OWN + topic, payload))


def test_a_site_is_named_after_its_gateway() -> None:
    bench = Bench()

    bench.live(0)

    assert (site_of(bench), bench.store.get("site_key")) == (din(), din())


def test_the_setting_names_the_site_before_all_else() -> None:
    store = Store(None, "main")
    store.put("site_key", "stored")
    bench = Bench(store=store, site_id="my_home")

    bench.live(0)

    assert (site_of(bench), store.get("site_key")) == ("my_home", "my_home")


def test_the_setting_names_a_site_that_nothing_else_names() -> None:
    bench = Bench(site_id="my_home")
    bench.gateway.fails(MISSING, {*SOURCES, Endpoint.SYSTEM_STATUS})

    bench.live(0)

    assert site_of(bench) == "my_home"


def test_a_name_that_was_chosen_is_kept_when_a_better_one_appears(tmp_path: Path) -> None:
    first = Bench(store=Store(tmp_path, "main"))
    first.gateway.fails(MISSING, SOURCES)
    first.live(0)

    later = Bench(store=Store(tmp_path, "main"))
    later.live(0)

    serial = min(HOUSE.pack_serials)
    assert (site_of(first), site_of(later)) == (serial, serial)


def test_a_name_is_kept_within_a_run_too() -> None:
    bench = Bench(intervals=dict.fromkeys(Cadence, 300.0))
    bench.gateway.fails(MISSING, SOURCES)
    bench.live(0)
    first = site_of(bench)
    bench.gateway.recovers(HOUSE)

    bench.live(8000)

    assert site_of(bench) == first == min(HOUSE.pack_serials)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({Endpoint.POWERWALLS: Powerwalls("PW--1")}, "PW--1"),
        ({Endpoint.CONFIG: Config("CFG--1")}, "CFG--1"),
        ({Endpoint.CONFIG: Config("A b/c")}, "A_b_c"),
    ],
)
def test_a_site_without_a_din_in_its_status_is_named_after_the_next_source(
    parts: dict[Endpoint, Powerwalls | Config], name: str
) -> None:
    bench = Bench()
    bench.gateway.fails(MISSING, SOURCES)
    bench.gateway.answers |= parts

    bench.live(0)

    assert site_of(bench) == name


def test_no_name_is_chosen_before_every_source_was_asked() -> None:
    bench = Bench()
    bench.gateway.fails(LOST, [Endpoint.VITALS, Endpoint.SITE_INFO])

    bench.live(0)

    assert (site_of(bench), bench.store.get("site_key")) == (None, None)


def test_there_is_no_discovery_while_nothing_names_the_site() -> None:
    bench = Bench()
    bench.gateway.fails(MISSING, {*SOURCES, Endpoint.SYSTEM_STATUS})

    bench.live(30)

    assert site_of(bench) is None


def powerwall_3(**options: Any) -> Bench:
    """Return a bench whose gateway has the three fast paths, and its DIN at /tedapi/din."""
    bench = Bench(**options)
    bench.gateway.fails(MISSING, set(Endpoint) - set(FAST))
    bench.gateway.answers[Endpoint.TEDAPI_DIN] = TedapiDin(PW3_DIN)
    return bench


def test_a_powerwall_3_is_named_after_the_din_that_it_tells_elsewhere() -> None:
    bench = powerwall_3()

    bench.live(0)

    assert (site_of(bench), bench.last("gateway/din")) == (PW3_DIN, PW3_DIN)
    assert (bench.last("tier"), bench.last("connection")) == ("restricted", "connected")


def test_a_powerwall_3_is_discovered_without_controls_that_cannot_work() -> None:
    bench = powerwall_3(access=ALL)

    bench.live(0)

    (config,) = [m for m in bench.published if m.topic.startswith("homeassistant/")]
    found = json.loads(config.payload)
    wanted = {"grid_power", "home_power", "battery_power", "solar_power", "battery_level"}
    assert wanted | {"grid_status", "grid_import_energy"} <= found["cmps"].keys()
    assert [key for key in found["cmps"] if key.startswith("set_")] == ["set_refresh"]
    assert found["dev"]["mdl"] == "Powerwall 3"


def test_the_din_of_a_powerwall_3_is_asked_for_with_all_that_is_slow() -> None:
    bench = powerwall_3()

    bench.live(700)

    assert bench.gateway.asked_since(0, Endpoint.TEDAPI_DIN) == [0, 300, 600]


@pytest.mark.parametrize("house", [HOUSE, site("pw2-21.44"), site("pw2-1.15")])
def test_a_gateway_that_tells_its_din_elsewhere_or_has_none_is_not_asked_again(
    house: Snapshot,
) -> None:
    bench = Bench(house=house)

    bench.order("refresh", "")
    bench.live(7200)

    assert bench.gateway.asked_since(0, Endpoint.TEDAPI_DIN) == []
    assert site_of(bench) is not None
    assert json.loads(bench.last("capabilities") or "")["/tedapi/din"]["state"] == "unknown"


def test_another_source_of_the_din_goes_before_that_of_a_powerwall_3() -> None:
    bench = powerwall_3()
    bench.live(0)
    bench.gateway.answers[Endpoint.CONFIG] = Config("CFG--1")

    bench.live(8000)

    assert bench.said("gateway/din") == [PW3_DIN, "CFG--1"]
    assert site_of(bench) == PW3_DIN
    assert bench.gateway.asked_since(4000, Endpoint.TEDAPI_DIN) == []


def test_a_powerwall_3_that_tells_its_din_late_is_discovered_then() -> None:
    bench = powerwall_3()
    bench.gateway.answers[Endpoint.TEDAPI_DIN] = GARBAGE
    bench.live(290)
    early = site_of(bench)
    bench.gateway.answers[Endpoint.TEDAPI_DIN] = TedapiDin(PW3_DIN)

    bench.live(20)

    assert (early, site_of(bench)) == (None, PW3_DIN)


def test_that_nothing_names_the_site_is_said_once_with_the_remedy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.gateway.fails(MISSING, set(Endpoint) - set(FAST))

    bench.live(2000)

    said = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert said == [
        "main: nothing that it answers says which site it is, so Home Assistant is not told of "
        "it: set POWERWALL_ID"
    ]


def test_nothing_is_missed_of_a_gateway_that_has_not_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.gateway.fails(Unauthorized("refused", 401), set(Endpoint))

    bench.live(2000)

    assert "POWERWALL_ID" not in caplog.text


def test_a_site_is_found_though_it_was_away_at_the_start() -> None:
    bench = Bench()
    bench.gateway.fails(LOST)
    bench.live(300)
    bench.gateway.recovers(HOUSE)

    bench.live(80)

    assert site_of(bench) == din()


def test_a_site_whose_password_is_wrong_is_discovered_by_what_is_open() -> None:
    bench = Bench()
    bench.gateway.fails(Unauthorized("refused", 401), set(Endpoint) - {Endpoint.STATUS})

    bench.live(1200)

    assert site_of(bench) == din()


def test_a_stored_name_that_is_no_text_is_not_used() -> None:
    store = Store(None, "main")
    store.put("site_key", [1])
    bench = Bench(store=store)

    bench.live(0)

    assert site_of(bench) == din()


def test_a_second_gateway_of_a_site_is_an_error_and_is_not_discovered() -> None:
    claims: dict[str, str] = {}

    def claim(name: str) -> Bench:
        def ask(key: str) -> str | None:
            owner = claims.setdefault(key, name)
            return None if owner == name else owner

        return Bench(claim=ask)

    first, second = claim("main"), claim("cabin")
    first.live(10)

    second.live(10)

    assert (site_of(first), site_of(second)) == (din(), None)
    assert (first.last("connection"), second.last("connection")) == ("connected", "error")
    assert second.last("connection/reason") == (
        f"gateway main is the same site ({din()}): remove one, or set POWERWALL_ID"
    )


def test_a_second_gateway_of_a_site_is_read_all_the_same() -> None:
    bench = Bench(claim=lambda _: "cabin")

    bench.live(10)

    assert (bench.last("availability"), bench.last("battery/level")) == ("online", "50")


def test_a_name_that_is_not_ours_is_not_kept() -> None:
    bench = Bench(claim=lambda _: "cabin")

    bench.live(10)

    assert bench.store.get("site_key") is None


@pytest.mark.parametrize("level", ["pack", "inverter", "meter_device"])
def test_a_device_of_an_earlier_run_that_is_gone_is_offline(level: str) -> None:
    bench = Bench()
    inherit(bench, f"{level}/TG0GONE/availability", "online")

    bench.live(0)

    assert bench.last(f"{level}/TG0GONE/availability") == "offline"


def test_a_device_of_an_earlier_run_that_is_there_is_online() -> None:
    bench = Bench()
    serial = next(iter(HOUSE.packs))
    inherit(bench, f"pack/{serial}/availability", "offline")

    bench.live(0)

    assert bench.said(f"pack/{serial}/availability") == ["online"]


def test_a_device_of_an_earlier_run_is_not_offline_on_its_way_back() -> None:
    bench = Bench()
    bench.gateway.fails(Unauthorized("refused", 401), set(Endpoint) - {Endpoint.STATUS})
    serial = next(iter(HOUSE.packs))
    inherit(bench, f"pack/{serial}/availability", "online")
    bench.live(1200)
    bench.gateway.recovers(HOUSE)

    bench.live(120)

    assert bench.said(f"pack/{serial}/availability") == ["online"]


def test_an_absence_adds_up_over_runs_that_are_shorter_than_a_day(tmp_path: Path) -> None:
    for _ in range(2):
        bench = Bench(store=Store(tmp_path, "main"), intervals=dict.fromkeys(Cadence, 300.0))
        inherit(bench, "pack/TG0GONE/availability", "offline")
        bench.live(13 * 3600)

    assert bench.last("pack/TG0GONE/availability") == ""


def test_a_reading_of_an_earlier_run_that_is_gone_is_unknown() -> None:
    bench = Bench()
    inherit(bench, "pack/TG0GONE/power", "1500")
    inherit(bench, "pack/TG0GONE/availability", "online")

    bench.live(0)

    assert bench.said("pack/TG0GONE/power") == ["None"]


def test_a_reading_of_an_earlier_run_is_not_unknown_on_its_way() -> None:
    bench = Bench()
    inherit(bench, "battery/level", "50")

    bench.live(0)

    assert bench.said("battery/level") == ["50"]


def test_a_reading_of_an_earlier_run_stays_while_the_gateway_is_away() -> None:
    """Its gateway is offline, which says enough; and it comes back with the first answers."""
    bench = Bench()
    bench.gateway.fails(LOST)
    for topic in ("battery/level", "grid/import_energy"):
        inherit(bench, topic, "50")
    bench.live(600)
    bench.gateway.recovers(HOUSE)

    bench.live(80)

    assert bench.said("battery/level") == ["50"]
    assert "None" not in bench.said("grid/import_energy")


def test_what_nobody_knows_any_more_is_cleared() -> None:
    bench = Bench()
    inherit(bench, "grid/colour", "red")

    bench.live(0)

    assert bench.said("grid/colour") == [""]


def test_an_entity_of_an_earlier_run_that_is_gone_is_removed() -> None:
    bench = Bench()
    topic = f"homeassistant/device/site_{din()}/config"
    old = {"cmps": {"magic": {"p": "sensor", "unique_id": f"site_{din()}_magic"}}}
    bench.poller.inbox.put(Inherited("main", topic, json.dumps(old), discovery=True))

    bench.live(0)

    config = next(m for m in bench.published if m.topic == topic)
    assert json.loads(config.ahead[-1])["cmps"]["magic"] == {"p": "sensor"}
