"""Settings -> the objects of one gateway."""

import random
import resource
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bridge.annex import Annex, Record, Wanted
from bridge.claims import Neighbours
from bridge.commands import Access
from bridge.controls import Controls
from bridge.desk import Desk
from bridge.gateway import Gateway
from bridge.gateway.account import Clock as GatewayClock
from bridge.gateway.account import Credentials
from bridge.gateway.http import Address
from bridge.gateway.local import LocalGateway, Setup
from bridge.guard import Guard
from bridge.health import Health
from bridge.history import OFF_GRID
from bridge.identity import Identity, Surroundings
from bridge.ledger import Ledger
from bridge.moment import Moment
from bridge.mqtt import Broker
from bridge.off_grid import OffGrid, OffGridRules
from bridge.orders import Orders, Rules
from bridge.parts import Cadence
from bridge.poller import Poller
from bridge.reporter import Place, Publish, Reporter
from bridge.rounds import COUNTERS, Rounds
from bridge.schedule import Schedule
from bridge.settings import Control, GatewaySettings, MqttSettings, Settings
from bridge.state import Store
from bridge.topics import BridgeTopics, Message
from bridge.verification import Watch

_ACCESS = {
    Control.NONE: frozenset({Access.ALWAYS}),
    Control.OPERATION: frozenset({Access.ALWAYS, Access.OPERATION}),
    Control.ALL: frozenset(Access),
}


Clock = Callable[[], Moment]
Source = Callable[[GatewaySettings, Store, Clock], Gateway]


def now() -> Moment:
    return Moment(time.monotonic(), datetime.now(UTC))


def broker(mqtt: MqttSettings) -> Broker:
    return Broker(
        mqtt.host,
        mqtt.port,
        mqtt.client_id,
        mqtt.protocol,
        mqtt.transport,
        mqtt.username,
        mqtt.password.get_secret_value() if mqtt.password else None,
        mqtt.tls,
        mqtt.ca_file,
        mqtt.cert_file,
        mqtt.key_file,
    )


def setup(gateway: GatewaySettings) -> Setup:
    """Return what the client of a gateway needs to know."""
    address = Address(
        gateway.host,
        gateway.port,
        gateway.scheme,
        gateway.timeout_s,
        gateway.tls,
        gateway.ca_file,
        gateway.server_name,
    )
    credentials = Credentials(
        gateway.password.get_secret_value() if gateway.password else None,
        gateway.username,
        gateway.email,
        gateway.logins_per_hour,
        control=gateway.control is not Control.NONE,
    )
    kept = wanted(gateway).endpoints
    return Setup(gateway.name, address, credentials, gateway.commit, gateway.variables, kept)


def wanted(gateway: GatewaySettings) -> Wanted:
    return Wanted(gateway.views, gateway.raw)


def most_memory_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def memory_kb() -> int:
    """Return the resident memory now, its peak where /proc is missing."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return most_memory_kb()
    return pages * resource.getpagesize() // 1024


def local(gateway: GatewaySettings, store: Store, clock: Clock) -> Gateway:
    """Return the client of a gateway's local API."""
    told = GatewayClock(lambda: clock().wall.timestamp(), lambda: clock().steady_s)
    return LocalGateway(setup(gateway), store, told)


def poller(
    settings: Settings,
    gateway: GatewaySettings,
    publish: Publish,
    claim: Callable[[str], str | None],
    clock: Clock,
    neighbours: Neighbours | None = None,
    source: Source = local,
) -> Poller:
    """Return the loop of one gateway with all it needs; raises SettingsError for a bad CA file."""
    store = Store(settings.state_dir, gateway.name)
    denials = store.get("denials")
    controls = Controls(
        _ACCESS[gateway.control],
        {k: v for k, v in denials.items() if isinstance(v, str)}
        if isinstance(denials, dict)
        else {},
    )
    ledger = Ledger()
    rules = Rules(
        _ACCESS[gateway.control],
        gateway.commands_per_minute,
        gateway.variables,
    )
    off_grid = OffGrid(
        OffGridRules(
            gateway.off_grid_min_level,
            gateway.off_grid_min_interval_s,
            gateway.off_grid_return_after_s,
            gateway.variables,
        ),
        store.get(OFF_GRID),
        clock(),
    )
    client = source(gateway, store, clock)
    health = Health(gateway.poll_interval_s, random.random, gateway.variables)
    orders = Orders(rules, ledger, lambda: uuid.uuid4().hex[:12])
    desk = Desk(
        client,
        orders,
        Watch(ledger),
        ledger,
        controls,
        health,
        off_grid,
        partial(store.keep, OFF_GRID),
    )
    ha = settings.home_assistant

    def publish_own(message: Message) -> None:
        publish(replace(message, gateway=gateway.name))

    place = Place(
        BridgeTopics(settings.mqtt.prefix).gateway(gateway.name),
        ha.prefix if ha.discovery else None,
        gateway.base_url,
    )
    intervals = {
        Cadence.POLL: gateway.poll_interval_s,
        Cadence.DEVICE: gateway.device_interval_s,
        Cadence.SLOW: gateway.slow_interval_s,
    }
    annex = Annex(wanted(gateway), Record(clock(), most_memory_kb))
    reporter = Reporter(place, publish_own, controls, Guard(store.get(COUNTERS), clock()), annex)
    around = Surroundings(clock, claim, store, gateway.site_id, gateway.variable("ID"), neighbours)
    rounds = Rounds(client, health, reporter, Schedule(intervals), Identity(around, reporter))
    return Poller(rounds, desk, reporter)
