"""What is not known is neither zero nor its old value on the page of dashboard.json."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridges import broker_env, gateway_env, running
from brokers import Broker
from chromium import Page, needs_chromium
from house import OWN, installation
from node_red import NodeRed, shipped
from subscriber import Subscriber, eventually

from bridge.simulator import Fault, Simulator

pytestmark = pytest.mark.timeout(400)  # the first one may have to install Node-RED

PAGE = "/dashboard/powerwall"
UNKNOWN = re.compile(r"Charge\s+not known")
GAUGES = """[...document.querySelectorAll('.nrdb-ui-gauge')]
    .filter((gauge) => gauge.checkVisibility()).map((gauge) => gauge.innerText).join()"""


@dataclass(frozen=True)
class Rooms:
    """A house whose parts come and go, and the page that looks at it."""

    broker: Broker
    sim: Simulator
    observer: Subscriber
    page: Page

    def bridge(self, stack: ExitStack) -> None:
        stack.enter_context(running(gateway_env(self.sim) | broker_env(self.broker)))

    def level(self, raw_percent: float) -> None:
        """Fill the battery, and wait until the gauge, and nothing beside it, shows it."""
        self.sim.house.set_charge(raw_percent)
        shown = round((raw_percent - 5) / 0.95)
        try:
            eventually(lambda: re.search(rf"\b{shown}\b", self.gauge), 30)
        except TimeoutError:
            raise TimeoutError(f"{shown} is not in {self.gauge!r} of:\n{self.page.text}") from None
        eventually(lambda: not UNKNOWN.search(self.page.text))

    def unknown(self) -> None:
        """Wait until the page says that the charge is not known, and has no gauge."""
        try:
            eventually(lambda: UNKNOWN.search(self.page.text) and not self.gauge, 30)
        except TimeoutError:
            raise TimeoutError(f"gauge {self.gauge!r} of:\n{self.page.text}") from None

    @property
    def gauge(self) -> str:
        """What the gauges in sight say."""
        return str(self.page.evaluate(GAUGES))


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    """Node-RED before an empty broker: the bridge has never run."""
    needs_chromium()
    with (
        Broker(tmp_path / "broker") as broker,
        Simulator() as sim,
        Subscriber(broker.side_door) as observer,
        NodeRed(installation(), tmp_path / "node-red", broker.port) as red,
        Page(tmp_path / "profile") as page,
    ):
        red.deploy(shipped("dashboard.json"))
        page.open(red.url + PAGE)
        yield Rooms(broker, sim, observer, page)


def test_before_the_first_value_nothing_is_zero(rooms: Rooms) -> None:
    rooms.unknown()

    assert re.search(r"Gateway\s+not known", rooms.page.text)


def test_a_level_that_is_known_no_more_is_none(rooms: Rooms) -> None:
    with ExitStack() as stack:
        rooms.bridge(stack)
        rooms.level(62.0)

        rooms.sim.faults.add(Fault("system_status/soe", body=b'{"percentage": null}'))
        rooms.observer.see(f"{OWN}battery/level", "None")
        rooms.unknown()
        rooms.page.call("Page.reload")
        rooms.unknown()

        rooms.sim.faults.clear()
        rooms.level(64.0)  # the bridge believes no leap


def test_an_offline_gateway_has_no_level(rooms: Rooms) -> None:
    with ExitStack() as stack:
        rooms.bridge(stack)
        rooms.level(62.0)

        rooms.sim.faults.add(Fault(status=500))
        rooms.observer.see(f"{OWN}availability", "offline")
        rooms.unknown()

        rooms.sim.faults.clear()
        rooms.level(62.0)


def test_a_bridge_that_ended_is_not_connected(rooms: Rooms) -> None:
    with ExitStack() as stack:
        rooms.bridge(stack)
        rooms.level(62.0)

    rooms.unknown()
    rooms.page.see("bridge offline")
    assert rooms.observer.tree[f"{OWN}connection"] == "connected"
    assert not re.search(r"Gateway\s+connected", rooms.page.text)


def test_without_the_broker_nothing_is_known(rooms: Rooms) -> None:
    with ExitStack() as stack:
        rooms.bridge(stack)
        rooms.level(62.0)

        rooms.broker.stop()
        rooms.unknown()
        rooms.broker.start()
        rooms.level(64.0)  # the bridge believes no leap
