"""The bare loop: the bridge's requests, decoding and publishes, and nothing else.

No model, no table, no change detection, no health, no commands: it plays a script, which is what
the bridge was seen to ask and to publish. benchmarks.poll runs it with the script on its input.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass

import paho.mqtt.client as paho
import requests
import urllib3
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from bridge.gateway.decode import decode
from bridge.parts import Endpoint

AGENT = "floor"
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Publish:
    """One message to send."""

    topic: str
    payload: str
    qos: int
    retain: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what is published after its answer."""

    endpoint: Endpoint
    messages: tuple[Publish, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """Cycles to play over and over, one each interval_s from begin_s (time.monotonic()) on.

    url is the gateway's, with `/api/` at its end; login is what is posted to `login/Basic`.
    """

    url: str
    login: dict[str, str]
    mqtt_port: int
    begin_s: float
    interval_s: float
    cycles: tuple[tuple[Step, ...], ...]

    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> "Script":
        fields = json.loads(text)
        cycles = tuple(tuple(map(_step, cycle)) for cycle in fields.pop("cycles"))
        return cls(**fields, cycles=cycles)


def _step(fields: dict[str, object]) -> Step:
    messages = fields["messages"]
    listed = messages if isinstance(messages, list) else []
    return Step(Endpoint(str(fields["endpoint"])), tuple(Publish(**m) for m in listed))


def play(script: Script) -> None:
    """Ask and publish until the process is ended."""
    session, prepared = _log_in(script)
    client = paho.Client(CallbackAPIVersion.VERSION2, AGENT, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", script.mqtt_port)
    client.loop_start()
    due_s = script.begin_s
    while True:
        for cycle in script.cycles:
            time.sleep(max(0.0, due_s - time.monotonic()))
            due_s += script.interval_s
            for step in cycle:
                answer = session.send(prepared[step.endpoint], timeout=_TIMEOUT_S, verify=False)
                decode(step.endpoint, answer.content)
                for message in step.messages:
                    client.publish(message.topic, message.payload, message.qos, message.retain)


def _log_in(script: Script) -> tuple[requests.Session, dict[Endpoint, requests.PreparedRequest]]:
    """Return a session and a request per endpoint, prepared once."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = AGENT
    url = f"{script.url}login/Basic"
    session.post(url, json=script.login, timeout=_TIMEOUT_S, verify=False).raise_for_status()
    prepared = {
        endpoint: session.prepare_request(requests.Request("GET", script.url + endpoint))
        for endpoint in Endpoint
    }
    return session, prepared


if __name__ == "__main__":
    play(Script.parse(sys.stdin.read()))
