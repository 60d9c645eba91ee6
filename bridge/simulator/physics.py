"""How the power flows in a house with a Powerwall: pure functions from state to state.

Signs as in the API: site + import, battery + discharge, solar + generation, load + consumption.
At every step site + solar + battery = load.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

EFFICIENCY = 0.94  # one way; the packs' own to_be_charged counts 1.06 Wh for each Wh stored


class Island(StrEnum):
    """The gateway's words for how the house hangs on the grid."""

    CONNECTED = "SystemGridConnected"
    TO_ISLAND = "SystemTransitionToIsland"
    ACTIVE = "SystemIslandedActive"
    TO_GRID = "SystemTransitionToGrid"
    FAULTED = "SystemMicroGridFaulted"


class Mode(StrEnum):
    """The gateway's words for what the battery is for."""

    SELF_CONSUMPTION = "self_consumption"
    BACKUP = "backup"
    AUTONOMOUS = "autonomous"
    SCHEDULER = "scheduler"
    SITE_CONTROL = "site_control"


@dataclass(frozen=True, slots=True)
class Operation:
    """What the battery is told to do; the reserve on the gateway's own scale, 0 to 100 %."""

    mode: Mode = Mode.SELF_CONSUMPTION
    reserve_raw_percent: float = 24.0

    @property
    def effective_reserve_raw_percent(self) -> float:
        return 100.0 if self.mode is Mode.BACKUP else self.reserve_raw_percent


@dataclass(frozen=True, slots=True)
class Plant:
    """What the installation can do; the delays are those of the contactor."""

    full_wh: float
    max_charge_w: float
    max_discharge_w: float
    to_island_s: float = 3.0
    to_grid_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Orders:
    """Everything that was decided outside of physics."""

    operation: Operation = Operation()
    running: bool = True  # the site master, without which the battery rests
    grid_up: bool = True
    stay_off_grid: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What sun and people want in this step; battery_w is None where the mode decides."""

    load_w: float
    solar_w: float
    battery_w: float | None = None
    peak_hours: bool = False


@dataclass(frozen=True, slots=True)
class Flows:
    """W through the four meters."""

    load_w: float
    solar_w: float
    battery_w: float
    site_w: float


@dataclass(frozen=True, slots=True)
class Counters:
    """Wh since the gateway was installed; the packs' since the simulation began."""

    site_imported: float
    site_exported: float
    solar_generated: float
    solar_consumed: float
    charged: float = 0.0
    discharged: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """The house at one instant (seconds since 1970); before holds the flows a step earlier."""

    time: float
    energy_wh: float
    flows: Flows
    before: Flows
    counters: Counters
    island: Island = Island.CONNECTED
    island_until: float = 0.0
    grid_lost_at: float | None = None

    @property
    def on_grid(self) -> bool:
        return self.island is Island.CONNECTED


DARK = Flows(0.0, 0.0, 0.0, 0.0)


def step(plant: Plant, state: State, demand: Demand, orders: Orders, dt: float) -> State:
    """Return the house dt seconds later; a dt of 0 only lets new orders take effect."""
    now = state.time + dt
    island, until = _next_island(plant, state, orders, now)
    room = _room(plant, state.energy_wh, orders, island, dt or 1.0)
    flows = _flows(island, demand, orders, room)
    if flows is None:
        flows = DARK
        island = Island.TO_GRID if island is Island.TO_GRID else Island.FAULTED
    return State(
        time=now,
        energy_wh=_stored(plant, state.energy_wh, flows.battery_w * dt / 3600),
        flows=flows,
        before=state.flows if dt else flows,
        counters=_counted(state.counters, flows, dt / 3600) if dt else state.counters,
        island=island,
        island_until=until,
        grid_lost_at=state.grid_lost_at,
    )


def settled(state: State, *, on_grid: bool) -> State:
    """Return the house with the contactor where it belongs, without the way there."""
    return replace(state, island=Island.CONNECTED if on_grid else Island.ACTIVE)


def _next_island(plant: Plant, state: State, orders: Orders, now: float) -> tuple[Island, float]:
    wanted = orders.grid_up and not orders.stay_off_grid
    match state.island:
        case Island.CONNECTED if not wanted:
            return _after(Island.TO_ISLAND, Island.ACTIVE, now, plant.to_island_s)
        case Island.ACTIVE | Island.FAULTED if wanted:
            return _after(Island.TO_GRID, Island.CONNECTED, now, plant.to_grid_s)
        case Island.TO_ISLAND if now >= state.island_until:
            return Island.ACTIVE, 0.0
        case Island.TO_GRID if not wanted:
            return Island.ACTIVE, 0.0
        case Island.TO_GRID if now >= state.island_until:
            return Island.CONNECTED, 0.0
    return state.island, state.island_until


def _after(way: Island, end: Island, now: float, delay_s: float) -> tuple[Island, float]:
    return (way, now + delay_s) if delay_s > 0 else (end, 0.0)


@dataclass(frozen=True, slots=True)
class _Room:
    """How much the battery may take and give in this step, W."""

    charge_w: float
    discharge_w: float


def _room(plant: Plant, energy_wh: float, orders: Orders, island: Island, dt: float) -> _Room:
    """Let no step go beyond full, empty or, on the grid, the reserve."""
    kept = orders.operation.effective_reserve_raw_percent if island is Island.CONNECTED else 0.0
    above_wh = max(0.0, energy_wh - plant.full_wh * kept / 100)
    below_wh = max(0.0, plant.full_wh - energy_wh)
    return _Room(
        charge_w=min(plant.max_charge_w, below_wh * 3600 / dt / EFFICIENCY),
        discharge_w=min(plant.max_discharge_w, above_wh * 3600 / dt * EFFICIENCY),
    )


def _flows(island: Island, demand: Demand, orders: Orders, room: _Room) -> Flows | None:
    """Return the flows, None when the island cannot carry its load."""
    if island is Island.CONNECTED:
        wanted = _wanted(demand, orders.operation.mode, room) if orders.running else 0.0
        battery = _tens(max(-room.charge_w, min(room.discharge_w, wanted)))
        site = demand.load_w - demand.solar_w - battery
        return Flows(demand.load_w, demand.solar_w, battery, site)
    if island is Island.FAULTED or not orders.running:
        return DARK
    return _island_flows(demand, room)


def _island_flows(demand: Demand, room: _Room) -> Flows | None:
    """Let the battery be the remainder; a full battery throttles the sun by raising the Hz."""
    needed = demand.load_w - demand.solar_w
    if needed > room.discharge_w:
        return None
    battery = _tens(max(needed, -room.charge_w))
    solar = demand.solar_w if needed >= -room.charge_w else demand.load_w - battery
    return Flows(solar + battery, solar, battery, 0.0)


def _wanted(demand: Demand, mode: Mode, room: _Room) -> float:
    if demand.battery_w is not None:
        return demand.battery_w
    needed = demand.load_w - demand.solar_w
    match mode:
        case Mode.BACKUP:
            return -room.charge_w
        case Mode.AUTONOMOUS if not demand.peak_hours:
            return min(needed, 0.0)
        case _:
            return needed


def _tens(power_w: float) -> float:
    """Cut to the 10 W steps in which a Powerwall 2 moves."""
    return float(int(power_w / 10) * 10)


def _stored(plant: Plant, energy_wh: float, given_wh: float) -> float:
    taken = given_wh / EFFICIENCY if given_wh > 0 else given_wh * EFFICIENCY
    return min(plant.full_wh, max(0.0, energy_wh - taken))


def _counted(counters: Counters, flows: Flows, hours: float) -> Counters:
    return Counters(
        site_imported=counters.site_imported + max(flows.site_w, 0.0) * hours,
        site_exported=counters.site_exported + max(-flows.site_w, 0.0) * hours,
        solar_generated=counters.solar_generated + max(flows.solar_w, 0.0) * hours,
        solar_consumed=counters.solar_consumed + max(-flows.solar_w, 0.0) * hours,
        charged=counters.charged + max(-flows.battery_w, 0.0) * hours,
        discharged=counters.discharged + max(flows.battery_w, 0.0) * hours,
    )
