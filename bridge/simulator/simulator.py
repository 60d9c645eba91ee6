"""A simulated Powerwall gateway on a real port."""

import math
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

from bridge.simulator.auth import USERNAME, Expiry
from bridge.simulator.clock import Clock
from bridge.simulator.control import Control
from bridge.simulator.day import local_midnight
from bridge.simulator.door import Door, Request
from bridge.simulator.gateway import Gateway
from bridge.simulator.layers import End, Layers
from bridge.simulator.lockout import Lockout
from bridge.simulator.named import Troubles
from bridge.simulator.physics import Operation
from bridge.simulator.profiles import Writes, profile_named
from bridge.simulator.server import Greeting, Server
from bridge.simulator.site import make_site

LATE_MORNING_H = 10.75
_WAKE_S = 0.05


class Simulator:
    """A gateway and the house behind it, from start() to stop() or within `with`.

    It lives on a virtual clock that begins at start_hour local time and runs speed times as
    fast as ours. seed invents serials and habits. writes is `open` or `owner`, packs the number
    of Powerwalls, None what the profile has. delay_s is the time every answer takes. certificate
    is a PEM file to keep its certificate in, None: another one at each start. real is the clock
    that the virtual one follows, in seconds.
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
        certificate: Path | None = None,
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
        self._switch = threading.Lock()  # of the port: one thread opens or closes it at a time
        self._started, self._answering = False, True
        self._closed: Layers[float] = Layers()  # until when, by the virtual clock
        self._server = Server(
            host, port, self._door.reply, secure=row.scheme == "https", kept=certificate
        )
        self._control = Control(self, control_port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._started = True
        try:
            self.wake()
            self._control.start()
        except OSError:
            self.stop()
            raise
        self._await_boot()

    def stop(self) -> None:
        self._control.stop()
        self._started = False
        self.wake()

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
        return self.gateway.sessions.expiries.put(expiry)

    def lock_out(self, lockout: Lockout) -> End:
        """Refuse who asks too much, until the call that is returned."""
        return self._door.lockouts.put(lockout)

    def greet(self, how: Greeting) -> End:
        """Meet connections in another way, until the call that is returned; open ones end."""
        end = self._server.greetings.put(how)
        self._server.disconnect()
        return end

    def rotate_certificate(self) -> None:
        """Have another certificate for good; open connections are closed.

        It is shown as soon as no fault shows one of its own.
        """
        self._server.renew_certificate()
        self._server.disconnect()

    def show_certificate(self, lasts: timedelta | None = None) -> End:
        """Show another certificate, until the call that is returned; open connections are closed.

        It lasts so long since yesterday, or for years.
        """
        give_back = self._server.borrow_certificate(lasts)
        self._server.disconnect()

        def end() -> None:
            give_back()
            self._server.disconnect()

        return end

    def restart(self, version: str | None = None) -> None:
        """Reboot at once: connections and sessions end, the uptime begins again."""
        self.gateway.reboot(version)
        self._server.disconnect()

    def reboot(self, version: str | None, refused_s: float, starting_s: float) -> End:
        """Reboot as slowly as a real one, in seconds of the virtual clock; return what ends it."""
        opens_at = self.clock.now() + refused_s
        open_port = self.close_port(opens_at)
        start = self.gateway.halt(opens_at + starting_s)
        self.gateway.reboot(version)
        self._await_boot()

        def end() -> None:
            start()
            open_port()

        return end

    def close_port(self, until: float = math.inf) -> End:
        """Close port and connections until then, or until the call that is returned.

        Sessions and certificate are kept. until is by the virtual clock.
        """
        lift = self._closed.put(until)
        self.wake()

        def end() -> None:
            lift()
            self.wake()

        return end

    def stop_answering(self) -> None:
        """Close the port and all connections; sessions and certificate are kept."""
        self._answering = False
        self.wake()

    def start_answering(self) -> None:
        """Open the port again, unless a fault keeps it closed."""
        self._answering = True
        self.wake()

    def wake(self) -> None:
        """Open the port if it is time for that, and close it if not."""
        with self._switch:
            now = self.clock.now()
            closed = any(until > now for until in self._closed)
            if self._started and self._answering and not closed:
                self._server.start()
            else:
                self._server.stop()

    def _await_boot(self) -> None:
        """See to it that the port opens by itself if it is closed for a time."""
        if self._boots:
            threading.Thread(target=self._boot, daemon=True).start()

    @property
    def _boots(self) -> bool:
        now = self.clock.now()
        return self._started and any(now < until < math.inf for until in self._closed)

    def _boot(self) -> None:
        while self._boots:
            time.sleep(_WAKE_S)
        self.wake()
