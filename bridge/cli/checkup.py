"""Looks at broker and gateways as the bridge will meet them; findings are words, never secrets."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bridge import assembly
from bridge.errors import GatewayError, Missing
from bridge.gateway.http import REFUSED
from bridge.gateway.local import CERTIFICATE, LocalGateway, Probe
from bridge.health import GOOD
from bridge.listener import visitor
from bridge.model import Snapshot
from bridge.mqtt import KEEP_ALIVE_S, Broker, make_client, mute, refusal
from bridge.parts import Endpoint
from bridge.settings import GatewaySettings, Settings, Tls
from bridge.state import Store

BROKER_S = 5.0
OK, MISSING, LIMITED = 200, 404, 429
DEFAULT_LENGTH = 5  # of the password that a gateway has from the factory: the end of its DIN
_IDENTITY = (Endpoint.STATUS, Endpoint.POWERWALLS, Endpoint.CONFIG, Endpoint.TEDAPI_DIN)
_TRANSPORT = "check MQTT_PORT, MQTT_TLS and MQTT_TRANSPORT"
_MOST_SILENT = 2
_SHORT = 12  # digits of a certificate that tell it from another
_MEANINGS = {
    401: "denied without a session",
    403: "denied to this user, the firmware decides",
    MISSING: "this firmware does not have it",
    LIMITED: "asked too often: wait before the next check",
    502: "the site master is down",
    503: "busy, mostly with an update: try again later",
}
NOT_ASKED = Probe(None, "not asked")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at; good is None when that could not be told."""

    good: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """What one gateway is like; usable says that the bridge can read its meters.

    meanings is what a status means here, remedy what to do where no answer comes.
    """

    name: str
    address: str
    certificate: Verdict
    fingerprint: str | None
    login: Verdict
    endpoints: dict[Endpoint, Probe]
    warnings: tuple[str, ...]
    usable: bool
    meanings: dict[int, str]
    remedy: str

    def meaning(self, endpoint: Endpoint) -> str:
        """Return what an endpoint's answer means for the owner."""
        probe = self.endpoints[endpoint]
        if probe is NOT_ASKED or probe.status is not None:
            return self.meanings.get(probe.status or 0, probe.words)
        if self.certificate.good is False or "HOST" in probe.words:
            return probe.words
        return f"{probe.words}; {self.remedy}"


def check_broker(broker: Broker, topic: str) -> Verdict:
    """Connect once as the bridge would, under another client id, and write to a topic of its own.

    What is written is empty and not retained. With MQTT 3.1.1 a broker does not say that it
    threw it away.
    """
    place = f"{broker.host}:{broker.port}"
    said, written = list[object](), list[object]()
    done = threading.Event()

    def on_connect(_c: object, _data: object, _flags: object, reason: object, _p: object) -> None:
        said.append(reason)
        if getattr(reason, "is_failure", True):
            done.set()
        else:
            client.publish(topic, "", 1)

    def on_publish(_c: object, _data: object, _mid: object, reason: object, _p: object) -> None:
        written.append(reason)
        done.set()

    try:
        client = make_client(visitor(broker, "check"), "unused")
        client.will_clear()
        client.on_connect, client.on_publish = on_connect, on_publish
        client.connect(broker.host, broker.port, KEEP_ALIVE_S)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        return Verdict(good=False, words=f"{place}: {words}; {_remedy(broker, error)}")
    client.loop_start()
    done.wait(BROKER_S)
    client.disconnect()
    client.loop_stop()
    return _broker_verdict(broker, topic, said, written)


def _broker_verdict(
    broker: Broker, topic: str, said: list[object], written: list[object]
) -> Verdict:
    """Return what it means that a broker said this to a connect, and that to what was written."""
    if not said:
        return Verdict(good=False, words=mute(broker))
    if getattr(said[0], "is_failure", True):
        return Verdict(good=False, words=refusal(said[0]))
    place = f"{broker.host}:{broker.port}, MQTT {broker.protocol}"
    if not written:
        return Verdict(good=False, words=f"{place}: it takes the connection and no message")
    if getattr(written[0], "is_failure", False):
        remedy = "let MQTT_USERNAME write there in the broker's access list"
        return Verdict(good=False, words=f"{place}: {topic} is refused ({written[0]}); {remedy}")
    return Verdict(good=True, words=place)


def _remedy(broker: Broker, error: Exception) -> str:
    text = f"{type(error).__name__} {error}".lower()
    if "certificate" in text:
        return "check MQTT_CA_FILE"
    reset = broker.tls and isinstance(error, ConnectionResetError)
    if reset or "ssl" in text or "websocket" in text:
        return _TRANSPORT
    return "check MQTT_HOST and MQTT_PORT"


def check_gateway(settings: Settings, gateway: GatewaySettings, *, trust: bool) -> GatewayReport:
    """Look at a gateway: certificate, one login, every endpoint once; trust takes a new one."""
    store = Store(settings.state_dir, gateway.name)
    client = LocalGateway(setup := assembly.setup(gateway), store)
    known = store.get(CERTIFICATE)
    try:
        first = client.probe(Endpoint.STATUS)
        shown = client.fingerprint
        if trust and gateway.tls is Tls.PIN and shown and known and known != shown:
            store.put(CERTIFICATE, shown)
            first = client.probe(Endpoint.STATUS)
        login = _login(client, gateway, first, setup.variables)
        stranger = first.status == MISSING and not client.familiar
        if stranger and known:
            store.put(CERTIFICATE, known)
        probes = _probes(client, first, stranger=stranger)
        warnings = _warnings(client, gateway, probes)
    finally:
        client.close()
    found = Found(known, shown, store.get(CERTIFICATE), reached=first.status is not None)
    certificate = _certificate(gateway, found, setup.variables)
    if certificate.good is False and gateway.tls is Tls.PIN:
        probes[Endpoint.STATUS] = Probe(None, "nothing is asked of another certificate")
    return GatewayReport(
        gateway.name,
        gateway.base_url,
        certificate,
        shown,
        login,
        probes,
        warnings,
        usable=probes[Endpoint.METERS].words == GOOD and login.good is not False,
        meanings=_meanings(client, login, probes, stranger=stranger),
        remedy=f"check {setup.variables}HOST",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Certificates as SHA-256: the one trusted before, the one shown, and the one trusted now."""

    known: object
    shown: str | None
    kept: object
    reached: bool


def _certificate(gateway: GatewaySettings, found: Found, variables: str) -> Verdict:
    known, shown, reached = found.known, found.shown, found.reached
    if gateway.scheme == "http":
        return Verdict(good=None, words="none, plain http")
    if shown is None:
        return Verdict(good=None, words="not seen")
    if gateway.tls is Tls.UNVERIFIED:
        return Verdict(good=None, words=f"not checked ({variables}TLS is unverified)")
    if gateway.tls is Tls.CA:
        file = f"{variables}CA_FILE"
        words = f"vouched for by {file}" if reached else f"{file} differs"
        return Verdict(good=reached, words=words)
    if known == shown:
        return Verdict(good=True, words="the trusted one")
    if not known and found.kept != shown:
        return Verdict(good=None, words="new, and not kept: this does not answer like a gateway")
    if not known:
        return Verdict(good=True, words="new, trusted from now on")
    if reached:
        return Verdict(good=True, words="changed, accepted")
    before = f"before: SHA-256 {str(known)[:_SHORT]}..."
    changed = f"CHANGED ({before}): if the gateway was replaced or reset, accept it with --trust"
    return Verdict(good=False, words=changed)


def _login(client: LocalGateway, gateway: GatewaySettings, first: Probe, variables: str) -> Verdict:
    """Log in once, within the budget, and never as the installer."""
    if first.status is None:
        return Verdict(good=None, words="not tried, see status")
    try:
        client.login()
    except Missing as error:
        return Verdict(good=False, words=str(error))
    except GatewayError as error:
        if client.logins or client.probe(Endpoint.METERS).status in REFUSED:
            return Verdict(good=False, words=str(error))
        reason = error if gateway.password else f"no {variables}PASSWORD"
        return Verdict(good=None, words=f"not tried: {reason}")
    return Verdict(good=True, words=f"as {gateway.username}")


def _meanings(
    client: LocalGateway, login: Verdict, probes: dict[Endpoint, Probe], *, stranger: bool
) -> dict[int, str]:
    """Return what a status means; the firmware is blamed where the session opens other paths."""
    others = (probe for endpoint, probe in probes.items() if endpoint is not Endpoint.STATUS)
    if stranger:
        return {MISSING: "this is no Powerwall gateway"}
    if login.good is not True and client.installer:
        denied = "needs a login, which stops the battery here; made for a command only"
    elif login.good is False or not client.open:
        denied = "needs a login"
    elif any(probe.status == OK for probe in others):
        return _MEANINGS
    else:
        denied = "denied in spite of the login"
    return _MEANINGS | dict.fromkeys(REFUSED, denied)


def _probes(client: LocalGateway, first: Probe, *, stranger: bool) -> dict[Endpoint, Probe]:
    """Ask every endpoint once, and none after a 429 or when the gateway has fallen silent."""
    probes = dict.fromkeys(Endpoint, NOT_ASKED) | {Endpoint.STATUS: first}
    if stranger:
        return probes
    silent = _MOST_SILENT if first.status is None else 0
    for endpoint in Endpoint:
        limited = any(probe.status == LIMITED for probe in probes.values())
        if limited or silent >= _MOST_SILENT:
            break
        probes[endpoint] = client.probe(endpoint)
        silent = silent + 1 if probes[endpoint].status is None else 0
    return probes


def _warnings(
    client: LocalGateway, gateway: GatewaySettings, probes: dict[Endpoint, Probe]
) -> tuple[str, ...]:
    din = _din(client, [e for e in _IDENTITY if probes[e].words == GOOD])
    password = gateway.password.get_secret_value() if gateway.password else ""
    if din and password and password == din[-DEFAULT_LENGTH:]:
        return (
            "the password is the one from the factory, which anybody can read on the gateway: "
            "choose another one",
        )
    return ()


def _din(client: LocalGateway, sources: Sequence[Endpoint]) -> str | None:
    snapshot = Snapshot()
    for endpoint in sources:
        with suppress(GatewayError):
            snapshot = snapshot.with_part(client.read(endpoint), "")
        if snapshot.din:
            return snapshot.din
    return None
