"""A simulated Powerwall gateway on a real port."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Self

from bridge.simulator.auth import USERNAME, Expiry
from bridge.simulator.beginnings import End
from bridge.simulator.clock import Clock
from bridge.simulator.control import Control
from bridge.simulator.day import local_midnight
from bridge.simulator.door import Door, Request
from bridge.simulator.gateway import Gateway
from bridge.simulator.lockout import Lockout
from bridge.simulator.named import Troubles
from bridge.simulator.physics import Operation
from bridge.simulator.profiles import Writes, profile_named
from bridge.simulator.server import Greeting, Server, Shown
from bridge.simulator.site import make_site

LATE_MORNING_H = 10.75
_WAKE_S = 0.05


class Simulator:
    """A gateway and the house behind it, from start() to stop() or within `with`.

    It lives on a virtual clock that begins at start_hour local time and runs speed times as
    fast as ours. seed invents serials and habits. writes is `open` or `owner`, packs the number
    of Powerwalls, None what the profile has. delay_s is the time every answer takes. real is the
    clock that the virtual one follows, in seconds.
    """

    username = USERNAME

    def __init__(
        self,
        profile: str = "fw2336",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        writes: str | None = None,
        seed: int = 1,
        packs: int | None = None,
        delay_s: float = 0.0,
        control_port: int = 0,
        start_hour: float = LATE_MORNING_H,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        row = profile_named(profile)
        begin = local_midnight(time.time()) + int(start_hour * 3600)
        self.host = host
        self.scheme = row.scheme
        self.clock = Clock(real, begin, speed)
        self.site = make_site(row, seed, packs)
        self.password = self.site.password
        self.gateway = Gateway(self.site, self.clock, seed, Writes(writes or row.writes))
        self.house = self.gateway.house
        self._door = Door(self.gateway, self.clock, delay_s, seed)
        self.faults = self._door.faults
        self.troubles = Troubles(self)
        self._answers_at: float | None = None  # while it boots, by the virtual clock
        self._server = Server(host, port, self._door.reply, secure=row.scheme == "https")
        self._control = Control(self, control_port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()
        try:
            self._control.start()
        except OSError:
            self._server.stop()
            raise

    def stop(self) -> None:
        self._answers_at = None
        self._control.stop()
        self._server.stop()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex; empty for plain http and before the start."""
        return self._server.shown.fingerprint

    @property
    def control_port(self) -> int:
        return self._control.port

    @property
    def address(self) -> str:
        """Return what POWERWALL_HOST takes."""
        prefix = "http://" if self.scheme == "http" else ""
        return f"{prefix}{self.host}:{self.port}"

    @property
    def operation(self) -> Operation:
        """What the gateway holds now: committed values only."""
        return self.house.orders.operation

    @property
    def requests(self) -> list[Request]:
        """The newest requests, oldest first."""
        return self._door.requests

    @property
    def connections(self) -> int:
        """How many were accepted since the start."""
        return self._server.accepted

    def count(self, method: str, path: str) -> int:
        """Return how many such requests were answered, with any status."""
        return self._door.count(method, path)

    def document(self, path: str) -> bytes:
        """Return the body that the API gives for this path now, as if logged in."""
        return self.gateway.document(path)

    def expire_sessions(self) -> None:
        self.gateway.expire_sessions()

    def let_expire(self, expiry: Expiry) -> End:
        """Let sessions end by themselves, until the call that is returned."""
        self.gateway.sessions.expiry = expiry

        def end() -> None:
            self.gateway.sessions.expiry = Expiry()

        return end

    def lock_out(self, lockout: Lockout) -> End:
        """Refuse who asks too much, until the call that is returned."""
        self._door.lockout = lockout

        def end() -> None:
            self._door.lockout = None

        return end

    def greet(self, how: Greeting) -> End:
        """Meet connections in another way, until the call that is returned; open ones end."""
        self._server.greeting = how
        self._server.disconnect()

        def end() -> None:
            self._server.greeting = Greeting.NORMAL

        return end

    @property
    def certificate(self) -> Shown:
        """What is shown to those who connect."""
        return self._server.shown

    def rotate_certificate(self, lasts: timedelta | None = None) -> None:
        """Show another certificate from now on; open connections are closed."""
        self._server.renew_certificate(lasts)
        self._server.disconnect()

    def show_certificate(self, shown: Shown) -> None:
        """Show this certificate from now on; open connections are closed."""
        self._server.shown = shown
        self._server.disconnect()

    def restart(self, version: str | None = None) -> None:
        """Reboot at once: connections and sessions end, the uptime begins again."""
        self.gateway.reboot(version)
        self._server.disconnect()

    def reboot(self, version: str | None, refused_s: float, starting_s: float) -> End:
        """Reboot as slowly as a real one, in seconds of the virtual clock; return what ends it."""
        self.stop_answering()
        self.gateway.reboot(version, refused_s + starting_s)
        self._answers_at = self.clock.now() + refused_s
        threading.Thread(target=self._boot, daemon=True).start()

        def end() -> None:
            self._answers_at = None
            self.gateway.writes.forget()
            self.start_answering()

        return end

    def wake(self) -> None:
        """Answer again if it is time for that."""
        if self._answers_at is not None and self.clock.now() >= self._answers_at:
            self._answers_at = None
            self.start_answering()

    def _boot(self) -> None:
        while self._answers_at is not None:
            time.sleep(_WAKE_S)
            self.wake()

    def stop_answering(self) -> None:
        """Close the port and all connections; sessions and certificate are kept."""
        self._server.stop()

    def start_answering(self) -> None:
        self._server.start()
