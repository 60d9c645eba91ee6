"""The simulated gateway without its network: a question in, an answer out."""

import math
import threading

from bridge.simulator.auth import ENGINEER, Sessions
from bridge.simulator.clock import Clock
from bridge.simulator.day import Day, Noise
from bridge.simulator.endpoints import ENDPOINTS, Endpoint
from bridge.simulator.exchange import Answer, Call
from bridge.simulator.house import House
from bridge.simulator.layers import End
from bridge.simulator.moment import Moment, encode
from bridge.simulator.physics import Orders, State
from bridge.simulator.profiles import Writes as WritePolicy
from bridge.simulator.site import Site, pack_readings
from bridge.simulator.writes import VERBS, Verb, Writes

_UPTIME_AT_START_S = 284_751.58
_CHARGE_AT_START_PERCENT = 57.0
_TYPES = {"devices/vitals": "application/octet-stream", "/tedapi/din": "text/plain"}
_PORTAL = b"<!doctype html><html><head><title>Powerwall</title></head><body></body></html>"


class Gateway:
    """One gateway: its house, its sessions and what it may be told."""

    def __init__(self, site: Site, clock: Clock, seed: int, policy: WritePolicy) -> None:
        self.lock = threading.RLock()
        self.site = site
        self.version = site.profile.version
        self.policy = policy
        self.sessions = Sessions(site)
        self._noise = Noise(seed)
        outside_meter = not site.profile.solar_powerwall
        day = Day(self._noise, site.profile.solar_w, night_solar=outside_meter)
        self.house = House(site.plant, day, clock, self.lock)
        self.house.begin(_CHARGE_AT_START_PERCENT, site.counters)
        self.writes = Writes(site.profile, self.house)
        self._booted_at = self._running_since = self.house.state.time - _UPTIME_AT_START_S
        self._endpoints = {row.path: row for row in ENDPOINTS if row.on(site.profile)}
        self._verbs = [row for row in VERBS if row.on(site.profile)]
        self._moment: Moment | None = None
        self._bodies: dict[str, bytes] = {}

    def answer(self, call: Call) -> Answer:
        with self.lock:
            return self._answer(call)

    def document(self, path: str) -> bytes:
        """Return the body that a read of this path below /api/ brings now."""
        with self.lock:
            return self._read(self._endpoints[path]).body

    def expire_sessions(self) -> None:
        with self.lock:
            self.sessions.expire()

    def halt(self, until: float = math.inf) -> End:
        """Keep the site master down until then, or until the call that is returned starts it."""
        with self.lock:
            lift = self.writes.hold(until)

        def end() -> None:
            with self.lock:
                lift()

        return end

    def reboot(self, version: str | None) -> None:
        """Begin anew."""
        with self.lock:
            self.version = version or self.version
            self.sessions.expire()
            self._booted_at = self._running_since = self.house.state.time
            self.writes.forget()

    def moment(self) -> Moment:
        """Return this instant; the same one again as long as nothing has changed."""
        with self.lock:
            self.writes.wake(self.house.state.time)
            state, orders = self.house.state, self.house.orders
            last = self._moment
            if last is not None and self._still(last, state, orders):
                return last
            if last is not None and orders.running and not last.orders.running:
                self._running_since = state.time
            self._bodies.clear()
            self._moment = Moment(
                site=self.site,
                state=state,
                orders=orders,
                packs=pack_readings(self.site, state),
                noise=self._noise,
                version=self.version,
                booted_at=self._booted_at,
                running_since=self._running_since,
            )
            return self._moment

    def _still(self, last: Moment, state: State, orders: Orders) -> bool:
        same_boot = (last.version, last.booted_at) == (self.version, self._booted_at)
        return same_boot and last.state is state and last.orders is orders

    def _answer(self, call: Call) -> Answer:
        path = call.api_path
        self.sessions.age(self.house.state.time)
        if (path, call.method) == ("/", "GET") and not self.site.profile.powerwall_3:
            return Answer(200, _PORTAL, (("content-type", "text/html"),))
        if path == "logout":
            return self.sessions.logout(call)
        if path == "login/Basic":
            return self._login(call)
        verbs = [row for row in self._verbs if row.path == path]
        for verb in verbs:
            if verb.method == call.method:
                return self._act(verb, call)
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return Answer.standard(405 if verbs else 404)
        if call.method != "GET":
            return Answer.standard(405)
        if path not in self.site.profile.open_reads and self.sessions.role(call) is None:
            return Answer.standard(self.sessions.expiry.status, call.method)
        return self._read(endpoint)

    def _login(self, call: Call) -> Answer:
        if call.method != "POST":
            return Answer.standard(405)
        answer = self.sessions.login(call, self.house.state.time)
        if answer.status == 200 and self.site.profile.installer_login:
            self.writes.halt()
        return answer

    def _act(self, verb: Verb, call: Call) -> Answer:
        role = self.sessions.role(call)
        trusted = role == ENGINEER or verb.owner or self.policy is WritePolicy.OPEN
        if verb.path not in self.site.profile.open_reads and (role is None or not trusted):
            return Answer.standard(403, call.method)
        return verb.act(self.writes, call, self.moment())

    def _read(self, endpoint: Endpoint) -> Answer:
        moment = self.moment()
        if endpoint.live and not moment.orders.running:
            return Answer(502)
        if moment.orders.running and self.site.profile.firmware <= endpoint.refused_until:
            return Answer.standard(409)
        body = self._bodies.get(endpoint.path)
        if body is None:
            answer = endpoint.answer(moment)
            body = answer if isinstance(answer, bytes) else encode(answer)
            self._bodies[endpoint.path] = body
        if kind := _TYPES.get(endpoint.path):
            return Answer(
                200, body, (("cache-control", "no-cache, no-store"), ("content-type", kind))
            )
        return Answer.raw(body)
