"""What a payload has to look like, by the rules of the topic reference."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the gateway, and how many decimals of it the topic has."""

    value: float
    decimals: int

    def __eq__(self, payload: object) -> bool:
        if not isinstance(payload, str) or payload == "-0":
            return False
        plain = re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", payload) is not None
        near: float = 0.5000001 * 10**-self.decimals
        return plain and abs(float(payload) - self.value) <= near

    def __hash__(self) -> int:
        return hash((self.value, self.decimals))


def watts(value: object) -> Number:
    return _number(value, 1, 0)


def volts(value: object) -> Number:
    return _number(value, 1, 1)


def amperes(value: object) -> Number:
    return _number(value, 1, 2)


def hertz(value: object) -> Number:
    return _number(value, 1, 3)


def degrees(value: object) -> Number:
    return _number(value, 1, 1)


def kilowatt_hours(watt_hours: object) -> Number:
    return _number(watt_hours, 0.001, 3)


def _number(value: object, scale: float, decimals: int) -> Number:
    assert isinstance(value, int | float), value
    return Number(value * scale, decimals)


def flag(value: object) -> str:
    return {True: "true", False: "false"}[bool(value)]


def snake(word: object) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(word)).lower()
