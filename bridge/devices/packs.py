"""Packs, joined from the parts that mention them.

A pack is a `battery_blocks` entry; its controller (TETHC) and its entry in `powerwalls` have the
same part and serial number, and battery and inverter (TEPOD, TEPINV) name that controller as their
parent.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bridge.devices.sources import first, flag, scaled, text
from bridge.parts import BatteryBlock, Device, ListedPack
from bridge.words import segments

Name = tuple[str | None, str]  # part and serial number


@dataclass(frozen=True, slots=True)
class Pack:
    """A Powerwall; every source of it may be missing.

    missed is whether it is only set up, while others say which packs there are, silent whether all
    that list it have fallen silent.
    """

    part_number: str | None = None
    serial_number: str | None = None
    block: BatteryBlock | None = None
    controller: Device | None = None
    battery: Device | None = None
    inverter: Device | None = None
    listed: ListedPack | None = None
    missed: bool = False
    silent: bool = False

    def absent(self) -> "Pack":
        return replace(self, silent=True)

    @property
    def present(self) -> bool:
        """Whether a source lists it now and its controller is not missing in action."""
        if self.silent or (self.controller is not None and self.controller.heard is False):
            return False
        return self.seen or (self.listed is not None and not self.missed)

    @property
    def seen(self) -> bool:
        """Whether system_status or the vitals list it, and not only how the site was set up."""
        return self.block is not None or self.controller is not None

    @property
    def enabled(self) -> bool | None:
        reasons = self.block.disabled_reasons if self.block else None
        return None if reasons is None else not reasons

    @property
    def problem(self) -> bool | None:
        """Whether the pack is disabled, faulted, or a part of it is missing in action."""
        troubles = self.troubles
        return None if troubles is None else bool(troubles)

    @property
    def troubles(self) -> tuple[str, ...] | None:
        """What is wrong with it in words, none when it is well, None while nobody tells."""
        known = {words: sign for words, sign in self._signs() if sign is not None}
        return tuple(words for words, sign in known.items() if sign) if known else None

    def _signs(self) -> Iterator[tuple[str, bool | None]]:
        reasons = ", ".join(self.own.disabled_reasons or ())
        yield f"disabled: {reasons}", None if self.enabled is None else not self.enabled
        yield "persistent fault of the battery", flag(self.battery, "POD_PersistentlyFaulted")
        yield "permanent fault of the battery", flag(self.battery, "POD_PermanentlyFaulted")
        for name in ("controller", "battery", "inverter"):
            part = getattr(self, name)
            silent = None if part is None or part.heard is None else not part.heard
            yield f"nothing heard from the {name}", silent

    @property
    def own(self) -> BatteryBlock:
        """What system_status says of the pack, all None where it says nothing."""
        return self.block or BatteryBlock()

    @property
    def power_w(self) -> float | None:
        return first(self.own.power_w, scaled(self.inverter, "PINV_Pout", 1000))

    @property
    def reactive_power_var(self) -> float | None:
        return first(self.own.reactive_power_var, scaled(self.inverter, "PINV_Qout", 1000))

    @property
    def voltage_v(self) -> float | None:
        return first(self.own.voltage_v, scaled(self.inverter, "PINV_Vout"))

    @property
    def frequency_hz(self) -> float | None:
        return first(self.own.frequency_hz, scaled(self.inverter, "PINV_Fout"))

    @property
    def energy_remaining_wh(self) -> float | None:
        vital = scaled(self.battery, "POD_nom_energy_remaining")
        return first(self.own.energy_remaining_wh, vital)

    @property
    def capacity_wh(self) -> float | None:
        return first(self.own.capacity_wh, scaled(self.battery, "POD_nom_full_pack_energy"))

    @property
    def charged_wh(self) -> float | None:
        return first(self.own.charged_wh, scaled(self.inverter, "PINV_EnergyCharged"))

    @property
    def discharged_wh(self) -> float | None:
        return first(self.own.discharged_wh, scaled(self.inverter, "PINV_EnergyDischarged"))

    @property
    def state(self) -> str | None:
        return first(self.own.state, text(self.inverter, "PINV_State"))

    @property
    def grid_state(self) -> str | None:
        return first(self.own.grid_state, text(self.inverter, "PINV_GridState"))

    @property
    def firmware(self) -> str | None:
        return self.own.firmware or (self.controller.firmware if self.controller else None)

    @property
    def temperature_c(self) -> float | None:
        return scaled(self.controller, "THC_AmbientTemp")

    @property
    def available_charge_w(self) -> float | None:
        return scaled(self.battery, "POD_available_charge_power")

    @property
    def available_discharge_w(self) -> float | None:
        return scaled(self.battery, "POD_available_dischg_power")


def pack_keys(packs: Iterable[tuple[str | None, str]]) -> list[str]:
    """Return a topic key for each (part, serial): the serial, with the part where two are alike."""
    listed = list(packs)
    times = Counter(serial for _, serial in listed)
    return segments(f"{p}_{s}" if times[s] > 1 and p else s for p, s in listed)


def packs(
    blocks: Iterable[BatteryBlock] | None,
    devices: tuple[Device, ...],
    listed: Iterable[ListedPack] = (),
) -> dict[str, Pack]:
    """Return the packs by key, those of system_status first, in the gateway's order."""
    found: dict[Name, Pack] = {}
    for block in blocks or ():
        if block.serial_number:
            name = (block.part_number, block.serial_number)
            found[name] = Pack(*name, block=block)
    for device in devices:
        if device.type == "TETHC" and device.serial_number:
            name = _name(found, device.part_number, device.serial_number)
            battery, inverter = _children(device.din, devices)
            pack = found.get(name, Pack(*name))
            found[name] = replace(pack, controller=device, battery=battery, inverter=inverter)
    missed = blocks is not None or bool(found)
    for row in listed:
        name = _name(found, row.part_number, row.serial_number)
        pack = found.get(name, Pack(*name, missed=missed))
        found[name] = replace(pack, listed=row)
    return dict(zip(pack_keys(found), found.values(), strict=True))


def packs_missing(
    blocks: tuple[BatteryBlock, ...] | None,
    devices: tuple[Device, ...],
    listed: tuple[ListedPack, ...] | None,
) -> int | None:
    """Return how many packs of the installation are seen by none of those who speak now.

    None when nobody lists what should be there, or nobody says what is. A disabled pack is there;
    one that is no part of the configuration is not missed.
    """
    silent = bool(blocks) and all(block == block.stale() for block in blocks or ())
    seen_now = None if silent else blocks
    heard = tuple(d for d in devices if d.type == "TETHC" and d.heard is not None)
    if not listed or (seen_now is None and not heard):
        return None
    expected = (row for row in listed if row.in_config is not False)
    joined = packs(seen_now, heard, expected).values()
    return sum(pack.listed is not None and not pack.present for pack in joined)


def _name(found: Mapping[Name, Pack], part: str | None, serial: str) -> Name:
    """Return a pack's name, that of another source where only the part number is not told."""
    alike = [name for name in found if name[1] == serial and None in (part, name[0])]
    return alike[0] if len(alike) == 1 and (part, serial) not in found else (part, serial)


def _children(din: str, devices: tuple[Device, ...]) -> tuple[Device | None, Device | None]:
    own = {device.type: device for device in devices if device.parent_din == din}
    return own.get("TEPOD"), own.get("TEPINV")
