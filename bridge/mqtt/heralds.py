"""What has to go ahead of a message: to be heard once, whatever becomes of a connection."""

from dataclasses import replace

from bridge.topics import Message


class Heralds:
    """Which payloads went ahead of the messages of a topic, and which of them the broker has.

    `heard` runs on paho's thread while others send: each step in here is one of a dictionary.
    """

    def __init__(self) -> None:
        self._sent: dict[str, tuple[str, ...]] = {}
        self._heard: dict[str, tuple[str, ...]] = {}

    def begin(self) -> None:
        """Take for not sent what was not acknowledged: the connection is a new one."""
        self._sent = dict(self._heard)

    def forget(self) -> None:
        """Take all for not sent: somebody is there who has heard none of it."""
        self._sent, self._heard = {}, {}

    def due(self, message: Message) -> Message | None:
        """Return what has to be sent ahead of a message now, None when nothing has.

        One without a herald ends what was said before: the next herald is a new one.
        """
        topic, ahead = message.topic, message.ahead
        if not ahead:
            self._sent.pop(topic, None)
            self._heard.pop(topic, None)
            return None
        sent = self._sent.get(topic, ())
        count = len(sent) if sent == ahead[: len(sent)] else 0
        if count == len(ahead):
            return None
        self._sent[topic] = ahead[: count + 1]
        return heralds_of(message)[count]

    def heard(self, message: Message) -> None:
        """Take note of what the broker acknowledged, herald or not."""
        if message.retain:
            return
        sent, heard = (said.get(message.topic, ()) for said in (self._sent, self._heard))
        count = len(heard) if heard == sent[: len(heard)] else 0
        if message.payload in sent[count : count + 1]:
            self._heard[message.topic] = sent[: count + 1]


def heralds_of(message: Message) -> list[Message]:
    """Return the messages that go ahead of another."""
    return [replace(message, payload=said, retain=False, ahead=()) for said in message.ahead]
