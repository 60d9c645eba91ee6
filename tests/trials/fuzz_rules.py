"""What a message may look like, whatever the gateway said: the payload rules of the contract."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime

from bridge.quantities import Form
from bridge.readings import GROUPS
from bridge.topics import Message

NONE = "None"
SNAPSHOT_BYTES = 4096
MOST_TOPIC_BYTES = 65_535
_LEVEL = re.compile(r"[A-Za-z0-9_-]+")
_SHAPES = {
    Form.NUMBER: re.compile(r"0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d*[1-9]"),
    Form.FLAG: re.compile(r"true|false"),
    Form.WORD: re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"),
    Form.TEXT: re.compile(r"(?s)\S|\S.*\S"),
    Form.TIME: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    Form.PRESENCE: re.compile(r"online|offline"),
}
_CONNECTION = "connecting|connected|stopped|busy|unreachable|unauthorized|rate_limited|untrusted"
_WORDS = {
    "availability": "online|offline",
    "control/operation/availability": "online|offline",
    "control/island/availability": "online|offline",
    "connection": f"{_CONNECTION}|error",
    "connection/reason": "(?s).+",
    "tier": "full|no_vitals|restricted|None",
}
_JSON = frozenset({"snapshot", "capabilities", "event", "command/result"})


def _forms() -> dict[tuple[str, ...], Form]:
    forms = {}
    for group in GROUPS:
        levels = tuple("*" if level.startswith("<") else level for level in group.topic.split("/"))
        for reading in group.readings:
            forms[(*levels, reading.key) if reading.key else levels] = reading.quantity.form
    return forms


_FORMS = _forms()


def form_of(path: tuple[str, ...]) -> Form | None:
    """Return what the table says stands at these levels, None for what it does not know."""
    for pattern, form in _FORMS.items():
        pairs = zip(pattern, path, strict=False)
        if len(pattern) == len(path) and all(p in (level, "*") for p, level in pairs):
            return form
    return None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} in JSON")


def parsed(payload: str) -> object:
    """Return what JSON says; raises ValueError for what other readers would not take."""
    value: object = json.loads(payload, parse_constant=_no_constant)
    return value


@dataclass(slots=True)
class Rules:
    """Judges every message of a bridge in order; standing are the topics that have a payload."""

    own: str = "powerwall/main/"
    ha: str = "homeassistant/"
    standing: set[str] = field(default_factory=set)
    _forms: dict[str, Form | None] = field(default_factory=dict)

    def faults(self, message: Message) -> list[str]:
        """Return in words what is wrong with a message, nothing for a good one."""
        try:
            wrong = self._wrong(message)
        except (ValueError, RecursionError) as error:
            wrong = f"{type(error).__name__}: {error}"
        told = f"{message.topic!r} = {message.payload[:200]!r}"
        return [f"{told}: {wrong}"] if wrong else []

    def _wrong(self, message: Message) -> str | None:
        topic, payload = message.topic, message.payload
        if len(topic.encode()) > MOST_TOPIC_BYTES or not all(
            map(_LEVEL.fullmatch, topic.split("/"))
        ):
            return "no good topic"
        payload.encode()
        if not payload:
            known = topic in self.standing
            self.standing.discard(topic)
            return None if known else "empty, though nothing stood there"
        if message.retain:
            self.standing.add(topic)
        if topic.startswith(self.ha):
            parsed(payload)
            return None if (message.qos, message.retain) == (1, True) else "wrong QoS or retain"
        if not topic.startswith(self.own):
            return "not below our own topics"
        return self._own(message, topic.removeprefix(self.own))

    def _own(self, message: Message, name: str) -> str | None:
        payload = message.payload
        if name in _WORDS:
            return None if re.fullmatch(_WORDS[name], payload) else "not one of its words"
        if name in _JSON:
            if not isinstance(parsed(payload), dict):
                return "no JSON object"
            long = name == "snapshot" and len(payload.encode()) > SNAPSHOT_BYTES
            return f"{len(payload.encode())} bytes are too many" if long else None
        if name not in self._forms:
            self._forms[name] = form_of(tuple(name.split("/")))
        form = self._forms[name]
        if form is None:
            return "the table has no such reading"
        return self._reading(message, form)

    def _reading(self, message: Message, form: Form) -> str | None:
        payload = message.payload
        if not message.retain or message.qos != (1 if form is Form.PRESENCE else 0):
            return "wrong QoS or retain"
        if form is Form.DATA:
            if payload != NONE:
                parsed(payload)
            return None
        if payload == NONE and form is not Form.PRESENCE:
            return None
        if not _SHAPES[form].fullmatch(payload):
            return f"no {form.value}"
        if form is Form.TIME:
            datetime.fromisoformat(payload)
        return None
