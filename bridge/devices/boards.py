"""The boards at the grid contactor, as one."""

from dataclasses import dataclass

from bridge.parts import Device


@dataclass(frozen=True, slots=True)
class Boards:
    """Synchroniser and backup switch (TESYNC, TEMSA): the first that says something counts."""

    devices: tuple[Device, ...] = ()

    @classmethod
    def among(cls, devices: tuple[Device, ...]) -> "Boards":
        return cls(tuple(d for d in devices if d.type in {"TESYNC", "TEMSA"}))

    def number(self, vital: str) -> float | None:
        told = (device.number(vital) for device in self.devices)
        return next((value for value in told if value is not None), None)

    def measured(self, vital: str) -> float | None:
        """Return a number for which a board writes 0 where there is no such phase."""
        return self.number(vital) or None

    def text(self, vital: str) -> str | None:
        told = (device.text(vital) for device in self.devices)
        return next((value for value in told if value is not None), None)

    def flag(self, vital: str) -> bool | None:
        told = (device.flag(vital) for device in self.devices)
        return next((value for value in told if value is not None), None)
