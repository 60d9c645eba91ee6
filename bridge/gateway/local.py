"""A gateway spoken to over its local API."""

import json
import logging
from dataclasses import dataclass
from typing import assert_never

from bridge.commands import Operate, Run, SetIsland, Write
from bridge.documents import Document
from bridge.errors import BadAnswer, GatewayError, RateLimited, Uncertain
from bridge.gateway import Receipt
from bridge.gateway.account import Clock, Credentials
from bridge.gateway.http import Address, Answer, Call, Http, checked
from bridge.gateway.papers import Papers, document
from bridge.gateway.reader import Reader
from bridge.gateway.session import Session
from bridge.gateway.tls import VARIABLES
from bridge.gateway.unseen import Unseen
from bridge.parts import Endpoint, Operation, Part
from bridge.state import Store
from bridge.verification import matches
from bridge.words import Island

CERTIFICATE = "certificate"  # key in the Store: SHA-256 of the pinned certificate, hex
_ISLAND_MODES = {Island.OFF_GRID: "intentional_reconnect_failsafe", Island.ON_GRID: "backup"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """One gateway as it is set up.

    commit is `auto`, `always` or `never`: when `config/completed` follows an operation write.
    variables is how the names of its settings begin; kept are the endpoints whose answers are
    wanted as they came.
    """

    name: str
    address: Address
    credentials: Credentials
    commit: str = "auto"
    variables: str = VARIABLES
    kept: frozenset[Endpoint] = frozenset()


@dataclass(frozen=True, slots=True)
class Probe:
    """How an endpoint answers: the status, None when nothing came, and `ok` or what is wrong."""

    status: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation write sends; mode and reserve are JSON texts.

    Both as the gateway gave them where nothing else is wished: no number is sent back that was
    converted on the way.
    """

    mode_key: str
    mode: str
    reserve: str

    @property
    def body(self) -> bytes:
        key = json.dumps(self.mode_key)
        return f'{{{key}:{self.mode},"backup_reserve_percent":{self.reserve}}}'.encode()


class LocalGateway:
    """One gateway over HTTP; for one thread.

    Raises SettingsError for a host, server name or CA file that cannot be used.
    """

    def __init__(self, setup: Setup, store: Store, clock: Clock | None = None) -> None:
        self._name = setup.name
        self._commit_when = setup.commit
        self._store = store
        self._variables = setup.variables
        self._held: str | None = None  # the certificate of a host not known to be a gateway
        self._http = Http(setup.address, self._trust, met=self._pin, variables=setup.variables)
        self._clock = clock or Clock()
        self._session = Session(self._http, setup.credentials, store, self._clock)
        self._papers = Papers(setup.kept)
        self._reader = Reader(setup.name, self._papers)
        self._unsettled: str | None = None
        self._limited: RateLimited | None = None  # from after a command, not said yet
        self._unseen: Unseen | None = None

    @property
    def logins(self) -> int:
        return self._session.account.logins

    @property
    def requests(self) -> int:
        return self._http.requests

    @property
    def open(self) -> bool:
        """Whether there is a session, as far as is known."""
        return self._session.account.open

    @property
    def installer(self) -> bool:
        """Whether a login stops the battery, as far as the firmware is known."""
        return self._session.installer

    @property
    def familiar(self) -> bool:
        """Whether this host has answered like a gateway since the start."""
        return self._http.familiar

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate seen last, in hex, trusted or not."""
        return self._http.fingerprint

    def read(self, endpoint: Endpoint) -> Part:
        if endpoint is Endpoint.OPERATION:
            return self._operation()[0]
        return self._reader.part(endpoint, self._session.get(endpoint))

    def take(self, endpoint: Endpoint) -> Document | None:
        return self._papers.take(endpoint)

    def fetch(self, path: str) -> Document:
        answer = self._session.get(path)
        try:
            return document(path, answer.body)
        except ValueError as error:
            raise BadAnswer(str(error), answer.status) from error

    def send(self, command: Write) -> Receipt:
        try:
            with self._session.commanding():
                return self._carry_out(command)
        finally:
            try:
                self.settle()
            except RateLimited as error:
                self._limited = error  # what became of the command is said first

    def settle(self) -> None:
        """Start a site master that a login has stopped; tried again by later calls.

        What went wrong is said once, and stays owed. Raises RateLimited only.
        """
        limited, self._limited = self._limited, None
        if limited:
            raise limited
        try:
            if self._session.settle():
                self._unsettled = None
        except GatewayError as error:
            if self._unsettled != str(error):
                log.warning("%s: the site master is still to be started: %s", self._name, error)
            self._unsettled = str(error)
            if isinstance(error, RateLimited):
                raise

    def login(self) -> None:
        """Log in because the owner asks, within the budget of the hour; raises GatewayError."""
        self._session.login(insists=True)

    def probe(self, endpoint: Endpoint) -> Probe:
        """Say how an endpoint answers, without a login for its sake."""
        status = None
        try:
            call = Call("GET", endpoint)
            answer = self._session.ask(call)
            status = answer.status
            self._reader.part(endpoint, checked(call, answer, self._variables))
        except GatewayError as error:
            return Probe(status, str(error))
        return Probe(status, "ok")

    def close(self) -> None:
        self._http.close()

    def _carry_out(self, command: Write) -> Receipt:
        match command:
            case Operate():
                return self._operate(command)
            case SetIsland(island):
                body = json.dumps({"island_mode": _ISLAND_MODES[island]}).encode()
                return Receipt(
                    written=True, status=self._session.post("v2/islanding/mode", body).status
                )
            case Run():
                return Receipt(
                    written=True, status=self._session.get("sitemaster/run", write=True).status
                )
            case _:
                assert_never(command)

    def _operate(self, wish: Operate) -> Receipt:
        held, answer = self._operation(wish)
        plan = _plan(wish, held, answer.body)
        same = matches(wish, held)
        in_doubt = self._unseen is not None and self._unseen.touched_by(wish)
        if same and not in_doubt:
            return Receipt(written=False, parts=(held,))
        self._unseen, before = Unseen(wish, self._commit_when, owed=same), self._unseen
        try:
            status = self._session.post(Endpoint.OPERATION, plan.body).status
        except Uncertain:
            self._unseen.sent(self._clock.monotonic(), accepted=False)
            raise
        except GatewayError:
            self._unseen = before
            raise
        self._unseen.sent(self._clock.monotonic(), accepted=True)
        try:
            return Receipt(written=True, status=status, parts=(self._committed(),))
        except GatewayError as error:
            log.warning("%s: written, but not read back: %s", self._name, error)
            return Receipt(written=True, status=status, unread=error)

    def _committed(self) -> Operation:
        """Return what the gateway holds after a write, committed as the policy says."""
        if self._unseen and self._unseen.owed:
            self._commit(self._unseen)
        return self._operation()[0]

    def _operation(self, newer: Operate | None = None) -> tuple[Operation, Answer]:
        """Return what the gateway holds, once what it was told is committed as the policy says.

        newer is what it is told next: what that replaces does not have to take any more.
        """
        held, answer = self._ask_operation()
        if unseen := self._unseen:
            if unseen.wants_commit(held, newer, self._clock.monotonic()):
                self._commit(unseen)
                held, answer = self._ask_operation()
            if unseen.shown(held):
                self._unseen = None
        return held, answer

    def _ask_operation(self) -> tuple[Operation, Answer]:
        answer = self._session.get(Endpoint.OPERATION)
        return self._reader.operation(answer), answer

    def _commit(self, unseen: Unseen) -> None:
        taken = False
        try:
            self._session.get("config/completed", write=True)
            taken = True
        except GatewayError as error:
            log.warning("%s: the write could not be committed: %s", self._name, error)
            if isinstance(error, RateLimited):
                raise
        finally:
            unseen.committed(self._clock.monotonic(), taken=taken)

    def _trust(self, fingerprint: str) -> bool:
        """Trust any until a host answers like a gateway, and from then on its certificate only."""
        pinned = self._store.get(CERTIFICATE)
        if isinstance(pinned, str) and pinned:
            return pinned == fingerprint
        if self._held is None or not self._http.familiar:
            self._held = fingerprint
        return self._held == fingerprint

    def _pin(self) -> None:
        """Keep a certificate, now that its owner has answered like a gateway."""
        pinned = self._store.get(CERTIFICATE)
        if self._held and not (isinstance(pinned, str) and pinned):
            self._store.put(CERTIFICATE, self._held)
            log.info("%s: certificate %s is trusted from now on", self._name, self._held)


def _plan(wish: Operate, held: Operation, body: bytes) -> Plan:
    """Return what to write; raises BadAnswer unless the gateway gave both values."""
    if held.mode is None or held.reserve_raw_percent is None:
        lacking = "mode" if held.mode is None else "reserve"
        raise BadAnswer(f"operation: the answer has no {lacking}, so nothing was written")
    text = body.decode("utf-8-sig", "replace").strip()
    texts = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    mode, reserve = texts[held.mode_key], texts["backup_reserve_percent"]
    if wish.reserve_raw_percent is not None:
        reserve = json.dumps(wish.reserve_raw_percent)
    return Plan(held.mode_key, json.dumps(wish.mode or mode), reserve)
