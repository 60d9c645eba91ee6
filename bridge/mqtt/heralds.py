"""What has to go ahead of a message: to be heard once, whatever becomes of a connection."""

from dataclasses import replace

from bridge.topics import Message


class Heralds:
    """Which payloads went ahead of the messages of a topic, and which of them the broker has.

    `heard` runs on paho's thread while others send: each step in here is one of a dictionary.
    """

    def __init__(self) -> None:
        self._sent: dict[str, str] = {}
        self._heard: dict[str, str] = {}

    def begin(self) -> None:
        """Take for not sent what was not acknowledged: the connection is a new one."""
        self._sent = dict(self._heard)

    def due(self, message: Message) -> Message | None:
        """Return what has to be sent ahead of a message now, None when nothing has.

        One without a herald ends what was said before: the next herald is a new one.
        """
        herald = herald_of(message)
        if herald is None:
            self._sent.pop(message.topic, None)
            self._heard.pop(message.topic, None)
        elif self._sent.get(message.topic) == herald.payload:
            return None
        else:
            self._sent[message.topic] = herald.payload
        return herald

    def heard(self, message: Message) -> None:
        """Take note of what the broker acknowledged, herald or not."""
        if not message.retain and self._sent.get(message.topic) == message.payload:
            self._heard[message.topic] = message.payload


def herald_of(message: Message) -> Message | None:
    """Return the message that goes ahead of another."""
    if message.ahead is None:
        return None
    return replace(message, payload=message.ahead, retain=False, ahead=None)
