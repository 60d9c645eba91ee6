"""Taking the first of several sources that speaks."""

from typing import TypeVar

from bridge.parts import Device

V = TypeVar("V", float, str)


def first(one: V | None, other: V | None) -> V | None:
    """Return one, or the other where it is None."""
    return other if one is None else one


def scaled(device: Device | None, vital: str, scale: float = 1.0) -> float | None:
    """Return a number that a device says, times scale."""
    value = device.number(vital) if device else None
    return None if value is None else value * scale


def text(device: Device | None, vital: str) -> str | None:
    """Return a text that a device says."""
    return device.text(vital) if device else None


def flag(device: Device | None, vital: str) -> bool | None:
    """Return whether a device says that something is so."""
    return device.flag(vital) if device else None
