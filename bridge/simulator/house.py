"""The house behind the gateway: it catches up with the clock whenever somebody looks."""

import threading
from dataclasses import replace

from bridge.simulator.clock import Clock
from bridge.simulator.day import Day, local_hour
from bridge.simulator.physics import (
    DARK,
    Counters,
    Demand,
    Operation,
    Orders,
    Plant,
    State,
    settled,
    step,
)
from bridge.simulator.scenarios import DAY, SCENARIOS

_MOST_STEPS = 7200  # a longer sleep is made up for in wider steps than one second
_PEAK_HOURS = (16, 21)


class House:
    """A house, its sun and its people, and the orders that its battery has.

    Everything may be called from any thread; lock is the gateway's, so that an answer sees one
    state only.
    """

    def __init__(self, plant: Plant, day: Day, clock: Clock, lock: threading.RLock) -> None:
        self.plant = plant
        self.scenario = DAY
        self.orders = Orders()
        self._day = day
        self._clock = clock
        self._lock = lock
        self._state = State(float(int(clock.now())), 0.0, DARK, DARK, Counters(0, 0, 0, 0))

    def begin(self, charge_percent: float, counters: Counters) -> None:
        with self._lock:
            energy_wh = self.plant.full_wh * charge_percent / 100
            self._state = replace(self._state, energy_wh=energy_wh, counters=counters)
            self._settle()

    @property
    def state(self) -> State:
        """The house now, by the virtual clock."""
        with self._lock:
            self._catch_up()
            return self._state

    def set_scenario(self, name: str) -> None:
        """Hold the powers of one scenario at once, or `day`: follow sun and habits again."""
        if name != DAY and name not in SCENARIOS:
            known = ", ".join([DAY, *SCENARIOS])
            raise ValueError(f"no scenario {name!r}; there are {known}")
        with self._lock:
            self._catch_up()
            self.scenario = name
            grid_up = name == DAY or SCENARIOS[name].grid_up
            self.orders = replace(self.orders, grid_up=grid_up, stay_off_grid=False)
            if self._state.on_grid and not grid_up:
                self._state = replace(self._state, grid_lost_at=self._state.time)
            self._state = settled(self._state, on_grid=grid_up)
            self._settle()

    def lose_grid(self) -> None:
        """Let the street go dark; the house islands itself after `to_island_s`."""
        with self._lock:
            self._catch_up()
            if self.orders.grid_up:
                self._state = replace(self._state, grid_lost_at=self._state.time)
            self._order(replace(self.orders, grid_up=False))

    def restore_grid(self) -> None:
        """Let the street light up; the house joins it after `to_grid_s`."""
        self._order(replace(self.orders, grid_up=True))

    def leave_grid(self) -> None:
        self._order(replace(self.orders, stay_off_grid=True))

    def join_grid(self) -> None:
        self._order(replace(self.orders, stay_off_grid=False))

    def operate(self, operation: Operation) -> None:
        self._order(replace(self.orders, operation=operation))

    def run(self, *, running: bool) -> None:
        """Start or stop the site master: a stopped one lets the battery rest."""
        self._order(replace(self.orders, running=running))

    def set_charge(self, percent: float) -> None:
        """Fill the battery to this share of its capacity, raw scale, 0 to 100 %."""
        if not 0 <= percent <= 100:
            raise ValueError(f"a charge is 0 to 100 %, not {percent:g}")
        with self._lock:
            self._catch_up()
            energy_wh = self.plant.full_wh * percent / 100
            self._state = replace(self._state, energy_wh=energy_wh)
            self._settle()

    def set_delays(self, to_island_s: float, to_grid_s: float) -> None:
        """Set how long the contactor takes each way; a change under way keeps its end."""
        with self._lock:
            self.plant = replace(self.plant, to_island_s=to_island_s, to_grid_s=to_grid_s)

    def _order(self, orders: Orders) -> None:
        with self._lock:
            self._catch_up()
            self.orders = orders
            self._settle()

    def _catch_up(self) -> None:
        seconds = int(self._clock.now() - self._state.time)
        width = 1 + seconds // _MOST_STEPS
        while seconds > 0:
            dt = float(min(width, seconds))
            self._state = step(
                self.plant, self._state, self._demand(self._state.time + dt), self.orders, dt
            )
            seconds -= int(dt)

    def _settle(self) -> None:
        self._state = step(
            self.plant, self._state, self._demand(self._state.time), self.orders, 0.0
        )

    def _demand(self, now: float) -> Demand:
        if self.scenario != DAY:
            held = SCENARIOS[self.scenario]
            return Demand(held.load_w, held.solar_w, held.battery_w)
        peak = _PEAK_HOURS[0] <= local_hour(now) < _PEAK_HOURS[1]
        return Demand(self._day.load_w(now), self._day.solar_w(now), peak_hours=peak)
