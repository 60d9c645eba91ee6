"""Solar inverters and their strings.

The vitals tell of all of them. Where those are silent or gone, `solar_powerwall` tells of one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bridge.devices.packs import pack_keys
from bridge.devices.sources import first, flag, scaled, text
from bridge.parts import Device, ListedPack, SolarPowerwall, SolarString
from bridge.words import segment, snake

STRINGS = "ABCDEF"
PLAIN_KEY = _OWNER = "solar_powerwall"


@dataclass(frozen=True, slots=True)
class Inverter:
    """A solar inverter: its AC side (PVAC), its string side (PVS), and both without vitals.

    silent is whether all that list it have fallen silent.
    """

    pvac: Device | None = None
    pvs: Device | None = None
    solar: SolarPowerwall | None = None
    rated_power_w: float | None = None
    silent: bool = False

    def absent(self) -> "Inverter":
        return replace(self, silent=True)

    @property
    def present(self) -> bool:
        if self.silent:
            return False
        if self.pvac is None:
            return self.solar is not None
        return self.pvac.heard is not False

    @property
    def own(self) -> SolarPowerwall:
        """What solar_powerwall says, all None while the vitals speak: they know more."""
        silent = self.pvac is None or self.pvac.heard is None
        return self.solar if self.solar and silent else SolarPowerwall()

    def number(self, vital: str) -> float | None:
        """Return a number that one of its sides says in the vitals."""
        return first(scaled(self.pvac, vital), scaled(self.pvs, vital))

    def text(self, vital: str) -> str | None:
        return first(text(self.pvac, vital), text(self.pvs, vital))

    @property
    def power_w(self) -> float | None:
        return first(self.number("PVAC_Pout"), self.own.power_w)

    @property
    def reactive_power_var(self) -> float | None:
        return first(self.number("PVAC_Qout"), self.own.reactive_power_var)

    @property
    def voltage_v(self) -> float | None:
        return first(self.number("PVAC_Vout"), self.own.voltage_v)

    @property
    def current_a(self) -> float | None:
        return first(self.number("PVAC_Iout"), self.own.current_a)

    @property
    def frequency_hz(self) -> float | None:
        return first(self.number("PVAC_Fout"), self.own.frequency_hz)

    @property
    def state(self) -> str | None:
        return first(self.text("PVAC_State"), self.own.state)

    @property
    def grid_state(self) -> str | None:
        return first(self.text("PVAC_GridState"), self.own.grid_state)

    @property
    def inverter_state(self) -> str | None:
        return first(self.text("PVAC_InvState"), self.own.inverter_state)

    @property
    def power_setpoint(self) -> str | None:
        return first(self.text("PVI-PowerStatusSetpoint"), self.own.power_setpoint)

    @property
    def string_side_state(self) -> str | None:
        return first(self.text("PVS_State"), self.own.string_side_state)

    @property
    def string_side_voltage_v(self) -> float | None:
        return first(self.number("PVS_vLL"), self.own.string_side_voltage_v)

    @property
    def self_test_state(self) -> str | None:
        return first(self.text("PVS_SelfTestState"), self.own.self_test_state)

    @property
    def output_enabled(self) -> bool | None:
        told = flag(self.pvs, "PVS_EnableOutput")
        return self.own.output_enabled if told is None else told

    @property
    def alerts(self) -> tuple[str, ...] | None:
        sides = [side.alerts for side in (self.pvac, self.pvs) if side and side.alerts is not None]
        told = tuple(dict.fromkeys(name for alerts in sides for name in alerts))
        return told if sides else self.own.alerts


@dataclass(frozen=True, slots=True)
class String:
    """One string input of an inverter; letter is `A` to `F`."""

    inverter: Inverter
    letter: str

    @property
    def own(self) -> SolarString:
        """What solar_powerwall says of it, as Inverter.own."""
        listed = self.inverter.own.strings or ()
        return next((s for s in listed if s.letter == self.letter), SolarString(self.letter))

    @property
    def connected(self) -> bool | None:
        told = flag(self.inverter.pvs, f"PVS_String{self.letter}_Connected")
        return self.own.connected if told is None else told

    @property
    def voltage_v(self) -> float | None:
        return self._used("PVAC_PVMeasuredVoltage", self.own.voltage_v)

    @property
    def current_a(self) -> float | None:
        return self._used("PVAC_PVCurrent", self.own.current_a)

    @property
    def power_w(self) -> float | None:
        return self._used("PVAC_PVMeasuredPower", self.own.power_w)

    @property
    def state(self) -> str | None:
        return self.inverter.text(f"PVAC_PvState_{self.letter}")

    def _used(self, vital: str, plain: float | None) -> float | None:
        """Return what is measured; an unused input floats below zero and says nothing."""
        value = first(self.inverter.number(f"{vital}_{self.letter}"), plain)
        unused = value is not None and value < 0 and self.connected is False
        return None if unused else value


def inverters(
    devices: tuple[Device, ...],
    solar: SolarPowerwall | None = None,
    plain: str | None = None,
) -> dict[str, Inverter]:
    """Return the solar inverters by their PVAC serial number.

    plain is what the one of solar_powerwall is called where no vitals tell of any, None while
    that is not known yet.
    """
    sides = {d.din.partition("--")[2]: d for d in devices if d.type == "PVS"}
    joined = {
        (d.part_number, d.serial_number or d.din.rpartition("--")[2]): Inverter(
            d, sides.get(name), rated_power_w=_rated_w(name, devices)
        )
        for d in devices
        if d.type == "PVAC"
        for name in (d.din.partition("--")[2],)
    }
    found = dict(zip(pack_keys(joined), joined.values(), strict=True))
    if solar is None or not solar.fitted:
        return found
    if len(found) == 1:
        return {key: replace(inverter, solar=solar) for key, inverter in found.items()}
    if any(device.heard is not None for device in devices):
        return found  # the vitals know better, and nothing says which of several it tells of
    return found | ({plain: Inverter(solar=solar)} if plain else {})


def strings(inverter: Inverter) -> Iterator[String]:
    """Return the strings that the inverter reports."""
    vitals = (inverter.pvac.vitals if inverter.pvac else None) or {}
    listed = {string.letter for string in inverter.own.strings or ()}
    for letter in STRINGS:
        told = (name.startswith("PVAC_PV") and name.endswith(f"_{letter}") for name in vitals)
        if letter in listed or any(told):
            yield String(inverter, letter)


def plain_key(listed: Iterable[ListedPack]) -> str:
    """Return the key of an inverter without vitals: that of the only pack that it can be part of.

    Where that is not known it has a plain name.
    """
    found = owners(listed)
    return segment(found[0].serial_number) if len(found) == 1 else PLAIN_KEY


def owners(listed: Iterable[ListedPack]) -> list[ListedPack]:
    """Return the packs that have a solar inverter in them: Powerwall+."""
    return [pack for pack in listed if pack.type and snake(pack.type) == _OWNER]


def _rated_w(name: str, devices: tuple[Device, ...]) -> float | None:
    """Return the power on the plate of an inverter; a TESLA device of the same name tells it."""
    for device in devices:
        if device.type in {"TESLA", "PVAC"} and device.din.partition("--")[2] == name:
            watts = (device.attributes or {}).get("nameplate_real_power_w")
            if isinstance(watts, int):
                return float(watts)
    return None
