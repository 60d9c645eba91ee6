"""Everything that a bridge says in its days fits the document for machines."""

import json
import threading
from pathlib import Path

import pytest
from fakes import OWN, Bench, house
from schemas import channel_of, check
from sites import AT, documents
from subscriber import eventually
from test_app import started

from bridge.annex import Wanted
from bridge.errors import Missing
from bridge.events import Certificates, Happening, counter_reset
from bridge.guard import CounterReset
from bridge.parts import Device, Endpoint, Status, Vitals
from bridge.simulator import Simulator
from bridge.topics import compact
from bridge.views import VIEWS

OUTAGE = house(grid="SystemIslandedActive")
FAULTY = Vitals((Device("TEPOD--1", "TEPOD", alerts=("BatteryFault", "POD_w999_New"), heard=True),))
UPDATED = Status(version="24.1.1", started="2026-01-02T03:20:00Z")


def eventful() -> Bench:
    """Return a house after an outage, alerts, an update, a lost path, and commands of all kinds."""
    bench = Bench(wanted=Wanted(tuple(VIEWS)))
    bench.gateway.documents |= documents("pwplus-23.36")
    bench.live(40)
    bench.gateway.recovers(OUTAGE)
    bench.live(60)
    bench.gateway.recovers(bench.house)
    bench.gateway.answers |= {Endpoint.VITALS: FAULTY, Endpoint.STATUS: UPDATED}
    bench.order("operation/backup_reserve", "30")
    bench.order("operation", {"mode": "backup", "id": "mine"})
    bench.order("operation/mode", "sideways")
    bench.live(400)
    bench.gateway.answers[Endpoint.SITEMASTER] = Missing("sitemaster: 404", 404)
    bench.gateway.answers[Endpoint.VITALS] = Vitals(())
    bench.live(400)
    return bench


BENCH = eventful()
OWN_MESSAGES = sorted({(m.topic, m.payload) for m in BENCH.published if m.topic.startswith(OWN)})
HAPPENED = {json.loads(payload)["event_type"] for payload in BENCH.said("event")}
COUNTERS = counter_reset(CounterReset(("grid", "import_energy"), 7492.788, 0.02), AT)


@pytest.mark.parametrize("topic", sorted({topic for topic, _ in OWN_MESSAGES}))
def test_all_that_is_said_fits_the_schema_of_its_topic(topic: str) -> None:
    channel = channel_of(topic)

    for payload in (payload for at, payload in OWN_MESSAGES if at == topic and payload):
        check(channel, payload)


def test_the_days_of_the_bridge_were_full_enough() -> None:
    """What is not among them here is tried by itself, below."""
    assert set(Happening) - {Happening.COUNTER_RESET, Happening.CERTIFICATE_CHANGED} == HAPPENED
    assert {"accepted", "refused", "unverified"} <= set(BENCH.outcomes)
    assert [m for m in BENCH.said("outage/last") if m != "None"]


@pytest.mark.parametrize("fingerprint", ["ab12", None])
def test_the_event_of_a_certificate_fits(fingerprint: str | None) -> None:
    judge = Certificates()
    judge.trusted()
    told = [*judge.refused("first", AT), *judge.refused(fingerprint, AT)]

    for event in (*told, COUNTERS):
        check(channel_of(f"{OWN}event"), compact(event.json()))


@pytest.mark.parametrize("profile", ["fw115", "fw2336", "fw2412"])
def test_what_the_bridge_says_of_itself_fits(profile: str, tmp_path: Path) -> None:
    """A health of the first moment, and one after polls."""
    once = threading.Event()
    once.set()
    with Simulator(profile) as sim, started(sim, tmp_path) as broker:
        broker.took_stock.set()
        eventually(lambda: broker.said(f"{OWN}snapshot"))
        broker.application.wait(once)

        for topic in ("powerwall/bridge/info", "powerwall/bridge/health", f"{OWN}capabilities"):
            said = broker.said(topic)
            assert said
            for payload in said:
                check(channel_of(topic), payload)
