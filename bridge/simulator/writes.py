"""What changes a gateway: operation and its commit, islanding, starting and stopping."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bridge.simulator.answers_system import can_reboot
from bridge.simulator.exchange import Answer, Call
from bridge.simulator.house import House
from bridge.simulator.layers import End, Layers
from bridge.simulator.moment import Moment, encode
from bridge.simulator.physics import Mode, Operation
from bridge.simulator.profiles import Profile

START_S = 2.0  # from sitemaster/run until the site master runs
_OFF_GRID = "intentional_reconnect_failsafe"
_ON_GRID = "backup"


class Writes:
    """The writable side of one gateway.

    An operation that was posted is held back until config/completed commits it. start_s is how
    long the site master takes to come up, virtual seconds.
    """

    def __init__(self, profile: Profile, house: House) -> None:
        self.start_s = START_S
        self._profile = profile
        self._house = house
        self._posted: Operation | None = None
        self._starts_at: float | None = None
        self._held: Layers[float] = Layers()  # until when it is kept down, virtual clock

    def operate(self, call: Call, _: Moment) -> Answer:
        given = call.fields()
        key = operation_key(self._profile)
        mode, reserve = given.get(key), given.get("backup_reserve_percent")
        if mode not in list(Mode):
            return Answer.failed(400, f"invalid {key}", "Unable to set operation")
        if not isinstance(reserve, int | float) or not 0 <= reserve <= 100:
            return Answer.failed(400, "invalid backup_reserve_percent", "Unable to set operation")
        if self._profile.installer_login and mode == Mode.AUTONOMOUS:
            return Answer.failed(500, "tariff not configured", "Unable to set operation")
        self._posted = Operation(Mode(str(mode)), reserve)
        return Answer.of({key: str(mode), "backup_reserve_percent": reserve})

    def commit(self, _: Call, __: Moment) -> Answer:
        if self._posted is not None:
            self._house.operate(self._posted)
        self._posted = None
        return Answer(202)

    def island(self, call: Call, _: Moment) -> Answer:
        wish = call.fields().get("island_mode")
        if wish == _OFF_GRID:
            self._house.leave_grid()
        elif wish == _ON_GRID:
            self._house.join_grid()
        else:
            return Answer.failed(400, "invalid island_mode", "Unable to set islanding mode")
        return Answer.raw(encode({"island_mode": str(wish)}))

    def stop(self, call: Call, moment: Moment) -> Answer:
        forced = call.fields().get("force") is True
        if can_reboot(moment) != "Yes" and not forced:
            return Answer.failed(500, "Cannot Start Wizard", "Unable to stop sitemaster")
        self.halt()
        return Answer(202)

    def run(self, _: Call, moment: Moment) -> Answer:
        if not moment.orders.running and self._starts_at is None:
            self._starts_at = moment.now + self.start_s
            self.wake(moment.now)
        return Answer(202)

    def halt(self) -> None:
        self._starts_at = None
        self._house.run(running=False)

    def wake(self, now: float) -> None:
        """Start the site master when its time has come and nothing keeps it down."""
        held = any(until > now for until in self._held)
        if self._starts_at is not None and now >= self._starts_at and not held:
            self._starts_at = None
            self._house.run(running=True)

    def hold(self, until: float) -> End:
        """Keep the site master down until then, or until the call that is returned starts it."""
        self.halt()
        lift = self._held.put(until)

        def end() -> None:
            lift()
            self._start()

        return end

    def forget(self) -> None:
        """Lose what is not committed, and start: the gateway was rebooted."""
        self._posted = None
        self._start()

    def _start(self) -> None:
        self._starts_at = -math.inf
        self.wake(self._house.state.time)


Action = Callable[[Writes, Call, Moment], Answer]


@dataclass(frozen=True, slots=True)
class Verb:
    """A method and path that change something; owner: whether a Home_Owner always may."""

    method: str
    path: str
    act: Action
    owner: bool = True
    first: tuple[int, int] = (0, 0)
    last: tuple[int, int] = (99, 99)

    def on(self, profile: Profile) -> bool:
        """Tell whether a gateway of this profile has it; a Powerwall 3 has none."""
        return not profile.powerwall_3 and self.first <= profile.firmware <= self.last


VERBS: tuple[Verb, ...] = (
    Verb("POST", "operation", Writes.operate, owner=False),
    Verb("POST", "v2/islanding/mode", Writes.island, owner=False, first=(20, 40)),
    Verb("GET", "config/completed", Writes.commit),
    Verb("GET", "sitemaster/run", Writes.run),
    Verb("GET", "sitemaster/stop", Writes.stop, last=(1, 49)),
    Verb("POST", "sitemaster/stop", Writes.stop, first=(1, 50)),
)


def operation_key(profile: Profile) -> str:
    return "real_mode" if profile.since(1, 40) else "mode"
