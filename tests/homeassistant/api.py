"""Home Assistant's own interfaces, as its frontend and its owner's scripts use them."""

import json
from collections.abc import Mapping
from typing import Any

import requests
from brokers import LOOPBACK
from websockets.sync.client import ClientConnection, connect

Json = Any  # what Home Assistant answers: the tests say what they want of it
PATIENCE_S = 60.0
OWNER = {"name": "Owner", "username": "owner", "password": "of a test house", "language": "en"}


class Refused(Exception):
    """Home Assistant did not do it; the text is what it said."""


class Api:
    """REST and websocket of the Home Assistant at a loopback port, as its owner."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        self.token: str | None = None
        self._socket: ClientConnection | None = None
        self._number = 0

    @property
    def client_id(self) -> str:
        return f"{self.url}/"

    def answers(self) -> bool:
        """Return whether it can be talked to: to move in, or as its owner."""
        try:
            return bool(self.call("GET", "/api/" if self.token else "/api/onboarding"))
        except (requests.RequestException, Refused):
            return False

    def move_in(self) -> None:
        """Make the owner, and a token that outlives restarts."""
        who = {"client_id": self.client_id}
        code = self.call("POST", "/api/onboarding/users", OWNER | who)["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code}
        self.token = self.call("POST", "/auth/token", form=who | grant)["access_token"]
        self.token = self.ask("auth/long_lived_access_token", client_name="tests", lifespan=1)
        self.hang_up()

    def call(
        self, method: str, path: str, body: Json = None, form: Mapping[str, str] | None = None
    ) -> Json:
        """Make one REST call."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, self.url + path, json=body, data=form, headers=headers, timeout=PATIENCE_S
            )
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def ask(self, kind: str, **fields: Json) -> Json:
        """Send one command over the websocket and return its result."""
        socket = self._connected()
        self._number += 1
        socket.send(json.dumps({"id": self._number, "type": kind, **fields}))
        answer = self._answer(socket)
        if not answer["success"]:
            raise Refused(f"{kind}: {answer['error']}")
        return answer["result"]

    def act(self, action: str, entity: str | None = None, **data: Json) -> None:
        """Carry out an action such as `number.set_value`."""
        domain, _, service = action.partition(".")
        target = {"entity_id": entity} if entity else {}
        self.ask("call_service", domain=domain, service=service, service_data=data | target)

    def hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def flow(self, path: str, handler: str, wishes: Mapping[str, Json]) -> None:
        """Fill a dialogue in: what is wished, else what it proposes."""
        step = self.call("POST", path, {"handler": handler})
        while step["type"] == "form":
            if step.get("errors"):
                raise Refused(f"{path} {step['step_id']}: {step['errors']}")
            answer = _filled(step["data_schema"], wishes)
            step = self.call("POST", f"{path}/{step['flow_id']}", answer)
        if step["type"] != "create_entry":
            raise Refused(f"{path}: {step}")

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            url = self.url.replace("http", "ws") + "/api/websocket"
            self._socket = connect(url, proxy=None, max_size=None, open_timeout=PATIENCE_S)
            self._socket.recv(PATIENCE_S)
            self._socket.send(json.dumps({"type": "auth", "access_token": self.token}))
            said = json.loads(self._socket.recv(PATIENCE_S))
            if said["type"] != "auth_ok":
                raise Refused(f"websocket: {said}")
            self._number = 0
        return self._socket

    def _answer(self, socket: ClientConnection) -> Json:
        while True:
            said = json.loads(socket.recv(PATIENCE_S))
            for message in said if isinstance(said, list) else [said]:
                if message.get("id") == self._number and message["type"] == "result":
                    return message


def _filled(form: list[Json], wishes: Mapping[str, Json]) -> Json:
    values = {field["name"]: _value(field, wishes) for field in form}
    return {name: value for name, value in values.items() if value is not None}


def _value(field: Json, wishes: Mapping[str, Json]) -> Json:
    if field.get("type") == "expandable":
        return _filled(field["schema"], wishes)
    proposed = (field.get("description") or {}).get("suggested_value")
    return wishes.get(field["name"], field.get("default", proposed))
