"""What the demo says below its picture: how to look in and how to take part. Pure."""

from dataclasses import dataclass

from bridge.settings import MqttSettings
from bridge.topics import BridgeTopics, Topics
from bridge.watch.picture import Hint

RESERVE = ("operation", "backup_reserve")
EXAMPLE_RESERVE = "40"
EXAMPLE_SCENARIO = "sunny-day-outage"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who plays where; host is where others reach the broker."""

    mqtt: MqttSettings
    host: str
    broker: str
    gateway: str
    control_port: int | None = None

    def hints(self, complete_s: float | None) -> list[Hint]:
        """Return the lines; complete_s is how long the first complete values took."""
        topics = BridgeTopics(self.mqtt.prefix).gateway(self.gateway)
        where = f"broker {self.host}, port {self.mqtt.port}"
        took = "" if complete_s is None else f"complete values after {complete_s:.1f} s, "
        hints = [
            Hint(self._listen(topics), "read", command=True),
            Hint(self._publish(topics), "set", command=True),
            Hint(f"Home Assistant, Node-RED: {where}", "connect"),
            Hint(f"{took}q or Ctrl-C ends; {self.broker}", "demo"),
        ]
        if self.control_port is not None:
            where = f"127.0.0.1:{self.control_port}/scenario"
            text = f"""curl -d '{{"name": "{EXAMPLE_SCENARIO}"}}' {where}"""
            hints.append(Hint(text, "move", command=True))
        return hints

    def _listen(self, topics: Topics) -> str:
        return f"mosquitto_sub {self._options()} -v -t '{topics.prefix}/#'"

    def _publish(self, topics: Topics) -> str:
        return f"mosquitto_pub {self._options()} -t {topics.command(RESERVE)} -m {EXAMPLE_RESERVE}"

    def _options(self) -> str:
        options = f"-h {self.host} -p {self.mqtt.port}"
        if self.mqtt.username is not None:
            options += f" -u {self.mqtt.username} -P ..."
        if self.mqtt.tls:
            options += f" --cafile {self.mqtt.ca_file or '...'}"
        return options
