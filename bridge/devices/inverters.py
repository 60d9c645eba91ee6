"""Solar inverters and their strings."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.devices.sources import scaled, text
from bridge.parts import Device
from bridge.words import segment

STRINGS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class Inverter:
    """A solar inverter: its AC side (PVAC) and its string side (PVS)."""

    pvac: Device | None = None
    pvs: Device | None = None

    @property
    def present(self) -> bool:
        return self.pvac is not None and self.pvac.heard is not False

    def number(self, vital: str) -> float | None:
        return scaled(self.pvac, vital)

    def text(self, vital: str) -> str | None:
        return text(self.pvac, vital)


@dataclass(frozen=True, slots=True)
class String:
    """One string input of an inverter; letter is `A` to `F`."""

    inverter: Inverter
    letter: str

    @property
    def connected(self) -> bool | None:
        pvs = self.inverter.pvs
        return pvs.flag(f"PVS_String{self.letter}_Connected") if pvs else None

    def number(self, vital: str) -> float | None:
        """Return a vital of this string; an unused input floats below zero and says nothing."""
        value = self.inverter.number(f"{vital}_{self.letter}")
        unused = value is not None and value < 0 and self.connected is False
        return None if unused else value

    def text(self, vital: str) -> str | None:
        return self.inverter.text(f"{vital}_{self.letter}")


def inverters(devices: tuple[Device, ...]) -> dict[str, Inverter]:
    """Return the solar inverters by their PVAC serial number."""
    sides = {d.din.partition("--")[2]: d for d in devices if d.type == "PVS"}
    return {
        segment(d.serial_number or d.din.rpartition("--")[2]): Inverter(
            d, sides.get(d.din.partition("--")[2])
        )
        for d in devices
        if d.type == "PVAC"
    }


def strings(inverter: Inverter) -> Iterator[String]:
    """Return the strings that the inverter reports."""
    vitals = (inverter.pvac.vitals if inverter.pvac else None) or {}
    for letter in STRINGS:
        if any(name.startswith("PVAC_PV") and name.endswith(f"_{letter}") for name in vitals):
            yield String(inverter, letter)
