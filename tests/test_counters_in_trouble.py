"""Lifetime counters while the gateway does not tell them: nothing heard is nothing said."""

from dataclasses import replace

from fakes import HOUSE, Bench

from bridge.errors import Busy, Stopped
from bridge.model import Snapshot
from bridge.parts import Device, Endpoint, Meters, Vitals

STOPPED, BUSY = Stopped("502", 502), Busy("503", 503)
STOPPABLE = (Endpoint.METERS, Endpoint.SOE, Endpoint.GRID_STATUS, Endpoint.SYSTEM_STATUS)
IMPORTED, RESET = "grid/import_energy", "counter_reset"
HOUR_S = 3600.0


def grown(by_wh: float) -> Snapshot:
    """Return the house when every counter has grown by that much."""
    meters, status, vitals = HOUSE.meters, HOUSE.system_status, HOUSE.vitals
    assert meters is not None
    assert status is not None
    assert vitals is not None
    site = meters.meters["site"]
    counted = replace(site, imported_wh=(site.imported_wh or 0.0) + by_wh)
    blocks = tuple(
        replace(b, charged_wh=(b.charged_wh or 0.0) + by_wh) for b in status.blocks or ()
    )
    told = tuple(replace(d, vitals=_grown(d, by_wh)) for d in vitals.devices)
    return (
        HOUSE.placed(Meters({**meters.meters, "site": counted}))
        .placed(replace(status, blocks=blocks))
        .placed(Vitals(told))
    )


def _grown(device: Device, by_wh: float) -> dict[str, float | bool | str]:
    vitals = dict(device.vitals or {})
    charged = device.number("PINV_EnergyCharged")
    return vitals if charged is None else vitals | {"PINV_EnergyCharged": charged + by_wh}


def charged(bench: Bench) -> list[str | None]:
    topics = {m.topic.removeprefix("powerwall/main/") for m in bench.published}
    packs = sorted(t for t in topics if t.startswith("pack/") and t.endswith("/charge_energy"))
    return [bench.last(topic) for topic in packs]


def test_what_grew_while_the_site_master_was_down_is_believed_at_once() -> None:
    bench = Bench()
    bench.live(60)
    before = float(bench.last(IMPORTED) or 0)
    bench.gateway.fails(STOPPED, STOPPABLE)
    bench.live(HOUR_S)

    bench.gateway.recovers(HOUSE.placed(grown(5000.0).meters or Meters({})))
    bench.live(40)

    assert bench.last(IMPORTED) == f"{before + 5:.3f}"
    assert (bench.poller.figures["rejected_values"], bench.said("event")) == (0, [])


def test_a_mistake_does_not_stand_because_nothing_else_is_heard() -> None:
    bench = Bench()
    bench.live(60)
    before = bench.last(IMPORTED)
    bench.gateway.recovers(grown(-5_000_000.0))
    bench.live(10)

    bench.gateway.fails(STOPPED, STOPPABLE)
    bench.live(HOUR_S)

    assert (bench.last(IMPORTED), bench.said("event")) == (before, [])


def test_a_pack_that_only_the_vitals_speak_of_is_not_heard_again_and_again() -> None:
    bench = Bench()
    bench.live(60)
    before = charged(bench)
    bench.gateway.fails(BUSY, (Endpoint.SYSTEM_STATUS,))
    for hour in (1, 2, 3):
        bench.gateway.recovers(HOUSE.placed(grown(2000.0 * hour).vitals or Vitals(())))
        bench.gateway.fails(BUSY, (Endpoint.SYSTEM_STATUS,))
        bench.live(HOUR_S)

    bench.gateway.recovers(grown(6000.0))
    bench.live(400)

    assert charged(bench) == [f"{float(value or 0) + 6:.2f}" for value in before]
    assert bench.said("event") == []
