"""Answers that are mutated, on the way from the gateway's bytes to the messages on MQTT."""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

from fakes import Bench
from gateway_lab import visiting

from bridge.errors import BadAnswer, GatewayError
from bridge.gateway.decode import decode
from bridge.gateway.local import LocalGateway
from bridge.parts import Cadence, Endpoint, Meters, Part
from bridge.simulator import Fault, Simulator
from bridge.simulator.profiles import PROFILES
from trials.fuzz_mutants import mutate_bytes, mutate_json, mutate_vitals
from trials.fuzz_rules import Rules

POLLS_OF_A_HOUSE = 60
INTERVAL_S = 5.0
STATUSES = (200,) * 12 + (201, 204, 301, 400, 401, 403, 404, 405, 409, 418, 429, 500, 502, 503)
HEADERS = (
    (("x-junk", "\u00e9" * 50),),
    (("set-cookie", "AuthCookie=; Path=/"),),
    (("retry-after", "-1"),),
    (("retry-after", "Thu, 99 Xxx 0000"),),
    (("location", "https://127.0.0.1/\u00ff"),),
    (("content-type", "text/html"),),
)
EVERY = dict.fromkeys(Cadence, INTERVAL_S)
Ask = Callable[[Endpoint, bytes], Part]

log = logging.getLogger("bridge.trial")


@dataclass(slots=True)
class Outcome:
    """What came of the answers; faults are in words, each of them a bug."""

    answers: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    faults: list[str] = field(default_factory=list)


def fuzz_answers(count: int, over_tls: int, seed: int) -> Outcome:
    """Mutate so many answers, of all profiles in turn; over_tls of them travel the real way."""
    outcome = Outcome()
    chance = Random(seed)
    profiles = list(PROFILES)
    houses = 0
    while outcome.answers < count and len(outcome.faults) < 20:
        profile = profiles[houses % len(profiles)]
        houses += 1
        travels = outcome.seen["travelled"] < over_tls and PROFILES[profile].scheme == "https"
        with ExitStack() as stack:
            sim = Simulator(profile, seed=houses)
            if travels:
                stack.enter_context(sim)
                gateway = stack.enter_context(visiting(sim))
                ask = _travelling(sim, gateway, chance, outcome)
            else:
                ask = _decoded
            _live(sim, chance, ask, outcome, min(count, outcome.answers + 500))
            _count_writes(sim, outcome)
    return outcome


def _live(sim: Simulator, chance: Random, ask: Ask, outcome: Outcome, until: int) -> None:
    """Let a bridge poll one house whose answers are mutated, and judge all that it says."""
    bench, rules = Bench(intervals=EVERY), Rules()
    judged = 0
    for number in range(POLLS_OF_A_HOUSE):
        sim.clock.advance(chance.choice([1, 5, 5, 5, 60, 900]))
        for endpoint in Endpoint:
            _prepare(bench, sim, endpoint, chance if number else None, ask, outcome)
        try:
            bench.live(INTERVAL_S)
        except Exception as error:
            log.exception("a poll was broken off")
            outcome.faults.append(f"{sim.site.profile.name}: {error!r} came out of a poll")
            return
        for message in bench.published[judged:]:
            outcome.faults += rules.faults(message)
        judged = len(bench.published)
        if outcome.answers >= until:
            break
    outcome.messages += judged
    if bench.gateway.sent:
        outcome.faults.append(f"the bridge wrote {bench.gateway.sent}")


def _prepare(
    bench: Bench,
    sim: Simulator,
    endpoint: Endpoint,
    chance: Random | None,
    ask: Ask,
    outcome: Outcome,
) -> None:
    """Let an endpoint answer what a mutated body says, or what is true; no chance, no mutation."""
    body = _true_body(sim, endpoint)
    mutated = chance is not None and chance.random() < 0.7
    if mutated and chance is not None:
        body = mutant(chance, endpoint, body)
        outcome.answers += 1
    try:
        part = ask(endpoint, body) if mutated else _decoded(endpoint, body)
    except GatewayError as error:
        bench.gateway.answers[endpoint] = error
        outcome.seen[type(error).__name__] += mutated
    except Exception as error:
        log.exception("an answer was not taken well")
        outcome.faults.append(f"{endpoint}: {error!r} for {body[:300]!r}")
    else:
        bench.gateway.answers[endpoint] = part
        if isinstance(part, Meters):
            bench.gateway.silent_meters = set(part.meters)  # their times as they were told
        outcome.seen["understood"] += mutated


def _true_body(sim: Simulator, endpoint: Endpoint) -> bytes:
    """Return what the gateway would say, nothing where its firmware lacks the path."""
    try:
        return sim.document(endpoint)
    except KeyError:
        return b""


def mutant(chance: Random, endpoint: Endpoint, body: bytes) -> bytes:
    """Return what may come in the place of a body, which is empty where the firmware has none."""
    if not body or endpoint is Endpoint.TEDAPI_DIN or chance.random() < 0.25:
        return mutate_bytes(chance, body)
    if endpoint is Endpoint.VITALS:
        return mutate_vitals(chance, body)
    return mutate_json(chance, body)


def _decoded(endpoint: Endpoint, body: bytes) -> Part:
    try:
        part, oddities = decode(endpoint, body)
    except ValueError as error:
        raise BadAnswer(str(error), 200) from error
    assert all(odd.isascii() and odd.isprintable() for odd in oddities), oddities
    return part


def _travelling(sim: Simulator, gateway: LocalGateway, chance: Random, outcome: Outcome) -> Ask:
    """Return how to get a body from a simulator over TLS, with odd statuses and headers."""

    def ask(endpoint: Endpoint, body: bytes) -> Part:
        outcome.seen["travelled"] += 1
        headers = chance.choice(HEADERS) if chance.random() < 0.1 else ()
        sim.faults.clear()
        sim.faults.add(Fault(endpoint, "GET", chance.choice(STATUSES), body, headers=headers))
        return gateway.read(endpoint)

    return ask


def _count_writes(sim: Simulator, outcome: Outcome) -> None:
    """Take note of requests that a bridge which only reads must not make."""
    asked = {(request.method, request.path) for request in sim.requests}
    wrong = {(m, p) for m, p in asked if m != "GET" and p != "login/Basic"}
    wrong |= {(m, p) for m, p in asked if p in ("config/completed", "sitemaster/run")}
    if wrong:
        outcome.faults.append(f"{sim.site.profile.name}: the bridge asked {sorted(wrong)}")
