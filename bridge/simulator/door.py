"""Where requests come in: faults first, then the gateway, and every request is written down."""

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace

from bridge.simulator.clock import Clock
from bridge.simulator.exchange import Answer, Call
from bridge.simulator.faults import Faults
from bridge.simulator.gateway import Gateway
from bridge.simulator.layers import Layers
from bridge.simulator.lockout import Lockout
from bridge.simulator.manners import Manner
from bridge.simulator.server import Reply, answered

_MOST_REQUESTS = 20_000
_CORS = (
    ("Access-Control-Allow-Credentials", "false"),
    (
        "Access-Control-Allow-Headers",
        "X-Requested-With, X-HTTP-Method-Override, Content-Type, Accept, Accept-Encoding, "
        "Authorization",
    ),
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Max-Age", "86400"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request that came in.

    path is without /api/, status is 0 where the connection was dropped, at is time.monotonic()
    in seconds when the answer was ready.
    """

    method: str
    path: str
    status: int
    at: float
    body: bytes = field(default=b"", repr=False)


class Door:
    """Turns calls into replies.

    delay_s is the time that every answer takes, seed is for the dice of the faults; lockouts are
    asked first.
    """

    def __init__(self, gateway: Gateway, clock: Clock, delay_s: float, seed: int) -> None:
        self.delay_s = delay_s
        self.faults = Faults(seed)
        self.lockouts: Layers[Lockout] = Layers()
        self._gateway = gateway
        self._clock = clock
        self._cors = _CORS if gateway.site.profile.installer_login else ()
        self._lock = threading.Lock()
        self._log: deque[Request] = deque(maxlen=_MOST_REQUESTS)
        self._counts: Counter[tuple[str, str]] = Counter()

    def reply(self, call: Call) -> Reply:
        path = call.api_path
        now, delay_s, manner = self._clock.now(), self.delay_s, Manner.WHOLE
        if self._locked_out(path, now):
            answer = Answer.standard(429)
        elif (fault := self.faults.take(call.method, path)) is None:
            answer = self._gateway.answer(call)
        else:
            delay_s, manner = delay_s + fault.delay_s, fault.manner
            if manner is Manner.RESET:
                self._record(call, path, 0)
                return Reply(b"", delay_s, manner)
            answer = fault.answer(call, lambda: self._gateway.answer(call))
        self._record(call, path, answer.status)
        if self._cors:
            answer = replace(answer, headers=answer.headers + self._cors)
        return answered(answer, call, now, delay_s, manner)

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._log)

    def count(self, method: str, path: str) -> int:
        with self._lock:
            return self._counts[method, path]

    def _locked_out(self, path: str, now: float) -> bool:
        with self._lock:
            refused = [lockout.refuses(path, now) for lockout in self.lockouts]  # each counts it
        return any(refused)

    def _record(self, call: Call, path: str, status: int) -> None:
        with self._lock:
            self._log.append(Request(call.method, path, status, time.monotonic(), call.body))
            self._counts[call.method, path] += status > 0
