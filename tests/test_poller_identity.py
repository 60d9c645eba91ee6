"""Which site a gateway is, and what an earlier run has left of it."""

import json
from pathlib import Path

import pytest
from fakes import HOUSE, OWN, Bench

from bridge.errors import BadAnswer, Missing, Unauthorized, Unreachable
from bridge.inventory import Inherited
from bridge.parts import Cadence, Config, Endpoint, Powerwalls
from bridge.state import Store
from bridge.words import segment

LOST, GARBAGE = Unreachable("timed out"), BadAnswer("no JSON", 200)
MISSING = Missing("404", 404)
SOURCES = (Endpoint.STATUS, Endpoint.POWERWALLS, Endpoint.CONFIG)


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
